"""The SQL of the feed: rows of the journal by filters, the newest first, each page within a bound.

Key idea: whatever is asked for, an index gives acts in their order, and a page looks through `MOST_SCANNED` of them at
most. Where few of those fit the page ends early and says so; the next one goes on where it ended. What a chosen source
did is merged from the index of acts, so that a rare one is found at once among ten million others.

It refuses to count.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from msgspec import convert
from sqlalchemy import ARRAY, Column, ColumnElement, Select, cast, func, select, text, true, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from crm.dispatcher.model import FeedFilter, FeedPage, FeedRow, Moment
from crm.dispatcher.repository.known import is_in_status
from crm.profile.listing import select_acts_of
from database.activity import activity
from database.journal import OF_PEOPLE

PAGE_ROWS = 50
MOST_SCANNED = 10_000
MOST_MERGED = 60
"""So many kinds of acts are merged from their index; more of them are dense enough to be met in passing."""

HOT_FAMILY = "receipt"
"""The source whose acts come by the thousand; they stand in no index of acts."""

HOT_ACTS = frozenset({"receipt.posted", "receipt.parked", "receipt.suspended"})
_PERSON = "user:"
_OF_PEOPLE: ColumnElement[bool] = OF_PEOPLE  # type: ignore[assignment] # a condition as text
_IMPORTANT: ColumnElement[bool] = text("activity.importance = 1")  # type: ignore[assignment] # as above
"""Word for word the condition of its index: a plan that is kept for any importance would not take it."""

_NEWEST = (activity.c.at.desc(), activity.c.id.desc())
_NAMES = FeedRow.__struct_fields__
_HIGH = 1

Query = Select[*tuple[object, ...]]
Columns = ReadOnlyColumnCollection[str, Any]  # Any: columns of several types


async def list_feed(
    connection: AsyncConnection,
    wanted: FeedFilter,
    *,
    now: datetime,
    zone: str,
    before: Moment | None = None,
    size: int = PAGE_ROWS,
) -> FeedPage:
    """List rows of the feed, the newest first. `zone` is where a day ends that something was promised for."""
    if not wanted.families or wanted.records == ():
        return FeedPage((), None)
    period = _period(wanted, before)
    status = [] if wanted.status is None else [is_in_status(wanted.status, now=now, zone=zone)]
    driving = [*period, *_driving(wanted)]
    everything = [*driving, *_remaining(wanted, activity.c), *status]
    if wanted.records is not None:
        return await _read(connection, _of_records(wanted.records, everything, size + 1), size)
    if wanted.party_id is not None:
        query = await select_acts_of(connection, wanted.party_id, columns=_NAMES, conditions=everything, limit=size + 1)
        return await _read(connection, query, size)
    acts = await _mergeable(connection, wanted)
    if acts:
        return await _read(connection, _merged(acts, period, size + 1), size)
    looked = _select().where(*driving).order_by(*_NEWEST).limit(MOST_SCANNED).subquery("activity")
    fitting = select(looked).where(*_remaining(wanted, looked.c), *status)
    page = await _read(connection, fitting.order_by(looked.c.at.desc(), looked.c.id.desc()).limit(size + 1), size)
    return page if page.older is not None else await _cut(connection, page, driving)


async def list_acts(connection: AsyncConnection, families: Collection[str]) -> list[str]:
    """List the acts of some families that stand in the journal; those of receipts are not among them."""
    rows = await connection.execute(text(_ACTS))
    return [act for act in rows.scalars() if act.partition(".")[0] in families]


async def find_row(connection: AsyncConnection, place: Moment, families: Collection[str]) -> FeedRow | None:
    """Find a row of the journal by its place, if it is of one of the families."""
    column = activity.c
    query = _select().where(column.at == place.at, column.id == place.id)
    row = (await connection.execute(query)).one_or_none()
    found = None if row is None else convert(row, FeedRow, from_attributes=True)
    return found if found is not None and found.family in families else None


async def load_rows(connection: AsyncConnection, places: Sequence[Moment]) -> list[FeedRow]:
    """Load rows by their places, the newest first."""
    column = activity.c
    meant = tuple_(column.at, column.id).in_([(place.at, place.id) for place in places])
    rows = await connection.execute(_select().where(meant).order_by(*_NEWEST))
    return [convert(row, FeedRow, from_attributes=True) for row in rows]


def _select() -> Query:
    return select(*(activity.c[name] for name in _NAMES))


def _period(wanted: FeedFilter, before: Moment | None) -> list[ColumnElement[bool]]:
    column = activity.c
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(column.at >= wanted.since)
    if wanted.until is not None:
        found.append(column.at < wanted.until)
    if before is not None:
        found.append(tuple_(column.at, column.id) < tuple_(before.at, before.id))
    return found


def _driving(wanted: FeedFilter) -> list[ColumnElement[bool]]:
    """Give the conditions that an index answers."""
    column = activity.c
    found: list[ColumnElement[bool]] = []
    if wanted.project_id is not None:
        found.append(column.project_id == wanted.project_id)
    if wanted.importance == _HIGH:
        found.append(_IMPORTANT)
    if wanted.actor is not None:
        found.append(column.actor == wanted.actor)
    if wanted.act is not None:
        found.append(column.act == wanted.act)
    is_of_people = (wanted.actor or "").startswith(_PERSON) or wanted.act not in {None, *HOT_ACTS}
    if HOT_FAMILY not in wanted.families or is_of_people:
        found.append(_OF_PEOPLE)
    return found


def _remaining(wanted: FeedFilter, column: Columns) -> list[ColumnElement[bool]]:
    """Give the conditions that are looked at row by row."""
    found: list[ColumnElement[bool]] = [func.split_part(column.act, ".", 1).in_(sorted(wanted.families))]
    if wanted.importance is not None and wanted.importance != _HIGH:
        found.append(column.importance == wanted.importance)
    if wanted.without_project:
        found.append(column.project_id.is_(None))
    return found


async def _mergeable(connection: AsyncConnection, wanted: FeedFilter) -> list[str]:
    """Give the acts whose index answers a question for sources alone; none where another way is shorter."""
    narrow = (wanted.act, wanted.status, wanted.importance, wanted.actor, wanted.project_id)
    if HOT_FAMILY in wanted.families or wanted.without_project or any(one is not None for one in narrow):
        return []
    acts = await list_acts(connection, wanted.families)
    return acts if len(acts) <= MOST_MERGED else []


def _merged(acts: Sequence[str], period: Sequence[ColumnElement[bool]], limit: int) -> Query:
    return _newest_of_each(activity.c.act, acts, [_OF_PEOPLE, *period], limit)


def _of_records(records: Sequence[str], conditions: Sequence[ColumnElement[bool]], limit: int) -> Query:
    """Select the newest acts on some records; those of a party are all that are about it."""
    of_parties = [int(one.partition(":")[2]) for one in records if one.startswith("party:")]
    others = [one for one in records if not one.startswith("party:")]
    parts = []
    if others:
        parts.append(_newest_of_each(activity.c.record, others, [_OF_PEOPLE, *conditions], limit))
    if of_parties:
        parts.append(_newest_of_each(activity.c.party_id, of_parties, conditions, limit))
    found = union_all(*parts).subquery()
    return select(found).distinct().order_by(found.c.at.desc(), found.c.id.desc()).limit(limit)


def _newest_of_each(
    column: Column[str] | Column[int],
    keys: Sequence[str] | Sequence[int],
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
) -> Query:
    """Select the newest rows of each key, as far as a page may need them, and of those the newest ones."""
    source = func.unnest(cast(keys, ARRAY(column.type))).table_valued("key", name="source").render_derived()
    newest = _select().where(column == source.c.key, *conditions).order_by(*_NEWEST).limit(limit).lateral()
    query = select(newest).select_from(source).join(newest, true())
    return query.order_by(newest.c.at.desc(), newest.c.id.desc()).limit(limit)


async def _cut(connection: AsyncConnection, page: FeedPage, driving: Sequence[ColumnElement[bool]]) -> FeedPage:
    """Say where the next look begins, behind a page that met the bound of its own look."""
    column = activity.c
    last = select(column.at, column.id).where(*driving).order_by(*_NEWEST).offset(MOST_SCANNED - 1).limit(1)
    end = (await connection.execute(last)).one_or_none()
    return page if end is None else FeedPage(page.rows, Moment(end.at, end.id), is_cut=True)


async def _read(connection: AsyncConnection, query: Query, size: int) -> FeedPage:
    found = [convert(row, FeedRow, from_attributes=True) for row in await connection.execute(query)]
    rows = tuple(found[:size])
    return FeedPage(rows, rows[-1].place if len(found) > size else None)


_ACTS = """
    with recursive found (act) as (
        (select act from activity where act not in ('receipt.posted', 'receipt.parked', 'receipt.suspended')
            order by act limit 1)
        union all
        select (select activity.act from activity
            where activity.act not in ('receipt.posted', 'receipt.parked', 'receipt.suspended')
            and activity.act > found.act order by activity.act limit 1)
        from found where found.act is not null
    )
    select act from found where act is not null"""
"""Each act once, by as many looks into the index of acts as there are acts."""
