"""Runs of a series' table of percents: once for a series and period, previewed or done.

A run is one transaction and re-rates the whole series in one statement, so a run that is killed has done nothing. Who
runs the same table for the same period again, at the same moment or later, changes nothing and is told so.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from database.jobs import enqueue_job
from loyalty.cards.model import Catalogue, Series
from loyalty.cards.repository import load_catalogue, lock_series
from loyalty.cards.rules import Period
from loyalty.errors import SeriesUnknownError, SettingRefusedError
from loyalty.numbering import mask
from loyalty.tiers.periods import PeriodError, Span, read_name, read_span
from loyalty.tiers.repository import runs as repository
from loyalty.tiers.repository.runs import ChangedCard, TierMove
from loyalty.tiers.thresholds import Tiers, read_tiers

KIND = "rules.run"

RuleTable = Literal["turnover", "bonus"]


class RunWish(Struct, frozen=True):
    """What a job is asked to run: a series' tables with the name of the period of each; None is not run."""

    series: str
    turnover: str | None
    bonus: str | None
    preview: bool = False


class TierCount(Struct, frozen=True):
    """How many cards of a run have a percent that acts, in a series, before and after it."""

    series: str
    percent: int
    before: int
    after: int


class CardChange(Struct, frozen=True):
    """A card that a run changes: its number masked, the percents that act and the series before and after."""

    card_id: int
    masked: str
    percent: int
    new_percent: int
    new_series: str


class TurnoverRun(Struct, frozen=True):
    """What a run of the table of percents did, or would do; `run_id` is None for a preview.

    `is_repeated` tells that the period was run before: then nothing is changed. `first` are the first of those changed.
    """

    period: str
    run_id: int | None
    is_repeated: bool
    cards: int = 0
    changed: int = 0
    tiers: tuple[TierCount, ...] = ()
    first: tuple[CardChange, ...] = ()


async def ask_for_run(connection: AsyncConnection, code: str, *, period: str, preview: bool, act: Act) -> int:
    """Put a job into the queue that runs the tables of a series; gives its identifier.

    `previous` and `current` mean the period of each table; a name runs the tables that have such periods. Raises
    SeriesUnknownError, SettingRefusedError.
    """
    catalogue = await load_catalogue(connection)
    series = catalogue.find_series(code)
    if series is None:
        raise SeriesUnknownError("there is no series of this code")
    today = local_day(catalogue, act.at)
    names = {table: _read_name(kind, period, today) for table, kind in periods_of(series).items()}
    if not names:
        raise SettingRefusedError(f"series {code} has no table that is run", field="period")
    found = {table: name for table, name in names.items() if not isinstance(name, PeriodError)}
    for error in names.values():
        if isinstance(error, PeriodError) and not found:
            raise SettingRefusedError(f"the period {error}", field="period")
    wish = {"series": code, "turnover": found.get("turnover"), "bonus": found.get("bonus"), "preview": preview}
    return await enqueue_job(connection, KIND, wish, act=act)


def local_day(catalogue: Catalogue, at: datetime) -> date:
    """Give the installation's day at a moment."""
    return at.astimezone(catalogue.zone("")).date()


def periods_of(series: Series) -> dict[RuleTable, Period]:
    """Give the kinds of periods for which a series' tables are run; a bonus without a period looks at the lifetime."""
    turnover, bonus = series.rules.turnover, series.rules.bonus
    found: dict[RuleTable, Period] = {}
    if turnover is not None:
        found["turnover"] = turnover.period
    if bonus is not None:
        found["bonus"] = bonus.period or "lifetime"
    return found


def _read_name(period: Period, text: str, today: date) -> str | PeriodError:
    try:
        return read_span(period, text, today=today).name
    except PeriodError as error:
        return error


