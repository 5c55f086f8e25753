"""The SQL of reports about tasks: how long tasks stay in each state, and what customers wait for."""

from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_CUSTOMERS = 500


class StateTime(Struct, frozen=True):
    """How long tasks of a kind stayed in a state: so many stays that ended, and their mean and median in seconds."""

    kind: str
    state: str
    stays: int
    mean_seconds: int
    median_seconds: int


class CustomerRequests(Struct, frozen=True):
    """A customer's open requests, those that are late, and the earliest that is due; a None is nobody known."""

    party_id: int | None
    name: str | None
    open: int
    overdue: int
    oldest_at: datetime
    next_due_at: datetime | None


async def measure_states(connection: AsyncConnection, *, since: datetime, before: datetime) -> list[StateTime]:
    """Measure the stays in each state of each kind that ended in a period, in the order of the cycles."""
    rows = await connection.execute(text(_STATES), {"since": since, "before": before})
    return [convert(row, StateTime, from_attributes=True) for row in rows]


async def list_open_requests(connection: AsyncConnection, *, now: datetime) -> list[CustomerRequests]:
    """List the customers who wait for something, those with most late requests first."""
    rows = await connection.execute(text(_REQUESTS), {"now": now, "most": MOST_CUSTOMERS})
    return [convert(row, CustomerRequests, from_attributes=True) for row in rows]


_STATES = """
    with stay as (
        select c.to_id, extract(epoch from lead(c.at) over (partition by c.task_id order by c.id) - c.at) as seconds,
            lead(c.at) over (partition by c.task_id order by c.id) as ended_at
        from task_state_change c
        where c.task_id in (select task_id from task_state_change where at >= :since and at < :before)
    )
    select k.code as kind, s.code as state, count(*) as stays, round(avg(y.seconds))::bigint as mean_seconds,
        round(percentile_cont(0.5) within group (order by y.seconds))::bigint as median_seconds
    from stay y join task_state s on s.id = y.to_id join task_kind k on k.id = s.kind_id
    where y.ended_at >= :since and y.ended_at < :before
    group by k.id, s.id order by k.position, k.id, s.position, s.id
"""
_REQUESTS = """
    select t.party_id, p.name, count(*) as open, count(*) filter (where t.due_at < :now) as overdue,
        min(t.created_at) as oldest_at, min(t.due_at) as next_due_at
    from task t join task_kind k on k.id = t.kind_id and k.is_request left join party p on p.id = t.party_id
    where t.closed_at is null and t.archived_at is null
    group by t.party_id, p.name
    order by overdue desc, open desc, oldest_at, t.party_id limit :most
"""
