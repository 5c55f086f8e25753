"""The SQL of reports that are a table of two sides: tiers between two moments, and months of a first purchase."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import BigInteger, Column, ColumnElement, Date, Integer, Text, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import Subquery

from crm.reports.periods import Period
from database.memory import MORE_MEMORY
from loyalty.cards.tables import card, series

Conditions = Sequence[ColumnElement[bool]]


class Moved(Struct, frozen=True):
    """So many cards were of one tier and are of another; None is a card that was not there yet."""

    before: str | None
    after: str
    cards: int


class Came(Struct, frozen=True):
    """So many cards whose first purchase lay in a month bought again so many months later."""

    cohort: date
    age: int
    cards: int


async def count_moved(
    connection: AsyncConnection, *, start: datetime, end: datetime, conditions: Conditions, codes: Sequence[str]
) -> list[Moved]:
    """Count cards by their tier at two moments; those of some series now, or of all if none is named."""
    before, after = _tiers_at(start, "start"), _tiers_at(end, "end")
    source = after.join(card, card.c.card_id == after.c.card_id).join(series, series.c.id == card.c.series_id)
    source = source.outerjoin(before, before.c.card_id == after.c.card_id)
    query = select(before.c.tier, after.c.tier, func.count()).select_from(source).where(*conditions)
    if codes:
        query = query.where(series.c.code.in_(codes))
    await connection.execute(MORE_MEMORY)
    rows = await connection.execute(query.group_by(text("1"), text("2")))
    return [Moved(*row) for row in rows]


async def count_came(
    connection: AsyncConnection,
    period: Period,
    *,
    today: date,
    most_age: int,
    conditions: Conditions,
    codes: Sequence[str],
) -> list[Came]:
    """Count cards by the month of their first purchase, within a period, and the months after in which they bought."""
    columns = (Column("card_id", BigInteger), Column("cohort", Date), Column("age", Integer))
    came = text(_CAME).bindparams(first=period.first, last=period.last, today=today, most_age=most_age)
    found = came.columns(*columns).subquery("f")
    query = select(found.c.cohort, found.c.age, func.count()).select_from(found)
    if conditions or codes:
        source = found.join(card, card.c.card_id == found.c.card_id).join(series, series.c.id == card.c.series_id)
        query = select(found.c.cohort, found.c.age, func.count()).select_from(source).where(*conditions)
        query = query.where(series.c.code.in_(codes)) if codes else query
    await connection.execute(MORE_MEMORY)
    rows = await connection.execute(query.group_by(text("1"), text("2")).order_by(text("1"), text("2")))
    return [Came(*row) for row in rows]


def _tiers_at(moment: datetime, name: str) -> Subquery:
    """Give the tier of each card that was there at a moment, as its settings then were."""
    tiers = text(_TIERS.replace(":moment", f":{name}")).bindparams(**{name: moment})
    return tiers.columns(Column("card_id", BigInteger), Column("tier", Text)).subquery(f"at_{name}")


# What held until a moment is kept; the earliest of what held until later is what held then.
_TIERS: Final = """
    select c.card_id, s.code || ':' ||
        coalesce(case when p.card_id is null then c.own_percent else p.own_percent end, v.percent) as tier
    from card c left join (
        select distinct on (card_id) card_id, series_id, own_percent from card_setting_past
        where until > :moment order by card_id, until
    ) p on p.card_id = c.card_id
    join series s on s.id = coalesce(p.series_id, c.series_id)
    join (
        select distinct on (series_id) series_id, (definition ->> 'percent')::bigint as percent from series_version
        where since <= :moment or version = 1 order by series_id, version desc
    ) v on v.series_id = s.id
    where c.created_at < :moment and c.state <> 'replaced'
"""
_CAME: Final = """
    with bought as (
        select card_id, date_trunc('month', day)::date as month from card_day where receipts > 0 and day <= :today
        group by card_id, date_trunc('month', day)
    ), aged as (
        select card_id, month, min(month) over (partition by card_id) as cohort from bought
    )
    select card_id, cohort, age from (
        select card_id, cohort,
            (extract(year from age(month, cohort)) * 12 + extract(month from age(month, cohort)))::int as age
        from aged where cohort between date_trunc('month', cast(:first as date))::date and :last
    ) a where age <= :most_age
"""
