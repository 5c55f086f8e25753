"""Cards as lists show them, found by digits, and counted by turnover."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from api.state import Service
from database.keyset import Place
from loyalty.cards.listing import (
    MOST_FOUND,
    MOST_LOOKED_AT,
    Band,
    count_turnover_bands,
    find_cards_by_digits,
    find_cards_of_holders,
    find_full_card,
    is_quick_to_count,
    list_cards,
    list_series,
)
from loyalty.cards.model import SeriesSettings
from loyalty.cards.selection import Selection
from loyalty.cards.series import put_series
from loyalty.cards.service import block_card, make_card, make_cards
from tests.conftest import ACT
from tests.factories import make_person

TODAY = ACT.at.date()
GOLD = SeriesSettings("Gold", "discount", "290%09[1..500000]^", percent=100_000)
GIFT = SeriesSettings("Gift", "credit", "L%03[1..999]")


@pytest.fixture
async def cards(service: Service) -> Service:
    """Give a service with 30 cards of Gold and 30 of Gift; the identifiers count from 1."""
    for code, settings in (("GOLD", GOLD), ("GIFT", GIFT)):
        await service.database.run(put_series, code, settings, act=ACT)
        await service.database.run(make_cards, code, count=30, act=ACT)
    return service


async def change(service: Service, statement: str) -> None:
    async with service.database.connection() as connection:
        await connection.execute(text(statement))


async def test_youngest_card_comes_first_and_its_number_is_masked(cards: Service) -> None:
    page = await cards.database.run(list_cards, Selection(), today=TODAY)
    assert [row.card_id for row in page.rows] == list(range(60, 35, -1))
    assert page.rows[0].masked == "··· 30"


async def test_cards_made_meanwhile_move_nothing_on_the_next_page(cards: Service) -> None:
    first = await cards.database.run(list_cards, Selection(), today=TODAY)
    await cards.database.run(make_cards, "GOLD", count=5, act=ACT)
    second = await cards.database.run(list_cards, Selection(), today=TODAY, place=first.older)
    assert [row.card_id for row in second.rows] == list(range(35, 10, -1))


async def test_filter_leaves_the_cards_of_a_series_in_a_state(cards: Service) -> None:
    await cards.database.run(block_card, 3, reason="lost", act=ACT)
    gold = {series.code: series.id for series in await cards.database.run(list_series)}["GOLD"]
    blocked = await cards.database.run(list_cards, Selection(gold, "blocked"), today=TODAY)
    active = await cards.database.run(list_cards, Selection(gold, "active"), today=TODAY)
    assert [row.card_id for row in blocked.rows] == [3]
    assert {row.series_id for row in active.rows} == {gold}
    assert 3 not in {row.card_id for row in active.rows}


async def test_frozen_card_is_listed_as_frozen_on_the_days_of_its_freeze(cards: Service) -> None:
    days = f"frozen_from = '{TODAY}', frozen_until = '{TODAY + timedelta(days=1)}'"
    await change(cards, f"update card set {days} where card_id = 3")
    for day, found in ((-1, []), (0, [3]), (1, [3]), (2, [])):
        today = TODAY + timedelta(days=day)
        frozen = await cards.database.run(list_cards, Selection(state="frozen"), today=today)
        active = await cards.database.run(list_cards, Selection(state="active", card_ids=(3,)), today=today)
        assert ([row.card_id for row in frozen.rows], {row.state for row in frozen.rows}) == (
            found,
            {"frozen"} if found else set(),
        )
        assert [row.card_id for row in active.rows] == ([] if found else [3])


@pytest.mark.parametrize("digits", ["2900000000", "L01", "L030", "030"])
async def test_card_is_found_by_first_or_last_digits(cards: Service, digits: str) -> None:
    rows = await cards.database.run(find_cards_by_digits, digits, today=TODAY)
    assert rows
    assert all(row.number.startswith(digits) or row.number.endswith(digits) for row in rows)


@pytest.mark.parametrize("digits", ["", "29", "l03", "%00", "___", "\\00", "999"])
async def test_too_few_digits_and_wildcards_find_nothing(cards: Service, digits: str) -> None:
    assert await cards.database.run(find_cards_by_digits, digits, today=TODAY) == []


async def test_too_many_found_are_one_more_than_can_be_shown(cards: Service) -> None:
    await cards.database.run(make_cards, "GOLD", count=100, act=ACT)
    assert len(await cards.database.run(find_cards_by_digits, "290", today=TODAY)) == MOST_FOUND + 1


async def test_number_of_a_upc_is_found_by_both_spellings_heads(service: Service) -> None:
    await service.database.run(put_series, "GOLD", GOLD, act=ACT)
    await service.database.run(make_card, "GOLD", number="036000291452", act=ACT)
    for digits in ("0036000", "291452"):
        assert len(await service.database.run(find_cards_by_digits, digits, today=TODAY)) == 1


async def test_cards_of_holders_are_found(cards: Service) -> None:
    await make_person(cards.database, "Elin Marsh")
    await change(cards, "update card set holder_id = 1 where card_id in (4, 40)")
    assert [row.card_id for row in await cards.database.run(find_cards_of_holders, [1, 2], today=TODAY)] == [40, 4]
    assert await cards.database.run(find_cards_of_holders, [], today=TODAY) == []


async def test_bands_are_open_at_both_ends_and_hold_their_lower_bound(cards: Service) -> None:
    turnovers = {1: -100, 2: 0, 3: 49_999, 4: 50_000, 5: 99_999, 6: 100_000, 7: 10**12}
    for card_id, turnover in turnovers.items():
        await change(cards, f"update card set turnover = {turnover} where card_id = {card_id}")
    assert await cards.database.run(count_turnover_bands, [50_000, 100_000]) == [
        Band(None, 50_000, 56, 49_899),
        Band(50_000, 100_000, 2, 149_999),
        Band(100_000, None, 2, 10**12 + 100_000),
    ]


async def test_band_without_cards_is_told_and_replaced_cards_count_nowhere(cards: Service) -> None:
    await change(cards, "update card set state = 'replaced', successor_id = 60 where card_id < 60")
    found = await cards.database.run(count_turnover_bands, [1])
    assert found == [Band(None, 1, 1, 0), Band(1, None, 0, 0)]


async def test_few_cards_are_quick_to_count(cards: Service) -> None:
    assert await cards.database.run(is_quick_to_count)
    await change(cards, "analyze card")
    assert await cards.database.run(is_quick_to_count)


async def test_full_card_has_its_series_and_the_card_in_its_place(cards: Service) -> None:
    await change(cards, "update card set state = 'replaced', successor_id = 2 where card_id = 1")
    full = await cards.database.run(find_full_card, 1)
    assert full is not None
    assert (full.card.card_id, full.series.code, full.series.settings) == (1, "GOLD", GOLD)
    assert (full.masked, full.successor_masked) == ("··· 0018", "··· 0025")
    assert await cards.database.run(find_full_card, 61) is None


async def test_list_by_turnover_ends_its_page_after_so_many_cards_and_leads_on_and_back(cards: Service) -> None:
    await change(cards, f"update card set turnover = 900, card_id = card_id + {2 * MOST_LOOKED_AT} where card_id > 58")
    await change(cards, "update card set turnover = 900 where card_id in (3, 5)")
    assert await walk(cards, None) == [[60, 59], [], [5, 3]]
    assert await walk(cards, Place((0,), is_towards_newer=True)) == [[5, 3], [], [60, 59]]


async def walk(service: Service, place: Place | None) -> list[list[int]]:
    """Read page after page in one direction; gives the cards of each, by what is left of their moved identifiers."""
    found: list[list[int]] = []
    is_towards_newer = place is not None
    while not found or place is not None:
        page = await service.database.run(list_cards, Selection(turnover_from=900), today=TODAY, place=place)
        found.append([row.card_id % MOST_LOOKED_AT for row in page.rows])
        place = page.newer if is_towards_newer else page.older
    return found
