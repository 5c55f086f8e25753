"""Runs of a series' table of percents: once for a series and period, previewed or done.

A run goes portion by portion, each one statement and a transaction of its own, so that no receipt waits for a million
cards. It is written with its first portion and goes by the rules of that moment to its end; one that was cut short goes
on where it ended, whoever asks for it next. Who runs the same table for the same period again, at the same moment or
later, changes nothing and is told so.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec
from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from database.jobs import ENDED, Job, enqueue_job, find_job
from loyalty.cards.catalogue.repository import load_catalogue
from loyalty.cards.model import Catalogue, Series
from loyalty.cards.rules import Period, RuleTable
from loyalty.cards.service import load_series_by_code
from loyalty.errors import SettingRefusedError
from loyalty.numbering import mask
from loyalty.tiers.periods import PeriodError, Span, read_name, read_span
from loyalty.tiers.repository import runs as repository
from loyalty.tiers.repository.runs import ChangedCard, KeptRun, TierMove
from loyalty.tiers.thresholds import read_tiers

KIND = "rules.run"
CARDS_PER_PORTION = 10_000


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
    `goes_on_at` is the card with which the next portion begins, None once all are done.
    """

    period: str
    run_id: int | None
    is_repeated: bool
    cards: int = 0
    changed: int = 0
    tiers: tuple[TierCount, ...] = ()
    first: tuple[CardChange, ...] = ()
    goes_on_at: int | None = None


async def ask_for_run(connection: AsyncConnection, code: str, *, period: str, preview: bool, act: Act) -> int:
    """Put a job into the queue that runs the tables of a series; gives its identifier.

    `previous` and `current` mean the period of each table; a name runs the tables that have such periods. Raises
    SeriesUnknownError, SettingRefusedError.
    """
    series, catalogue = await load_series_by_code(connection, code), await load_catalogue(connection)
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
    connection: AsyncConnection,
    code: str,
    period: str,
    *,
    preview: bool,
    act: Act,
    job_id: int | None = None,
    so_far: TurnoverRun | None = None,
) -> TurnoverRun:
    """Do the next portion of a run of the table of percents for a named period, or tell what a run would do.

    `so_far` is the answer of the portion before. Raises SeriesUnknownError, SettingRefusedError where the series has no
    such table any more as the run begins.
    """
    if so_far is None:
        so_far = await _begin(connection, code, period, preview=preview, act=act, job_id=job_id)
    if so_far.run_id is None or so_far.goes_on_at is None:
        return so_far
    kept = await repository.load_run(connection, so_far.run_id)
    table = (await repository.load_rules_of_run(connection, kept)).turnover
    assert table is not None, "the run began with it"
    catalogue = await load_catalogue(connection)
    home = catalogue.series[kept.series_id]
    tiers = read_tiers(table, home, catalogue.series)
    cards = await repository.find_portion(connection, home.id, start=so_far.goes_on_at, limit=CARDS_PER_PORTION)
    moves, changed = await repository.apply_turnover(
        connection,
        tiers,
        read_name(table.period, so_far.period),
        series=catalogue.series,
        cause=f"rule_run:{kept.id}",
        now=act.at,
        cards=cards,
    )
    run = _with(so_far, catalogue, home, moves=moves, changed=changed)
    run = structs.replace(run, goes_on_at=None if cards.stop == repository.ALL_CARDS.stop else cards.stop)
    await repository.save_summary(connection, kept.id, run)
    if run.goes_on_at is None:
        data = {"run": kept.id, "table": "turnover", "period": run.period, "cards": run.cards, "changed": run.changed}
        await record_activity(connection, act=act, what="rule.run", record=f"series:{code}", data=data)
    return run


