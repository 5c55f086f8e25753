"""Runs of rules as the back office reads them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any  # what a run did differs by its table

from msgspec import Struct

from api.jobs.rules import render_runs
from loyalty.money import Scale, format_percent
from loyalty.tiers.late import ListedRun


class LateAnswer(Struct, frozen=True):
    """A card that a run would have rated otherwise, had its late documents been there."""

    card_id: int
    masked: str
    discount_percent: str
    due_percent: str
    series: str
    due_series: str


class RunAnswer(Struct, frozen=True):
    """A run that was done: what it did, and the cards that it would have rated otherwise."""

    run_id: int
    table: str
    period: str
    ran_at: datetime
    actor: str
    result: dict[str, Any]
    late: list[LateAnswer]


class RunsAnswer(Struct, frozen=True):
    """Runs of a series, the newest first."""

    runs: list[RunAnswer]


def render_listed_runs(runs: Sequence[ListedRun], money: Scale) -> RunsAnswer:
    """Render runs with their late cards."""
    return RunsAnswer([_render(run, money) for run in runs])


def _render(run: ListedRun, money: Scale) -> RunAnswer:
    late = [
        LateAnswer(
            card_id=one.card_id,
            masked=one.masked,
            discount_percent=format_percent(one.percent),
            due_percent=format_percent(one.due_percent),
            series=one.series,
            due_series=one.due_series,
        )
        for one in run.late
    ]
    result = render_runs({run.table: run.summary}, money)
    return RunAnswer(run.run_id, run.table, run.period, run.ran_at, run.actor, result, late)
