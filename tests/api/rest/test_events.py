"""Events over the API: contacts and plans, their states, series, files and documents."""

from collections.abc import Mapping

import httpx
import pytest

from tests.api.people import add_person
from tests.conftest import Caller

PATH = "/v1/events"
CALL = {"kind": "call", "direction": "incoming", "topic": "Asked for prices", "starts_at": "2026-11-20T10:00:00+02:00"}


@pytest.fixture
async def mill(admin: httpx.AsyncClient) -> dict[str, int]:
    """Give a company, a person who speaks for it, and one who does not."""
    company = await admin.post("/v1/parties", json={"name": "Mill", "legal_status": "limited_company"})
    party = company.json()["party_id"]
    found = {"party": party}
    for name in ("Anna", "Boris"):
        person = await admin.post("/v1/parties", json={"name": name, "legal_status": "natural_person"})
        found[name] = person.json()["party_id"]
    link = await admin.post(f"/v1/parties/{party}/persons", json={"person_id": found["Anna"]})
    assert link.status_code == 201, link.text
    return found


async def keep(http: httpx.AsyncClient, **more: object) -> dict[str, object]:
    answer = await http.post(PATH, json={**CALL, **more})
    assert answer.status_code == 201, answer.text
    kept: dict[str, object] = answer.json()
    return kept


async def listed(http: httpx.AsyncClient, **wanted: object) -> list[object]:
    answer = await http.get(PATH, params={name: str(value) for name, value in wanted.items()})
    assert answer.status_code == 200, answer.text
    return [one["event_id"] for one in answer.json()["events"]]


async def test_directions_are_kept_and_found(admin: httpx.AsyncClient, mill: Mapping[str, int]) -> None:
    """UNF-01, UNF-02, UNF-13: direction and kind are two fields, and other is allowed for both."""
    made = {
        direction: (await keep(admin, direction=direction, party_id=mill["party"], kind=kind))["event_id"]
        for direction, kind in (("incoming", "call"), ("outgoing", "email"), ("other", "event"))
    }

    found = {direction: await listed(admin, direction=direction) for direction in made}

    assert found == {direction: [event_id] for direction, event_id in made.items()}


async def test_event_in_the_future_is_planned_and_completed_with_a_result(admin: httpx.AsyncClient) -> None:
    """UNF-14, UNF-15, C77-11, C77-48: the result is a code, a text or both, stamped with the time."""
    made = await keep(admin, kind="event", starts_at="2100-01-01T10:00:00Z")
    path = f"{PATH}/{made['event_id']}/completion"

    refused = await admin.post(path, json={})
    done = await admin.post(path, json={"result_code": "agreed", "result": "Wants 3 t"})

    assert made["state"] == "planned"
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "result")
    assert [done.json()[name] for name in ("state", "result_code", "result")] == ["completed", "agreed", "Wants 3 t"]
    assert done.json()["completed_at"] is not None
    assert await listed(admin, state="completed", result_code="agreed", words="wants") == [made["event_id"]]


