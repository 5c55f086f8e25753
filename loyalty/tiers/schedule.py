"""Runs that are due by themselves: each table of a series once its period is over.

A period counts only if the table stood when it ended: one that was put afterwards can be previewed first, and run by
hand. What would act again with every day is left to people too: a lifetime's table that adds or multiplies, and a bonus
that tops balances up.
"""

from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from database.jobs import enqueue_job
from loyalty.cards.catalogue.repository import load_all_series, load_zone
from loyalty.cards.model import Series
from loyalty.cards.rules import RuleTable
from loyalty.tiers.periods import Span, previous
from loyalty.tiers.repository import runs as repository
from loyalty.tiers.runs import KIND, RunWish, periods_of


async def schedule_runs(connection: AsyncConnection, *, act: Act) -> list[int]:
    """Put jobs into the queue for all runs that are due; gives their identifiers. What was asked for is not again."""
    zone = await load_zone(connection)
    made = []
    for series in (await load_all_series(connection)).values():
        wish = RunWish(series.code, None, None)
        for table, period in periods_of(series).items():
            span = previous(period, act.at.astimezone(zone).date())
            since = await repository.find_table_since(connection, series.id, table, period)
            stood_since = None if since is None else since.astimezone(zone).date()
            if _acts_by_itself(series, table) and await _is_due(connection, series, table, span, stood_since):
                wish = msgspec.structs.replace(wish, **{table: span.name})
        plain = msgspec.to_builtins(wish)
        if (wish.turnover or wish.bonus) and not await repository.was_asked_for(connection, KIND, plain):
            made.append(await enqueue_job(connection, KIND, plain, act=act))
    return made


def _acts_by_itself(series: Series, table: RuleTable) -> bool:
    turnover, bonus = series.rules.turnover, series.rules.bonus
    if table == "bonus":
        return bonus is not None and bonus.period is not None
    assert turnover is not None, "it has a period"
    return turnover.period != "lifetime" or all(entry.change in {"set", None} for entry in turnover.entries)


async def _is_due(
    connection: AsyncConnection, series: Series, table: RuleTable, span: Span, stood_since: date | None
) -> bool:
    stood = stood_since is not None and stood_since <= span.last
    return stood and await repository.find_run(connection, series.id, table, span) is None
