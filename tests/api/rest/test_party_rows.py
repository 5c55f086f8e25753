"""Parties over the API as colleagues work with them: one identifier leads to everything, and everything leads back."""

from typing import Any  # JSON bodies are free in their values

import httpx
import pytest
from msgspec import structs

from api.settings import Settings
from api.state import read_clock
from tests.api.people import add_person, sign_in
from tests.api.rest.people import add, make, read
from tests.api.rest.shop import Shop, make_line, new_code, refusal
from tests.api.rest.test_attributes import codes_of, define
from tests.api.rest.test_business_documents import LINES
from tests.api.rest.test_users import make_user
from tests.api.rest.work import hire
from tests.conftest import Caller, calling, run_command

DIRECTORIES = ("party", "person", "card", "goods", "task", "event", "letter")
LISTS = (
    ("cards", "holder_id", "card_id"),
    ("business-documents", "party_id", "document_id"),
    ("events", "party_id", "event_id"),
    ("tasks", "party_id", "task_id"),
    ("projects", "party_id", "project_id"),
)
"""The lists of what parties have: the address, the field that names the party, and that of the record."""


async def ask(http: httpx.AsyncClient, path: str, body: dict[str, Any], *, method: str = "POST") -> dict[str, Any]:
    """Do an act that must be taken."""
    answer = await http.request(method, path, json=body)
    assert answer.is_success, answer.text
    done: dict[str, Any] = answer.json()
    return done


