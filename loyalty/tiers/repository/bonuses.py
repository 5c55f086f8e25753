"""What a bonus table gives to which cards, in SQL."""

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.model import Series
from loyalty.cards.rules import BonusEntry, BonusTable
from loyalty.money import WHOLE
from loyalty.tiers.periods import Span
from loyalty.tiers.repository.runs import (
    ALL_CARDS,
    OUT_OF_RULES,
    bought_singly_sql,
    bought_sql,
    cards_parameters,
    span_parameters,
)


class Due(Struct, frozen=True):
    """What a series' bonus table gives for a period; `one` is how many minor units one unit of the currency has."""

    series_id: int
    table: BonusTable
    span: Span
    is_points: bool
    one: int

    @classmethod
    def of(cls, series: Series, span: Span, *, one: int) -> "Due":
        """Gather what a series gives; it has a bonus table."""
        table = series.rules.bonus
        assert table is not None, "who asks has looked"
        return cls(series.id, table, span, series.settings.kind == "bonus", one)


async def sum_due(connection: AsyncConnection, due: Due) -> tuple[int, int]:
    """Count the cards that something is given to, and sum it up."""
    given = _due_sql(due, bought_sql(due.span))
    query = f"select count(*) as cards, coalesce(sum(amount), 0)::bigint as amount from ({given}) d"
    row = (await connection.execute(text(query), span_parameters(due.span) | cards_parameters(ALL_CARDS))).one()
    return row.cards, row.amount


async def list_due(connection: AsyncConnection, due: Due, *, after: int, limit: int) -> list[tuple[int, int]]:
    """List the next cards behind one, in the order of their identifiers, with what each is given."""
    given = _due_sql(due, bought_singly_sql(due.span))
    query = f"select card_id, amount from ({given} and c.card_id > :after) d order by card_id limit :limit"
    bound = span_parameters(due.span) | {"after": after, "limit": limit}
    return [(row.card_id, row.amount) for row in await connection.execute(text(query), bound)]


def _due_sql(due: Due, bought: str) -> str:
    entries = sorted(due.table.entries, key=lambda entry: -entry.since)
    branches = [f"when greatest(b.turnover, 0) >= {entry.since} then {_amount_sql(entry, due)}" for entry in entries]
    amount = f"case {' '.join(branches)} else 0 end" if branches else "0"
    shared = ""
    if due.table.period is None:
        amount = f"({amount}) - {'c.points' if due.is_points else 'c.balance'}"
        shared = "and c.account_id is null"  # what such a card may spend is another one's balance
    return f"""
        select c.card_id, g.amount from card c {bought}
        cross join lateral (select ({amount})::bigint as amount) g
        where c.series_id = {due.series_id} and c.state not in {OUT_OF_RULES} and g.amount > 0 {shared}"""


def _amount_sql(entry: BonusEntry, due: Due) -> str:
    """Give an amount in points, cut toward zero, or in minor units, rounded half up; turnovers are not below zero."""
    if entry.percent is None:
        amount = entry.amount or 0
        return str(amount // due.one if due.is_points else amount)
    if due.is_points:
        return f"greatest(b.turnover, 0) * {entry.percent} / {WHOLE * due.one}"
    return f"(2 * greatest(b.turnover, 0) * {entry.percent} + {WHOLE}) / {2 * WHOLE}"
