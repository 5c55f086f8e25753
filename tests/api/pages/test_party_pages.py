"""The pages of parties: made and changed by forms that keep what was typed, told beside their fields what is wrong."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.auth.model import UserRole
from api.settings import load_settings
from crm.directories.service import make_entry
from tests.api.people import add_person, csrf_token, send, sign_in
from tests.conftest import ACT, Caller, calling
from tests.factories import make_company, make_person

Fields = dict[str, str | list[str]]


@pytest.fixture
async def nora(caller: Caller) -> httpx.AsyncClient:
    """Give a clerk who is signed in, in a shop without parties."""
    return await _come_in(caller, "nora", "clerk")


async def _come_in(caller: Caller, login: str, role: UserRole) -> httpx.AsyncClient:
    await add_person(caller.service.database, login=login, role=role)
    http = httpx.AsyncClient(transport=caller.http._transport, base_url=caller.http.base_url)
    await sign_in(http, login=login)
    return http


def _wrong(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.status_code
    return re.findall(r'id="([\w.]+)-wrong"', answer.text)


async def _listed(http: httpx.AsyncClient, path: str) -> str:
    """Give the text of a page's first panel without its tags."""
    page = (await http.get(path)).text
    panel = re.search(r'<section class="panel" aria-label.*?</section>', page, re.DOTALL)
    assert panel is not None, page
    return " ".join(re.sub(r"<[^>]+>", " ", panel[0]).split())


async def test_birth_date_is_kept_without_a_year_that_is_unknown(nora: httpx.AsyncClient) -> None:
    """C77-22."""
    leap = {"name": "Ana", "legal_status": "natural_person", "birth_date": "2024-02-29", "no_year": "yes"}
    await send(nora, "/parties/new", leap)

    form = (await nora.get("/parties/1/edit")).text
    listed = (await nora.get("/parties?columns=birth_date")).text
    calendar = (await nora.get("/calendar?view=agenda&day=2027-02-27&show=all_birthdays")).text

    assert re.search(r'name="no_year" value="yes" checked', form)
    assert re.search(r'name="birth_date"[^>]* value="2000-02-29"', form)
    assert (">29 Feb<" in listed, "Birthday: Ana" in calendar) == (True, True)


async def test_party_is_made_of_a_name_and_a_legal_status(nora: httpx.AsyncClient) -> None:
    """PAP-03, PAP-04, PAP-05."""
    wrong = await send(nora, "/parties/new", {"name": "  ", "legal_status": "natural_person", "note": "typed"})
    assert _wrong(wrong) == ["name"]
    assert "typed" in wrong.text
    unknown = await send(nora, "/parties/new", {"name": "Ana", "legal_status": "duchy"})
    assert _wrong(unknown) == ["legal_status"]

    made = await send(nora, "/parties/new", {"name": "Ana Ilieva", "legal_status": "natural_person"})

    assert (made.status_code, made.headers["location"]) == (303, "/parties/1")
    assert "Ana Ilieva" in (await nora.get("/parties/1")).text
    for name in ("addresses", "contacts", "accounts", "registrations", "relations", "persons", "notes", "files"):
        page = await nora.get(f"/parties/1/{name}")
        assert (page.status_code, "muted" in page.text) == (200, True), name


async def test_note_stands_in_the_head_of_the_profile(nora: httpx.AsyncClient) -> None:
    """PAP-11."""
    body = {"name": "Lantern", "legal_status": "limited_company", "note": "Ring twice, enter by the courtyard."}
    await send(nora, "/parties/new", body)

    assert "Ring twice, enter by the courtyard." in (await nora.get("/parties/1")).text


async def test_conflict_shows_both_and_keeps_what_was_typed(caller: Caller, nora: httpx.AsyncClient) -> None:
    await make_company(caller.service.database, "Lantern")
    body = {"legal_status": "limited_company", "version": "1"}
    await send(nora, "/parties/1/edit", body | {"name": "Lantern Ltd", "note": "theirs"})

    stale = await send(nora, "/parties/1/edit", body | {"name": "Lantern", "note": "yours <b>"})

    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", stale.text.partition("Fields that differ")[2])
    assert (stale.status_code, cells[4:12]) == (
        422,
        ["Name", "Lantern", "<b>Lantern Ltd</b>", "Lantern", "Short note", "yours &lt;b&gt;", "<b>theirs</b>", "–"],
    )
    assert 'value="Lantern"' in stale.text
    assert 'name="version" value="2"' in stale.text
    again = await send(nora, "/parties/1/edit", body | {"name": "Lantern", "note": "yours", "version": "2"})
    assert again.status_code == 303


