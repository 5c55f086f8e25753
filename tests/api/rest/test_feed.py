"""The dispatcher's feed over REST: what other programs tell, who reads which source, and how it is filtered."""

from datetime import timedelta
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import httpx
import pytest

from api.state import read_clock
from crm.projects.model import PhaseDetails, ProjectDetails
from crm.projects.phases import add_phase
from crm.projects.service import make_project
from database.activity import Act
from tests.api.people import add_person
from tests.api.rest.shop import Shop, new_code
from tests.api.rest.test_business_documents import LINES
from tests.conftest import Caller
from tests.factories import make_company, make_receipt

DAY = timedelta(days=1)


async def project_of(caller: Caller, party_id: int | None = None) -> int:
    """Make a project and give its identifier."""
    details = ProjectDetails(name="Hall", kind="internal", party_id=party_id)
    return (await caller.service.database.run(make_project, details, act=Act("test", read_clock()))).id


def telling(**more: Any) -> dict[str, Any]:
    """Make what a program tells, with only what matters given."""
    return {"uid": str(uuid4()), "source": "scheduling", "kind": "crew_assigned", "title": "Crew 3 to the hall"} | more


async def feed(http: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    """Read the feed."""
    answer = await http.get("/v1/feed", params=filters)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["rows"]
    return rows


async def test_row_carries_source_date_status_party_and_project(caller: Caller) -> None:
    """PS-01, PS-13, PS-14: what was planned shows as dates."""
    party = await make_company(caller.service.database, "Mill")
    project = await project_of(caller, party)
    http = await caller.as_role("admin")
    start = read_clock() + DAY
    body = telling(
        kind="planned_start", planned_at=start.isoformat(), status="agreed", party_id=party, project_id=project
    )

    told = await http.post("/v1/feed", json=body)

    row = (await feed(http))[0]
    assert told.status_code == 201
    assert (row["source"], row["act"], row["name"]) == ("scheduling", "scheduling.planned_start", "Crew 3 to the hall")
    assert (row["status"], row["party"], row["project"]) == ("agreed", "Mill", "Hall")
    assert (row["planned_at"][:16], row["late_seconds"]) == (start.isoformat()[:16], None)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("scheduling", "crew_assigned"),
        ("scheduling", "stage_assigned"),
        ("scheduling", "planned_start"),
        ("scheduling", "planned_end"),
        ("finished_goods", "goods_arrived"),
        ("production", "materials_reserved"),
        ("warehouses", "material_invoice_posted"),
    ],
)
async def test_work_of_other_programs_makes_rows_of_its_project(caller: Caller, source: str, kind: str) -> None:
    """PS-08, PS-11, PS-12, PS-13, PS-14, PS-15, PS-16."""
    project = await project_of(caller)
    http = await caller.as_role("clerk")
    await http.post("/v1/feed", json=telling(source=source, kind=kind, project_id=project))

    acts = [row["act"] for row in await feed(http, project_id=project, source=source)]

    assert acts == [f"{source}.{kind}"]


async def test_telling_twice_makes_one_row_and_another_meaning_is_refused(caller: Caller) -> None:
    http = await caller.as_role("admin")
    body = telling()
    first = await http.post("/v1/feed", json=body)

    again = await http.post("/v1/feed", json=body)
    other = await http.post("/v1/feed", json=body | {"title": "Crew 4"})

    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert (other.status_code, other.json()["code"]) == (409, "feed_entry_conflict")
    assert len(await feed(http, source="scheduling")) == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"source": "nobody"}, "feed_source_unknown"),
        ({"party_id": 4711}, "feed_entry_refused"),
        ({"project_id": 4711}, "feed_entry_refused"),
        ({"title": "  "}, "feed_entry_refused"),
    ],
)
async def test_telling_of_what_is_not_there_is_refused(caller: Caller, wrong: dict[str, Any], code: str) -> None:
    http = await caller.as_role("admin")
    answer = await http.post("/v1/feed", json=telling(**wrong))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await feed(http, source="scheduling") == []


async def test_work_that_came_too_late_is_flagged_and_says_by_how_much(caller: Caller) -> None:
    """PS-35."""
    http = await caller.as_role("admin")
    planned = read_clock() - 2 * DAY
    body = telling(kind="planned_end", planned_at=planned.isoformat())
    await http.post("/v1/feed", json=body)
    open_late = (await feed(http, status="late"))[0]

    done = await http.patch(
        f"/v1/feed/{body['uid']}", json={"actual_at": (planned + DAY).isoformat(), "status": "done"}
    )

    rows = await feed(http, status="late")
    assert open_late["late_seconds"] >= 2 * DAY.total_seconds()
    assert (done.status_code, [row["late_seconds"] for row in rows]) == (200, [DAY.total_seconds()] * 2)
    assert await feed(http, status="open", source="scheduling") == []


async def test_program_that_is_switched_off_is_shown_nowhere_and_tells_nothing(caller: Caller) -> None:
    """PS-17: its filter goes with its rows."""
    http = await caller.as_role("admin")
    await http.post("/v1/feed", json=telling())
    names = {"en": "Works"}
    await http.put("/v1/feed/sources/scheduling", json={"names": names, "is_on": False})

    told = await http.post("/v1/feed", json=telling())

    sources = (await http.get("/v1/feed/sources")).json()["sources"]
    assert (told.status_code, told.json()["code"]) == (422, "feed_source_unknown")
    assert "scheduling" not in {one["code"] for one in sources}
    assert [row for row in await feed(http) if row["source"] == "scheduling"] == []


