"""What filters ask of the cards that a party holds: their state, and the sums over all of them.

Who holds no card has a turnover and a balance of nothing, so a bound that nothing meets takes in all who have none.
A replaced card counts nowhere, for its figures stand on its successor.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, Table, case, cast, func, not_, select

from crm.views.model import Filter
from crm.views.operands import Value
from crm.views.repository.asking import Asked, Condition, as_day, as_text, as_whole, is_among, negated
from crm.views.repository.context import Context
from loyalty.accounts.tables import card_day
from loyalty.bought.tables import card_group_day
from loyalty.cards.selection import Selection, conditions
from loyalty.cards.tables import card, series

IS_HELD = (card.c.holder_id.is_not(None), card.c.state != "replaced")
"""What must hold of a card that counts for its holder."""


def acting_percent() -> ColumnElement[int]:
    """Give the percent that acts for a card joined with its series, in ten-thousandths of a percent."""
    return func.coalesce(card.c.own_percent, series.c.definition["percent"].as_integer())


def _held(one: Filter, operands: tuple[Value, ...], context: Context) -> Condition:
    code, state, percent = operands
    series_id = None if code is None else context.series_id(one, as_text(code))
    chosen = conditions(Selection(series_id=series_id, state=state), context.today)  # type: ignore[arg-type] # a state
    held = select(card.c.holder_id).where(card.c.holder_id.is_not(None), *chosen)
    if percent is not None:
        held = held.join(series, series.c.id == card.c.series_id).where(acting_percent() >= as_whole(percent))
    return is_among(held)


def _holds_none(_: Filter, __: tuple[Value, ...], ___: Context) -> Condition:
    return not_(is_among(select(card.c.holder_id).where(card.c.holder_id.is_not(None))))


def _at_least(column: ColumnElement[int]) -> Asked:
    def asked(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
        by_holder = select(card.c.holder_id).where(*IS_HELD).group_by(card.c.holder_id)
        return _total_at_least(by_holder, func.sum(column), as_whole(operands[0]))

    return asked


def _at_least_in(_: Filter, operands: tuple[Value, ...], context: Context) -> Condition:
    days, amount = map(as_whole, operands)
    by_card = _by_card(card_day, card_day.c.turnover, card_day.c.day > context.today - timedelta(days=days))
    counted = select(card.c.holder_id).join(by_card, by_card.c.card_id == card.c.card_id).where(*IS_HELD)
    return _total_at_least(counted.group_by(card.c.holder_id), func.sum(by_card.c.total), amount)


def _by_card(days: Table, amount: ColumnElement[int], *conditions: Condition) -> Subquery:
    """Sum days by card before any card is looked up: there are several days to a card, and few cards to a party."""
    total = cast(func.sum(amount), BigInteger).label("total")
    return select(days.c.card_id, total).where(*conditions).group_by(days.c.card_id).subquery("by_card")


def _total_at_least(by_holder: Select[int | None], total: ColumnElement[int], amount: int) -> Condition:
    """Ask for a sum by holder; who has none has a sum of nothing."""
    if amount > 0:
        return is_among(by_holder.having(total >= amount))
    return not_(is_among(by_holder.having(total < amount)))


def _bought_of_group(_: Filter, operands: tuple[Value, ...], context: Context) -> Condition:
    """Ask what was bought of a group of goods; receipts of a replaced card count for its successor's holder."""
    group, days, amount = as_text(operands[0]), as_whole(operands[1]), as_whole(operands[2])
    first, sold = context.today - timedelta(days=days), card_group_day.c
    by_card = _by_card(card_group_day, sold.net, sold.item_group == group, sold.day > first)
    successor = card.alias("successor")
    # Few cards are replaced, so what is theirs is looked up at once, and not for each card of those that bought.
    replaced = (
        select(card.c.card_id, successor.c.holder_id)
        .join_from(card, successor, successor.c.card_id == card.c.successor_id)
        .where(card.c.successor_id.is_not(None))
        .subquery("replaced")
    )
    holder = case((card.c.successor_id.is_(None), card.c.holder_id), else_=replaced.c.holder_id)
    counted = (
        select(holder.label("holder_id"), by_card.c.total)
        .join_from(by_card, card, card.c.card_id == by_card.c.card_id)
        .outerjoin(replaced, replaced.c.card_id == by_card.c.card_id)
        .subquery("counted")
    )
    by_holder = select(counted.c.holder_id).where(counted.c.holder_id.is_not(None)).group_by(counted.c.holder_id)
    return _total_at_least(by_holder, func.sum(counted.c.total), amount)


def _bought_since(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return _bought(as_day(operands[0]))


def _bought_last_before(_: Filter, operands: tuple[Value, ...], __: Context) -> Condition:
    return _bought() & not_(_bought(as_day(operands[0])))


def _bought_in_last_days(_: Filter, operands: tuple[Value, ...], context: Context) -> Condition:
    return _bought(context.today - timedelta(days=as_whole(operands[0])))


def _never_bought(_: Filter, __: tuple[Value, ...], ___: Context) -> Condition:
    return not_(_bought())


def _bought(first: date | None = None) -> Condition:
    """Tell whether something was bought with a party's cards, ever or on a day or later."""
    days = select(card_day.c.card_id).where(card_day.c.receipts > 0)
    bought = days if first is None else days.where(card_day.c.day >= first)
    return is_among(select(card.c.holder_id).where(*IS_HELD, card.c.card_id.in_(bought)))


CARD_CONDITIONS: Mapping[tuple[str, str], Asked] = {
    ("card", "held"): _held,
    ("card", "missing"): _holds_none,
    ("turnover", "at_least"): _at_least(card.c.turnover),
    ("turnover", "under"): negated(_at_least(card.c.turnover)),
    ("turnover", "at_least_in"): _at_least_in,
    ("turnover", "under_in"): negated(_at_least_in),
    ("balance", "at_least"): _at_least(card.c.balance),
    ("balance", "under"): negated(_at_least(card.c.balance)),
    ("points", "at_least"): _at_least(card.c.points),
    ("points", "under"): negated(_at_least(card.c.points)),
    ("bought", "at_least_in"): _bought_of_group,
    ("bought", "under_in"): negated(_bought_of_group),
    ("last_purchase", "since"): _bought_since,
    ("last_purchase", "before"): _bought_last_before,
    ("last_purchase", "last_days"): _bought_in_last_days,
    ("last_purchase", "never"): _never_bought,
}
"""What each operator asks."""
