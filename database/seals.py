"""Seals on the activity journal: a digest over the rows of each past day and over the seal of the day before.

Whoever changes, removes or adds a row of a sealed day behind the service's back breaks its seal, and `verify` names the
day. A day is sealed once it is over for as long as any act may take; days are those of UTC. The service's role cannot
seal: the owner of the tables does it, from the worker.
"""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SETTLED = timedelta(days=1)
"""So long after a day's end nothing of it is under way any more."""

MOST_DAYS = 31
"""So many days are sealed at once; the next round goes on."""

# The text of a row and the order of the rows may not change: the seals of years rest on them.
_ROWS = """string_agg(sha256(convert_to(jsonb_build_array(id, (extract(epoch from at) * 1000000)::bigint, actor, act,
    record, card_id, data)::text, 'UTF8')), ''::bytea order by at, id)"""


def settled_day(now: datetime) -> date:
    """Give the first day that is not settled yet: everything before it is."""
    return (now - SETTLED).astimezone(UTC).date()


async def seal_days(connection: AsyncConnection, *, now: datetime) -> list[date]:
    """Seal the settled days that are not sealed, oldest first, MOST_DAYS at most; gives those that were sealed."""
    day = (await connection.execute(text(_NEXT_DAY))).scalar()
    sealed: list[date] = []
    while day is not None and day < settled_day(now) and len(sealed) < MOST_DAYS:
        await connection.execute(text(_SEAL), {"day": day})
        sealed.append(day)
        day += timedelta(days=1)
    return sealed


_NEXT_DAY = """
select coalesce((select max(day) + 1 from activity_seal), (select min(at at time zone 'UTC')::date from activity))
"""

_SEAL = f"""
insert into activity_seal (day, acts, hash)
select :day, count(*), sha256(
    coalesce((select hash from activity_seal where day = cast(:day as date) - 1), '') || coalesce({_ROWS}, ''))
from activity
where at >= cast(:day as date)::timestamp at time zone 'UTC'
    and at < (cast(:day as date) + 1)::timestamp at time zone 'UTC'
"""


async def find_seal(connection: AsyncConnection, day: date) -> str | None:
    """Give the seal of a day in hexadecimal."""
    query = "select encode(hash, 'hex') from activity_seal where day = :day"
    return (await connection.execute(text(query), {"day": day})).scalar()


async def list_broken_seals(connection: AsyncConnection, *, most: int) -> list[str]:
    """Name the sealed days whose rows are not those that were sealed, in sentences, the oldest first."""
    return list((await connection.execute(text(_BROKEN), {"most": most})).scalars())


_BROKEN = f"""
with found as (
    select (at at time zone 'UTC')::date as day, count(*) as acts, {_ROWS} as rows
    from activity
    where at < (select (max(day) + 1)::timestamp at time zone 'UTC' from activity_seal)
    group by 1
), sealed as (
    select day, acts, hash, lag(day) over days as day_before, lag(hash) over days as before
    from activity_seal window days as (order by day)
)
select case
    when s.day is null then format('activity of %s: %s rows on a day before the first seal', day, f.acts)
    when s.day_before <> day - 1 then format('activity of %s: the seal of the day before is missing', day)
    when s.acts <> coalesce(f.acts, 0)
        then format('activity of %s: %s rows were sealed, there are %s', day, s.acts, coalesce(f.acts, 0))
    else format('activity of %s: a row, or the seal, is not what was sealed', day) end
from sealed s full join found f using (day)
where s.day is null or s.day_before <> day - 1 or s.acts <> coalesce(f.acts, 0)
    or s.hash <> sha256(coalesce(s.before, '') || coalesce(f.rows, ''))
order by day limit :most
"""
