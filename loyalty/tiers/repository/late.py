"""Entries of closed periods that were run already, in SQL: found by the moment they came, never by looking at all."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.tiers.posting import PastSettings
from loyalty.tiers.thresholds import Bought, Standing


class CardSettings(Struct, frozen=True):
    """A card's number, its settings, and those it had, oldest first."""

    number: str
    current: Standing
    past: Sequence[PastSettings] = ()


async def find_last_look(connection: AsyncConnection, *, overlap_seconds: int) -> datetime | None:
    """Give the moment from which entries were not looked at yet, None where nothing was run that could differ.

    The looks overlap, for an entry bears a moment a little before it can be seen.
    """
    query = text(
        "select min(ran_at), max(late_seen_at) from rule_run cross join installation where rule_table = 'turnover'"
    )
    first_run: datetime | None
    last_look: datetime | None
    first_run, last_look = (await connection.execute(query)).one()
    if first_run is None or last_look is None:
        return first_run
    return max(first_run, last_look - timedelta(seconds=overlap_seconds))


async def remember_look(connection: AsyncConnection, *, now: datetime) -> None:
    """Remember that all entries up to a moment were looked at."""
    await connection.execute(text("update installation set late_seen_at = :now"), {"now": now})


async def find_late_cards(connection: AsyncConnection, *, since: datetime) -> dict[int, list[int]]:
    """Find by run the cards, rising, on which something came after the run and after the end of its period.

    Only cards that are in the run's series or once were: what else was sold in the period is nobody's lateness.
    """
    query = text("""
        with came as materialized (
            select card_id, business_date, max(at) as at from ledger where account = 'turnover' and at > :since
            group by card_id, business_date
        ), was_in as (
            select card_id, series_id from card where card_id in (select card_id from came)
            union
            select card_id, series_id from card_setting_past where card_id in (select card_id from came)
        )
        select r.id, array_agg(distinct c.card_id order by c.card_id)
        from installation i, came c join was_in using (card_id)
        join rule_run r on r.series_id = was_in.series_id and r.rule_table = 'turnover'
            and c.business_date between r.first_day and r.last_day and c.at > r.ran_at
        where c.at >= (r.last_day + 1)::timestamp at time zone i.timezone
        group by r.id order by r.id""")
    return {run_id: list(cards) for run_id, cards in await connection.execute(query, {"since": since})}


async def load_settings(connection: AsyncConnection, card_ids: Sequence[int]) -> dict[int, CardSettings]:
    """Load the settings of cards."""
    own = text("select card_id, number, series_id, own_percent from card where card_id = any(:cards)")
    rows = await connection.execute(own, {"cards": card_ids})
    cards = {row.card_id: (row.number, Standing(row.series_id, row.own_percent)) for row in rows}
    former = text(
        "select card_id, until, series_id, own_percent, cause from card_setting_past where card_id = any(:cards)"
        " order by card_id, until"
    )
    past: dict[int, list[PastSettings]] = {}
    for row in await connection.execute(former, {"cards": card_ids}):
        standing = Standing(row.series_id, row.own_percent)
        past.setdefault(row.card_id, []).append(PastSettings(row.until, standing, row.cause))
    return {
        card_id: CardSettings(number, current, past.get(card_id, ())) for card_id, (number, current) in cards.items()
    }


async def load_bought(
    connection: AsyncConnection, card_ids: Sequence[int], *, first: date, last: date
) -> dict[int, Bought]:
    """Sum what cards bought in a period, as it is known now; cards that bought nothing are left out."""
    query = text(
        "select card_id, sum(turnover)::bigint as turnover, sum(receipts)::int as receipts"
        " from card_day where card_id = any(:cards) and day between :first and :last group by card_id"
    )
    rows = await connection.execute(query, {"cards": card_ids, "first": first, "last": last})
    return {row.card_id: Bought(row.turnover, row.receipts) for row in rows}


async def list_late(connection: AsyncConnection, run_ids: Sequence[int]) -> dict[int, list[object]]:
    """List what was written of runs' late cards, oldest first."""
    query = text("select record, data from activity where act = 'rule.late' and record = any(:records) order by at, id")
    runs = {f"rule_run:{run_id}": run_id for run_id in run_ids}
    found: dict[int, list[object]] = {run_id: [] for run_id in run_ids}
    for row in await connection.execute(query, {"records": list(runs)}):
        found[runs[row.record]] += row.data["cards"]
    return found