async def test_cancelled_event_stays_with_its_reason_and_takes_nobodys_time(admin: httpx.AsyncClient) -> None:
    """UNF-16."""
    made = await keep(admin, kind="event", starts_at="2100-01-01T10:00:00Z", ends_at="2100-01-01T11:00:00Z")
    path = f"{PATH}/{made['event_id']}/cancellation"

    refused, done = await admin.post(path, json={"reason": " "}), await admin.post(path, json={"reason": "Ill"})
    again = await admin.post(path, json={"reason": "Ill"})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reason")
    assert (done.json()["state"], done.json()["cancel_reason"]) == ("cancelled", "Ill")
    assert (again.status_code, again.json()["code"]) == (422, "event_step_refused")
    assert await listed(admin, state="planned") == []
    assert await listed(admin, state="cancelled") == [made["event_id"]]
    assert (await admin.post(f"{PATH}/{made['event_id']}/reopening")).json()["state"] == "planned"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"ends_at": "2026-11-20T09:59:59+02:00"}, "ends_at"),
        ({"starts_at": None, "ends_at": "2026-11-20T10:00:00Z"}, "starts_at"),
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"topic": "x" * 201}, "topic"),
        ({"topic": "  "}, "topic"),
        ({"kind": "call"}, "party_id"),
        ({"party_id": 4711}, "party_id"),
        ({"responsible_id": 4711}, "responsible_id"),
        ({"project_id": 4711}, "project_id"),
        ({"phase_id": 1}, "phase_id"),
        ({"next_on": "2026-11-19"}, "next_on"),
        ({"rule": "FREQ=HOURLY"}, "rule"),
        ({"rule": "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"}, "rule"),
        ({"rule": "FREQ=DAILY;COUNT=3;UNTIL=20270101"}, "rule"),
    ],
)
async def test_event_that_contradicts_itself_is_refused_by_field(
    admin: httpx.AsyncClient, more: dict[str, object], field: str
) -> None:
    """UNF-17, UNF-23: end before start is refused, the topic has at most 200 characters."""
    answer = await admin.post(PATH, json={**CALL, "kind": "event", **more})

    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_whole_days_go_from_midnight_to_midnight_of_their_zone(admin: httpx.AsyncClient) -> None:
    """UNF-23: all-day allowed, the zone is kept."""
    times = {"starts_at": "2026-10-24T15:00:00+03:00", "ends_at": "2026-10-25T20:00:00+02:00", "is_all_day": True}
    made = await keep(admin, kind="event", zone="Europe/Sofia", **times)

    kept = (await admin.get(f"{PATH}/{made['event_id']}")).json()

    assert kept["starts_at"] == "2026-10-23T21:00:00Z"
    assert kept["ends_at"] == "2026-10-25T22:00:00Z", "the second day has 25 hours"
    assert kept["zone"] == "Europe/Sofia"


async def test_rich_text_is_made_harmless_when_it_is_saved(admin: httpx.AsyncClient) -> None:
    """UNF-18, C77-16, C77-62."""
    typed = '<p onclick="x()">Wants <b>rye</b><script>x()</script><a href="javascript:x()">!</a><img src=x></p>'
    made = await keep(admin, kind="event", content=typed)

    assert made["content"] == '<p>Wants <b>rye</b><a rel="noopener noreferrer nofollow">!</a></p>'
    assert await listed(admin, words="rye") == [made["event_id"]]


async def test_contact_is_found_by_party_person_period_result_and_contacter(
    caller: Caller, admin: httpx.AsyncClient, mill: Mapping[str, int]
) -> None:
    """BG-24, UNF-19, UNF-20, UNF-21, UNF-22, C77-07, C77-09, C77-10, C77-15, C77-45, C77-47, C77-50, C77-52, C77-60."""
    who = await add_person(caller.service.database, login="vera", role="sales")
    told = {"outcome": {"result_code": "thinking", "result": "Calls back"}, "author_id": who}
    of_firm = await keep(admin, party_id=mill["party"], persons=[mill["Anna"], mill["Boris"]], **told)
    of_anna = await keep(admin, party_id=mill["Anna"], starts_at="2026-11-21T08:00:00Z")

    combined = {"since": "2026-11-20T00:00:00Z", "until": "2026-11-21T00:00:00Z", "author_id": who}
    found = await listed(admin, **combined, result_code="thinking", words="calls back")

    assert found == [of_firm["event_id"]]
    assert await listed(admin, party_id=mill["party"]) == [of_anna["event_id"], of_firm["event_id"]]
    assert await listed(admin, person_id=mill["Boris"]) == [of_firm["event_id"]]
    assert of_firm["completed_by"] is None, "a token is no user"


