"""Reminders over the API: of tasks, contacts and events, to whom they are due, once each; the clock is a value."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from typing import Any  # JSON bodies are free in their values
from zoneinfo import ZoneInfo

import httpx
import pytest
from msgspec import structs

from api.notifying import notify_once
from api.settings import Settings
from api.state import read_clock
from crm.notifications.service import run_rule
from tests.api.rest.shop import Shop
from tests.api.rest.work import Worker, hire, make_task
from tests.api.test_notifying import Sink, mailbox
from tests.conftest import Caller, calling

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # on the loopback it does no harm

SOFIA = ZoneInfo("Europe/Sofia")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Told = list[tuple[str, str]]


@pytest.fixture
async def office(caller: Caller, admin: httpx.AsyncClient, database_url: str) -> Shop:
    """Give an installation of the test's own, for its rules tell everybody."""
    return Shop(caller, admin, database_url)


@pytest.fixture
async def posted(settings: Settings, database_url: str) -> AsyncIterator[tuple[Shop, Sink]]:
    """Give an installation of the test's own with a mail server."""
    async with mailbox() as (sink, url):
        mailing = structs.replace(settings, smtp_url=url, mail_from="Mill Lane <shop@example.com>")
        async with calling(mailing, database_url) as caller:
            yield Shop(caller, await caller.as_role("admin"), database_url), sink


async def rule(office: Shop, listens: str, **more: Any) -> int:
    """Make a rule and give its identifier."""
    body = {"name": "R", "listens": listens, "on_occurrence": False, **more}
    answer = await office.admin.post("/v1/notification-rules", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["rule_id"])


async def event(office: Shop, starts_at: datetime, **more: Any) -> str:
    """Make an event and give its name in the journal."""
    body = {"kind": "meeting", "topic": "Rye", "starts_at": starts_at.isoformat(), "zone": "Europe/Sofia", **more}
    answer = await office.admin.post("/v1/events", json=body)
    assert answer.status_code == 201, answer.text
    return f"event:{answer.json()['event_id']}"


async def run(office: Shop, rule_id: int, now: datetime) -> int:
    """Let the worker run a rule at a moment; tells how many notices it made."""
    return await office.caller.service.database.run(run_rule, rule_id, now=now, zone=SOFIA)


async def told(worker: Worker) -> Told:
    """Give of what somebody was told, the first notice first."""
    answer = await worker.http.get("/v1/notifications")
    assert answer.status_code == 200, answer.text
    return [(one["record"], one["what"]) for one in reversed(answer.json()["notices"])]


async def test_task_is_told_before_at_and_after_it_is_due_once_each(office: Shop) -> None:
    """C77-05: to the executor and the author by setting, whom a second rule tells no more, and not to who follows it."""
    ann, bob, kim = [await hire(office) for _ in range(3)]
    due = read_clock().replace(microsecond=0) + 3 * HOUR
    times: dict[str, Any] = {"due_at": due.isoformat(), "remind_minutes": 30}
    task = await make_task(bob, executor_id=ann.id, watchers=[kim.id], **times)
    often: dict[str, Any] = {"minutes_before": [60, -60], "on_occurrence": True, "by_record": True}
    both = await rule(office, "task", parts=["executor", "author"], **often)
    one = await rule(office, "task", parts=["executor"], **often)

    moments = [due + MINUTE * minutes for minutes in (-61, -60, -31, -30, -1, 0, 59, 60, 61)]
    counts = [(await run(office, both, now), await run(office, one, now)) for now in moments]

    assert counts == [(0, 0), (2, 0)] * 4 + [(0, 0)]
    notice = (f"task:{task['task_id']}", "task.due")
    assert [len(await told(worker)) for worker in (ann, bob, kim)] == [4, 4, 0]
    assert await told(bob) == [notice] * 4


