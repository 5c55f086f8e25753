"""My day: what is overdue, what today brings, what is new, whose birthday it is and who waits for a call.

Key idea: every group is read by the reader's own index and as far as it shows, so the page costs the same for somebody
with three tasks and for a house with a million. Each row leads to its thing and offers the next act on it. What the
reader's rights or a switched-off module do not show is not asked for.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Right, Role
from api.pages.edge import today_of
from api.pages.notifications import ShownNotice, show_unread_notices
from api.pages.renderer import Call, database_of, language_of, principal_of, rights_of_caller, user_id_of, zone_of
from api.state import read_clock
from crm.calendar.model import Entry, Layers, Source
from crm.calendar.service import read_entries
from crm.events.model import at_wall_time
from crm.parties.listing import load_names
from crm.surveys.repository.calls import Waiting, list_waiting
from crm.tasks.cycles import Mover, State, list_steps
from crm.tasks.kinds import list_kinds
from crm.tasks.listing import TaskFilter, TaskRow
from crm.tasks.repository.listing import list_own_parts, list_tasks

MOST_ROWS = 7
"""So many rows a group shows; its link leads to all of them."""
DAYS_BACK = 7
"""What was planned longer ago than that and never ended is found in the list of events."""
DAYS_AHEAD = 7
_SEES_ALL: Right = "audit.read"
"""Whoever sees what everybody does sees everybody's birthdays; the others those of whom they have events with."""


class Task(Struct, frozen=True):
    """A task of the reader; `done` is the state that closes it as done, None where no step of theirs leads there."""

    row: TaskRow
    kind: str
    party: str | None
    done: State | None


class Tasks(Struct, frozen=True):
    """The reader's open tasks: due before now, due by tonight, and given by others but never opened."""

    overdue: Sequence[Task] = ()
    today: Sequence[Task] = ()
    new: Sequence[Task] = ()


class Events(Struct, frozen=True):
    """The reader's events: over for days and never ended, and those of today."""

    overdue: Sequence[Entry] = ()
    today: Sequence[Entry] = ()


class Day(Struct, frozen=True):
    """All that a person's day holds, each group as far as it is shown."""

    now: datetime
    tasks: Tasks
    events: Events
    birthdays: Sequence[Entry]
    calls: Sequence[Waiting]
    notices: Sequence[ShownNotice]

    @property
    def is_quiet(self) -> bool:
        """Tell whether nothing of it has to be done."""
        return not (*self.tasks.overdue, *self.tasks.today, *self.tasks.new, *self.events.overdue, *self.events.today)

    @property
    def has_more(self) -> bool:
        """Tell whether there is something beside what has to be done."""
        return bool(self.birthdays or self.calls or self.notices)


class _Reader(Struct, frozen=True):
    """Who looks at the day, when and where."""

    user_id: int
    role: Role
    language: str
    rights: frozenset[Right]
    now: datetime
    today: date
    zone: ZoneInfo

    def midnight(self, days: int) -> datetime:
        """Give the midnight with which a day begins, so many days from today."""
        return at_wall_time(datetime.combine(self.today + timedelta(days=days), time()), self.zone)


async def load_day(call: Call) -> Day:
    """Read the day of who calls."""
    reader = _Reader(
        user_id=user_id_of(call),
        role=principal_of(call).role,
        language=language_of(call),
        rights=rights_of_caller(call),
        now=read_clock(),
        today=today_of(call),
        zone=zone_of(call),
    )
    notices = await show_unread_notices(call, most=MOST_ROWS) if "notifications.read" in reader.rights else []
    return await database_of(call).run(_load, reader, notices)


async def _load(connection: AsyncConnection, reader: _Reader, notices: Sequence[ShownNotice]) -> Day:
    rights = reader.rights
    return Day(
        now=reader.now,
        tasks=await _load_tasks(connection, reader) if "tasks.read" in rights else Tasks(),
        events=await _load_events(connection, reader) if "events.read" in rights else Events(),
        birthdays=await _load_birthdays(connection, reader) if "parties.read" in rights else (),
        calls=await _load_calls(connection, reader) if "surveys.call" in rights else (),
        notices=notices,
    )


async def _load_tasks(connection: AsyncConnection, reader: _Reader) -> Tasks:
    me, now = reader.user_id, reader.now

    async def rows(wanted: TaskFilter) -> Sequence[TaskRow]:
        return (await list_tasks(connection, wanted, now=now, sort="due", size=MOST_ROWS)).rows

    overdue = await rows(TaskFilter(executor_id=me, due_before=now))
    today = await rows(TaskFilter(executor_id=me, due_since=now, due_before=reader.midnight(1)))
    unseen = await rows(TaskFilter(tab="incoming", viewer_id=me, is_unseen=True))
    listed = {row.id for row in (*overdue, *today)}
    groups = (overdue, today, [row for row in unseen if row.id not in listed])
    return Tasks(*await _show(connection, groups, reader))


async def _show(
    connection: AsyncConnection, groups: Sequence[Sequence[TaskRow]], reader: _Reader
) -> Sequence[Sequence[Task]]:
    """Give rows with their names and with the step that closes them, group by group."""
    shown = [row for group in groups for row in group]
    if not shown:
        return ()
    kinds = {kind.code: kind for kind in await list_kinds(connection)}
    parts = await list_own_parts(connection, [row.id for row in shown], reader.user_id)
    names = await load_names(connection, (row.party_id for row in shown if row.party_id is not None))
    mover = Mover(reader.role, reader.user_id)

    def show(row: TaskRow) -> Task:
        steps = list_steps(kinds[row.kind], row.state, mover, parts.get(row.id, frozenset()))
        done = next((step for step in steps if step.stage == "done"), None) if "tasks.edit" in reader.rights else None
        return Task(row, kinds[row.kind].name(reader.language), names.get(row.party_id or 0), done)

    return [[show(row) for row in group] for group in groups]


async def _load_events(connection: AsyncConnection, reader: _Reader) -> Events:
    days = [reader.today - timedelta(days=back) for back in range(DAYS_BACK, -1, -1)]
    layers = Layers(users=(reader.user_id,), sources=frozenset({"events"}))
    found = await read_entries(connection, layers, days, zone=reader.zone)
    first, last = reader.midnight(0), reader.midnight(1)
    overdue = [one for one in found if one.ends_at <= first and one.is_late(reader.now)]
    today = [one for one in found if one.starts_at < last and one.ends_at > first and not one.is_done]
    return Events(overdue[-MOST_ROWS:], today[:MOST_ROWS])


async def _load_birthdays(connection: AsyncConnection, reader: _Reader) -> Sequence[Entry]:
    days = [reader.today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
    source: Source = "all_birthdays" if _SEES_ALL in reader.rights else "birthdays"
    layers = Layers(users=(reader.user_id,), sources=frozenset({source}))
    return (await read_entries(connection, layers, days, zone=reader.zone))[:MOST_ROWS]


async def _load_calls(connection: AsyncConnection, reader: _Reader) -> Sequence[Waiting]:
    return await list_waiting(connection, reader.user_id, now=reader.now, most=MOST_ROWS)
