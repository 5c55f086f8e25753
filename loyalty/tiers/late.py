"""Late documents: what would have been, had they come before the run of their period.

The worker looks for entries that came after the run of the period that they belong to, and applies the run's own rules
once more to the card as it was then. Nothing is changed by it: the cards whose tier would have differed are written
into the journal (`rule.late`), and listed with the run. A card that agrees again leaves the list.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.cards.model import Series
from loyalty.cards.repository import find_series, load_all_series
from loyalty.errors import SeriesUnknownError
from loyalty.numbering import mask
from loyalty.tiers.posting import PastSettings
from loyalty.tiers.repository import late as repository
from loyalty.tiers.repository import runs as kept_runs
from loyalty.tiers.repository.runs import KeptRun
from loyalty.tiers.thresholds import Standing, read_tiers, rerate

OVERLAP_SECONDS = 60
MOST_RUNS = 50


class Late(Struct, frozen=True):
    """A card that a run would have rated otherwise: the percents that act, and the series, as given and as due."""

    card_id: int
    masked: str
    percent: int
    due_percent: int
    series: str
    due_series: str

    @property
    def differs(self) -> bool:
        """Whether what was given is not what is due."""
        return (self.percent, self.series) != (self.due_percent, self.due_series)


async def look_for_late(connection: AsyncConnection, *, act: Act) -> int:
    """Look once for what came late since the last look; gives how many cards were written into the journal."""
    found: dict[int, list[int]] = {}
    for entry in await repository.take_late_entries(connection, now=act.at, overlap_seconds=OVERLAP_SECONDS):
        found.setdefault(entry.run_id, []).append(entry.card_id)
    written = 0
    series = await load_all_series(connection) if found else {}
    for run_id, card_ids in found.items():
        run = await kept_runs.load_run(connection, run_id)
        known = {late.card_id: late for late in await _list(connection, run_id)}
        cards = [late for card_id in card_ids if (late := await _reconsider(connection, run, card_id, series))]
        news = [late for late in cards if late != known.get(late.card_id) and (late.differs or late.card_id in known)]
        if news:
            data = {"cards": msgspec.to_builtins(news)}
            await record_activity(connection, act=act, what="rule.late", record=f"rule_run:{run_id}", data=data)
        written += len(news)
    return written


async def _reconsider(
    connection: AsyncConnection, run: KeptRun, card_id: int, series: Mapping[int, Series]
) -> Late | None:
    """Apply a run once more to one card; None for a card that the run did not look at."""
    number, current, past = await repository.load_settings(connection, card_id)
    before, given = _around(run, current, past)
    rules = await repository.load_rules_of_run(connection, run.series_id, run.rules_version)
    if before.series_id != run.series_id or rules.turnover is None:
        return None
    assert run.first_day is not None, "a lifetime has no late documents"
    assert run.last_day is not None, "every period has an end"
    bought = await repository.load_bought(connection, card_id, first=run.first_day, last=run.last_day)
    due = rerate(read_tiers(rules.turnover, series[run.series_id], series), before, bought)
    return Late(
        card_id=card_id,
        masked=mask(number),
        percent=_acting(given, series),
        due_percent=_acting(due, series),
        series=series[given.series_id].code,
        due_series=series[due.series_id].code,
    )


def _around(run: KeptRun, current: Standing, past: Sequence[PastSettings]) -> tuple[Standing, Standing]:
    """Give a card's settings right before and right after a run."""
    own = f"rule_run:{run.id}"
    states = [*(one.standing for one in past), current]
    for place, one in enumerate(past):
        if one.cause == own:
            return states[place], states[place + 1]
        if one.until > run.ran_at:
            return states[place], states[place]
    return current, current


def _acting(standing: Standing, series: Mapping[int, Series]) -> int:
    own = standing.own_percent
    return series[standing.series_id].settings.percent if own is None else own


async def _list(connection: AsyncConnection, run_id: int) -> list[Late]:
    found = {late.card_id: late for late in msgspec.convert(await repository.list_late(connection, run_id), list[Late])}
    return list(found.values())


class ListedRun(Struct, frozen=True):
    """A run that was done, with the cards whose tier would have differed by what came late."""

    run_id: int
    table: str
    period: str
    ran_at: datetime
    actor: str
    summary: dict[str, object]
    late: list[Late]


async def list_runs(connection: AsyncConnection, code: str) -> list[ListedRun]:
    """List the newest runs of a series, the newest first. Raises SeriesUnknownError."""
    series = await find_series(connection, code)
    if series is None:
        raise SeriesUnknownError("there is no series of this code")
    listed = []
    for run in await kept_runs.list_runs(connection, series.id, limit=MOST_RUNS):
        late = [one for one in await _list(connection, run.id) if one.differs]
        period = str(run.summary["period"])
        listed.append(ListedRun(run.id, run.rule_table, period, run.ran_at, run.actor, run.summary, late))
    return listed