async def test_party_is_archived_and_taken_out_again(caller: Caller, nora: httpx.AsyncClient) -> None:
    await make_company(caller.service.database, "Lantern")

    await send(nora, "/parties/1/archive", {})
    refused = await send(nora, "/parties/1/edit", {"name": "X", "legal_status": "limited_company", "version": "2"})

    assert (refused.status_code, "take it out of the archive first" in refused.text) == (422, True)
    await send(nora, "/parties/1/unarchive", {})
    saved = await send(nora, "/parties/1/edit", {"name": "X", "legal_status": "limited_company", "version": "3"})
    assert saved.status_code == 303


async def test_addresses_are_kept_by_use(caller: Caller, nora: httpx.AsyncClient) -> None:
    """PAP-06, BG-20, BG-21."""
    await make_company(caller.service.database, "Lantern")
    full = {"line": "2 Rose St", "city": "Varna", "region": "Varna", "postal_code": "9000", "country": "BG"}
    await send(nora, "/parties/1/addresses", full | {"uses": ["tax", "warehouse"]})
    assert _wrong(await send(nora, "/parties/1/addresses", {"country": "BG"})) == ["line"]

    await send(nora, "/parties/1/addresses", {"city": "Sofia", "uses": ["warehouse"], "main_for": ["warehouse"]})

    assert await _listed(nora, "/parties/1/addresses") == (
        "2 Rose St, 9000 Varna, Varna, BG Edit 2 Rose St, 9000 Varna, Varna, BG Tax, main Warehouse"
        " Sofia Edit Sofia Warehouse, main"
    )
    form = (await nora.get("/parties/1/addresses/1")).text
    assert 'value="2 Rose St"' in form
    assert '<option value="BG" selected>Bulgaria</option>' in form
    saved = await send(nora, "/parties/1/addresses/1", full | {"line": "4 Rose St", "version": "4"})
    assert saved.status_code == 303
    await send(nora, "/parties/1/addresses/2/remove", {})
    assert (
        await _listed(nora, "/parties/1/addresses")
        == "4 Rose St, 9000 Varna, Varna, BG Edit 4 Rose St, 9000 Varna, Varna, BG"
    )


async def test_part_that_somebody_changed_meanwhile_is_shown_beside_yours(
    caller: Caller, nora: httpx.AsyncClient
) -> None:
    await make_company(caller.service.database, "Lantern")
    await send(nora, "/parties/1/addresses", {"city": "Varna", "uses": ["tax"]})
    await send(nora, "/parties/1/addresses/1", {"city": "Burgas", "uses": ["tax", "office"], "version": "2"})

    stale = await send(nora, "/parties/1/addresses/1", {"city": "Sofia", "version": "2"})

    assert stale.status_code == 422
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", stale.text.partition("Fields that differ")[2])
    assert cells[4:8] == ["City", "Sofia", "<b>Burgas</b>", "Varna"]
    assert 'value="Sofia"' in stale.text
    gone = await send(nora, "/parties/1/addresses/17", {"city": "Sofia", "version": "2"})
    assert gone.status_code in {404, 422}
    assert (await nora.get("/parties/1/addresses/17")).status_code == 404


async def test_ways_of_contact_stand_in_the_order_of_their_use(caller: Caller, nora: httpx.AsyncClient) -> None:
    """PAP-07, PAP-08."""
    await make_company(caller.service.database, "Lantern")
    await send(nora, "/parties/1/addresses", {"city": "Varna", "country": "BG"})
    for kind, value in (("phone", "052 123 456"), ("email", "orders@lantern.example"), ("website", "lantern.example")):
        assert (await send(nora, "/parties/1/contacts", {"kind": kind, "value": value})).status_code == 303
    assert _wrong(await send(nora, "/parties/1/contacts", {"kind": "email", "value": "nobody"})) == ["value"]

    for contact_id in (2, 2, 2, 1):
        assert (await send(nora, f"/parties/1/contacts/{contact_id}/uses", {})).status_code == 303
    links = re.compile(r'href="((?:tel|mailto|https):[^"]+)"')
    used = links.findall((await nora.get("/parties/1/contacts")).text)
    await send(nora, "/parties/1/contacts/3",
        {"kind": "website", "value": "lantern.example", "is_pinned": "yes", "version": "5"})  # fmt: skip
    pinned = links.findall((await nora.get("/parties/1/contacts")).text)

    mail, phone, site = "mailto:orders@lantern.example", "tel:+35952123456", "https://lantern.example"
    assert (used, pinned) == ([mail, phone, site], [site, mail, phone])
    assert ">052 123 456</a>" in (await nora.get("/parties/1/contacts")).text


