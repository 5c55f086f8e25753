"""Events over the API as the order desk, finance and measurers keep them: people, papers, files, states and series."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any  # JSON bodies are free in their values
from zoneinfo import ZoneInfo

import pytest

from api.auth.model import UserRole
from api.state import read_clock
from crm.events.files import forget_recordings
from database.activity import Act
from tests.api.rest.people import add, make
from tests.api.rest.shop import Shop, new_code, refusal
from tests.api.rest.test_attributes import define
from tests.api.rest.test_business_documents import LINES
from tests.api.rest.work import Worker, hire
from tests.factories import make_line, make_receipt

PATH = "/v1/events"
SOFIA = ZoneInfo("Europe/Sofia")
DAY = timedelta(days=1)
PNG, PDF, SOUND = b"\x89PNG\r\n\x1a\n" + bytes(50), b"%PDF-1.7 sheet", b"ID3" + bytes(range(250))
SAID = (
    "kind topic zone direction content place starts_at ends_at is_all_day importance author_id responsible_id party_id "
    "persons participants crew reminded project_id phase_id promised_at next_on remind_days rule version"
).split()


async def keep(worker: Worker, kind: str = "event", **more: Any) -> dict[str, Any]:
    """Make an event of somebody's."""
    answer = await worker.http.post(PATH, json={"kind": kind, "topic": new_code("Rye "), **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def read(worker: Worker, event_id: int, part: str = "") -> dict[str, Any]:
    """Read an event, or a part of it."""
    answer = await worker.http.get(f"{PATH}/{event_id}{part}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def change(worker: Worker, event_id: int, **more: Any) -> None:
    """Change an event as somebody who has just read it."""
    body = {name: value for name, value in (await read(worker, event_id)).items() if name in SAID}
    answer = await worker.http.put(f"{PATH}/{event_id}", json=body | more)
    assert answer.status_code == 200, answer.text


async def listed(worker: Worker, **wanted: Any) -> list[dict[str, Any]]:
    """List events, the earliest first, page by page."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    while after is not None or not found:
        answer = await worker.http.get(PATH, params=wanted | ({} if after is None else {"after": after}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found, after = found + page["events"], page["next"]
        if not page["events"]:
            break
    return found[::-1]


async def ids_of(worker: Worker, **wanted: Any) -> list[int]:
    """Give the identifiers of the events that a list shows."""
    return [one["event_id"] for one in await listed(worker, **wanted)]


def local(event: dict[str, Any]) -> datetime:
    """Give what a clock in Sofia shows when an event begins."""
    return datetime.fromisoformat(event["starts_at"]).astimezone(SOFIA)


def clocks_go_forward() -> date:
    """Give a Monday two weeks before the Sunday in March on which clocks change: the nearest that a series may have."""
    today = read_clock().date()
    last = date(today.year + (today.month > 3), 3, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7 + 13)


async def test_meeting_is_logged_with_its_participants_and_place(shop: Shop) -> None:
    """BG-25: those who came of the party and of our own."""
    nora, colleague = await hire(shop), await hire(shop)
    mill, anna = await make(shop), await make(shop, "Anna", legal_status="natural_person")
    await add(shop, mill, "persons", person_id=anna)
    people = {"persons": [anna], "participants": [nora.id, colleague.id]}

    made = await keep(nora, "meeting", party_id=mill, place="Varna", starts_at="2026-11-20T10:00:00Z", **people)

    kept = await read(nora, made["event_id"])
    assert {name: kept[name] for name in people} == people
    assert (kept["place"], kept["party_id"], kept["state"], kept["author_id"]) == ("Varna", mill, "held", nora.id)
    assert await ids_of(nora, kind="meeting", person_id=anna) == [made["event_id"]]


async def test_event_that_is_planned_for_a_user_stands_in_that_users_agenda(shop: Shop) -> None:
    """UNF-03."""
    nora, vera = await hire(shop), await hire(shop)
    hour = {"starts_at": "2036-05-06T10:00:00+03:00", "ends_at": "2036-05-06T11:00:00+03:00"}
    made = await keep(nora, "event", responsible_id=vera.id, **hour)

    agendas = {}
    for user in (nora, vera):
        query: dict[str, Any] = {"since": "2036-05-06", "days": 1, "user": user.id, "show": "events"}
        (day,) = (await vera.http.get("/v1/calendar", params=query)).json()["days"]
        agendas[user.id] = [one["id"] for one in day["entries"]]

    assert agendas == {nora.id: [], vera.id: [made["event_id"]]}


async def test_event_keeps_rich_text_attributes_files_and_documents_and_gives_them_back(shop: Shop) -> None:
    """UNF-04, C77-12, C77-46, PS-21: a photo and a PDF of the measurement sheet, an order and a receipt; files by right."""
    nora, mill = await hire(shop), await make(shop)
    made = await keep(nora, "measurement", party_id=mill, content="<p>Oven <b>left</b></p>")
    path, receipt = f"{PATH}/{made['event_id']}", make_receipt(make_line())
    assert (await shop.post(receipt)).status_code == 201
    order = {"kind": "order", "party_id": mill, "date": "2026-11-22", "lines": LINES}
    paper = (await nora.http.post("/v1/business-documents", json=order)).json()["document_id"]
    records = [f"business_document:{paper}", f"receipt:{receipt['receipt_uid']}"]
    code = (await define(shop, "text", directory="event"))["code"]

    said = await nora.http.patch(f"{path}/attributes", json={"values": {code: "Gas"}})
    for name, content in (("sheet.png", PNG), ("sheet.pdf", PDF)):
        assert (await nora.http.post(f"{path}/files", files={"file": (name, content)})).status_code == 201
    for record in records:
        assert (await nora.http.post(f"{path}/documents", json={"record": record})).status_code == 201

    files = {one["name"]: one for one in (await read(nora, made["event_id"], "/files"))["files"]}
    downloads = {name: await nora.http.get(f"{path}/files/{one['file_id']}") for name, one in files.items()}
    assert {name: (one.headers["content-type"], one.content) for name, one in downloads.items()} == {
        "sheet.png": ("image/png", PNG),
        "sheet.pdf": ("application/pdf", PDF),
    }
    assert sorted((await read(nora, made["event_id"], "/documents"))["documents"]) == sorted(records)
    assert (await read(nora, made["event_id"]))["content"] == "<p>Oven <b>left</b></p>"
    assert (await read(nora, made["event_id"], "/attributes"))["values"][code] == said.json()["values"][code] == "Gas"
    till = await shop.caller.as_role("till", store="0007", till="3")
    assert refusal(await till.get(f"{path}/files/{files['sheet.png']['file_id']}"))[0] == 403


async def test_orders_are_made_from_an_event_with_its_party_and_contact(shop: Shop) -> None:
    """UNF-06, UNF-07: one to a supplier is for who is one; both hang under the event."""
    nora, mill = await hire(shop), await make(shop)
    anna = await make(shop, "Anna", legal_status="natural_person")
    await add(shop, mill, "persons", person_id=anna)
    made = await keep(nora, "call", party_id=mill, persons=[anna])
    body = {"party_id": mill, "person_id": anna, "date": "2026-11-22", "lines": LINES}
    body |= {"origin": f"event:{made['event_id']}"}

    order = await nora.http.post("/v1/business-documents", json=body | {"kind": "order"})
    refused = await nora.http.post("/v1/business-documents", json=body | {"kind": "supplier_order"})
    await add(shop, mill, "relations", relation="supplier")
    ours = await nora.http.post("/v1/business-documents", json=body | {"kind": "supplier_order"})

    tree = (await read(nora, made["event_id"], "/structure"))["root"]
    assert refused.status_code == 422
    assert [(one.json()["party_id"], one.json()["person_id"]) for one in (order, ours)] == [(mill, anna)] * 2
    assert tree["record"] == f"event:{made['event_id']}"
    assert [(one["kin"]["kind"], one["kin"]["party_id"]) for one in tree["below"]] == [
        ("order", mill),
        ("supplier_order", mill),
    ]


async def test_every_other_kind_of_document_is_made_from_an_event_and_hangs_under_it(shop: Shop) -> None:
    """UNF-08: papers, a task, a follow-up; what a till made is referred to."""
    nora, mill = await hire(shop), await make(shop)
    made = await keep(nora, party_id=mill)
    origin, receipt = f"event:{made['event_id']}", make_receipt(make_line())
    assert (await shop.post(receipt)).status_code == 201
    for kind in ("invoice", "payment", "delivery"):
        content = {"amount": "10.00", "means": "cash"} if kind == "payment" else {"lines": LINES}
        body = {"kind": kind, "party_id": mill, "date": "2026-11-22", "origin": origin, **content}
        assert (await nora.http.post("/v1/business-documents", json=body)).status_code == 201
    task = {"kind": "task", "title": "Bake", "party_id": mill, "made_from": origin}
    assert (await nora.http.post("/v1/tasks", json=task)).status_code == 201
    await keep(nora, "meeting", party_id=mill, origin=origin)
    paper = {"record": f"receipt:{receipt['receipt_uid']}"}
    referred = await nora.http.post(f"{PATH}/{made['event_id']}/documents", json=paper)

    tree = (await read(nora, made["event_id"], "/structure"))["root"]
    kinds = [one["kin"]["kind"] for one in tree["below"]]
    assert kinds == ["invoice", "payment", "delivery", "task", "meeting"]
    assert referred.json()["documents"] == [paper["record"]]


@pytest.mark.parametrize(
    ("role", "kind", "status"),
    [
        ("clerk", "payment", 201),
        ("sales", "payment", 422),
        ("sales", "peculiarity", 201),
        ("sales", "measurement", 201),
        ("cashier_supervisor", "measurement", 403),
    ],
)
async def test_role_adds_events_of_the_kinds_that_are_its_own(
    shop: Shop, role: UserRole, kind: str, status: int
) -> None:
    """PS-18, PS-20: finance adds a payment by hand and sales does not; measurers say what a job is like."""
    worker, mill = await hire(shop, role), await make(shop)

    answer = await worker.http.post(PATH, json={"kind": kind, "topic": "Oven", "party_id": mill})

    assert answer.status_code == status, answer.text
    assert len(await ids_of(worker, party_id=mill, kind=kind)) == (status == 201)


async def test_peculiarity_of_a_customer_is_the_kind_that_is_pinned(shop: Shop) -> None:
    """PS-19: however old, it is found by party and kind; and it is somebody's."""
    nora, mill = await hire(shop, "sales"), await make(shop)
    kinds = (await nora.http.get("/v1/event-kinds")).json()["kinds"]
    old = await keep(nora, "peculiarity", party_id=mill, starts_at="2020-01-01T10:00:00Z")
    await keep(nora, "call", party_id=mill)
    nobodys = await nora.http.post(PATH, json={"kind": "peculiarity", "topic": "Back gate"})

    assert [one["code"] for one in kinds if one["is_pinned"]] == ["peculiarity"]
    assert await ids_of(nora, party_id=mill, kind="peculiarity") == [old["event_id"]]
    assert nobodys.json()["errors"][0]["field"] == "party_id"


async def test_recording_of_a_talk_is_played_by_right_told_and_kept_for_its_time(shop: Shop) -> None:
    """PS-32: whoever asks stands in the feed; when its time is over the recording goes and the sheet stays."""
    taker, boss = await hire(shop, "call_taker"), await hire(shop, "director")
    made = await keep(taker, "call", party_id=await make(shop))
    path, ids = f"{PATH}/{made['event_id']}", {}
    for name, content in (("talk.mp3", SOUND), ("sheet.png", PNG)):
        ids[name] = (await taker.http.post(f"{path}/files", files={"file": (name, content)})).json()["file_id"]
    sound = f"{path}/files/{ids['talk.mp3']}/sound"

    part = await boss.http.get(sound, headers={"Range": "bytes=3-5"})
    refused, plain = await taker.http.get(sound), await taker.http.get(sound.removesuffix("/sound"))
    query = {"act": "event.recording_played", "actor": f"user:{boss.login}"}
    told = (await boss.http.get("/v1/feed", params=query)).json()["rows"]
    act = Act("test", read_clock())
    await shop.caller.service.database.run(forget_recordings, before=act.at + DAY, act=act)

    assert (part.status_code, part.content) == (206, SOUND[3:6])
    assert (refusal(refused)[0], refusal(plain)[0]) == (403, 404)
    assert [one["record"] for one in told] == [f"event:{made['event_id']}"]
    assert [one["name"] for one in (await read(boss, made["event_id"], "/files"))["files"]] == ["sheet.png"]


async def test_planned_contact_is_held_when_its_time_is_over_with_no_edit(shop: Shop) -> None:
    """C77-08, C77-43, C77-44: shown and filtered; its version stays, for nobody wrote the state down."""
    nora, mill = await hire(shop), await make(shop)
    made = await keep(nora, "call", party_id=mill, starts_at=(read_clock() + DAY).isoformat())
    path = made["event_id"]

    async def states() -> tuple[str, int, dict[str, list[int]]]:
        found = await read(nora, path)
        by_state = {state: await ids_of(nora, party_id=mill, state=state) for state in ("planned", "held")}
        return found["state"], found["version"], by_state

    before = await states()
    await shop.sql("update event set starts_at = starts_at - interval '2 days' where id = $1", path)  # as days go by

    assert before == ("planned", 1, {"planned": [path], "held": []})
    assert await states() == ("held", 1, {"planned": [], "held": [path]})
    assert (await read(nora, path, "/history"))["changes"] == []


@pytest.mark.parametrize(("end", "count"), [("COUNT=3", 3), ("UNTIL={}", 5), ("", 57)])
async def test_series_ends_by_a_count_by_a_day_or_not_at_all(shop: Shop, end: str, count: int) -> None:
    """C77-14, C77-55: by a rule of RFC 5545; one without an end stands as far as 400 days ahead."""
    nora, first = await hire(shop), datetime.combine(read_clock().date() + 2 * DAY, time(8), UTC)
    until = f"{first + timedelta(weeks=4):%Y%m%d}"
    rule = ";".join(part for part in ("FREQ=WEEKLY", end.format(until)) if part)

    made = await keep(nora, rule=rule, starts_at=first.isoformat(), responsible_id=nora.id)

    found = await listed(nora, responsible_id=nora.id)
    assert len(found) == count
    assert made["rule"].startswith(rule)
    assert {datetime.fromisoformat(one["starts_at"]).weekday() for one in found} == {first.weekday()}


async def test_series_is_changed_and_removed_one_from_here_on_or_all(shop: Shop) -> None:
    """C77-55."""
    nora, first = await hire(shop), read_clock() + DAY
    await keep(nora, rule="FREQ=DAILY;COUNT=6", starts_at=first.isoformat(), zone="UTC", responsible_id=nora.id)
    ids = await ids_of(nora, responsible_id=nora.id)

    for place, scope, where in ((0, "all", "Varna"), (1, "one", "Kyiv"), (3, "following", "Ruse")):
        await change(nora, ids[place], scope=scope, place=where)
    places = [(await read(nora, one))["place"] for one in ids]
    left = []
    for place, scope in ((4, "one"), (3, "following"), (0, "all")):
        seen = (await read(nora, ids[place]))["version"]
        await nora.http.delete(f"{PATH}/{ids[place]}", params={"version": seen, "scope": scope})
        left.append([ids.index(one) for one in await ids_of(nora, responsible_id=nora.id)])

    assert places == ["Varna", "Kyiv", "Varna", "Ruse", "Ruse", "Ruse"]
    assert left == [[0, 1, 2, 3, 5], [0, 1, 2], [1]], "what was changed alone stands for itself"


@pytest.mark.parametrize(
    ("rule", "days"),
    [("FREQ=WEEKLY;BYDAY=MO,FR;COUNT=8", (0, 4, 7, 11, 14, 18, 21, 25)), ("FREQ=DAILY;COUNT=27", tuple(range(27)))],
)
async def test_series_keeps_its_wall_time_when_clocks_change(shop: Shop, rule: str, days: tuple[int, ...]) -> None:
    """C77-57, C77-59: each Monday and Friday, and each morning, at ten, in winter and in summer."""
    nora, monday = await hire(shop), clocks_go_forward()
    starts = datetime.combine(monday, time(10), SOFIA).isoformat()

    await keep(nora, rule=rule, starts_at=starts, zone="Europe/Sofia", responsible_id=nora.id)

    found = await listed(nora, responsible_id=nora.id)
    assert [local(one).date() for one in found] == [monday + timedelta(days=day) for day in days]
    assert {local(one).time() for one in found} == {time(10)}
    assert {datetime.fromisoformat(one["starts_at"]).astimezone(UTC).hour for one in found} == {8, 7}


async def test_the_15th_of_each_month_stands_12_times_in_a_year(shop: Shop) -> None:
    """C77-58."""
    nora, today = await hire(shop), read_clock().date()
    first = datetime(today.year, today.month, 15, 9, tzinfo=SOFIA)
    year = {"since": first.isoformat(), "until": first.replace(year=first.year + 1).isoformat()}

    rule = "FREQ=MONTHLY;BYMONTHDAY=15"
    await keep(nora, rule=rule, starts_at=first.isoformat(), zone="Europe/Sofia", responsible_id=nora.id)

    found = await listed(nora, responsible_id=nora.id, **year)
    assert [local(one).day for one in found] == [15] * 12
    assert len({local(one).month for one in found}) == 12
