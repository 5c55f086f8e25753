"""A rehearsal in SQL: the cards of a series as they were at its beginning, in a table of the transaction's own.

Each act of the rehearsal is one statement over all cards, so that a million of them are rehearsed in as many passes as
there are periods.
"""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.money import WHOLE
from loyalty.tiers.periods import Span
from loyalty.tiers.repository.expressions import percent_sql, series_sql
from loyalty.tiers.repository.runs import ALL_CARDS, OUT_OF_RULES, bought_sql, cards_parameters, span_parameters
from loyalty.tiers.thresholds import Tiers

FIRST_SHOWN = 50


class StandingCount(Struct, frozen=True):
    """How many cards have an own percent in a series, today (`is_now`) or by the rehearsal."""

    series_id: int
    own_percent: int | None
    is_now: bool
    cards: int


class StoreSum(Struct, frozen=True):
    """Receipts of a store, the discount that they gave, and the one that they would have given."""

    store: str
    receipts: int
    discount: int
    rehearsed: int


class Difference(Struct, frozen=True):
    """A card whose percent is another by the rehearsal: the percents that act now and by it."""

    card_id: int
    number: str
    percent: int
    rehearsed: int


async def begin(connection: AsyncConnection, series_id: int, *, at: datetime) -> None:
    """Gather the cards that were in a series right before a moment, with what they were then."""
    await connection.execute(
        text(f"""
        create temporary table rehearsed on commit drop as
        select c.card_id, coalesce(p.series_id, c.series_id) as series_id,
            case when p.card_id is null then c.own_percent else p.own_percent end as own_percent
        from card c left join (
            select distinct on (card_id) card_id, series_id, own_percent from card_setting_past
            where until >= cast(:at as timestamptz) order by card_id, until
        ) p on p.card_id = c.card_id
        where coalesce(p.series_id, c.series_id) = :series and c.state not in {OUT_OF_RULES}"""),
        {"at": at, "series": series_id},
    )
    await connection.execute(text("alter table rehearsed add primary key (card_id)"))
    await connection.execute(text("analyze rehearsed"))


async def apply_people(connection: AsyncConnection, *, after: datetime, until: datetime) -> None:
    """Give cards the percent and series that people gave them in a stretch of time, as they did."""
    await connection.execute(
        text("""
        update rehearsed t set series_id = a.series_id, own_percent = a.own_percent
        from (
            select distinct on (card_id) card_id, series_id, own_percent
            from (
                select p.card_id, p.until, p.cause, p.series_id as old_series_id, p.own_percent as old_own_percent,
                    coalesce(n.series_id, c.series_id) as series_id,
                    case when n.card_id is null then c.own_percent else n.own_percent end as own_percent
                from card_setting_past p join rehearsed r on r.card_id = p.card_id join card c on c.card_id = p.card_id
                left join lateral (
                    select * from card_setting_past n where n.card_id = p.card_id and n.until > p.until
                    order by n.until limit 1
                ) n on true
                where p.until >= cast(:after as timestamptz) and p.until < cast(:until as timestamptz)
                    and p.cause not like 'rule_run:%' and p.cause not like 'posted:%'
            ) acts
            where (series_id, own_percent) is distinct from (old_series_id, old_own_percent)
            order by card_id, until desc
        ) a
        where a.card_id = t.card_id"""),
        {"after": after, "until": until},
    )


async def apply_span(connection: AsyncConnection, tiers: Tiers, span: Span, *, only_posted: bool) -> None:
    """Rate the cards that are still in the series by what they bought in a period, perhaps only those that bought."""
    posted = "and (b.turnover <> 0 or b.receipts <> 0)" if only_posted else ""
    await connection.execute(
        text(f"""
        update rehearsed t set own_percent = d.percent, series_id = d.new_series_id
        from (
            select c.card_id, n.percent, n.new_series_id
            from rehearsed c0 join card c on c.card_id = c0.card_id {bought_sql(span)}
            cross join lateral (
                select c0.own_percent as own, coalesce(c0.own_percent, {tiers.inherited}) as acting
            ) a
            cross join lateral (select {percent_sql(tiers)} as percent, {series_sql(tiers)} as new_series_id) n
            where c0.series_id = {tiers.series_id} {posted}
                and (n.percent is distinct from c0.own_percent or n.new_series_id <> c0.series_id)
        ) d
        where d.card_id = t.card_id"""),
        span_parameters(span) | cards_parameters(ALL_CARDS),
    )


