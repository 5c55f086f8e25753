"""Facts of cards counted by steps of time and a grouping, of the cards alone that were meant.

Key idea: facts know a card and a day; whatever is asked of the card - its series, its tier, an attribute, who holds
it - is joined to it as it stands today, and only if it is asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final  # Any: keys are of any kind

from msgspec import Struct
from sqlalchemy import ColumnElement, Date, String, case, cast, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import FromClause, TextualSelect

from crm.attributes.filters import attribute_order
from crm.attributes.model import Attribute
from crm.reports.model import Asked
from crm.reports.periods import Period
from crm.views.repository.card_conditions import acting_percent
from database.memory import MORE_MEMORY
from loyalty.cards.tables import card, series

_OF_FACTS: Final = {"store", "cashier", "reason"}


class Meant(Struct, frozen=True):
    """Which facts count, and what they are counted apart by: an attribute if it is one, conditions on the card."""

    asked: Asked
    attribute: Attribute | None = None
    conditions: Sequence[ColumnElement[bool]] = ()

    @property
    def needs_receipts(self) -> bool:
        """Tell whether a store or a cashier is asked for, which only receipts know."""
        return self.asked.by in {"store", "cashier"} or bool(self.asked.stores)


class Counted(Struct, frozen=True):
    """Sums by name of the facts with a step's first day, None without steps, and a key."""

    step: Any  # Any: a day or None
    key: Any  # Any: as above
    sums: Mapping[str, int]


async def count_facts(
    connection: AsyncConnection,
    facts: TextualSelect,
    meant: Meant,
    *,
    names: Sequence[str],
    most: int,
    shift: int = 0,
    within: Period | None = None,
) -> list[Counted]:
    """Sum facts by step and key, at most one more than `most` rows.

    `shift` moves facts by days before they are put into steps, those past the period's last day into its last step.
    With `within`, facts behind it have the step None.
    """
    found = facts.subquery("f")
    source, key = _joined(found, meant)
    step = _step(found, meant.asked, shift=shift, within=within)
    sums = [func.sum(found.c[name]).label(name) for name in names]
    query = select(step.label("step"), key.label("key"), *sums).select_from(source).where(*_narrowed(found, meant))
    await connection.execute(MORE_MEMORY)
    rows = await connection.execute(query.group_by(text("1"), text("2")).limit(most + 1))
    return [Counted(row.step, row.key, {name: int(getattr(row, name) or 0) for name in names}) for row in rows]


async def sum_standing(connection: AsyncConnection, meant: Meant, *, name: str, most: int) -> list[Counted]:
    """Sum what cards stand at now, by key: their points or their balance."""
    stands = select(card.c.card_id, card.c[name].label("amount")).where(card.c[name] != 0).subquery("f")
    source, key = _joined(stands, meant)
    query = select(key.label("key"), func.sum(stands.c.amount).label("amount")).select_from(source)
    rows = await connection.execute(query.where(*_narrowed(stands, meant)).group_by(text("1")).limit(most + 1))
    return [Counted(None, row.key, {"amount": int(row.amount)}) for row in rows]


def tier_key() -> ColumnElement[str]:
    """Give what a card's tier is told apart by: its series, and the percent that acts for it."""
    return cast(series.c.code, String) + ":" + cast(acting_percent(), String)


def _joined(facts: FromClause, meant: Meant) -> tuple[FromClause, ColumnElement[Any]]:  # Any: as above
    """Join to facts what is asked of their cards, and give the key."""
    asked, attribute = meant.asked, meant.attribute
    if asked.by in _OF_FACTS:
        key: ColumnElement[Any] = facts.c[asked.by]  # Any: as above
        if asked.by == "cashier":
            key = facts.c.store + " / " + facts.c.cashier
    elif asked.by == "series":
        key = series.c.code
    else:
        key = tier_key() if asked.by == "tier" else cast(literal(None), String)
    if asked.by in _OF_FACTS | {""} and not (asked.series or meant.conditions):
        return facts, key
    source: FromClause = facts.outerjoin(card, card.c.card_id == facts.c.card_id)
    source = source.outerjoin(series, series.c.id == card.c.series_id)
    if attribute is None:
        return source, key
    order = attribute_order(attribute, card.c.card_id if attribute.directory == "card" else card.c.holder_id)
    return source.outerjoin(order.values, order.on), order.key


def _narrowed(facts: FromClause, meant: Meant) -> list[ColumnElement[bool]]:
    narrowed = list(meant.conditions)
    if meant.asked.stores:
        narrowed.append(facts.c.store.in_(meant.asked.stores))
    if meant.asked.series:
        narrowed.append(series.c.code.in_(meant.asked.series))
    return narrowed


def _step(facts: FromClause, asked: Asked, *, shift: int, within: Period | None) -> ColumnElement[Any]:  # Any: a day
    day: ColumnElement[Any] = facts.c.day  # Any: as above
    if shift:
        day = func.least(cast(day + shift, Date), cast(literal(asked.period.last), Date))
    if asked.step is None:
        step: ColumnElement[Any] = cast(literal(asked.period.first), Date)  # Any: as above
    else:
        step = day if asked.step == "day" else cast(func.date_trunc(asked.step, day), Date)
    return step if within is None else case((facts.c.day <= within.last, step))
