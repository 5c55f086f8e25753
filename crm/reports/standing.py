"""Reports of what cards stand at: points and money at the beginning and the end of a period, and what lies between.

Key idea: what a card stands at now is kept; going back over the ledger from now to the first day gives the rest, so the
opening balance needs no look at all that ever was. Opening and all movements are the closing balance, to the unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.reports.counting import Keys, check_size, dimensions_of
from crm.reports.model import MOST_ROWS, Answer, Asked, Key, Row
from crm.reports.repository.cards import Counted, Meant, count_facts, sum_standing
from crm.reports.repository.facts import movements

_MOVES: Final = ("gained", "used", "expired", "adjusted")
Moves = Mapping[tuple[date | None, Key], Sequence[int]]


async def report_points(connection: AsyncConnection, meant: Meant, today: date) -> Answer:
    """Tell what points cards stand at, and what moved them."""
    return await _report(connection, meant, "points", "points", moves=_MOVES, today=today)


async def report_balances(connection: AsyncConnection, meant: Meant, today: date) -> Answer:
    """Tell what money cards stand at, and what moved it."""
    return await _report(connection, meant, "money", "balance", moves=("gained", "used", "adjusted"), today=today)


async def _report(
    connection: AsyncConnection, meant: Meant, account: str, column: str, *, moves: Sequence[str], today: date
) -> Answer:
    asked = meant.asked
    standing = await sum_standing(connection, meant, name=column, most=MOST_ROWS)
    source = movements(asked.period, account)
    found = await count_facts(connection, source, meant, names=moves, most=MOST_ROWS, within=asked.period)
    check_size([*standing, *found], asked)
    moved = {(one.step, one.key): [one.sums[name] for name in moves] for one in found}
    closing = _closing(standing, found)
    steps = _steps(asked, moved, today)
    rows = [row for key in closing for row in _rows(key, steps, moved, closing=closing[key], width=len(moves))]
    check_size(rows, asked)
    totals = _totals(rows, steps) if rows else (0,) * len(asked.report.columns)
    shown = [Row(_keys(asked, row.keys), row.values) for row in rows if any(row.values)]
    sizes = {key: abs(amount) for key, amount in closing.items()}
    shown.sort(key=lambda row: _place(asked, row.keys, sizes))
    return Answer(asked=asked, dimensions=dimensions_of(asked), columns=asked.report.columns, rows=shown, totals=totals)


def _closing(standing: Iterable[Counted], found: Iterable[Counted]) -> dict[Key, int]:
    """Give what each group stood at when the period ended."""
    closing: dict[Key, int] = defaultdict(int)
    for one in standing:
        closing[one.key] += one.sums["amount"]
    for one in found:
        closing[one.key] -= 0 if one.step is not None else sum(one.sums.values())
    return closing


def _steps(asked: Asked, moved: Moves, today: date) -> list[date]:
    """List the steps of the period up to today, and those to come in which something lies already."""
    if asked.step is None:
        return [asked.period.first]
    known = {step for step, _ in moved if step is not None}
    return [step for step in asked.period.steps(asked.step) if step <= today or step in known]


def _rows(key: Key, steps: Sequence[date], moved: Moves, *, closing: int, width: int) -> list[Row]:
    """Go back over the steps of a group from what it stood at in the end."""
    rows = []
    for step in reversed(steps):
        amounts = moved.get((step, key), [0] * width)
        opening = closing - sum(amounts)
        rows.append(Row((step, key), (opening, *amounts, closing)))
        closing = opening
    return rows[::-1]


def _totals(rows: Sequence[Row], steps: Sequence[date]) -> tuple[int, ...]:
    """Sum movements over all, what is stood at over the first and the last step alone."""
    sums = [sum(row.values[place] or 0 for row in rows) for place in range(len(rows[0].values))]
    sums[0] = sum(row.values[0] or 0 for row in rows if row.keys[0] == steps[0])
    sums[-1] = sum(row.values[-1] or 0 for row in rows if row.keys[0] == steps[-1])
    return tuple(sums)


def _keys(asked: Asked, keys: Keys) -> Keys:
    step, key = keys
    steps = () if asked.step is None else (step,)
    return (*steps, key) if asked.by else steps


def _place(asked: Asked, keys: Keys, sizes: Mapping[Key, int]) -> tuple[object, ...]:
    group = (keys[-1] is None, -sizes.get(keys[-1], 0), str(keys[-1])) if asked.by else ()
    return (*keys[:1], *group) if asked.step is not None else group
