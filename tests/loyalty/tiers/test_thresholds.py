"""What a turnover makes of a card: one table of cases, and the same decided by the database for many cards at once."""

import random
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from loyalty.cards.catalogue.repository import load_catalogue
from loyalty.cards.model import Series, SeriesSettings
from loyalty.cards.rules import Change, Downgrade, TurnoverEntry, TurnoverTable
from loyalty.cards.series import put_series
from loyalty.tiers.periods import span_of
from loyalty.tiers.repository.runs import apply_turnover, preview_turnover
from loyalty.tiers.thresholds import Bought, Standing, Tiers, read_tiers, rerate
from tests.conftest import ACT

P = 10_000
"""One percent."""

BRONZE = Series(1, "BRONZE", 1, SeriesSettings("Bronze", "discount", percent=2 * P))
SILVER = Series(2, "SILVER", 1, SeriesSettings("Silver", "discount", percent=4 * P))
GOLD = Series(3, "GOLD", 1, SeriesSettings("Gold", "discount", percent=8 * P))
SERIES = {series.id: series for series in (BRONZE, SILVER, GOLD)}

STEPS = (
    TurnoverEntry(0, 100_00, change="set", value=0),
    TurnoverEntry(100_00, 500_00, change="set", value=3 * P),
    TurnoverEntry(500_00, 900_00, change="set", value=5 * P),
    TurnoverEntry(900_00, None, change="set", value=43_500),
)


def set_table(downgrade: Downgrade, *more: TurnoverEntry) -> Tiers:
    return read_tiers(TurnoverTable("month", downgrade, entries=STEPS + more), BRONZE, SERIES)


def after(tiers: Tiers, own: int | None, turnover: int, receipts: int = 1) -> tuple[int, int | None]:
    standing = rerate(tiers, Standing(BRONZE.id, own), Bought(turnover, receipts))
    return standing.series_id, standing.own_percent


@pytest.mark.parametrize(
    ("turnover", "own", "percent"),
    [
        (0, None, 0),
        (99_99, None, 0),
        (100_00, None, 3 * P),
        (499_99, 7 * P, 3 * P),
        (500_00, None, 5 * P),
        (900_00, None, 43_500),
        (-5_00, 3 * P, 0),
    ],
)
def test_range_begins_with_its_from_and_ends_before_its_to(turnover: int, own: int | None, percent: int) -> None:
    """PAP-25."""
    assert after(set_table("plain"), own, turnover) == (BRONZE.id, percent)


def test_entry_for_nothing_bought_is_for_cards_without_a_sale() -> None:
    idle = TurnoverEntry(nothing_bought=True, change="set", value=1 * P)
    assert after(set_table("plain", idle), 5 * P, 0, receipts=0) == (1, 1 * P)
    assert after(set_table("plain", idle), 5 * P, 0, receipts=1) == (1, 0)
    assert after(set_table("plain", idle), 5 * P, 10, receipts=0) == (1, 0)
    assert after(set_table("plain"), 5 * P, 0, receipts=0) == (1, 0)


def test_card_below_the_first_range_keeps_what_it_has() -> None:
    tiers = read_tiers(TurnoverTable("month", entries=STEPS[1:]), BRONZE, SERIES)
    assert after(tiers, 7 * P, 99_99) == (1, 7 * P)
    assert after(tiers, None, 0) == (1, None)


@pytest.mark.parametrize(
    ("downgrade", "own", "percent"),
    [
        ("plain", 5 * P, 0),
        ("never", 5 * P, 5 * P),
        ("never", None, None),
        ("one_step", 5 * P, 43_500),
        ("one_step", 43_500, 3 * P),
        ("one_step", 3 * P, 0),
        ("one_step", 0, 0),
        ("one_step", 60_000, 5 * P),
        ("one_step", None, 0),
        ("one_step", -1 * P, 0),
    ],
)
def test_downgrade_goes_as_far_as_the_series_says(downgrade: Downgrade, own: int | None, percent: int | None) -> None:
    """PAP-25: plainly, one step, or never; the inherited percent of 2 counts as well."""
    assert after(set_table(downgrade), own, 10_00) == (1, percent)


@pytest.mark.parametrize("downgrade", ["plain", "one_step", "never"])
def test_upgrade_goes_all_the_way_under_every_policy(downgrade: Downgrade) -> None:
    assert after(set_table(downgrade), 0, 600_00) == (1, 5 * P)


@pytest.mark.parametrize(
    ("entry", "own", "percent"),
    [
        (TurnoverEntry(change="add", value=15_000), 3 * P, 45_000),
        (TurnoverEntry(change="add", value=15_000), None, 35_000),
        (TurnoverEntry(change="add", value=90 * P), 20 * P, 100 * P),
        (TurnoverEntry(change="multiply", value=15_000), 43_501, 65_252),
        (TurnoverEntry(change="multiply", value=15_000), -43_501, -65_252),
        (TurnoverEntry(change="multiply", value=0), None, 0),
    ],
)
def test_percent_is_added_to_or_multiplied_exactly(entry: TurnoverEntry, own: int | None, percent: int) -> None:
    tiers = read_tiers(TurnoverTable("month", entries=(entry,)), BRONZE, SERIES)
    assert after(tiers, own, 0) == (1, percent)