async def sum_discounts(
    connection: AsyncConnection, inherited: dict[int, int], *, first: date, after: datetime, until: datetime
) -> list[StoreSum]:
    """Sum discounts by store over the sales that were closed in a stretch of time, on business days from the first on.

    A sale whose card had the rehearsed percent keeps its discount to the cent. Any other's moves by the difference of
    the two percents on the goods that take the card's percent.
    """
    rehearsed = f"coalesce(q.own_percent, {_inherited_sql('q.series_id', inherited)})"
    query = text(f"""
        select r.store, count(*) as receipts, sum(l.discount)::bigint as discount,
            sum(l.discount + round(l.base * t.percent / {WHOLE}.0) - round(l.base * o.percent / {WHOLE}.0))::bigint
                as rehearsed
        from (select q.card_id, {rehearsed} as percent from rehearsed q) t
        join card c on c.card_id = t.card_id
        join receipt r on r.card_id = t.card_id and r.business_date >= :first and r.kind = 'sale' and r.state = 'posted'
            and r.closed_at >= cast(:after as timestamptz) and r.closed_at < cast(:until as timestamptz)
        cross join lateral (
            select sum(discount) as discount, coalesce(sum(net + discount) filter (
                where marks = 0 and quantity > 0 and manual_discount_percent is null), 0) as base
            from receipt_line where receipt_id = r.id and business_date = r.business_date
        ) l
        left join lateral (
            select * from card_setting_past p
            where p.card_id = t.card_id and p.until > coalesce(r.priced_at, r.closed_at) order by p.until limit 1
        ) p on true
        cross join lateral (
            select case when p.card_id is null then coalesce(c.own_percent, {_inherited_sql("c.series_id", inherited)})
                else coalesce(p.own_percent, {_inherited_sql("p.series_id", inherited)}) end as percent
        ) o
        group by r.store""")
    rows = await connection.execute(query, {"first": first, "after": after, "until": until})
    return [StoreSum(*row) for row in rows]


def _inherited_sql(column: str, inherited: dict[int, int]) -> str:
    """Give the percent that cards of a series inherit."""
    branches = " ".join(f"when {series_id} then {percent}" for series_id, percent in sorted(inherited.items()))
    return f"case {column} {branches} end"


async def count_standings(connection: AsyncConnection) -> list[StandingCount]:
    """Count the rehearsed cards by what they are today and by what they are at the rehearsal's end."""
    query = text("""
        select c.series_id, c.own_percent, true, count(*)
        from rehearsed t join card c on c.card_id = t.card_id group by c.series_id, c.own_percent
        union all
        select series_id, own_percent, false, count(*) from rehearsed group by series_id, own_percent""")
    return [StandingCount(*row) for row in await connection.execute(query)]


async def list_differences(
    connection: AsyncConnection, inherited: dict[int, int], *, is_more: bool
) -> tuple[int, Sequence[Difference]]:
    """Count the cards that have more (or less) by the rehearsal, and list the first of them, the widest apart first."""
    now = f"coalesce(c.own_percent, {_inherited_sql('c.series_id', inherited)})"
    rehearsed = f"coalesce(t.own_percent, {_inherited_sql('t.series_id', inherited)})"
    query = text(f"""
        select card_id, number, percent, rehearsed, count(*) over () as cards
        from (select c.card_id, c.number, {now} as percent, {rehearsed} as rehearsed
            from rehearsed t join card c on c.card_id = t.card_id) d
        where rehearsed {">" if is_more else "<"} percent
        order by abs(rehearsed - percent) desc, card_id limit {FIRST_SHOWN}""")
    rows = (await connection.execute(query)).all()
    return (rows[0].cards if rows else 0), [Difference(*row[:4]) for row in rows]
