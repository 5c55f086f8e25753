"""What is answered about results of mailings and about who is left out of one."""

from datetime import date

from msgspec import Struct

from crm.mailings.lift import Lift, Spent
from crm.mailings.repository.choosing import LeftOut
from crm.mailings.repository.results import Funnel
from crm.mailings.results import Compared, Result
from loyalty.money import Scale


class LeftOutAnswer(Struct, frozen=True):
    """Who gets nothing, with the first reason that holds; `next` is what to give as `after`."""

    left_out: list[LeftOut]
    next: str | None


class BoughtAnswer(Struct, frozen=True):
    """What a group bought: heads, how many of them bought at all, turnover together and per head."""

    heads: int
    buyers: int
    turnover: str
    per_head: str


class MoreAnswer(Struct, frozen=True):
    """A difference per head with its confidence interval, whose bounds are none where chance cannot be told."""

    per_head: str
    low: str | None
    high: str | None
    is_told: bool


class ComparedAnswer(Struct, frozen=True):
    """What those bought who were meant to get a variant, all together where it is none, and how much more it is."""

    variant: str | None
    bought: BoughtAnswer
    more: MoreAnswer | None


class ResultAnswer(Struct, frozen=True):
    """What came of a mailing in `days` days, of which `past` are over."""

    days: int
    first: date | None
    past: int
    letters: list[Funnel]
    held_back: BoughtAnswer
    compared: list[ComparedAnswer]


def render_result(found: Result, money: Scale) -> ResultAnswer:
    """Give a result as it is answered."""
    return ResultAnswer(
        found.days,
        found.first,
        found.past,
        found.funnels,
        _bought(found.held_back, money),
        [_compared(one, money) for one in found.compared],
    )


def _bought(spent: Spent, money: Scale) -> BoughtAnswer:
    return BoughtAnswer(spent.heads, spent.buyers, money.format(spent.total), money.format(spent.per_head))


def _compared(one: Compared, money: Scale) -> ComparedAnswer:
    return ComparedAnswer(one.letter, _bought(one.spent, money), None if one.lift is None else _more(one.lift, money))


def _more(lift: Lift, money: Scale) -> MoreAnswer:
    low, high = (None if one is None else money.format(one) for one in (lift.low, lift.high))
    return MoreAnswer(money.format(lift.difference), low, high, lift.is_told)