async def test_accounts_and_registrations_are_checked(caller: Caller, nora: httpx.AsyncClient) -> None:
    """PAP-09, PAP-10."""
    await make_company(caller.service.database, "Lantern")
    account = {"bank": "BNB", "account": "BG80BNBG96611020345678", "currency": "eur", "bic": ""}
    wrong = await send(nora, "/parties/1/accounts", account | {"account": "BG81 BNBG 9661 1020 3456 78"})
    assert _wrong(wrong) == ["account"]
    assert 'value="BG81 BNBG 9661 1020 3456 78"' in wrong.text
    assert (await send(nora, "/parties/1/accounts", account)).status_code == 303
    assert (await _listed(nora, "/parties/1/accounts")).startswith("BG80 BNBG 9661 1020 3456 78 EUR main")

    number = {"kind": "inn", "number": "7707083894"}
    assert _wrong(await send(nora, "/parties/1/registrations", number)) == ["number"]
    assert _wrong(await send(nora, "/parties/1/registrations", number | {"issued_on": "soon"})) == ["issued_on"]
    right = {"kind": "inn", "number": "7707083893", "issued_on": "2019-04-01", "issuer": "Registry"}
    assert (await send(nora, "/parties/1/registrations", right)).status_code == 303
    assert await _listed(nora, "/parties/1/registrations") == (
        "ИНН (RU) 7707083893 Edit 7707083893 Registry, 1 Apr 2019"
    )


async def test_wrong_number_that_is_only_warned_of_is_marked(database_url: str) -> None:
    """PAP-10."""
    async with calling(load_settings({"TALLYCARD_WRONG_NUMBERS": "warn"}), database_url) as caller:
        nora = await _come_in(caller, "nora", "clerk")
        await make_company(caller.service.database, "Lantern")
        await send(nora, "/parties/1/registrations", {"kind": "inn", "number": "7707083894"})

        assert "Check the number" in await _listed(nora, "/parties/1/registrations")


async def test_relations_and_groups_are_set(caller: Caller, nora: httpx.AsyncClient) -> None:
    """PAP-02, BG-29."""
    await make_company(caller.service.database, "Lantern")
    await make_company(caller.service.database, "Beacon Group")
    for code in ("vip", "bakery"):
        names = {"en": code.title()}
        await caller.service.database.run(make_entry, "group", code, names=names, act=ACT)
    await send(nora, "/parties/1/relations", {"relation": "customer", "since": "2020-01-01"})
    await send(nora, "/parties/1/relations", {"relation": "partner", "other_party_id": "beacon"})
    nobody = await send(nora, "/parties/1/relations", {"relation": "partner", "other_party_id": "nobody"})
    assert _wrong(nobody) == ["other_party_id"]
    assert (await send(nora, "/parties/1/groups", {"groups": ["vip", "bakery"], "version": "3"})).status_code == 303

    shown = await _listed(nora, "/parties/1/relations")

    assert shown == (
        "Customer Edit Customer since 1 Jan 2020 Partner → Beacon Group Edit Partner Groups: Vip Bakery Change groups"
    )
    assert "Lantern : Partner" in await _listed(nora, "/parties/2/relations")
    stale = await send(nora, "/parties/1/groups", {"groups": ["vip"], "version": "3"})
    assert (stale.status_code, "Fields that differ" in stale.text) == (422, True)


async def test_persons_are_added_with_what_they_answer_for_and_when(caller: Caller, nora: httpx.AsyncClient) -> None:
    """BG-16, BG-17, BG-18, BG-19."""
    await make_company(caller.service.database, "Lantern")
    await make_person(caller.service.database, "Gleb Osokin", phone="+35952123456")
    body: Fields = {"post": "Buyer", "responsibilities": ["purchasing"], "timezone": "Europe/Sofia"}
    hours: Fields = {"hours.0.days": ["1", "2", "3"], "hours.0.since": "09:00", "hours.0.until": "18:00"}

    assert (await send(nora, "/parties/1/persons", body | hours | {"person_id": "Darya Venets"})).status_code == 303
    assert (await send(nora, "/parties/1/persons", {"person_id": "#2 Gleb Osokin"})).status_code == 303
    wrong = await send(
        nora, "/parties/1/persons", hours | {"person_id": "X", "hours.0.until": "08:00", "timezone": "UTC"}
    )
    assert _wrong(wrong) == ["hours"]

    shown = await _listed(nora, "/parties/1/persons")
    assert "Darya Venets Buyer" in shown
    assert "Purchasing · no way of contact" in shown
    assert "Mon, Tue and Wed 09:00–18:00 (Europe/Sofia)" in shown
    assert "Speaks for Lantern Buyer" in await _listed(nora, "/parties/3/persons")
    for kind, value in (("phone", "+359 52 123457"), ("email", "darya@lantern.example"), ("messenger", "darya")):
        assert (await send(nora, "/parties/3/contacts", {"kind": kind, "value": value})).status_code == 303
    assert "+359 52 123 457" in await _listed(nora, "/parties/3/contacts")
    assert "no way of contact" not in (await _listed(nora, "/parties/1/persons")).split("Gleb")[0]
    form = (await nora.get("/parties/1/persons/1")).text
    assert 'value="09:00"' in form
    assert "#3 Darya Venets" in form


