"""The SQL of results: what became of the letters of each variant, and what recipients bought in the days behind.

Key idea: turnover is that of the days' sums of each card, of all cards that a party holds. All who were drawn count,
whatever became of their letter, and who was held back counts from the same day.
"""

from datetime import date
from typing import Final

from msgspec import Struct, convert
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.lift import Spent


class Funnel(Struct, frozen=True):
    """What became of the letters of a variant: how many were meant, went out, were opened, and so on."""

    letter: str
    meant: int
    sent: int
    opened: int
    clicked: int
    replied: int
    bounced: int
    failed: int
    unsubscribed: int


async def list_funnels(connection: AsyncConnection, mailing_id: int) -> list[Funnel]:
    """List what became of the letters of each variant, in their order."""
    rows = await connection.execute(text(_FUNNELS), {"mailing": mailing_id})
    return [convert(row, Funnel, from_attributes=True) for row in rows]


async def list_spent(
    connection: AsyncConnection, mailing_id: int, *, first: date | None, days: int, today: date, timezone: str
) -> dict[str | None, Spent]:
    """Sum up what was bought in so many days, by variant; None are those who were held back.

    The days begin at `first`, or where that is None at each recipient's own day; of those whose days are not over
    nobody counts then.
    """
    values = {"mailing": mailing_id, "first": first, "days": days, "today": today, "zone": timezone}
    rows = await connection.execute(text(_SPENT), values)
    return {row.letter: Spent(row.heads, row.buyers, int(row.total), int(row.squares)) for row in rows}


_FUNNELS: Final = """
select v.letter, count(r.id) as meant, count(r.sent_at) as sent, count(r.opened_at) as opened,
    count(r.clicked_at) as clicked, count(r.replied_at) as replied,
    count(*) filter (where r.bounced_at is not null or r.state = 'bounced') as bounced,
    count(*) filter (where r.state = 'failed') as failed,
    count(*) filter (where r.state = 'unsubscribed' or r.id in (
        select c.recipient_id from consent c where c.act = 'withdrawn' and c.recipient_id is not null)) as unsubscribed
from mailing_variant v
left join mailing_recipient r on r.variant_id = v.id and r.state not in ('left_out', 'control')
where v.mailing_id = :mailing
group by v.letter order by v.letter
"""
_SPENT: Final = """
with head as (
    select r.id, r.party_id, case when r.state <> 'control' then v.letter end as letter,
        coalesce(cast(:first as date), cast(timezone(:zone, coalesce(r.sent_at, r.due_at)) as date)) as first
    from mailing_recipient r left join mailing_variant v on v.id = r.variant_id
    where r.mailing_id = :mailing and r.state <> 'left_out' and r.party_id is not null
), bought as (
    select h.id, h.letter, coalesce(sum(d.turnover), 0) as spent, coalesce(sum(d.receipts), 0) as receipts
    from head h
    left join card c on c.holder_id = h.party_id and c.state <> 'replaced'
    left join card_day d on d.card_id = c.card_id and d.day >= h.first and d.day < h.first + cast(:days as int)
    where cast(:first as date) is not null or h.first + cast(:days as int) <= cast(:today as date)
    group by h.id, h.letter
)
select letter, count(*) as heads, count(*) filter (where receipts > 0) as buyers, sum(spent) as total,
    sum(spent * spent) as squares
from bought group by letter
"""