async def look(http: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    """Read what stands at an address."""
    answer = await http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def act_on(http: httpx.AsyncClient, party_id: int, card_id: int) -> None:
    """Do everything that is done for a party, by nothing but its identifier."""
    order = {"kind": "order", "party_id": party_id, "date": "2026-11-20", "lines": LINES}
    await ask(http, f"/v1/cards/{card_id}", {"holder_id": party_id}, method="PATCH")
    await ask(http, "/v1/business-documents", order)
    await ask(http, "/v1/events", {"kind": "call", "topic": "Asked for rye", "party_id": party_id})
    await ask(http, "/v1/tasks", {"kind": "task", "title": "Send samples", "party_id": party_id})
    await ask(http, "/v1/projects", {"name": "Bakery", "kind": "customer_project", "party_id": party_id})
    await ask(http, f"/v1/parties/{party_id}/notes", {"text": "Unload in the yard"})


async def test_any_list_leads_to_the_party_and_the_party_to_every_record(shop: Shop) -> None:
    """BG-02, C77-23: one call each way."""
    nora, name = await hire(shop), new_code("Mill ")
    mill, card = await make(shop, name), await shop.make_card()
    await act_on(nora.http, mill, card.id)

    for path, party_field, record_field in LISTS:
        found = await look(nora.http, f"/v1/{path}", **{party_field: mill})
        (row,) = next(rows for rows in found.values() if isinstance(rows, list))
        assert (await look(nora.http, f"/v1/parties/{row[party_field]}"))["name"] == name, path
        await look(nora.http, f"/v1/{path}/{row[record_field]}")

    fed = (await look(nora.http, "/v1/feed", party_id=mill))["rows"]
    searched = (await ask(nora.http, "/v1/search", {"text": name}))["parties"]
    listed = (await look(nora.http, "/v1/parties", q=name))["parties"]
    assert {row["party_id"] for row in fed if row["record"] != f"card:{card.id}"} == {mill}
    assert [[one["party_id"] for one in parties] for parties in (searched, listed)] == [[mill], [mill]]
    assert (await look(nora.http, f"/v1/parties/{mill}/notes"))["notes"][0]["text"] == "Unload in the yard"


async def test_whoever_looks_a_party_up_acts_on_it_by_the_same_identifier(shop: Shop) -> None:
    """BG-05: a call, a plan, a task, an order, a card and a message, and its timeline tells of each of them."""
    sam, mill, card = await hire(shop, "sales"), await make(shop), await shop.make_card()

    await act_on(sam.http, mill, card.id)
    await ask(sam.http, "/v1/events", {"kind": "email", "topic": "Prices of May", "party_id": mill})
    visit = {"kind": "meeting", "topic": "Visit", "party_id": mill, "starts_at": "2036-05-06T10:00:00Z"}
    planned = await ask(sam.http, "/v1/events", visit)

    acts = (await look(sam.http, f"/v1/parties/{mill}/timeline", actor=f"user:{sam.login}"))["acts"]
    told = [one["act"] for one in acts]
    assert planned["state"] == "planned"
    assert told.count("event.made") == 3
    assert {"task.made", "business_document.made", "note.added", "project.made"} < set(told)
    assert any(one.startswith("card.") for one in told)


async def test_new_employee_sees_all_of_a_party_in_the_first_minute(shop: Shop) -> None:
    """BG-04: timeline, contact persons, turnover and tier, last contact and next step, with nothing set up."""
    mill, anna = await make(shop), await make(shop, "Anna", legal_status="natural_person")
    card, old = await shop.make_card(discount_percent="5"), await hire(shop)
    await add(shop, mill, "persons", person_id=anna)
    await act_on(old.http, mill, card.id)
    await shop.sell(make_line(price="12.90"), card=card.ref)
    talk = {"kind": "call", "topic": "Talked", "party_id": mill, "starts_at": read_clock().isoformat()}
    await ask(old.http, "/v1/events", talk)

    user, password = await make_user(shop, role="sales")
    async with httpx.AsyncClient(transport=shop.admin._transport, base_url=shop.admin.base_url) as http:
        await sign_in(http, login=str(user["login"]), password=password)
        party = await look(http, f"/v1/parties/{mill}")
        acts = {one["act"] for one in (await look(http, f"/v1/parties/{mill}/timeline"))["acts"]}
        (held,) = (await look(http, "/v1/cards", holder_id=mill))["cards"]
        last = (await look(http, "/v1/events", party_id=mill, state="held"))["events"][0]
        (step,) = (await look(http, "/v1/tasks", party_id=mill))["tasks"]

    assert [one["name"] for one in party["persons"]] == ["Anna"]
    assert {"party.made", "note.added", "event.made", "business_document.made", "receipt.posted"} <= acts
    assert (held["turnover"], held["series"], held["discount_percent"]) == ("12.90", card.series, "5.00")
    assert (last["topic"], step["title"]) == ("Talked", "Send samples")


@pytest.mark.parametrize(
    ("module", "gone"), [("business", {"business-documents"}), ("events", {"events"}), ("tasks", {"tasks", "projects"})]
)
async def test_module_that_is_off_takes_what_it_knows_of_a_party_and_nothing_else(
    caller: Caller, admin: httpx.AsyncClient, settings: Settings, database_url: str, module: str, gone: set[str]
) -> None:
    """BG-06: the party itself, and what the others know, is answered as before."""
    whole = Shop(caller, admin, database_url)
    mill, card = await make(whole), await whole.make_card()
    await act_on((await hire(whole)).http, mill, card.id)
    before = await read(whole, mill)
    lists = {path: await look(admin, f"/v1/{path}", **{field: mill}) for path, field, _ in LISTS}

    async with calling(structs.replace(settings, modules_off=frozenset({module})), database_url) as without:
        http = await without.as_role("admin")
        answers = {path: await http.get(f"/v1/{path}", params={field: mill}) for path, field, _ in LISTS}
        after = await read(Shop(without, http, database_url), mill)

    assert after == before
    assert {refusal(answers.pop(path)) for path in gone} == {(404, "not_found")}
    assert {path: answer.json() for path, answer in answers.items()} == {path: lists[path] for path in answers}


async def test_directory_that_is_chosen_is_extended_and_the_sets_of_the_others_stay(shop: Shop) -> None:
    """UNF-36: each directory lists a set of its own."""
    before = {directory: await codes_of(shop, directory) for directory in DIRECTORIES}

    made = await define(shop, "text", directory="goods")

    after = {directory: await codes_of(shop, directory) for directory in DIRECTORIES}
    assert after == before | {"goods": [*before["goods"], made["code"]]}


async def test_examples_of_attributes_stand_on_the_card_of_every_party(
    caller: Caller, admin: httpx.AsyncClient, database_url: str, tallycard: list[str]
) -> None:
    """UNF-44: the manager, a colleague, and the region."""
    office = Shop(caller, admin, database_url)
    mill, nora = await make(office), await add_person(caller.service.database)
    path = f"/v1/parties/{mill}/attributes"
    without = await look(admin, path)

    run_command([*tallycard, "attributes", "add-examples"], TALLYCARD_DATABASE_URL=database_url)
    said = {"manager": nora, "region": "North"}
    empty = await look(admin, path)
    await ask(admin, path, {"values": said}, method="PATCH")

    assert without == {"values": {}}
    assert empty == {"values": {"manager": None, "region": None, "vip": None}}
    assert (await look(admin, path))["values"] == said | {"vip": None}
