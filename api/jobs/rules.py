"""Jobs of rules: runs of a series' tables, and rehearsals of changed ones."""

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.jobs.running import Result, RunningJob
from api.state import Service
from database.activity import Act
from database.jobs import Job, Progress
from loyalty.money import Scale, format_percent
from loyalty.tiers.bonuses import BonusRun, run_bonus_portion
from loyalty.tiers.rehearsal import CardDifference, Rehearsal, RehearsalWish, rehearse
from loyalty.tiers.runs import CARDS_PER_PORTION, RunWish, TierCount, TurnoverRun, run_turnover


async def run_rules(service: Service, running: RunningJob) -> Result:
    """Run the tables that were asked for, portion by portion."""
    wish = msgspec.convert(running.job.arguments, RunWish)
    while wish.turnover is not None and _goes_on(running.job):
        await running.portion(_run_turnover_portion, act=running.act())
    while wish.bonus is not None and running.job.progress.get("is_over") is not True:
        await running.portion(run_bonus_portion, act=running.act())
    return render_runs(running.job.progress, service.money)


def _goes_on(job: Job) -> bool:
    run = _turnover_run(job)
    return run is None or run.goes_on_at is not None


def _turnover_run(job: Job) -> TurnoverRun | None:
    return msgspec.convert(job.progress["turnover"], TurnoverRun) if "turnover" in job.progress else None


async def _run_turnover_portion(connection: AsyncConnection, job: Job, *, act: Act) -> Progress:
    """Do a portion; the job's progress is told in cards, to which those of a bonus that follows are added."""
    wish = msgspec.convert(job.arguments, RunWish)
    assert wish.turnover is not None, "the handler looked"
    run = await run_turnover(
        connection,
        wish.series,
        wish.turnover,
        preview=wish.preview,
        act=act,
        job_id=job.id,
        so_far=_turnover_run(job),
    )
    total = max(1, run.cards)
    done = total if run.goes_on_at is None else min(total, job.done + CARDS_PER_PORTION)
    return Progress(done, total, {"turnover": msgspec.to_builtins(run)})


async def run_rehearsal(service: Service, running: RunningJob) -> Result:
    """Rehearse a changed table, in one piece."""
    await running.portion(_rehearse_portion, act=running.act())
    return render_rehearsal(msgspec.convert(running.job.progress, Rehearsal), service.money)


async def _rehearse_portion(connection: AsyncConnection, job: Job, *, act: Act) -> Progress:
    found = await rehearse(connection, msgspec.convert(job.arguments, RehearsalWish), now=act.at)
    return Progress(1, 1, msgspec.to_builtins(found))


def render_rehearsal(found: Rehearsal, money: Scale) -> dict[str, object]:
    """Render a rehearsal: cards per tier, discounts by store, and who wins or loses."""
    return {
        "periods": list(found.periods),
        "cards": found.cards,
        "tiers": [_render_tier(tier) for tier in found.tiers],
        "stores": [
            {
                "store": one.store,
                "receipts": one.receipts,
                "discount": money.format(one.discount),
                "rehearsed": money.format(one.rehearsed),
            }
            for one in found.stores
        ],
        "winners": found.winners,
        "losers": found.losers,
        "first_winners": [_render_difference(one) for one in found.first_winners],
        "first_losers": [_render_difference(one) for one in found.first_losers],
    }


def _render_difference(one: CardDifference) -> dict[str, object]:
    percents = {"discount_percent": format_percent(one.percent), "rehearsed_percent": format_percent(one.rehearsed)}
    return {"card_id": one.card_id, "masked": one.masked} | percents


def render_runs(found: Result, money: Scale) -> dict[str, object]:
    """Render what a job ran: for each table that was asked for what was done, or would be."""
    rendered: dict[str, object] = {}
    if "turnover" in found:
        rendered["turnover"] = render_turnover_run(msgspec.convert(found["turnover"], TurnoverRun))
    if "bonus" in found:
        rendered["bonus"] = render_bonus_run(msgspec.convert(found["bonus"], BonusRun), money)
    return rendered


def render_turnover_run(run: TurnoverRun) -> dict[str, object]:
    """Render a run of the table of percents; percents are those that act."""
    return {
        "period": run.period,
        "run_id": run.run_id,
        "repeated": run.is_repeated,
        "cards": run.cards,
        "changed": run.changed,
        "tiers": [_render_tier(tier) for tier in run.tiers],
        "first": [
            {
                "card_id": card.card_id,
                "masked": card.masked,
                "old_percent": format_percent(card.percent),
                "new_percent": format_percent(card.new_percent),
                "new_series": card.new_series,
            }
            for card in run.first
        ],
    }


def _render_tier(tier: TierCount) -> dict[str, object]:
    percent = format_percent(tier.percent)
    return {"series": tier.series, "discount_percent": percent, "before": tier.before, "after": tier.after}


def render_bonus_run(run: BonusRun, money: Scale) -> dict[str, object]:
    """Render a run of the bonus table: points are whole numbers, money has the currency's decimals."""
    return {
        "period": run.period,
        "run_id": run.run_id,
        "repeated": run.is_repeated,
        "unit": "points" if run.is_points else "money",
        "cards": run.cards,
        "amount": str(run.amount) if run.is_points else money.format(run.amount),
    }
