"""Entries of periods that were run already, in SQL: found by the moment they came, never by looking at all."""

from datetime import date, datetime

import msgspec
from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.rules import SeriesRules
from loyalty.tiers.posting import PastSettings
from loyalty.tiers.thresholds import Bought, Standing


class LateEntry(Struct, frozen=True):
    """A card on which something of a run's period was entered after the run."""

    run_id: int
    card_id: int


async def take_late_entries(connection: AsyncConnection, *, now: datetime, overlap_seconds: int) -> list[LateEntry]:
    """Find what came late since the last look, and remember this one.

    The looks overlap, for an entry bears a moment a little before it can be seen.
    """
    query = text("""
        select distinct r.id, l.card_id
        from installation i
        join ledger l on l.account = 'turnover'
            and l.at > coalesce(i.late_seen_at, '-infinity') - make_interval(secs => :overlap)
        join rule_run r on r.rule_table = 'turnover' and r.first_day is not null
            and l.business_date between r.first_day and r.last_day and l.at > r.ran_at
        where exists (select from rule_run)
        order by r.id, l.card_id""")
    found = [LateEntry(*row) for row in await connection.execute(query, {"overlap": overlap_seconds})]
    await connection.execute(text("update installation set late_seen_at = :now"), {"now": now})
    return found


async def load_rules_of_run(connection: AsyncConnection, series_id: int, version: int) -> SeriesRules:
    """Load the rules of a series by which a run was done."""
    query = text("select rules from series_rules_version where series_id = :series and version = :version")
    found = (await connection.execute(query, {"series": series_id, "version": version})).scalar_one()
    return msgspec.convert(found, SeriesRules)


async def load_settings(connection: AsyncConnection, card_id: int) -> tuple[str, Standing, list[PastSettings]]:
    """Load a card's number, its settings, and those it had, oldest first."""
    card = (
        await connection.execute(
            text("select number, series_id, own_percent from card where card_id = :card"), {"card": card_id}
        )
    ).one()
    rows = await connection.execute(
        text("select until, series_id, own_percent, cause from card_setting_past where card_id = :card order by until"),
        {"card": card_id},
    )
    past = [PastSettings(row.until, Standing(row.series_id, row.own_percent), row.cause) for row in rows]
    return card.number, Standing(card.series_id, card.own_percent), past


async def load_bought(connection: AsyncConnection, card_id: int, *, first: date, last: date) -> Bought:
    """Sum what a card bought in a period, as it is known now."""
    query = text(
        "select coalesce(sum(turnover), 0)::bigint as turnover, coalesce(sum(receipts), 0)::int as receipts"
        " from card_day where card_id = :card and day between :first and :last"
    )
    row = (await connection.execute(query, {"card": card_id, "first": first, "last": last})).one()
    return Bought(row.turnover, row.receipts)


async def list_late(connection: AsyncConnection, run_id: int) -> list[dict[str, object]]:
    """List what was written of a run's late cards, oldest first."""
    query = text("select data from activity where act = 'rule.late' and record = :record order by at, id")
    rows = await connection.execute(query, {"record": f"rule_run:{run_id}"})
    return [card for row in rows for card in row.data["cards"]]
