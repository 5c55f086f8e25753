"""Reports of sums: turnover, cards and discounts, by steps of time and a grouping, against the period before."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import TextualSelect

from crm.reports.errors import ReportRefusedError
from crm.reports.model import BEFORE, CHANGE, MOST_GROUPS, MOST_ROWS, Answer, Asked, Column, Dimension, Key, Row
from crm.reports.repository import facts
from crm.reports.repository.cards import Counted, Meant, count_facts
from loyalty.money import WHOLE, round_half_up

Sums = Mapping[str, int]
Keys = tuple[Key, ...]
TURNOVER: Final = ("turnover", "purchases")
CARDS: Final = ("issued", "activated")
HUNDREDTH: Final = 100
"""A hundredth of a percent, in the units of percents."""
DISCOUNTS: Final = ("discount", "gross", "lines")


async def report_turnover(connection: AsyncConnection, meant: Meant, _: str) -> Answer:
    """Sum turnover and purchases, and if asked for what the period before had in the same steps."""
    asked = meant.asked
    source = facts.receipts if meant.needs_receipts else facts.days_of_cards
    sums = await _count(connection, meant, source(asked.period), TURNOVER)
    columns: tuple[Column, ...] = asked.report.columns
    if not asked.compares:
        return answer_sums(asked, columns, sums, _turnover)
    before, shift = asked.period.before, (asked.period.first - asked.period.before.first).days
    for keys, found in (await _count(connection, meant, source(before), ("turnover",), shift=shift)).items():
        sums.setdefault(keys, dict.fromkeys(TURNOVER, 0))["before"] = found["turnover"]
    return answer_sums(asked, (*columns, BEFORE, CHANGE), sums, _compared)


async def report_cards(connection: AsyncConnection, meant: Meant, timezone: str) -> Answer:
    """Count cards that were issued and that were first used or activated."""
    sums = await _count(connection, meant, facts.cards(meant.asked.period, timezone), CARDS)
    return answer_sums(meant.asked, meant.asked.report.columns, sums, lambda one: tuple(one[name] for name in CARDS))


async def report_discounts(connection: AsyncConnection, meant: Meant, _: str) -> Answer:
    """Sum what was taken off the goods of receipts."""
    sums = await _count(connection, meant, facts.lines(meant.asked.period), DISCOUNTS)
    return answer_sums(meant.asked, meant.asked.report.columns, sums, _discounts)


def answer_sums(
    asked: Asked,
    columns: tuple[Column, ...],
    sums: Mapping[Keys, Sums],
    values: Callable[[Sums], tuple[int | None, ...]],
) -> Answer:
    """Put sums in order - steps as they come, groups by size, those without a value last - and sum them all."""
    together: dict[str, int] = defaultdict(int)
    sizes: dict[Key, int] = defaultdict(int)
    for keys, one in sums.items():
        for name, amount in one.items():
            together[name] += amount
        sizes[keys[-1] if asked.by else None] += abs(next(iter(one.values())))
    rows = [Row(keys, values(one)) for keys, one in sums.items() if any(one.values())]
    rows.sort(key=lambda row: _place(asked, row.keys, sizes))
    names = dict.fromkeys((name for one in sums.values() for name in one), 0) or defaultdict(int)
    return Answer(
        asked=asked,
        dimensions=dimensions_of(asked),
        columns=columns,
        rows=rows,
        totals=values({**names, **together} if sums else defaultdict(int)),
    )


def dimensions_of(asked: Asked) -> tuple[Dimension, ...]:
    """Give what names the rows of what was asked."""
    steps: tuple[Dimension, ...] = () if asked.step is None else ("step",)
    return (*steps, "group") if asked.by else steps


def keys_of(asked: Asked, counted: Counted) -> Keys:
    """Give the keys that name the row of a sum."""
    steps = () if asked.step is None else (counted.step,)
    return (*steps, counted.key) if asked.by else steps


def check_size(found: Sequence[object], asked: Asked) -> None:
    """Check that an answer is one. Raises ReportRefusedError."""
    if len(found) > (MOST_GROUPS if asked.step is None else MOST_ROWS):
        raise ReportRefusedError("there are too many groups: group by something else, or take longer steps", field="by")


async def _count(
    connection: AsyncConnection, meant: Meant, source: TextualSelect, names: Sequence[str], *, shift: int = 0
) -> dict[Keys, dict[str, int]]:
    found = await count_facts(connection, source, meant, names=names, most=MOST_ROWS, shift=shift)
    check_size(found, meant.asked)
    return {keys_of(meant.asked, one): dict(one.sums) for one in found}


def _turnover(sums: Sums) -> tuple[int | None, ...]:
    turnover, purchases = sums["turnover"], sums["purchases"]
    return turnover, purchases, round_half_up(turnover, purchases) if purchases > 0 else None


def _compared(sums: Sums) -> tuple[int | None, ...]:
    before = sums.get("before", 0)
    return *_turnover(sums), before, sums["turnover"] - before


def _discounts(sums: Sums) -> tuple[int | None, ...]:
    discount, gross = sums["discount"], sums["gross"]
    return discount, gross, share_of(discount, gross), sums["lines"]


def share_of(part: int, whole: int) -> int | None:
    """Give a part of a whole in ten-thousandths of a percent, rounded to hundredths; of nothing there is none."""
    return round_half_up(part * (WHOLE // HUNDREDTH), whole) * HUNDREDTH if whole > 0 else None


def _place(asked: Asked, keys: Keys, sizes: Mapping[Key, int]) -> tuple[object, ...]:
    group: Iterable[object] = ()
    if asked.by:
        group = (keys[-1] is None, -sizes[keys[-1]], str(keys[-1]))
    return (*keys[:1], *group) if asked.step is not None else tuple(group)