async def test_date_x_makes_moves_and_removes_the_next_contact(
    admin: httpx.AsyncClient, mill: Mapping[str, int]
) -> None:
    """C77-49, C77-51: the next contact is linked, and gets the days of its reminder."""
    body = {**CALL, "party_id": mill["party"], "persons": [mill["Anna"]], "next_on": "2100-02-01", "remind_days": 3}
    made = (await admin.post(PATH, json=body)).json()
    path, first = f"{PATH}/{made['event_id']}", made["next_event_id"]

    planned = (await admin.get(f"{PATH}/{first}")).json()
    moved = (await admin.put(path, json={**body, "next_on": "2100-03-01", "version": made["version"]})).json()
    at = (await admin.get(f"{PATH}/{first}")).json()["starts_at"]
    body |= {"next_on": "2100-03-01", "remind_days": 5}
    moved = (await admin.put(path, json={**body, "version": moved["version"]})).json()
    reminded = (await admin.get(f"{PATH}/{first}")).json()
    tree = (await admin.get(f"{path}/structure")).json()["root"]
    cleared = (await admin.put(path, json={**body, "next_on": None, "version": moved["version"]})).json()

    assert [planned[name] for name in ("state", "party_id", "persons", "remind_days", "is_all_day")] == [
        "planned", mill["party"], [mill["Anna"]], 3, True,
    ]  # fmt: skip
    assert (moved["next_event_id"], at[:10]) == (first, "2100-02-28"), "midnight in Sofia"
    assert (reminded["remind_days"], reminded["starts_at"]) == (5, at)
    assert [node["record"] for node in tree["below"]] == [f"event:{first}"]
    assert cleared["next_event_id"] is None
    assert (await admin.get(f"{PATH}/{first}")).json()["is_removed"]


async def test_change_of_an_outdated_event_is_refused_with_both_sides(admin: httpx.AsyncClient) -> None:
    made = await keep(admin, kind="event")
    body, path = {**CALL, "kind": "event", "version": 1}, f"{PATH}/{made['event_id']}"
    await admin.put(path, json={**body, "place": "Kyiv"})

    refused = await admin.put(path, json={**body, "place": "Varna"})

    assert (refused.status_code, refused.json()["code"]) == (409, "event_changed")
    assert refused.json()["differences"] == [{"field": "place", "yours": "Varna", "theirs": "Kyiv", "base": None}]


async def test_follow_up_hangs_under_its_event_and_no_circle_can_be_made(admin: httpx.AsyncClient) -> None:
    """UNF-05, UNF-09: ancestors and descendants with kind, number, date and status; cycles are impossible."""
    first = await keep(admin, kind="event")
    second = await keep(admin, kind="meeting", origin=f"event:{first['event_id']}", starts_at="2100-01-01T10:00:00Z")

    tree = (await admin.get(f"{PATH}/{second['event_id']}/structure")).json()["root"]

    shown = [(node["kin"]["kind"], node["kin"]["number"], node["kin"]["status"]) for node in (tree, *tree["below"])]
    assert shown == [("event", str(first["event_id"]), "planned"), ("meeting", str(second["event_id"]), "planned")]
    assert tree["kin"]["on"] == "2026-11-20"


async def test_structure_of_a_project_shows_its_records_alone(admin: httpx.AsyncClient) -> None:
    """UNF-10: and what leads to them."""
    kind = (await admin.get("/v1/directories/project_kind")).json()["entries"][0]["code"]
    kept = await admin.post("/v1/projects", json={"name": "Bakery", "kind": kind})
    project = kept.json()["project_id"]
    root = await keep(admin, kind="event")
    of_it = await keep(admin, kind="event", project_id=project, origin=f"event:{root['event_id']}")
    await keep(admin, kind="event", topic="Another deal", origin=f"event:{root['event_id']}")
    path = f"{PATH}/{root['event_id']}/structure"

    whole = (await admin.get(path)).json()["root"]
    of_project = (await admin.get(path, params={"project_id": project})).json()["root"]
    of_nothing = (await admin.get(path, params={"project_id": project + 1})).json()["root"]

    assert len(whole["below"]) == 2
    assert [node["record"] for node in of_project["below"]] == [f"event:{of_it['event_id']}"]
    assert of_nothing is None


