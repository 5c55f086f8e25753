"""Reports whose rows have a shape of their own: tiers, retention, classes of buyers, times in states."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.reports.counting import share_of
from crm.reports.model import Answer, Asked, Key, Row
from crm.reports.periods import Period
from crm.reports.repository.cards import Meant
from crm.reports.repository.shapes import count_came, count_moved
from crm.scores.model import CLASSES
from crm.scores.service import load_scores
from crm.tasks.repository.reports import measure_states
from crm.views.repository.context import Context

MOST_AGE: Final = 23
"""Two years of months: further ones say little and make a table nobody reads."""
_MONTHS: Final = 12


async def report_tiers(connection: AsyncConnection, meant: Meant, context: Context) -> Answer:
    """Count cards by their tier as the period begins and as it ends."""
    asked = meant.asked
    moved = await count_moved(
        connection,
        start=context.midnight(asked.period.first),
        end=context.midnight(asked.period.last + timedelta(days=1)),
        conditions=meant.conditions,
        codes=asked.series,
    )
    rows = [Row((one.before, one.after), (one.cards,)) for one in moved]
    rows.sort(key=lambda row: (row.keys[0] is None, *(tier_place(key) for key in row.keys)))
    return _answer(asked, rows, (sum(one.cards for one in moved),))


async def report_retention(connection: AsyncConnection, meant: Meant, context: Context) -> Answer:
    """Count the cards that bought again, by the month of their first purchase and the months since."""
    asked = meant.asked
    came = await count_came(
        connection,
        asked.period,
        today=context.today,
        most_age=MOST_AGE,
        conditions=meant.conditions,
        codes=asked.series,
    )
    cards: dict[date, dict[int, int]] = defaultdict(dict)
    for one in came:
        cards[one.cohort][one.age] = one.cards
    rows = [
        Row((cohort, age), (ages.get(age, 0), share_of(ages.get(age, 0), ages[0])))
        for cohort, ages in sorted(cards.items())
        for age in range(_months_between(cohort, context.today) + 1)
    ]
    return _answer(asked, rows, (sum(ages[0] for ages in cards.values()), None))


async def report_scores(connection: AsyncConnection, meant: Meant, _: Context) -> Answer:
    """Count the parties of each class of buyers, as they were scored last."""
    scores = await load_scores(connection)
    cells = [scores.cell(recency, frequency) for recency in reversed(CLASSES) for frequency in CLASSES]
    rows = [Row((one.recency, one.frequency), (one.parties, one.turnover)) for one in cells] if scores.cells else []
    return _answer(meant.asked, rows, (sum(one.parties for one in cells), sum(one.turnover for one in cells)))


async def report_task_times(connection: AsyncConnection, meant: Meant, context: Context) -> Answer:
    """Measure the stays of tasks in each state that ended in the period."""
    period: Period = meant.asked.period
    since, before = (context.midnight(day) for day in (period.first, period.last + timedelta(days=1)))
    found = await measure_states(connection, since=since, before=before)
    rows = [
        Row((one.kind, f"{one.kind}:{one.state}"), (one.stays, one.mean_seconds, one.median_seconds)) for one in found
    ]
    return _answer(meant.asked, rows, (sum(one.stays for one in found), None, None))


def tier_place(key: Key) -> tuple[str, int]:
    """Give the place of a tier among all: by its series, then by its percent."""
    code, _, percent = str(key or ":0").rpartition(":")
    return code, int(percent)


def _answer(asked: Asked, rows: list[Row], totals: tuple[int | None, ...]) -> Answer:
    return Answer(asked=asked, dimensions=asked.report.keys, columns=asked.report.columns, rows=rows, totals=totals)


def _months_between(cohort: date, today: date) -> int:
    """Count the whole steps from a cohort's month to that of today, as many as are shown."""
    found = (today.year - cohort.year) * _MONTHS + today.month - cohort.month
    return min(max(found, 0), MOST_AGE)
