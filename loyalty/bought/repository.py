"""The SQL of what was bought by group of goods: always counted from receipts, never added up from acts.

A card's day is counted anew as a whole, so it does not matter how often an act is taken in, nor in which order.
"""

from datetime import date, datetime
from typing import Final

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.bought.model import Fence, Mark, Place
from loyalty.receipts.model import TOP_UP, TOP_UP_TAKEN_BACK

NAME: Final = "card_group_day"


async def lock_mark(connection: AsyncConnection) -> Mark | None:
    """Load how far the sums have come, alone until the transaction ends; None where they were never begun."""
    query = text("select upto from aggregate_mark where name = :name for update")
    upto = (await connection.execute(query, {"name": NAME})).scalar_one_or_none()
    return None if upto is None else msgspec.convert(upto, Mark)


async def save_mark(connection: AsyncConnection, mark: Mark, *, now: datetime) -> None:
    """Keep how far the sums have come."""
    query = text("update aggregate_mark set upto = cast(:upto as jsonb), at = :now where name = :name")
    await connection.execute(query, {"name": NAME, "upto": msgspec.json.encode(mark).decode(), "now": now})


async def begin_mark(connection: AsyncConnection, mark: Mark, *, now: datetime) -> None:
    """Begin the sums, unless somebody else just did."""
    query = text(
        "insert into aggregate_mark (name, upto, at) values (:name, cast(:upto as jsonb), :now) on conflict do nothing"
    )
    await connection.execute(query, {"name": NAME, "upto": msgspec.json.encode(mark).decode(), "now": now})


async def set_fence(connection: AsyncConnection) -> Fence:
    """Read the journal's last number and then, in a statement of its own, which transactions have begun."""
    last = text("select last_value from activity_id_seq")
    act = int((await connection.execute(last)).scalar_one())
    begun = text("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint, clock_timestamp()")
    transaction, at = (await connection.execute(begun)).one()
    return Fence(act, transaction, at)


async def read_horizon(connection: AsyncConnection) -> tuple[int, int]:
    """Give the oldest transaction that has not ended, and the first that has not begun."""
    query = text(
        "select pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint"
        " from (select pg_current_snapshot() as s) one"
    )
    oldest, next_one = (await connection.execute(query)).one()
    return oldest, next_one


async def find_month(connection: AsyncConnection, *, after: date) -> date | None:
    """Find the first day on which there is a receipt after a day."""
    query = text("select min(business_date) from receipt where business_date > :after")
    found: date | None = (await connection.execute(query, {"after": after})).scalar_one()
    return found


async def build_days(connection: AsyncConnection, *, first: date, last: date) -> None:
    """Count all cards' days of a span, which has no sums yet."""
    span = {"first": first, "last": last}
    lines = "(select * from receipt_line where business_date between :first and :last)"  # only the span's partitions
    counted = _COUNTED.replace("receipt_line", lines)
    await connection.execute(text(f"{_INSERT} {_RECEIPTS_OF_SPAN} {counted}"), span | _MARKS)


async def list_acts(connection: AsyncConnection, mark: Mark, *, limit: int) -> list[tuple[Place, str]]:
    """List the next receipts of cards that were posted or voided, as the journal names them; all up to the fence."""
    place = mark.goes_on_from()
    query = text("""
        select at, id, record from activity
        where at >= :at and (at, id) > (:at, :after) and id > :done and id <= :fence and card_id is not null
            and act in ('receipt.posted', 'receipt.voided')
        order by at, id limit :limit""")
    values = {"at": place.at, "after": place.id, "done": mark.done, "fence": mark.fence.act, "limit": limit}
    rows = await connection.execute(query, values)
    return [(Place(row.at, row.id), row.record) for row in rows]


async def count_anew(connection: AsyncConnection, records: list[str]) -> None:
    """Count the days of cards on which some receipts lie; receipts are named as the journal does."""
    uids = {"uids": [record.partition(":")[2] for record in records]}
    await connection.execute(text(f"delete from card_group_day d using ({_TOUCHED}) t where {_SAME_DAY}"), uids)
    await connection.execute(text(f"{_INSERT} {_RECEIPTS_OF_TOUCHED} {_COUNTED}"), uids | _MARKS)


_MARKS: Final = {"top_ups": TOP_UP | TOP_UP_TAKEN_BACK}
_INSERT: Final = "insert into card_group_day (item_group, day, card_id, net, lines)"
_TOUCHED: Final = """
    select distinct k.card_id, k.business_date from receipt_key k
    where k.uid = any(cast(:uids as uuid[])) and k.card_id <> 0"""
_SAME_DAY: Final = "d.card_id = t.card_id and d.day = t.business_date"
_RECEIPTS_OF_TOUCHED: Final = f"""
    with r as (
        select r.* from ({_TOUCHED}) t
        join receipt r on r.card_id = t.card_id and r.business_date = t.business_date
        where r.state = 'posted')"""
_RECEIPTS_OF_SPAN: Final = """
    with r as (
        select r.* from receipt r
        where r.business_date between :first and :last and r.card_id <> 0 and r.state = 'posted')"""
_COUNTED: Final = """
    select l.item_group, r.business_date, r.card_id,
        sum(case r.kind when 'return' then -l.net else l.net end), count(*)
    from r join receipt_line l on l.receipt_id = r.id and l.business_date = r.business_date
    where l.item_group is not null and l.marks & :top_ups = 0
    group by l.item_group, r.business_date, r.card_id"""