async def test_program_cannot_take_the_name_of_a_module(caller: Caller) -> None:
    http = await caller.as_role("admin")
    answer = await http.put("/v1/feed/sources/receipt", json={"names": {"en": "Receipts"}})
    assert (answer.status_code, answer.json()["code"]) == (422, "feed_source_refused")


async def test_words_find_rows_whose_journal_holds_no_text(caller: Caller) -> None:
    """PS-36: and a row of another record is not found."""
    http = await caller.as_role("admin")
    await http.post("/v1/feed", json=telling(title="Oak boards for the staircase", number="B-7"))
    await http.post("/v1/feed", json=telling(title="Glass"))
    event = await http.post("/v1/events", json={"kind": "event", "topic": "Staircase measured"})
    assert event.status_code == 201, event.text

    names = [row["name"] for row in await feed(http, words="stairc")]

    assert names == ["Staircase measured", "Oak boards for the staircase"]
    assert [row["name"] for row in await feed(http, words="b-7")] == ["Oak boards for the staircase"]
    assert await feed(http, words="zebra") == []


async def test_filters_give_rows_by_kind_source_importance_and_period(caller: Caller) -> None:
    """PS-24, PS-33: importance alone too."""
    http = await caller.as_role("admin")
    await http.post("/v1/feed", json=telling(title="Plain"))
    await http.post("/v1/feed", json=telling(title="Urgent", kind="goods_arrived", importance=1))

    async def titles(**filters: Any) -> list[str]:
        return [row["name"] for row in await feed(http, source="scheduling", **filters)]

    soon, now = (read_clock() + DAY).isoformat(), (read_clock() - DAY).isoformat()
    assert await titles() == ["Urgent", "Plain"]
    assert await titles(importance=1) == ["Urgent"]
    assert await titles(act="scheduling.crew_assigned") == ["Plain"]
    assert (await titles(since=now, until=soon), await titles(since=soon)) == (["Urgent", "Plain"], [])
    assert (await titles(actor="user:nobody"), await titles(actor="token:1")) == ([], ["Urgent", "Plain"])


async def test_filter_by_party_gives_its_payments_and_orders_and_what_its_cards_bought(shop: Shop) -> None:
    """PS-26, PS-29, PS-30: receipts on the cards that it holds are its own."""
    party, other = [await make_company(shop.caller.service.database, new_code("Mill ")) for _ in range(2)]
    card = await shop.make_card()
    assert (await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": party})).status_code < 300
    receipt = make_receipt(card=card.ref)
    assert (await shop.admin.post("/v1/receipts", json=receipt)).status_code == 201
    order = {"kind": "order", "party_id": party, "date": "2026-11-22", "lines": LINES}
    payment = {"kind": "payment", "party_id": party, "date": "2026-11-22", "amount": "10.00", "means": "cash"}
    for body in (order, payment, order | {"party_id": other}):
        assert (await shop.admin.post("/v1/business-documents", json=body)).status_code == 201

    rows = await feed(shop.admin, party_id=party)

    papers = [row["name"][:3] for row in rows if row["act"] == "business_document.made"]
    assert sorted(papers) == ["ORD", "PAY"]
    assert [row["name"] for row in rows if row["act"] == "receipt.posted"] == [receipt["number"]]
    assert {row["party_id"] for row in rows if row["source"] == "business"} == {party}


async def test_rows_without_any_project_are_found_and_those_of_one_are_not_among_them(caller: Caller) -> None:
    """PS-25, PS-31."""
    project = await project_of(caller)
    http = await caller.as_role("admin")
    await http.post("/v1/feed", json=telling(title="Of the hall", project_id=project))
    await http.post("/v1/feed", json=telling(title="Of nothing"))

    alone = {row["name"] for row in await feed(http, without_project="true")}
    of_project = {row["name"] for row in await feed(http, project_id=project)}

    assert "Of nothing" in alone
    assert "Of the hall" not in alone
    assert of_project == {"Hall", "Of the hall"}


async def test_assigning_a_crew_and_a_stage_to_an_event_makes_rows(caller: Caller) -> None:
    """PS-11, PS-12."""
    crew = await add_person(caller.service.database)
    project = await project_of(caller)
    details = PhaseDetails(name="Roof")
    phase = await caller.service.database.run(add_phase, project, details, act=Act("test", read_clock()))
    http = await caller.as_role("admin")
    event = {"kind": "event", "topic": "Build", "project_id": project}
    made = (await http.post("/v1/events", json=event)).json()

    changed = event | {"phase_id": phase.id, "crew": [crew], "version": made["version"]}
    answer = await http.put(f"/v1/events/{made['event_id']}", json=changed)

    assert answer.status_code == 200, answer.text
    acts = [row["act"] for row in await feed(http, project_id=project, source="events")]
    assert {"event.crew_assigned", "event.stage_assigned"} <= set(acts)
    assert acts.count("event.crew_assigned") == 1


async def test_feed_goes_on_behind_its_page_without_a_gap(caller: Caller) -> None:
    http = await caller.as_role("admin")
    for number in range(60):
        await http.post("/v1/feed", json=telling(title=f"Work {number}"))

    first = (await http.get("/v1/feed", params={"source": "scheduling"})).json()
    rest = (await http.get("/v1/feed", params={"source": "scheduling", "after": first["next"]})).json()

    assert [row["name"] for row in first["rows"] + rest["rows"]] == [f"Work {number}" for number in range(59, -1, -1)]
    assert (len(first["rows"]), rest["next"]) == (50, None)


async def test_place_that_no_page_gave_is_refused(caller: Caller) -> None:
    http = await caller.as_role("admin")
    answer = await http.get("/v1/feed", params={"after": "yesterday"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "after")