async def test_named_people_are_told_by_app_and_mail_when_an_event_comes_near(posted: tuple[Shop, Sink]) -> None:
    """PS-06: the rule of two hours before sends once, however often the worker looks."""
    office, sink = posted
    ann, bob = await hire(office), await hire(office)
    await office.sql("update app_user set email = 'ann@example.com' where id = $1", ann.id)
    await rule(office, "event", minutes_before=[120], users=[ann.id], by_mail=True)
    near = await event(office, read_clock() + 90 * MINUTE)
    await event(office, read_clock() + 3 * HOUR)

    for _ in range(3):
        await notify_once(office.caller.service)

    assert await told(ann) == [(near, "event.due")]
    assert [letter["To"] for letter in sink.letters] == ["ann@example.com"]
    assert await told(bob) == []


async def test_named_people_are_told_once_when_an_event_occurs(office: Shop) -> None:
    """PS-07: not a second before."""
    ann, starts = await hire(office), read_clock().replace(microsecond=0) + HOUR
    it = await rule(office, "event", users=[ann.id], on_occurrence=True)
    meeting = await event(office, starts)

    counts = [await run(office, it, starts + timedelta(seconds=seconds)) for seconds in (-1, 0, 1, 60)]

    assert counts == [0, 1, 0, 0]
    assert await told(ann) == [(meeting, "event.due")]


async def test_coming_contact_is_told_its_own_number_of_days_before(office: Shop) -> None:
    """C77-20: N per contact, by the rule that comes with the product, to whoever is responsible."""
    ann, today = await hire(office), read_clock().astimezone(SOFIA).date()
    rules = (await office.admin.get("/v1/notification-rules")).json()["rules"]
    it = next(one["rule_id"] for one in rules if one["name"] == "Coming contacts and events")
    midnight = {days: datetime.combine(today + days * DAY, time(), SOFIA) for days in (3, 4, 6)}
    contacts = [
        await event(office, midnight[6], is_all_day=True, responsible_id=ann.id, remind_days=days) for days in (3, 2)
    ]

    moments = (midnight[3] - timedelta(seconds=1), midnight[3], midnight[4] - MINUTE, midnight[4], midnight[4] + HOUR)
    counts = [await run(office, it, now) for now in moments]

    assert counts == [0, 1, 0, 1, 0]
    assert await told(ann) == [(one, "event.due") for one in contacts]


async def test_each_listed_employee_and_nobody_else_is_reminded_of_each_occurrence_once(office: Shop) -> None:
    """C77-21, C77-61: whoever takes part or is only reminded; who is both is told once."""
    ann, bob, eve = [await hire(office) for _ in range(3)]
    first = read_clock().replace(microsecond=0) + 3 * HOUR
    listed: dict[str, Any] = {"participants": [ann.id], "reminded": [ann.id, bob.id], "zone": "UTC"}
    await event(office, first, rule="FREQ=DAILY;COUNT=3", **listed)
    it = await rule(office, "event", minutes_before=[60], parts=["participants", "reminded"])

    counts = [await run(office, it, first + day * DAY - HOUR + MINUTE * late) for day in range(3) for late in (0, 1)]

    assert counts == [2, 0] * 3
    occurrences = (await office.admin.get("/v1/events")).json()["events"]
    expected = [(f"event:{one['event_id']}", "event.due") for one in reversed(occurrences)]
    assert (await told(ann), await told(bob), await told(eve)) == (expected, expected, [])


async def test_event_given_to_another_is_told_to_the_new_one(office: Shop) -> None:
    """UNF-24: once, and the old one hears nothing of it."""
    ann, bob = await hire(office), await hire(office)
    starts = datetime(2036, 5, 6, 10, tzinfo=UTC)
    meeting = await event(office, starts, responsible_id=bob.id)
    await notify_once(office.caller.service)
    before = (await told(ann), await told(bob))
    body = {"kind": "meeting", "topic": "Rye", "starts_at": starts.isoformat(), "zone": "Europe/Sofia", "version": 1}

    path = f"/v1/events/{meeting.removeprefix('event:')}"
    answer = await office.admin.put(path, json=body | {"responsible_id": ann.id})
    for _ in range(2):
        await notify_once(office.caller.service)

    assert answer.json()["responsible_id"] == ann.id
    assert before == ([], [(meeting, "event.made")])
    assert [one for one in await told(ann) if one[1] == "event.changed"] == [(meeting, "event.changed")]
    assert await told(bob) == before[1]
