"""The SQL of lateness: what was promised for a period, what came in time, and what is late by how much.

Promises are found by the day they were for, each kind of record by its own index, so a report costs what its period
holds.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Final

from msgspec import Struct, convert
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.dispatcher.model import Known
from crm.dispatcher.repository.known import COLUMNS, LATE, query_of

_DAYS = "planned_on >= cast(:since at time zone :zone as date) and planned_on < cast(:until at time zone :zone as date)"
_PROMISED: Final[Mapping[str, str]] = {
    "task": "select id from task where due_at >= :since and due_at < :until and archived_at is null",
    "event": """select id from event where coalesce(promised_at, ends_at) >= :since
        and coalesce(promised_at, ends_at) < :until and archived_at is null""",
    "business_document": f"select id from business_document where {_DAYS}",
    "feed_entry": """select e.id from feed_entry e join feed_source s on s.code = e.source and s.is_on
        where e.planned_at >= :since and e.planned_at < :until""",
}
KINDS: Final = tuple(_PROMISED)


class Period(Struct, frozen=True):
    """From a moment on and before another one; days are those of the zone."""

    since: datetime
    until: datetime
    zone: str


class LateDay(Struct, frozen=True):
    """What records of a kind were promised for a day: how many, how many of them late, how many of those not here yet.

    `late_seconds` is by how much all late ones together are late.
    """

    kind: str
    day: date
    promised: int
    late: int
    missing: int
    late_seconds: int


async def count_late(
    connection: AsyncConnection, period: Period, kinds: Collection[str], *, now: datetime
) -> list[LateDay]:
    """Count what was promised and what of it came late, by kind of record and day."""
    if not kinds:
        return []
    query = f"""
        select split_part(record, ':', 1) as kind, cast(planned_at at time zone :zone as date) as day,
            count(*) as promised, count(*) filter (where {LATE}) as late,
            count(*) filter (where {LATE} and standing = 'open') as missing,
            coalesce(cast(sum(extract(epoch from coalesce(actual_at, :now) - planned_at)) filter (where {LATE})
                as bigint), 0) as late_seconds
        from ({_promised(kinds)}) as known ({COLUMNS})
        where planned_at is not null and standing <> 'cancelled' group by 1, 2 order by 1, 2"""
    rows = await connection.execute(text(query), _given(query, period, now))
    return [convert(row, LateDay, from_attributes=True) for row in rows]


async def list_late(
    connection: AsyncConnection, period: Period, kinds: Collection[str], *, now: datetime, most: int
) -> list[Known]:
    """List what came late or is late, by how much, the worst first."""
    if not kinds:
        return []
    query = f"""
        select * from ({_promised(kinds)}) as known ({COLUMNS}) where {LATE}
        order by coalesce(actual_at, :now) - planned_at desc, record limit :most"""
    rows = await connection.execute(text(query), _given(query, period, now) | {"most": most})
    return [convert(row, Known, from_attributes=True) for row in rows]


def _promised(kinds: Collection[str]) -> str:
    return " union all ".join(query_of(kind, f"in ({_PROMISED[kind]})") for kind in KINDS if kind in kinds)


def _given(query: str, period: Period, now: datetime) -> dict[str, object]:
    given = {"since": period.since, "until": period.until, "zone": period.zone, "now": now}
    return {name: value for name, value in given.items() if f":{name}" in query}
