"""The SQL of series: their rules, and their occurrences, which are made, changed and removed in bulk.

Whatever one occurrence was given by itself - changed, completed, cancelled, given a file - stands for itself, and no
statement of a series touches it any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any  # a template is JSON

from msgspec import Struct, convert
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events.tables import event, event_series
from crm.parties.tables import party

_kept, _series = event.c, event_series.c
ROWS_AT_ONCE = 500


class Series(Struct, frozen=True, kw_only=True):
    """A rule in wall time with what its occurrences are given; they stand in `event` as far as `made_until`."""

    id: int
    rule: str
    zone: str
    starts: datetime
    minutes: int | None
    left_out: tuple[datetime, ...]
    made_until: datetime
    made_all: bool
    template: dict[str, Any]  # Any: as JSON has it
    version: int


class Occurrence(Struct, frozen=True):
    """An occurrence by its time on the wall; `is_own` is one that stands for itself."""

    id: int
    series_start: datetime
    is_own: bool


class Times(Struct, frozen=True):
    """When an occurrence happens: on the wall, and as moments."""

    wall: datetime
    starts_at: datetime
    ends_at: datetime | None


async def find_series(connection: AsyncConnection, series_id: int) -> Series | None:
    """Find a series, alone until the transaction ends."""
    query = select(event_series).where(_series.id == series_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, Series, from_attributes=True)


async def list_unmade(connection: AsyncConnection, *, before: datetime, limit: int) -> list[Series]:
    """List series whose occurrences do not reach to a time yet, passing over those that others work at."""
    due = select(event_series).where(_series.made_until < before, _series.made_all.is_(False))
    rows = await connection.execute(due.order_by(_series.made_until).limit(limit).with_for_update(skip_locked=True))
    return [convert(row, Series, from_attributes=True) for row in rows]


async def insert_series(connection: AsyncConnection, values: Mapping[str, object]) -> int:
    """Make a series and give its identifier."""
    made = await connection.execute(insert(event_series).values(values).returning(_series.id))
    return int(made.scalar_one())


async def update_series(connection: AsyncConnection, series_id: int, values: Mapping[str, object]) -> None:
    """Write fields of a series anew and make its next version."""
    changed = {**values, "version": _series.version + 1}
    await connection.execute(update(event_series).where(_series.id == series_id).values(changed))


async def list_occurrences(connection: AsyncConnection, series_id: int, *, since: datetime | None) -> list[Occurrence]:
    """List the occurrences of a series from a time on the wall on, locked in the order of their identifiers."""
    is_own = _kept.is_detached | _kept.completed_at.is_not(None) | _kept.cancelled_at.is_not(None)
    query = select(_kept.id, _kept.series_start, (is_own | _kept.archived_at.is_not(None)).label("is_own"))
    if since is not None:
        query = query.where(_kept.series_start >= since)
    query = query.where(_kept.series_id == series_id).order_by(_kept.id).with_for_update()
    rows = await connection.execute(query)
    return [convert(row, Occurrence, from_attributes=True) for row in rows]


async def insert_occurrences(
    connection: AsyncConnection, values: Mapping[str, object], series_id: int, times: Sequence[Times]
) -> list[int]:
    """Make the occurrences of a series at some times, all of the same values, and give their identifiers."""
    made: list[int] = []
    for start in range(0, len(times), ROWS_AT_ONCE):
        rows = [
            {
                **values,
                "series_id": series_id,
                "series_start": one.wall,
                "starts_at": one.starts_at,
                "ends_at": one.ends_at,
            }
            for one in times[start : start + ROWS_AT_ONCE]
        ]
        made += (await connection.execute(insert(event).values(rows).returning(_kept.id))).scalars()
    return made


async def update_occurrences(
    connection: AsyncConnection,
    values: Mapping[str, object],
    series_id: int,
    times: Mapping[int, Times],
    *,
    now: datetime,
) -> None:
    """Give occurrences the same values, each its own times, and make each its next version: one statement for all."""
    if not times:
        return
    given = (
        func.unnest(
            _array(times.keys(), BigInteger()),
            _array((one.wall for one in times.values()), DateTime()),
            _array((one.starts_at for one in times.values()), DateTime(timezone=True)),
            _array((one.ends_at for one in times.values()), DateTime(timezone=True)),
        )
        .table_valued("id", "wall", "starts_at", "ends_at")
        .render_derived(name="given")
    )
    changed: dict[str, object] = {
        **values,
        "series_id": series_id,
        "series_start": given.c.wall,
        "starts_at": given.c.starts_at,
        "ends_at": given.c.ends_at,
        "version": _kept.version + 1,
        "changed_at": now,
    }
    await connection.execute(update(event).where(_kept.id == given.c.id).values(changed))


async def delete_occurrences(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Remove occurrences that nobody did anything to."""
    if ids:
        await connection.execute(delete(event).where(_kept.id.in_(ids)))


async def detach(connection: AsyncConnection, event_id: int) -> None:
    """Let an occurrence stand for itself."""
    is_of_series = _kept.series_id.is_not(None)
    await connection.execute(update(event).where(_kept.id == event_id, is_of_series).values(is_detached=True))


async def heirs_of(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, int]:
    """Tell for parties who they are today: those that were merged are who they were merged into, erased ones nobody."""
    today = func.coalesce(party.c.merged_into, party.c.id)
    query = select(party.c.id, today.label("today")).where(party.c.id.in_(ids), party.c.erased_at.is_(None))
    return {row.id: row.today for row in await connection.execute(query)}


def _array(values: Iterable[object], kind: BigInteger | DateTime) -> ColumnElement[Sequence[object]]:
    return literal(list(values), ARRAY(kind))
