"""The forms of parties and of directories in a real Chromium: both themes and a phone, wrong and stale ones too."""

from collections.abc import AsyncIterator
from datetime import date, time

import pytest
from playwright.async_api import Browser
from sqlalchemy.ext.asyncio import AsyncConnection

from api.settings import Settings
from crm.directories.service import make_entry
from crm.files.model import make_file
from crm.parties.files import add_file
from crm.parties.model import ContactPerson, Hours, PartyAddress, PartyDetails, Relation
from crm.parties.notes import add_note
from crm.parties.numbers import make_account, make_registration
from crm.parties.parts import ACCOUNTS, ADDRESSES, REGISTRATIONS, add_part
from crm.parties.reaching import TypedContact, add_contact, log_use
from crm.parties.relating import add_relation, put_groups
from crm.parties.service import load_party, make_party
from crm.parties.staffing import add_new_person
from database.embedded import Server
from database.engine import Database
from tests.api.pages.conftest import database, serving
from tests.api.pages.test_browser import VISITS, check, check_access, has_focus, look_at, visitor
from tests.api.pages.test_browser_settings import enter_as
from tests.api.people import add_person
from tests.conftest import ACT

pytestmark = pytest.mark.browser

PARTS = ("addresses", "contacts", "accounts", "registrations", "relations", "persons", "notes", "files")
PAGES = {
    "party-new": "/parties/new",
    "party-form": "/parties/1/edit",
    "party-groups": "/parties/1/groups",
    "party-groups-none": "/parties/2/groups",
    **{f"party-{name}": f"/parties/1/{name}" for name in PARTS},
    **{f"party-{name}-none": f"/parties/2/{name}" for name in PARTS},
    **{f"party-{name}-form": f"/parties/1/{name}/1" for name in PARTS if name != "files"},
    "party-profile": "/parties/1",
    "directories": "/settings/directories",
    "directory-entry": "/settings/directories/relation/customer",
    "directory-entry-new": "/settings/directories/legal_status",
}


@pytest.fixture(scope="module")
async def office(postgres: Server, template: str, shop_settings: Settings) -> AsyncIterator[str]:
    """Give the address of an office with one party of which everything is known, and one of which nothing is."""
    async with database(postgres, template, "test_office") as url:
        owner = Database(url, role=None)
        await add_person(owner, login="admin", role="admin")
        await owner.run(_fill)
        await owner.close()
        async with serving(shop_settings, url) as address:
            yield address


async def _fill(connection: AsyncConnection) -> None:
    note = "Take fruit and milk on weekdays. Enter by the courtyard only, ring twice."
    company = PartyDetails(name="Lantern Coffee", legal_status="limited_company", note=note)
    await make_party(connection, company, act=ACT)
    await make_party(connection, PartyDetails(name="Beacon", legal_status="limited_company"), act=ACT)
    yard = PartyAddress(line="4 Lighthouse Row, yard", city="Varna", postal_code="9000", country="BG",
        uses=("tax", "warehouse"))  # fmt: skip
    await add_part(connection, ADDRESSES, 1, yard, act=ACT)
    for typed in (
        TypedContact(kind="phone", value="052 123 456", label="orders"),
        TypedContact(kind="email", value="orders@lantern.example"),
        TypedContact(kind="website", value="lantern.example", is_pinned=True),
    ):
        await add_contact(connection, 1, typed, country=None, act=ACT)
    await log_use(connection, 1, 2, act=ACT)
    account = make_account("Bulgarian National Bank", "BG80BNBG96611020345678", currency="EUR", code="BNBGBGSD")
    await add_part(connection, ACCOUNTS, 1, account, act=ACT)
    for kind, number in (("eik", "175074752"), ("inn", "7707083894")):
        registration = make_registration(kind, number, wrong="warn", issued_on=date(2019, 4, 1), issuer="Registry")
        await add_part(connection, REGISTRATIONS, 1, registration, act=ACT)
    await add_relation(connection, 1, Relation(relation="customer", since=date(2020, 1, 1)), act=ACT)
    await add_relation(connection, 1, Relation(relation="supplier", other_party_id=2), act=ACT)
    week = (Hours((1, 2, 3, 4, 5), time(9), time(18)),)
    buyer = ContactPerson(person_id=0, post="Buyer", responsibilities=("purchasing",), timezone="Europe/Sofia",
        hours=week)  # fmt: skip
    await add_new_person(connection, 1, "Darya Venets", person=buyer, act=ACT)
    await add_contact(connection, 3, TypedContact(kind="phone", value="+359 52 123457"), country=None, act=ACT)
    await add_note(connection, 1, "Unload in the yard.\nNot before 9:00.", act=ACT)
    await add_file(connection, 1, make_file("Contract 7.pdf", b"%PDF-1.7", most_bytes=100), act=ACT)
    await make_entry(connection, "group", "bakery", names={"en": "Bakeries", "bg": "Пекарни"}, act=ACT)
    version = (await load_party(connection, 1)).version
    await put_groups(connection, 1, ["bakery"], seen=version, act=ACT)


