"""Rules make notices: of the right thing, at the right time, for the right people, once."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any  # values of columns are free
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import UserRole
from api.state import Service
from crm.directories.errors import EntryRefusedError
from crm.events.ending import cancel_event
from crm.events.model import Draft
from crm.events.service import change_event, make_event
from crm.notifications.model import RuleDraft
from crm.notifications.rules import list_rules, make_rule
from crm.notifications.service import read_notices, repeat_unread, run_rule
from crm.parties.births import read_birth_date
from crm.tasks.model import TaskDetails
from crm.tasks.parts import add_comment
from crm.tasks.service import change_task, make_task
from database.activity import Act, record_activity
from tests.api.people import add_person
from tests.conftest import ACT
from tests.factories import make_person

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SOFIA = ZoneInfo("Europe/Sofia")
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ROLES: dict[str, UserRole] = {"ann": "clerk", "bob": "sales", "eve": "director"}
Told = list[tuple[str | None, str, str]]


@pytest.fixture
async def people(service: Service) -> dict[str, int]:
    """Give colleagues by login; the rules that come with the product are off."""
    await service.database.run(execute, "update notification_rule set is_on = false")
    return {login: await add_person(service.database, login=login, role=role) for login, role in ROLES.items()}


async def execute(connection: AsyncConnection, /, statement: str, **values: Any) -> None:
    await connection.execute(text(statement), values)


async def rule(service: Service, *, at: datetime = NOW - DAY, **more: Any) -> int:
    draft = RuleDraft(**{"name": "R", "listens": "event", "parts": ("participants",), **more})
    acts = [one.partition(":")[0] for one in draft.acts]
    made = await service.database.run(make_rule, draft, roles=ROLES.values(), acts=acts, act=Act("user:eve", at))
    return made.id


async def event(service: Service, starts: datetime, *, at: datetime = NOW - DAY, **more: Any) -> int:
    draft = Draft(**{"kind": "meeting", "topic": "T", "zone": "Europe/Sofia", "starts_at": starts, **more})
    made = await service.database.run(make_event, draft, role="admin", act=Act("user:eve", at))
    return made.id


async def run(service: Service, rule_id: int, now: datetime = NOW) -> int:
    return await service.database.run(run_rule, rule_id, now=now, zone=SOFIA)


async def told(service: Service) -> Told:
    async with service.database.connection() as connection:
        query = (
            "select u.login, record, what from notice n left join app_user u on u.id = user_id order by n.id, u.login"
        )
        return [(row.login, row.record, row.what) for row in await connection.execute(text(query))]


async def test_event_is_told_before_and_when_it_begins_once_each(service: Service, people: dict[str, int]) -> None:
    """PS-06, PS-07, C77-21: two workers at once make no double."""
    meeting = await event(service, NOW + HOUR, participants=(people["ann"],))
    it = await rule(service, minutes_before=(90, 1440), on_occurrence=True)
    assert sum(await asyncio.gather(*(run(service, it) for _ in range(4)))) == 1
    assert await run(service, it, NOW + HOUR - timedelta(seconds=1)) == 0
    assert await run(service, it, NOW + HOUR) == 1
    assert await run(service, it, NOW + 2 * HOUR) == 0
    assert await told(service) == [("ann", f"event:{meeting}", "event.due")] * 2


async def test_each_listed_employee_and_nobody_else_is_reminded(service: Service, people: dict[str, int]) -> None:
    """C77-61: whoever takes part, is responsible or is only reminded; who is all of it is told once."""
    users = people["ann"], people["bob"]
    await event(service, NOW + HOUR, participants=users[:1], reminded=users, responsible_id=users[1])
    it = await rule(service, minutes_before=(60,), parts=("participants", "reminded", "responsible"))
    assert await run(service, it) == 2
    assert [login for login, *_ in await told(service)] == ["ann", "bob"]


async def test_who_is_meant_by_two_rules_is_told_once_in_both_ways(service: Service, people: dict[str, int]) -> None:
    """PS-07: one occurrence, whichever rule comes first; the second adds its mail and tells nothing again."""
    await service.database.run(execute, "update app_user set email = login || '@shop.example'")
    await event(service, NOW + HOUR, participants=(people["ann"],), responsible_id=people["ann"])
    in_app = await rule(service, minutes_before=(60,))
    by_mail = await rule(service, minutes_before=(60,), parts=("responsible",), by_app=False, by_mail=True)

    assert [await run(service, it) for it in (in_app, by_mail, in_app, by_mail)] == [1, 1, 0, 0]

    async with service.database.connection() as connection:
        rows = (await connection.execute(text("select user_id, by_app, mail from notice"))).all()
    assert [tuple(row) for row in rows] == [(people["ann"], True, "queued")]


async def test_department_is_told_by_whoever_works_in_it_then(service: Service, people: dict[str, int]) -> None:
    """PS-04: recipients are the staff of a department."""
    await event(service, NOW + HOUR)
    it = await rule(service, minutes_before=(60,), parts=(), departments=("sales",))
    assert await run(service, it) == 0
    moves = (
        "update app_user set department_id = e.id from directory_entry e"
        " where e.directory = 'department' and e.code = 'sales' and app_user.id = :id"
    )
    await service.database.run(execute, moves, id=people["bob"])
    assert await run(service, it) == 1
    assert [login for login, *_ in await told(service)] == ["bob"]
    with pytest.raises(EntryRefusedError):
        await rule(service, departments=("mining",))


async def test_cancelled_event_is_told_no_more(service: Service, people: dict[str, int]) -> None:
    """UNF-16: it leaves the reminders."""
    for topic in ("Rye", "Oats"):
        made = await event(service, NOW + HOUR, topic=topic, participants=(people["ann"],))
    it = await rule(service, minutes_before=(60,))
    await service.database.run(cancel_event, made, "Ill", act=ACT)
    assert await run(service, it) == 1
    assert await run(service, it, NOW + HOUR) == 1


async def test_moved_event_is_told_again_for_its_new_time(service: Service, people: dict[str, int]) -> None:
    meeting = await event(service, NOW + HOUR, participants=(people["ann"],))
    it = await rule(service, minutes_before=(60,), on_occurrence=False)
    assert await run(service, it) == 1
    draft = Draft(
        kind="meeting",
        topic="T",
        zone="Europe/Sofia",
        starts_at=NOW + 5 * HOUR,
        participants=(people["ann"],),
    )
    await service.database.run(change_event, meeting, draft, seen=1, role="admin", act=Act("user:eve", NOW))
    assert await run(service, it, NOW + HOUR) == 0
    assert await run(service, it, NOW + 4 * HOUR) == 1


async def test_contact_is_told_its_own_number_of_days_before(service: Service, people: dict[str, int]) -> None:
    """C77-20, C77-51: from the first minute of that day where the event is."""
    for days in (2, 3):
        midnight = datetime(2026, 11, 27, tzinfo=SOFIA)
        await event(service, midnight, is_all_day=True, responsible_id=people["ann"], remind_days=days)
    it = await rule(service, on_occurrence=False, by_record=True, parts=("responsible",))
    midnight = datetime(2026, 11, 24, tzinfo=SOFIA)
    assert await run(service, it, midnight - timedelta(seconds=1)) == 0
    assert await run(service, it, midnight) == 1
    assert await run(service, it, midnight + DAY) == 1


async def test_task_is_told_before_at_and_after_it_is_due_once_each(service: Service, people: dict[str, int]) -> None:
    """C77-05: to executor and author by setting; what is closed is told no more."""
    details = TaskDetails(kind="task", title="T", executor_id=people["ann"], due_at=NOW, remind_minutes=30)
    await service.database.run(make_task, details, author_id=people["bob"], act=Act("user:bob", NOW - DAY))
    parts = ("executor", "author")
    it = await rule(service, listens="task", parts=parts, minutes_before=(60, -60), by_record=True)
    minutes = (-61, -60, -31, -30, -1, 0, 59, 60, 61)
    counts = [await run(service, it, NOW + timedelta(minutes=one)) for one in minutes]
    assert counts == [0, 2, 0, 2, 0, 2, 0, 2, 0]


async def test_executor_is_told_of_a_task_that_others_gave(service: Service, people: dict[str, int]) -> None:
    """C77-30: again until it is looked at; who gives a task to themselves is told nothing."""
    acts = ("task.made", "task.changed:executor_id")
    it = await rule(service, listens="act", acts=acts, parts=("executor",), repeat_minutes=60)
    details = TaskDetails(kind="task", title="T", executor_id=people["bob"])
    made = await service.database.run(make_task, details, author_id=people["bob"], act=Act("user:bob", NOW))
    assert await run(service, it) == 0
    given = structs.replace(details, executor_id=people["ann"])
    await service.database.run(change_task, made.id, given, seen=1, act=Act("user:bob", NOW + HOUR))
    for now in (NOW + HOUR, NOW + 2 * HOUR):
        await run(service, it, now)
    assert await told(service) == [("ann", f"task:{made.id}", "task.changed")]
    again = [await service.database.run(repeat_unread, now=NOW + HOUR * hours) for hours in (1, 2, 3)]
    await service.database.run(read_notices, people["ann"], now=NOW + 3 * HOUR)
    assert (again, await service.database.run(repeat_unread, now=NOW + 9 * HOUR)) == ([0, 1, 1], 0)


async def test_event_given_to_another_is_told_to_the_new_one(service: Service, people: dict[str, int]) -> None:
    """UNF-24."""
    it = await rule(service, listens="act", acts=("event.changed:responsible_id",), parts=("responsible",))
    draft = Draft(kind="meeting", topic="T", zone="UTC", starts_at=NOW, responsible_id=people["bob"])
    made = await service.database.run(make_event, draft, role="admin", act=Act("user:eve", NOW))
    changes: list[dict[str, Any]] = [{"topic": "U"}, {"responsible_id": people["ann"]}]
    for version, given in enumerate(changes, 1):
        draft = structs.replace(draft, **given)
        await service.database.run(change_event, made.id, draft, seen=version, role="admin", act=Act("user:eve", NOW))
    assert await run(service, it) == 1
    assert [login for login, *_ in await told(service)] == ["ann"]


async def test_colleague_whom_a_comment_names_is_told_and_nobody_else(service: Service, people: dict[str, int]) -> None:
    """C77-30: by the rule that comes with the product; who names themselves is told nothing."""
    await service.database.run(
        execute, "update notification_rule set is_on = name = 'Mentions', heard_at = :at", at=NOW
    )
    details = TaskDetails(kind="task", title="T", executor_id=people["bob"])
    made = await service.database.run(make_task, details, author_id=people["bob"], act=Act("user:bob", NOW))
    for said in ("Look, @ann and @bob.", "Nobody is named"):
        await service.database.run(add_comment, made.id, said, act=Act("user:bob", NOW + HOUR))
    async with service.database.connection() as connection:
        mentions = next(one.id for one in await list_rules(connection, is_on=True))
    assert await run(service, mentions, NOW + HOUR) == 1
    assert await told(service) == [("ann", f"task:{made.id}", "task.commented")]


async def test_what_is_given_on_within_a_minute_was_made_for_the_first_one(
    service: Service, people: dict[str, int]
) -> None:
    """PS-04: the acts of the last minute are heard again, and their recipients are those of then."""
    acts = ("event.made", "task.made", "event.changed:responsible_id", "task.changed:executor_id")
    it = await rule(service, listens="act", acts=acts, parts=("responsible", "executor", "participants", "watchers"))
    meeting = await event(service, NOW + HOUR, at=NOW)
    details = TaskDetails(kind="task", title="T", executor_id=people["bob"])
    task = await service.database.run(make_task, details, author_id=people["bob"], act=Act("user:bob", NOW))
    first = await run(service, it)
    given = structs.replace(details, executor_id=people["ann"], watchers=(people["eve"],))
    await service.database.run(change_task, task.id, given, seen=1, act=Act("user:bob", NOW + SECOND))
    draft = Draft(kind="meeting", topic="T", zone="Europe/Sofia", starts_at=NOW + HOUR, responsible_id=people["ann"])
    draft = structs.replace(draft, participants=(people["bob"],))
    act = Act("user:eve", NOW + SECOND)
    await service.database.run(change_event, meeting, draft, seen=1, role="admin", act=act)
    await run(service, it, NOW + SECOND)
    assert first == 0
    changes = [("ann", f"event:{meeting}"), ("bob", f"event:{meeting}"), ("ann", f"task:{task.id}"), ("eve", f"task:{task.id}")]  # fmt: skip
    assert sorted(await told(service)) == sorted((who, what, f"{what.split(':')[0]}.changed") for who, what in changes)


@pytest.mark.parametrize(
    "act", ["materials.reserved", "business_document.received", "project.launched", "card.blocked", "rule.run"]
)
async def test_rule_hears_whatever_any_module_does(service: Service, people: dict[str, int], act: str) -> None:
    """PS-08, PS-09, PS-10, PS-04: a reservation, a payment, a change of status; to a role and a user, never to the actor."""
    it = await rule(service, listens="act", acts=(act,), parts=(), roles=("sales",), users=(people["eve"],))
    changed = {"old": "1", "new": 2}
    for what in (act, "party.made"):
        for actor in ("user:ann", "user:bob"):
            await service.database.run(record_activity, act=Act(actor, NOW), what=what, record="card:7", data=changed)
    assert await run(service, it) == 3
    assert await run(service, it, NOW + HOUR) == 0


async def test_act_whose_transaction_ends_late_is_heard(service: Service, people: dict[str, int]) -> None:
    it = await rule(service, listens="act", acts=("card.blocked",), parts=(), users=(people["ann"],))
    async with service.database._engine.begin() as slow:
        await record_activity(slow, act=Act("user:bob", NOW), what="card.blocked", record="card:1")
        later = Act("user:bob", NOW + timedelta(seconds=2))
        await service.database.run(record_activity, act=later, what="card.blocked", record="card:2")
        assert await run(service, it) == 1
    assert await run(service, it) == 1


async def test_birthdays_are_told_days_before_also_those_of_29_february(
    service: Service, people: dict[str, int]
) -> None:
    """C77-22: to whoever was responsible for the person's latest contact; the year may be unknown."""
    born = {"Leap": read_birth_date("--02-29"), "Other": date(1990, 3, 15)}
    for name, day in born.items():
        person = await make_person(service.database, name)
        await service.database.run(execute, "update party set birth_date = :day where id = :id", day=day, id=person)
        await event(service, NOW, party_id=person, responsible_id=people["ann"])
    it = await rule(service, listens="birthday", minutes_before=(3 * 1440,), parts=("responsible",))
    days = [datetime(year, 2, day, 9, tzinfo=SOFIA) for year, day in ((2027, 24), (2027, 25), (2027, 28), (2028, 25), (2028, 26))]  # fmt: skip
    counts = [await run(service, it, day) for day in days]
    assert counts == [0, 1, 1, 0, 1]


async def test_contact_person_of_the_party_is_told_by_mail(service: Service, people: dict[str, int]) -> None:
    """PS-04."""
    person = await make_person(service.database, "Anna Marsh")
    await event(service, NOW + HOUR, persons=(person,), participants=(people["ann"],))
    it = await rule(service, minutes_before=(60,), parts=("contact_person",), by_mail=True)
    assert await run(service, it) == 1
    async with service.database.connection() as connection:
        row = (await connection.execute(text("select person_id, by_app, mail from notice"))).one()
    assert tuple(row) == (person, False, "queued")
