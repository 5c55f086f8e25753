"""All SQL of calendars and their feeds.

Key idea: every day of a window is read by itself, for every user by themselves, from an index and no further than a
limit; so a month costs what a month shows, however much is planned around it. A day holds what begins on it, what has
been running since the day before, and what has been running for longer, which has an index of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct, convert, to_builtins
from sqlalchemy import and_, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.calendar.model import MOST_OF_DAY, Entry, Layers
from crm.calendar.tables import calendar_feed
from crm.colleagues.tables import app_user

MOST_FEEDS = 20
"""So many feeds of a person are good at once."""
MOST_EVENTS = 2_000
"""Whom somebody has to do with is told by so many of their events, the newest."""


class Feed(Struct, frozen=True, kw_only=True):
    """A feed without its secret."""

    id: int
    user_id: int
    name: str
    layers: Layers
    created_at: datetime
    used_at: datetime | None
    content_hash: bytes | None
    content_at: datetime | None


class FeedReader(Struct, frozen=True):
    """A feed that is read, with the role of its owner and their language today."""

    feed: Feed
    role: str
    language: str | None


async def list_events(
    connection: AsyncConnection, layers: Layers, bounds: Sequence[tuple[datetime, datetime]]
) -> list[Entry]:
    """List the events of some days, each once; cancelled ones stand in no calendar."""
    rows = await connection.execute(text(_with(EVENTS, EVENT_CONDITIONS, layers)), _values(layers, bounds))
    return [Entry(source="events", **row) for row in rows.mappings()]


async def list_due_tasks(
    connection: AsyncConnection, layers: Layers, bounds: Sequence[tuple[datetime, datetime]], *, zone: str
) -> list[Entry]:
    """List the open tasks that are due on some days, each at its due time."""
    rows = await connection.execute(text(_with(TASKS, TASK_CONDITIONS, layers)), _values(layers, bounds))
    given = {"source": "tasks", "icon": "ok", "is_all_day": False, "zone": zone}
    return [convert({**row, **given}, Entry) for row in rows.mappings()]


async def list_birthdays(
    connection: AsyncConnection, wanted: Sequence[tuple[int, date]], *, users: Sequence[int]
) -> list[tuple[date, int, str, datetime]]:
    """List who has a birthday, by month and day in one number and the day it is kept on: day, person, name, change.

    Of all, or of those whom some users have events with.
    """
    values: dict[str, object] = {"numbers": [number for number, _ in wanted], "days": [day for _, day in wanted]}
    values |= {"users": list(users), "most_events": MOST_EVENTS} if users else {"most": MOST_OF_DAY + 1}
    rows = await connection.execute(text(OWN_BIRTHDAYS if users else BIRTHDAYS), values)
    return [(row.day, row.id, row.name, row.changed_at) for row in rows]


async def insert_feed(connection: AsyncConnection, values: Mapping[str, object]) -> int:
    """Keep a feed and give its identifier."""
    made = await connection.execute(insert(calendar_feed).values(values).returning(calendar_feed.c.id))
    return int(made.scalar_one())


async def list_feeds(connection: AsyncConnection, user_id: int) -> list[Feed]:
    """List somebody's feeds that are good, the newest first."""
    good = and_(calendar_feed.c.user_id == user_id, calendar_feed.c.revoked_at.is_(None))
    query = select(*_FEED).where(good).order_by(calendar_feed.c.id.desc()).limit(MOST_FEEDS)
    return [convert(row, Feed, from_attributes=True) for row in await connection.execute(query)]


async def revoke_feed(connection: AsyncConnection, feed_id: int, user_id: int, *, now: datetime) -> bool:
    """End a feed of somebody; tells whether there was one that was still good."""
    good = (calendar_feed.c.id == feed_id) & (calendar_feed.c.user_id == user_id) & calendar_feed.c.revoked_at.is_(None)
    ended = await connection.execute(update(calendar_feed).where(good).values(revoked_at=now))
    return bool(ended.rowcount)


async def find_feed(connection: AsyncConnection, token_hash: bytes) -> FeedReader | None:
    """Find a good feed by the hash of its secret, with what counts of its owner, who still works here."""
    joined = calendar_feed.join(app_user, app_user.c.id == calendar_feed.c.user_id)
    good = and_(
        calendar_feed.c.hash == token_hash, calendar_feed.c.revoked_at.is_(None), app_user.c.disabled_at.is_(None)
    )
    query = select(*_FEED, app_user.c.role, app_user.c.language).select_from(joined).where(good)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else FeedReader(convert(row, Feed, from_attributes=True), row.role, row.language)


async def note_use(connection: AsyncConnection, feed_id: int, content_hash: bytes, *, now: datetime) -> datetime:
    """Note that a feed was read, and tell since when its content has been what it is now."""
    is_new = calendar_feed.c.content_hash.is_distinct_from(content_hash)
    query = select(is_new, calendar_feed.c.content_at).where(calendar_feed.c.id == feed_id).with_for_update()
    has_changed, since = (await connection.execute(query)).one()
    content_at: datetime = now if has_changed else since
    values = {"used_at": now, "content_hash": content_hash, "content_at": content_at}
    await connection.execute(update(calendar_feed).where(calendar_feed.c.id == feed_id).values(values))
    return content_at