@pytest.mark.parametrize("look", VISITS)
async def test_every_form_of_a_party_is_accessible_and_fits(chromium: Browser, office: str, look: str) -> None:
    async with visitor(chromium, office, look) as page:
        await enter_as(page, "admin")
        for name, path in PAGES.items():
            await look_at(page, name, path, look)


async def test_wrong_field_takes_the_reader_to_it_and_keeps_what_was_typed(chromium: Browser, office: str) -> None:
    async with visitor(chromium, office, "light") as page:
        await enter_as(page, "admin", "/parties/2/accounts")
        await page.fill("#bank", "BNB")
        await page.fill("#account", "BG81BNBG96611020345678")
        await page.get_by_role("button", name="Add a bank account").click()

        await has_focus(page, "summary")
        await check(page, "party-accounts-refused")
        await page.get_by_role("link", name="IBAN or account").click()
        await has_focus(page, "account")
        assert await page.input_value("#account") == "BG81BNBG96611020345678"


async def test_two_people_at_one_form_see_both_side_by_side(chromium: Browser, office: str) -> None:
    async with visitor(chromium, office, "light") as one, visitor(chromium, office, "phone") as two:
        await enter_as(one, "admin", "/parties/1/addresses/1")
        await enter_as(two, "admin", "/parties/1/addresses/1")
        await one.fill("#city", "Burgas")
        await one.get_by_role("button", name="Save").click()
        await one.get_by_role("heading", name="Addresses").wait_for()
        await two.fill("#city", "Sofia")
        await two.get_by_role("button", name="Save").click()

        await two.get_by_role("heading", name="Yours and theirs").wait_for()
        assert (await two.locator("tbody tr").first.inner_text()).split() == ["City", "Sofia", "Burgas", "Varna"]
        assert await two.input_value("#city") == "Sofia"
        await check(two, "party-conflict-phone")
        await two.get_by_role("button", name="Save").click()
        await two.get_by_text("4 Lighthouse Row, yard, 9000 Sofia, BG").first.wait_for()


async def test_contact_person_is_added_by_keyboard_alone(chromium: Browser, office: str) -> None:
    """BG-16."""
    async with visitor(chromium, office, "light") as page:
        await enter_as(page, "admin", "/parties/2/persons")
        await page.focus("#person_id")
        for word in ("Gleb Osokin", "Bookkeeper"):
            await page.keyboard.type(word)
            await page.keyboard.press("Tab")
        await page.keyboard.press("Space")  # the first responsibility
        await page.keyboard.press("Enter")

        await page.get_by_role("link", name="Gleb Osokin", exact=True).wait_for()
        await page.get_by_text("Purchasing").first.wait_for()
        await check_access(page, "party-persons-added")