def test_move_takes_the_card_into_the_other_series_with_what_is_its_own() -> None:
    entry = TurnoverEntry(move_to="SILVER")
    tiers = read_tiers(TurnoverTable("month", entries=(entry,)), BRONZE, SERIES)
    assert after(tiers, None, 0) == (2, None)
    assert after(tiers, 7 * P, 0) == (2, 7 * P)


def test_move_down_is_a_downgrade_by_the_percent_that_acts() -> None:
    entries = (TurnoverEntry(0, 50, move_to="BRONZE"), TurnoverEntry(50, None, move_to="SILVER"))
    results = {}
    for downgrade in ("plain", "one_step", "never"):
        tiers = read_tiers(TurnoverTable("month", downgrade, entries=entries), GOLD, SERIES)
        results[downgrade] = rerate(tiers, Standing(GOLD.id, None), Bought(10, 1)).series_id
    assert results == {"plain": 1, "one_step": 2, "never": 3}


CHANGES: list[Change | None] = [None, "set", "set", "set", "add", "multiply"]


def any_entries(rng: random.Random, codes: list[str]) -> tuple[TurnoverEntry, ...]:
    """Make a table of joined ranges with every kind of entry."""
    bounds = sorted(rng.sample(range(1_000), rng.randint(1, 6)))
    ranges = [(since, until) for since, until in zip(bounds, [*bounds[1:], None], strict=True)]
    entries = [any_entry(rng, codes, since, until) for since, until in ranges]
    if rng.random() < 0.5:
        entries.append(any_entry(rng, codes, 0, None, nothing_bought=True))
    return tuple(entries)


def any_entry(
    rng: random.Random, codes: list[str], since: int, until: int | None, *, nothing_bought: bool = False
) -> TurnoverEntry:
    change = rng.choice(CHANGES)
    value = rng.choice([0, 10_000, 20_000, 43_501, -30_000]) if change != "multiply" else rng.choice([0, 5_000, 15_001])
    move_to = rng.choice([None, *codes]) if change else rng.choice(codes)
    return TurnoverEntry(since, until, nothing_bought=nothing_bought, change=change, value=value, move_to=move_to)


async def make_many(
    connection: AsyncConnection, rng: random.Random, series_id: int
) -> dict[int, tuple[int | None, Bought]]:
    """Make cards of one series with any percents and turnovers in October; gives both by card."""
    made: dict[int, tuple[int | None, Bought]] = {}
    for number in range(120):
        own = rng.choice([None, None, 0, 10_000, 20_000, 43_501, -30_000, 999_000])
        bought = Bought(rng.choice([0, 0, rng.randint(-50, 1_100)]), rng.choice([0, 1]))
        row = await connection.execute(
            text(
                "insert into card (number, series_id, state, own_percent) values (:n, :s, 'active', :o) returning card_id"
            ),
            {"n": f"N{series_id}-{number}", "s": series_id, "o": own},
        )
        card_id = int(row.scalar_one())
        made[card_id] = own, bought
        days = "insert into card_day values (:c, '2026-10-05', :t, :r), (:c, '2026-10-31', 0, 0), (:c, '2026-11-01', 900, 1)"
        await connection.execute(text(days), {"c": card_id, "t": bought.turnover, "r": bought.receipts})
    return made


@pytest.mark.parametrize("downgrade", ["plain", "one_step", "never"])
async def test_database_decides_of_many_cards_what_is_decided_of_one(
    service: Service, rng: random.Random, downgrade: Downgrade
) -> None:
    """PAP-25: the statement of a run and the pure rule are one; a preview tells what a run then does."""
    for number in range(8):
        codes = [f"{word}{number}" for word in ("ONE", "TWO", "THREE")]
        for code, percent in zip(codes, (20_000, 43_501, 10_000), strict=True):
            await service.database.run(put_series, code, SeriesSettings(code, "credit", percent=percent), act=ACT)
        table = TurnoverTable("month", downgrade, entries=any_entries(rng, codes[1:]))
        await service.database.run(compare_both, rng, codes[0], table)


async def compare_both(connection: AsyncConnection, rng: random.Random, code: str, table: TurnoverTable) -> None:
    catalogue = await load_catalogue(connection)
    series = catalogue.find_series(code)
    assert series is not None
    cards = await make_many(connection, rng, series.id)
    tiers, span = read_tiers(table, series, catalogue.series), span_of("month", date(2026, 10, 1))
    before = {card_id: Standing(series.id, own) for card_id, (own, _) in cards.items()}
    expected = {card_id: rerate(tiers, before[card_id], bought) for card_id, (_, bought) in cards.items()}

    foreseen = await preview_turnover(connection, tiers, span)
    done = await apply_turnover(connection, tiers, span, series=catalogue.series, cause=code, now=ACT.at)

    ours = {"cards": list(cards)}
    rows = await connection.execute(
        text("select card_id, series_id, own_percent from card where card_id = any(:cards)"), ours
    )
    assert {row[0]: Standing(row[1], row[2]) for row in rows} == expected
    assert sorted(map(repr, done[0])) == sorted(map(repr, foreseen[0]))
    assert done[1] == foreseen[1]
    past = await connection.execute(
        text("select card_id, series_id, own_percent from card_setting_past where cause = :cause"), {"cause": code}
    )
    kept = {row[0]: Standing(row[1], row[2]) for row in past}
    assert kept == {card_id: was for card_id, was in before.items() if expected[card_id] != was}