async def test_event_of_one_day_stands_on_that_day_alone(admin: httpx.AsyncClient) -> None:
    """C77-13, C77-54."""
    day = {"starts_at": "2027-05-09T00:00:00+03:00", "ends_at": "2027-05-10T00:00:00+03:00", "zone": "Europe/Sofia"}
    made = await keep(admin, kind="event", is_all_day=True, **day)

    days = {
        since: await listed(admin, since=f"2027-05-{since:02}T00:00:00+03:00", until=f"2027-05-{since + 1:02}T00:00:00+03:00")
        for since in (8, 9, 10)
    }  # fmt: skip

    assert days == {8: [], 9: [made["event_id"]], 10: []}
    assert (made["rule"], made["state"]) == (None, "planned")


async def test_history_keeps_who_changed_what(admin: httpx.AsyncClient) -> None:
    made = await keep(admin, kind="event")
    path = f"{PATH}/{made['event_id']}"
    await admin.put(path, json={**CALL, "kind": "event", "version": 1, "place": "Kyiv"})

    changes = (await admin.get(f"{path}/history")).json()["changes"]

    assert [(one["version"], one["before"], one["after"]) for one in changes] == [
        (2, {"place": None}, {"place": "Kyiv"})
    ]
    assert (await admin.get(f"{PATH}/999/history")).status_code == 404


async def test_journal_of_contacts_counts_by_kind(admin: httpx.AsyncClient, mill: Mapping[str, int]) -> None:
    """C77-41, C77-42, C77-53, C77-56."""
    for kind in ("call", "call", "meeting", "event"):
        await keep(admin, kind=kind, party_id=mill["party"])

    everything = (await admin.get(f"{PATH}/counts")).json()["counts"]
    contacts = (await admin.get(f"{PATH}/counts", params={"is_contact": "true"})).json()["counts"]

    assert everything == {"call": 2, "meeting": 1, "event": 1}
    assert contacts == {"call": 2, "meeting": 1}


async def test_new_kind_can_be_chosen_at_once_and_an_archived_one_no_more(admin: httpx.AsyncClient) -> None:
    """BG-27, C77-56."""
    body = {"code": "fax", "names": {"en": "Fax"}, "icon": "mail", "is_contact": True}
    made = await admin.post("/v1/event-kinds", json=body)
    event = await keep(admin, kind="fax")

    put_away = {"names": {"en": "Fax"}, "version": 1, "archived": True}
    archived = await admin.put("/v1/event-kinds/fax", json=put_away)
    stale = await admin.put("/v1/event-kinds/fax", json=put_away)
    refused = await admin.post(PATH, json={**CALL, "kind": "fax"})

    assert (made.status_code, archived.status_code) == (201, 200)
    assert (stale.status_code, stale.json()["code"]) == (409, "event_kind_changed")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "kind")
    assert (await admin.get(f"{PATH}/{event['event_id']}")).json()["kind"] == "fax"


async def test_page_of_events_leads_to_the_next_one(admin: httpx.AsyncClient) -> None:
    made = [
        (await keep(admin, kind="event", starts_at=f"2026-11-{day:02}T10:00:00Z"))["event_id"] for day in range(1, 28)
    ]

    first = (await admin.get(PATH)).json()
    second = (await admin.get(PATH, params={"after": first["next"]})).json()

    assert [one["event_id"] for one in first["events"] + second["events"]] == made[::-1]
    assert second["next"] is None
    assert (await admin.get(PATH, params={"after": "yesterday"})).json()["errors"][0]["field"] == "after"


async def test_words_with_what_no_database_holds_are_refused(admin: httpx.AsyncClient) -> None:
    assert (await admin.get(PATH, params={"words": "a\0b"})).status_code == 400
    assert (await admin.get(PATH, params={"party_id": str(2**70)})).status_code == 400


async def test_event_without_a_start_is_listed_where_it_was_made(admin: httpx.AsyncClient) -> None:
    """UNF-26: what has no date is in the list, and in no calendar."""
    made = await keep(admin, kind="event", starts_at=None)
    old = await keep(admin, kind="event")

    assert await listed(admin) == [made["event_id"], old["event_id"]]
    assert made["starts_at"] is None