async def _begin(
    connection: AsyncConnection, code: str, period: str, *, preview: bool, act: Act, job_id: int | None
) -> TurnoverRun:
    """Write the run before any card is changed, take over one that was cut short, or preview the whole."""
    series, span = await lock_for_run(connection, code, "turnover", period)
    known = await repository.find_run(connection, series.id, "turnover", span)
    if known is not None:
        run = msgspec.convert(known.summary, TurnoverRun)
        if preview or run.goes_on_at is None or await find_job_cut_short(connection, known) is None:
            return TurnoverRun(span.name, known.id, is_repeated=True)
        await repository.take_over_run(connection, known.id, job_id=job_id)
        return run
    catalogue = await load_catalogue(connection)
    before = await repository.count_by_own_percent(connection, series.id)
    counts = ((series.acting_percent(own), cards) for own, cards in before.items())
    run = TurnoverRun(
        span.name, None, is_repeated=False, cards=sum(before.values()), tiers=_as_they_are(series, counts)
    )
    if preview:
        table = series.rules.turnover
        assert table is not None, "it has the period"
        moves, changed = await repository.preview_turnover(
            connection, read_tiers(table, series, catalogue.series), span
        )
        return _with(run, catalogue, series, moves=moves, changed=changed)
    run_id = await repository.take_run_id(connection)
    run = structs.replace(run, run_id=run_id, goes_on_at=repository.ALL_CARDS.start)
    await repository.insert_run(
        connection, run_id, series=series, rule_table="turnover", span=span, act=act, job_id=job_id, summary=run
    )
    return run


async def find_job_cut_short(connection: AsyncConnection, run: KeptRun) -> Job | None:
    """Find the job of a run that failed or was cancelled before it was done; None where it works or has done it."""
    job = None if run.job_id is None else await find_job(connection, run.job_id)
    return job if job is not None and job.state in ENDED - {"done"} else None


async def lock_for_run(connection: AsyncConnection, code: str, table: RuleTable, period: str) -> tuple[Series, Span]:
    """Lock a series for a run of one of its tables, so that of two runs at once the second sees the first.

    Raises SeriesUnknownError, SettingRefusedError.
    """
    series = await load_series_by_code(connection, code, lock=True)
    kind = periods_of(series).get(table)
    if kind is None:
        raise SettingRefusedError(f"series {code} has no {table} table any more")
    try:
        return series, read_name(kind, period)
    except PeriodError as error:
        raise SettingRefusedError(f"the table's period was changed: it {error}") from error


def _as_they_are(home: Series, counts: Iterable[tuple[int, int]]) -> tuple[TierCount, ...]:
    """Count cards by the percent that acts, before anything is changed."""
    cards: dict[int, int] = {}
    for percent, count in counts:
        cards[percent] = cards.get(percent, 0) + count
    return tuple(TierCount(home.code, percent, count, count) for percent, count in sorted(cards.items()))


def _with(
    run: TurnoverRun,
    catalogue: Catalogue,
    home: Series,
    *,
    moves: Sequence[TierMove],
    changed: Sequence[ChangedCard],
) -> TurnoverRun:
    """Give a run with what a portion changed beside what it has done by then."""
    counts = {(tier.series, tier.percent): [tier.before, tier.after] for tier in run.tiers}
    for move in moves:
        target = catalogue.series[move.new_series_id]
        counts.setdefault((home.code, home.acting_percent(move.own_percent)), [0, 0])[1] -= move.cards
        counts.setdefault((target.code, target.acting_percent(move.new_percent)), [0, 0])[1] += move.cards
    described = [_describe_card(card, home, catalogue) for card in changed]
    return structs.replace(
        run,
        changed=run.changed + sum(move.cards for move in moves),
        tiers=tuple(TierCount(series, percent, *count) for (series, percent), count in sorted(counts.items())),
        first=(*run.first, *described)[: repository.FIRST_SHOWN],
    )


def _describe_card(card: ChangedCard, home: Series, catalogue: Catalogue) -> CardChange:
    target = catalogue.series[card.new_series_id]
    percent, new_percent = home.acting_percent(card.own_percent), target.acting_percent(card.new_percent)
    return CardChange(card.card_id, mask(card.number), percent, new_percent, target.code)