def _with(statement: str, conditions: Mapping[str, str], layers: Layers) -> str:
    """Give a statement with the conditions of the layers that are asked for."""
    asked = {"users": layers.users, "kinds": layers.kinds, "project": layers.project_id is not None}
    wanted = [f"and {conditions[name]}" for name, is_asked in asked.items() if is_asked and name in conditions]
    return statement.format(wanted=" ".join(wanted))


def _values(layers: Layers, bounds: Sequence[tuple[datetime, datetime]]) -> dict[str, object]:
    values: dict[str, object] = {
        "since": [since for since, _ in bounds],
        "until": [until for _, until in bounds],
        "users": list(layers.users) or [None],
        "most": MOST_OF_DAY + 1,
    }
    if layers.kinds:
        values["kinds"] = list(layers.kinds)
    if layers.project_id is not None:
        values["project"] = layers.project_id
    return values


def layers_column(layers: Layers) -> object:
    """Give layers as they are kept."""
    return to_builtins(layers)


_FEED = [calendar_feed.c[name] for name in Feed.__struct_fields__]

EVENT_CONDITIONS = {
    "users": "e.responsible_id = w.id",
    "kinds": "e.kind_id in (select k.id from event_kind k where k.code = any(cast(:kinds as text[])))",
    "project": "e.project_id = cast(:project as bigint)",
}
TASK_CONDITIONS = {"users": "t.executor_id = w.id", "project": "t.project_id = cast(:project as bigint)"}

_SHOWN = (
    "e.archived_at is null and e.cancelled_at is null and e.responsible_id is not null and e.ends_at is not null "
    "{wanted}"
)
EVENTS = f"""
    select e.id, e.topic as title, e.starts_at, e.ends_at, e.is_all_day, e.zone, k.code as kind, k.icon, k.is_contact,
        u.name as responsible, p.name as party, e.place, e.completed_at is not null as is_done,
        e.series_id is not null as is_repeated, e.version, e.changed_at
    from (
        select distinct of_day.id
        from unnest(cast(:since as timestamptz[]), cast(:until as timestamptz[])) as d(since, until)
        cross join unnest(cast(:users as bigint[])) as w(id)
        cross join lateral (
            (select e.id from event e
             where {_SHOWN} and e.starts_at >= d.since and e.starts_at < d.until
             order by e.starts_at limit :most)
            union all
            (select e.id from event e
             where {_SHOWN} and e.starts_at >= d.since - interval '1 day' and e.starts_at < d.since
                 and e.ends_at > d.since
             order by e.starts_at limit :most)
            union all
            (select e.id from event e
             where {_SHOWN} and e.ends_at - e.starts_at > interval '1 day' and e.ends_at > d.since
                 and e.starts_at >= d.since - interval '367 days' and e.starts_at < d.since - interval '1 day'
             order by e.starts_at limit :most)
        ) as of_day
    ) as found
    join event e on e.id = found.id
    join event_kind k on k.id = e.kind_id
    join app_user u on u.id = e.responsible_id
    left join party p on p.id = e.party_id
    order by e.starts_at, e.id
"""
TASKS = """
    select t.id, t.title, t.due_at as starts_at, t.due_at as ends_at, k.code as kind, u.name as responsible,
        p.name as party, t.version, t.changed_at
    from unnest(cast(:since as timestamptz[]), cast(:until as timestamptz[])) as d(since, until)
    cross join unnest(cast(:users as bigint[])) as w(id)
    cross join lateral (
        select t.* from task t
        where t.closed_at is null and t.archived_at is null {wanted}
            and coalesce(t.due_at, 'infinity') >= d.since and coalesce(t.due_at, 'infinity') < d.until
        order by coalesce(t.due_at, 'infinity'), t.id limit :most
    ) as t
    join task_kind k on k.id = t.kind_id
    join app_user u on u.id = t.executor_id
    left join party p on p.id = t.party_id
    order by t.due_at, t.id
"""
BIRTHDAYS = """
    select d.day, p.id, p.name, p.changed_at
    from unnest(cast(:numbers as int[]), cast(:days as date[])) as d(number, day)
    cross join lateral (
        select p.id, p.name, p.changed_at from party p
        where (extract(month from p.birth_date) * 100 + extract(day from p.birth_date)) = d.number
            and p.birth_date is not null and p.archived_at is null and p.erased_at is null and p.merged_into is null
        order by p.id limit :most
    ) as p
    order by d.day, p.id
"""
OWN_BIRTHDAYS = """
    with own as (
        select e.id, e.party_id from unnest(cast(:users as bigint[])) as w(id) cross join lateral (
            (select e.id, e.party_id from event e
             where e.responsible_id = w.id and e.archived_at is null
             order by e.id desc limit :most_events)
            union all
            (select e.id, e.party_id from event_user u join event e on e.id = u.event_id
             where u.user_id = w.id and u.part <> 'reminded' and e.archived_at is null
             order by u.event_id desc limit :most_events)
        ) as e
    ), known as (
        select party_id as id from own
        union select person_id from contact_person where party_id in (select party_id from own)
        union select person_id from event_person where event_id in (select id from own)
    )
    select d.day, p.id, p.name, p.changed_at
    from known k
    join party p on p.id = k.id
    join unnest(cast(:numbers as int[]), cast(:days as date[])) as d(number, day)
        on d.number = extract(month from p.birth_date) * 100 + extract(day from p.birth_date)
    where p.birth_date is not null and p.archived_at is null and p.erased_at is null and p.merged_into is null
    order by d.day, p.id
"""
