"""Late documents: what would have been, had they come before the run of their period.

The worker looks for entries that came after the end and the run of the period that they belong to, and applies the
run's own rules once more to the card as it was then. Nothing is changed by it: the cards whose tier would have differed
are written into the journal (`rule.late`), and listed with the run. A card that agrees again leaves the list.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.cards.catalogue.repository import load_all_series
from loyalty.cards.model import Series
from loyalty.cards.service import load_series_by_code
from loyalty.numbering import mask
from loyalty.tiers.posting import PastSettings
from loyalty.tiers.repository import late as repository
from loyalty.tiers.repository import runs as kept_runs
from loyalty.tiers.repository.runs import KeptRun
from loyalty.tiers.thresholds import Bought, Standing, Tiers, read_tiers, rerate

OVERLAP_SECONDS = 60
CARDS_AT_ONCE = 1_000
MOST_RUNS = 50
NOTHING = Bought(0, 0)


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
    written = 0
    since = await repository.find_last_look(connection, overlap_seconds=OVERLAP_SECONDS)
    if since is not None:
        found = await repository.find_late_cards(connection, since=since)
        series = await load_all_series(connection) if found else {}
        for run_id, card_ids in found.items():
            written += await _reconsider_run(connection, run_id, card_ids, series, act=act)
    # At the end, for whoever changes a series meanwhile would wait for this row.
    await repository.remember_look(connection, now=act.at)
    return written


async def _reconsider_run(
    connection: AsyncConnection, run_id: int, card_ids: Sequence[int], series: Mapping[int, Series], *, act: Act
) -> int:
    """Write down whose tier a run would have made another one, and who agrees again; gives how many."""
    run = await kept_runs.load_run(connection, run_id)
    rules = await kept_runs.load_rules_of_run(connection, run)
    if rules.turnover is None:
        return 0
    tiers = read_tiers(rules.turnover, series[run.series_id], series)
    known = (await _list(connection, [run_id]))[run_id]
    written = 0
    for start in range(0, len(card_ids), CARDS_AT_ONCE):
        cards = await _reconsider(connection, run, tiers, card_ids[start : start + CARDS_AT_ONCE], series)
        news = [late for late in cards if late != known.get(late.card_id) and (late.differs or late.card_id in known)]
        if news:
            data = {"cards": msgspec.to_builtins(news)}
            await record_activity(connection, act=act, what="rule.late", record=f"rule_run:{run_id}", data=data)
        written += len(news)
    return written


async def _reconsider(
    connection: AsyncConnection, run: KeptRun, tiers: Tiers, card_ids: Sequence[int], series: Mapping[int, Series]
) -> list[Late]:
    """Apply a run once more to some cards, without those that it did not look at."""
    assert run.first_day is not None, "a lifetime has no late documents"
    settings = await repository.load_settings(connection, card_ids)
    sums = await repository.load_bought(connection, card_ids, first=run.first_day, last=run.last_day)
    found = []
    for card_id, card in settings.items():
        before, given = _around(run, card.current, card.past)
        if before.series_id != run.series_id:
            continue
        due = rerate(tiers, before, sums.get(card_id, NOTHING))
        late = Late(
            card_id=card_id,
            masked=mask(card.number),
            percent=series[given.series_id].acting_percent(given.own_percent),
            due_percent=series[due.series_id].acting_percent(due.own_percent),
            series=series[given.series_id].code,
            due_series=series[due.series_id].code,
        )
        found.append(late)
    return found


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


async def _list(connection: AsyncConnection, run_ids: Sequence[int]) -> dict[int, dict[int, Late]]:
    """List what was written last of each run's late cards."""
    written = await repository.list_late(connection, run_ids)
    return {
        run_id: {late.card_id: late for late in msgspec.convert(cards, list[Late])} for run_id, cards in written.items()
    }


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
    series = await load_series_by_code(connection, code)
    runs = await kept_runs.list_runs(connection, series.id, limit=MOST_RUNS)
    late = await _list(connection, [run.id for run in runs])
    return [
        ListedRun(
            run_id=run.id,
            table=run.rule_table,
            period=str(run.summary["period"]),
            ran_at=run.ran_at,
            actor=run.actor,
            summary=run.summary,
            late=[one for one in late[run.id].values() if one.differs],
        )
        for run in runs
    ]