async def test_call_outside_the_hours_is_warned_of(caller: Caller, nora: httpx.AsyncClient) -> None:
    """BG-19."""
    await make_company(caller.service.database, "Lantern")
    await make_person(caller.service.database, "Never There", phone="+35952123456")
    other_day = str((datetime.now(UTC) + timedelta(days=3)).isoweekday())
    hours: Fields = {"hours.0.days": [other_day], "hours.0.since": "09:00", "hours.0.until": "09:01", "timezone": "UTC"}

    await send(nora, "/parties/1/persons", hours | {"person_id": "#2"})

    assert "Outside the hours: +359 52 123 456" in await _listed(nora, "/parties/1/persons")


async def test_note_of_one_is_read_by_another(caller: Caller, nora: httpx.AsyncClient) -> None:
    """BG-01."""
    await make_company(caller.service.database, "Lantern")
    await send(nora, "/parties/1/notes", {"text": "Unload in the yard.\nNot before 9:00."})

    tomas = await _come_in(caller, "tomas", "sales")

    assert "Unload in the yard. Not before 9:00." in await _listed(tomas, "/parties/1/notes")
    assert _wrong(await send(nora, "/parties/1/notes", {"text": "  "})) == ["text"]


async def test_file_is_kept_and_downloaded(caller: Caller, nora: httpx.AsyncClient) -> None:
    await make_company(caller.service.database, "Lantern")
    page, token = b"<script>alert(1)</script>", await csrf_token(nora)

    sent = await nora.post("/parties/1/files", data={"csrf": token}, files={"file": ("../a.html", page, "text/html")})
    large = {"file": ("b.bin", b"x" * (10 * 2**20 + 1))}
    refused = await nora.post("/parties/1/files", data={"csrf": token}, files=large)

    assert (sent.status_code, _wrong(refused)) == (303, ["file"])
    got = await nora.get("/parties/1/files/1")
    assert (got.content, got.headers["content-type"]) == (page, "text/plain; charset=utf-8")
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''a.html"
    assert "sandbox" in got.headers["content-security-policy"]
    await send(nora, "/parties/1/files/1/remove", {})
    assert await _listed(nora, "/parties/1/files") == "No file is kept here."


async def test_directories_are_kept_by_who_keeps_settings(caller: Caller, nora: httpx.AsyncClient) -> None:
    """PAP-04."""
    boss = await _come_in(caller, "vera", "director")
    path = "/settings/directories/relation"
    word = {"code": "agent", "names.en": "Agent", "names.bg": "Агент"}

    assert (await nora.get("/settings/directories")).status_code == 403
    assert _wrong(await send(boss, path, word | {"code": "Big Agent"})) == ["code"]
    assert (await send(boss, path, word)).status_code == 303
    renamed = await send(boss, f"{path}/agent", {"names.en": "Our agent", "version": "1"})
    stale = await send(boss, f"{path}/agent", {"names.en": "Other", "version": "1"})
    assert (renamed.status_code, stale.status_code) == (303, 422)
    for _ in range(9):
        await send(boss, f"{path}/agent/move", {"to": "up"})

    await make_company(caller.service.database, "Lantern")
    await send(nora, "/parties/1/relations", {"relation": "agent"})
    used = await send(boss, f"{path}/agent/delete", {})

    page = (await boss.get("/settings/directories")).text
    assert page.index("Our agent") < page.index("Customer")
    assert (used.status_code, "archive it instead" in used.text) == (422, True)
    await send(boss, f"{path}/agent", {"names.en": "Our agent", "version": "2", "archived": "yes"})
    assert "Our agent" not in (await nora.get("/parties/1/relations")).text.partition("<select")[2]


async def test_who_may_only_look_is_offered_no_forms(caller: Caller) -> None:
    supervisor = await _come_in(caller, "sam", "cashier_supervisor")
    await make_company(caller.service.database, "Lantern")

    answers = [
        await supervisor.get("/parties/new"),
        await supervisor.get("/parties/1/edit"),
        await supervisor.get("/parties/1/accounts"),
        await send(supervisor, "/parties/1/notes", {"text": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    files = await supervisor.get("/parties/1/files")
    assert (files.status_code, "Add a file" in files.text) == (200, False)


async def test_two_forms_at_once_lose_nothing(caller: Caller, nora: httpx.AsyncClient) -> None:
    await make_company(caller.service.database, "Lantern")

    answers = await asyncio.gather(
        *[send(nora, "/parties/1/addresses", {"city": city, "uses": ["tax"]}) for city in ("Varna", "Sofia", "Burgas")]
    )

    assert [answer.status_code for answer in answers] == [303] * 3
    assert (await _listed(nora, "/parties/1/addresses")).count("main") == 1
