"""Bonuses: points or money by the turnover of a period, once; or a balance topped up to an amount.

Cards of a bonus series get points, cards of a credit series money; who spends another card's money gets it there. A run
goes in portions that are transactions of their own, each a handful of statements, so that no receipt waits for long. It
is written with its first portion; one that was cut short goes on where it ended, whoever asks for it next.

A bonus without a period tops up: whoever has more than the amount keeps it.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from database.jobs import Job, Progress
from loyalty.accounts.model import PointsDay
from loyalty.accounts.purses import lock_purses
from loyalty.accounts.service import CardEntries, Entry, Source, enter_many
from loyalty.cards.catalogue.repository import load_catalogue
from loyalty.cards.model import Series
from loyalty.cards.terms import last_day
from loyalty.tiers.repository import bonuses as repository
from loyalty.tiers.repository import runs as kept_runs
from loyalty.tiers.repository.bonuses import Due
from loyalty.tiers.runs import RunWish, find_job_cut_short, local_day, lock_for_run

CARDS_PER_PORTION = 2_000


class BonusRun(Struct, frozen=True):
    """What a run of the bonus table gives: to how many cards, how much altogether, in points or minor units.

    `run_id` is None for a preview; `is_repeated` tells that the period was run before. `after` is the last card done.
    """

    period: str
    run_id: int | None
    is_repeated: bool = False
    is_points: bool = False
    cards: int = 0
    amount: int = 0
    after: int = 0


async def run_bonus_portion(connection: AsyncConnection, job: Job, *, act: Act) -> Progress:
    """Do the next portion of a bonus run; `total` is reached when nothing is left.

    Raises SeriesUnknownError, SettingRefusedError where the series has no such table any more.
    """
    wish = msgspec.convert(job.arguments, RunWish)
    before = None if "bonus" not in job.progress else msgspec.convert(job.progress["bonus"], BonusRun)
    assert wish.bonus is not None, "the handler looked"
    series, span = await lock_for_run(connection, wish.series, "bonus", wish.bonus)
    catalogue = await load_catalogue(connection)
    due = Due.of(series, span, one=catalogue.currency.scale.unit)
    if before is None:
        before = await _begin(connection, series, due, preview=wish.preview, act=act, job=job)
        if before.run_id is None or before.is_repeated:
            return _progress(job, before, given=0, is_over=True)
    assert before.run_id is not None, "a preview is over at once"
    source = Source("rule_run", run_uid(before.run_id), act.at)
    found = await repository.list_due(connection, due, after=before.after, limit=CARDS_PER_PORTION)
    if found:
        await _give(connection, found, series=series, today=local_day(catalogue, act.at), source=source)
    after = msgspec.structs.replace(before, after=found[-1][0] if found else before.after)
    return _progress(job, after, given=len(found), is_over=len(found) < CARDS_PER_PORTION)


def run_uid(run_id: int) -> UUID:
    """Give the UUID under which a run's entries stand in the ledgers."""
    return UUID(int=run_id)


def _progress(job: Job, run: BonusRun, *, given: int, is_over: bool) -> Progress:
    """Tell progress in cards, after those of the table of percents that ran before."""
    total = (job.total or 0) if "bonus" in job.progress else max(1, job.done + run.cards)
    done = total if is_over else min(total, job.done + given)
    state = dict(job.progress) | {"bonus": msgspec.to_builtins(run), "is_over": is_over}
    return Progress(done, total, state)


async def _begin(
    connection: AsyncConnection, series: Series, due: Due, *, preview: bool, act: Act, job: Job
) -> BonusRun:
    """Write the run with what it is about to give, or take over that of a job which was cut short."""
    known = await kept_runs.find_run(connection, series.id, "bonus", due.span)
    if known is not None:
        other = await find_job_cut_short(connection, known)
        if preview or other is None:
            return BonusRun(due.span.name, known.id, is_repeated=True, is_points=due.is_points)
        await kept_runs.take_over_run(connection, known.id, job_id=job.id)
        return msgspec.convert(other.progress["bonus"], BonusRun)
    cards, amount = await repository.sum_due(connection, due)
    run = BonusRun(due.span.name, None, is_points=due.is_points, cards=cards, amount=amount)
    if preview:
        return run
    run = msgspec.structs.replace(run, run_id=await kept_runs.take_run_id(connection))
    assert run.run_id is not None, "it was just taken"
    await kept_runs.insert_run(
        connection, run.run_id, series=series, rule_table="bonus", span=due.span, act=act, job_id=job.id, summary=run
    )
    data = {"run": run.run_id, "table": "bonus", "period": run.period, "cards": cards, "amount": amount}
    await record_activity(connection, act=act, what="rule.run", record=f"series:{series.code}", data=data)
    return run


async def _give(
    connection: AsyncConnection, amounts: Sequence[tuple[int, int]], *, series: Series, today: date, source: Source
) -> None:
    """Give each card its amount, in points that may be spent as long as the series says, or as money."""
    is_points, last = series.settings.kind == "bonus", _last_day(series, today)
    purses = await lock_purses(connection, [card_id for card_id, _ in amounts])
    given = []
    for (own, purse), (_, amount) in zip(purses, amounts, strict=True):
        entry = Entry("points" if is_points else "money", amount, today)
        terms = [PointsDay(last, amount, 0)] if is_points else []
        given.append(CardEntries((own if is_points else purse).card_id, [entry], terms))
    await enter_many(connection, given, source=source)


def _last_day(series: Series, today: date) -> date | None:
    points = series.settings.points
    return None if points is None or points.lifetime is None else last_day(today, points.lifetime)