async def run_turnover(
    connection: AsyncConnection, code: str, period: str, *, preview: bool, act: Act, job_id: int | None = None
) -> TurnoverRun:
    """Run the table of percents of a series for a named period, or tell what a run would do.

    Raises SeriesUnknownError, SettingRefusedError where the series has no such table any more.
    """
    series, span = await lock_for_run(connection, code, "turnover", period)
    table = series.rules.turnover
    assert table is not None, "it has the period"
    known = await repository.find_run(connection, series.id, "turnover", span)
    if known is not None:
        return TurnoverRun(span.name, known.id, is_repeated=True)
    catalogue = await load_catalogue(connection)
    tiers = read_tiers(table, series, catalogue.series)
    before = await repository.count_by_own_percent(connection, series.id)
    if preview:
        moves, changed = await repository.preview_turnover(connection, tiers, span)
        return _describe(span, None, tiers, catalogue, before=before, moves=moves, changed=changed)
    run_id = await repository.take_run_id(connection)
    moves, changed = await repository.apply_turnover(
        connection, tiers, span, series=catalogue.series, cause=f"rule_run:{run_id}", now=act.at
    )
    run = _describe(span, run_id, tiers, catalogue, before=before, moves=moves, changed=changed)
    await repository.insert_run(
        connection, run_id, series=series, rule_table="turnover", span=span, act=act, job_id=job_id, summary=run
    )
    data = {"run": run_id, "table": "turnover", "period": span.name, "cards": run.cards, "changed": run.changed}
    await record_activity(connection, act=act, what="rule.run", record=f"series:{code}", data=data)
    return run


async def lock_for_run(connection: AsyncConnection, code: str, table: RuleTable, period: str) -> tuple[Series, Span]:
    """Lock a series for a run of one of its tables, so that of two runs at once the second sees the first.

    Raises SeriesUnknownError, SettingRefusedError.
    """
    series = await lock_series(connection, code)
    if series is None:
        raise SeriesUnknownError("there is no series of this code")
    kind = periods_of(series).get(table)
    if kind is None:
        raise SettingRefusedError(f"series {code} has no {table} table any more")
    try:
        return series, read_name(kind, period)
    except PeriodError as error:
        raise SettingRefusedError(f"the table's period was changed: it {error}") from error


def _describe(
    span: Span,
    run_id: int | None,
    tiers: Tiers,
    catalogue: Catalogue,
    *,
    before: dict[int | None, int],
    moves: Sequence[TierMove],
    changed: Sequence[ChangedCard],
) -> TurnoverRun:
    return TurnoverRun(
        period=span.name,
        run_id=run_id,
        is_repeated=False,
        cards=sum(before.values()),
        changed=sum(move.cards for move in moves),
        tiers=tuple(_count_tiers(tiers, catalogue, before, moves)),
        first=tuple(_describe_card(card, tiers, catalogue) for card in changed),
    )


def _count_tiers(
    tiers: Tiers, catalogue: Catalogue, before: dict[int | None, int], moves: Sequence[TierMove]
) -> list[TierCount]:
    """Count cards by the series they are in and the percent that acts, before and after a run."""
    home = catalogue.series[tiers.series_id]
    counts: dict[tuple[str, int], list[int]] = {}
    for own, cards in before.items():
        count = counts.setdefault((home.code, _acting(own, home)), [0, 0])
        count[0] += cards
        count[1] += cards
    for move in moves:
        target = catalogue.series[move.new_series_id]
        counts[home.code, _acting(move.own_percent, home)][1] -= move.cards
        counts.setdefault((target.code, _acting(move.new_percent, target)), [0, 0])[1] += move.cards
    return [TierCount(series, percent, *count) for (series, percent), count in sorted(counts.items())]


def _describe_card(card: ChangedCard, tiers: Tiers, catalogue: Catalogue) -> CardChange:
    home, target = catalogue.series[tiers.series_id], catalogue.series[card.new_series_id]
    percent, new_percent = _acting(card.own_percent, home), _acting(card.new_percent, target)
    return CardChange(card.card_id, mask(card.number), percent, new_percent, target.code)


def _acting(own: int | None, series: Series) -> int:
    return series.settings.percent if own is None else own
