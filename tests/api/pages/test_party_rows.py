"""Parties on pages, row by row: one list of everybody with their roles, groups by size, and attributes of each directory."""

import re
from typing import get_args

import httpx
import pytest

from crm.attributes.examples import add_examples
from crm.attributes.model import Directory
from tests.api.people import add_person, fill, send, sign_in
from tests.conftest import ACT, Caller
from tests.factories import make_company, make_person

NEW_ATTRIBUTE = "/settings/new-attribute"
NAMED = {
    "customer": "natural_person",
    "supplier": "limited_company",
    "employee": "natural_person",
    "partner": "non_profit",
}


@pytest.fixture
async def boss(caller: Caller) -> httpx.AsyncClient:
    """Give a director who is signed in, user 1, in a shop without parties."""
    await add_person(caller.service.database, role="director")
    await sign_in(caller.http)
    return caller.http


async def listed(http: httpx.AsyncClient, query: str) -> list[tuple[str, list[str]]]:
    """Give the parties of a list with the texts of the other columns."""
    answer = await http.get(f"/parties?{query}")
    assert answer.status_code == 200, answer.text
    found = re.findall(r'<th scope="row"><a href="/parties/\d+">(.*?)</a>(.*?)</tr>', answer.text, re.DOTALL)
    return [(name, re.findall(r"<td[^>]*>\s*([^<]*?)\s*</td>", cells)) for name, cells in found]


async def test_customer_supplier_employee_and_partner_are_parties_of_one_form_and_one_search(
    boss: httpx.AsyncClient,
) -> None:
    """PAP-01: each with its role shown."""
    for number, (role, status) in enumerate(NAMED.items(), 1):
        await send(boss, "/parties/new", {"name": f"Quorum {role}", "legal_status": status})
        await send(boss, f"/parties/{number}/relations", {"relation": role})

    found = await boss.get((await send(boss, "/search", {"find": "quorum"})).headers["location"])
    everybody = await listed(boss, "where=words~has~quorum&columns=relations")

    assert [role for role in NAMED if f"Quorum {role}</a>" not in found.text] == []
    assert everybody == [(f"Quorum {role}", [role.capitalize()]) for role in sorted(NAMED)]
    assert [name for name, _ in await listed(boss, "where=relation~current~supplier")] == ["Quorum supplier"]
    for number, role in enumerate(NAMED, 1):
        assert role.capitalize() in (await boss.get(f"/parties/{number}/relations")).text


async def test_firms_are_filtered_ordered_and_grouped_by_their_size(
    caller: Caller, boss: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    """BG-31: staff as a number, turnover as a band."""
    await send(boss, NEW_ATTRIBUTE, {"directory": "party", "kind": "number", "names.en": "Staff"})
    bands: dict[str, str | list[str]] = {"choice_en": ["Small", "Large", ""], "choice_code": ["", "", ""]}
    await send(boss, NEW_ATTRIBUTE, {"directory": "party", "kind": "choice", "names.en": "Band", **bands})
    await admin.put("/v1/series/G", json={"name": "Gold", "kind": "discount", "number_template": "G%06"})
    cards = (await admin.post("/v1/series/G/cards", json={"count": 3})).json()["cards"]
    for card, (name, staff, band) in zip(cards, (("Mill", "12", "small"), ("Oven", "250", "large"), ("Shop", "3", "small")), strict=True):  # fmt: skip
        party = await make_company(caller.service.database, name)
        said = {"attribute.staff": staff, "attribute.band": band}
        assert (await fill(boss, f"/parties/{party}/attributes", said)).status_code == 303
        assert (await admin.patch(f"/v1/cards/{card['card_id']}", json={"holder_id": party})).status_code == 200

    by_staff = await listed(boss, "columns=party.staff%2Cparty.band&sort=-party.staff")
    report = (await boss.get("/cards/bands?by=party.band")).text

    assert by_staff == [("Oven", ["250", "Large"]), ("Mill", ["12", "Small"]), ("Shop", ["3", "Small"])]
    assert [name for name, _ in await listed(boss, "where=party.band~one_of~small")] == ["Mill", "Shop"]
    assert [name for name, _ in await listed(boss, "where=party.staff~at_least~12")] == ["Mill", "Oven"]
    groups = re.findall(r"<h3>(\w+)</h3>.*?<tfoot>.*?<td class=\"num\">(\d+)</td>", report, re.DOTALL)
    assert groups == [("Small", "2"), ("Large", "1")]


@pytest.mark.parametrize("directory", get_args(Directory))
async def test_extra_attribute_is_defined_for_every_directory_by_one_form(
    boss: httpx.AsyncClient, directory: str
) -> None:
    """UNF-33."""
    made = await send(boss, NEW_ATTRIBUTE, {"directory": directory, "kind": "text", "names.en": "Room"})

    settings = (await boss.get("/settings/attributes")).text
    section = settings.partition(f'id="set-{directory}"')[2].partition("</section>")[0]

    assert made.headers["location"] == f"/settings/attributes#set-{directory}"
    assert ">Room</a>" in section
    assert settings.count(">Room</a>") == 1


async def test_extra_attributes_are_filled_in_for_organisations_persons_events_and_tasks(
    caller: Caller, boss: httpx.AsyncClient
) -> None:
    """UNF-33: those of persons are not asked of organisations."""
    await make_company(caller.service.database, "Mill")
    await make_person(caller.service.database, "Anna")
    for directory in ("party", "person", "event", "task"):
        name = f"Of {directory}"
        await send(boss, NEW_ATTRIBUTE, {"directory": directory, "kind": "text", "names.en": name})
    event = {"kind": "event", "topic": "Fair", "start_day": "2100-05-06", "start_time": "10:00"}
    await fill(boss, "/events/new", event)
    forms = {"/parties/1": "party", "/parties/2": "person", "/events/1": "event"}

    codes = {
        path: re.findall(r'name="attribute\.(\w+)"', (await boss.get(f"{path}/attributes")).text) for path in forms
    }
    for path, directory in forms.items():
        code = next(one for one in codes[path] if directory in one)
        assert (await fill(boss, f"{path}/attributes", {f"attribute.{code}": "Cellar"})).status_code == 303
    field = re.findall(r'name="(attribute\.\w+)"', (await boss.get("/tasks/new")).text)
    task = {"kind": "task", "title": "Call", "executor_id": "1", "priority": "2"}
    made = await fill(boss, "/tasks/new", {**task, field[0]: "Cellar"})

    assert [len(found) for found in codes.values()] == [1, 2, 1]
    for path, directory in {**forms, made.headers["location"]: "task"}.items():
        assert f"<dt>Of {directory}</dt><dd>Cellar" in (await boss.get(path)).text, path


async def test_shipped_examples_stand_on_the_party_with_what_is_said_of_them(
    caller: Caller, boss: httpx.AsyncClient
) -> None:
    """UNF-44: manager and region."""
    await make_company(caller.service.database, "Mill")
    await caller.service.database.run(add_examples, act=ACT)

    empty = (await boss.get("/parties/1")).text
    await fill(boss, "/parties/1/attributes", {"attribute.manager": "1", "attribute.region": "Varna"})
    filled = (await boss.get("/parties/1")).text

    for name, value in (("Manager", "Nora Lindqvist"), ("Region", "Varna")):
        assert f'<dt>{name}</dt><dd><span class="muted">–</span>' in empty
        assert f"<dt>{name}</dt><dd>{value}" in filled
