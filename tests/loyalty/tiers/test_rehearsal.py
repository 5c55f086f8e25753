"""Rehearsal: the table that acted gives exactly today, a changed one gives its tiers, its money, its winners and losers."""

from datetime import UTC, date, datetime
from typing import Any  # JSON bodies are free in their values

import pytest
from msgspec import UNSET

from api.state import Service
from database.activity import Act
from loyalty.cards.model import Card
from loyalty.cards.rules import SeriesRules, TurnoverEntry, TurnoverTable
from loyalty.cards.series_rules import put_rules
from loyalty.cards.service import OwnSettings, change_card, make_cards
from loyalty.errors import SeriesUnknownError, SettingRefusedError
from loyalty.money import Scale
from loyalty.tiers.rehearsal import (
    CardDifference,
    Rehearsal,
    RehearsalWish,
    StoreMoney,
    ask_for_rehearsal,
    rehearsal_rows,
    rehearse,
)
from loyalty.tiers.runs import TierCount, run_turnover
from tests.conftest import ACT
from tests.factories import make_line, make_receipt
from tests.loyalty.receipts.posting import make_card, post, read_card

P = 10_000
TABLE = TurnoverTable(
    "month",
    "one_step",
    entries=(
        TurnoverEntry(0, 100_00, change="set", value=0),
        TurnoverEntry(100_00, 200_00, change="set", value=3 * P),
        TurnoverEntry(200_00, change="set", value=5 * P),
    ),
)
GENEROUS = TurnoverTable(
    "month",
    entries=(TurnoverEntry(0, 150_00, change="set", value=1 * P), TurnoverEntry(150_00, change="set", value=4 * P)),
)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def at(month: int, day: int) -> Act:
    return Act("test", datetime(2026, month, day, 1, tzinfo=UTC))


def sale(number: str, amount: str, day: str, **more: Any) -> dict[str, Any]:
    when = {"business_date": day, "closed_at": f"{day}T12:00:00+02:00"}
    return make_receipt(make_line(price=amount, **more), card={"number": number}, **when)


async def make_shop(service: Service) -> tuple[str, list[Card]]:
    """Make a series with four cards that bought in three months, its table run after each of them."""
    first = await make_card(service)
    code = (await service.catalogue.newest()).series[first.series_id].code
    made = await service.database.run(make_cards, code, count=3, act=ACT)
    numbers = [first.number, *(number for _, number in made)]
    await service.database.run(put_rules, code, SeriesRules(turnover=TABLE), act=at(8, 1))
    spent = {
        "08": ("250.00", "150.00", "10.00", None),
        "09": ("20.00", "150.00", None, None),
        "10": ("10.00", "210.00", "160.00", None),
    }
    for month, amounts in spent.items():
        for number, amount in zip(numbers, amounts, strict=True):
            if amount is not None:
                await post(service, sale(number, amount, f"2026-{month}-15"))
        await service.database.run(run_turnover, code, f"2026-{month}", preview=False, act=at(int(month) + 1, 1))
        if month == "08":
            own = OwnSettings(percent=7 * P, credit_limit=UNSET, expires_on=UNSET, holder_id=UNSET)
            await service.database.run(change_card, made[2][0], own, act=at(9, 10))
    return code, [await read_card(service, card) for card in [first]]


async def run_rehearsal(
    service: Service, code: str, table: TurnoverTable, *, first: date = date(2026, 8, 1)
) -> Rehearsal:
    wish = RehearsalWish(code, table, first, date(2026, 10, 31))
    return await service.database.run(rehearse, wish, now=NOW)


async def test_table_that_acted_gives_exactly_what_is(service: Service) -> None:
    """PAP-25: cards per tier, what people gave by hand, and every cent of discount."""
    code, _ = await make_shop(service)

    found = await run_rehearsal(service, code, TABLE)

    assert found.periods == ("2026-08", "2026-09", "2026-10")
    assert found.cards == 4
    assert [(tier.percent, tier.before, tier.after) for tier in found.tiers] == [
        (0, 1, 1),
        (3 * P, 2, 2),
        (5 * P, 1, 1),
    ]
    assert (found.winners, found.losers) == (0, 0)
    assert [(one.receipts, one.discount) for one in found.stores] == [(8, one.rehearsed) for one in found.stores]


async def test_changed_table_gives_its_tiers_its_money_and_who_wins_and_loses(service: Service) -> None:
    code, (first,) = await make_shop(service)
    before = (first.own_percent, first.version)

    found = await run_rehearsal(service, code, GENEROUS)

    assert found.tiers == (
        TierCount(code, 0, 1, 0),
        TierCount(code, 1 * P, 0, 2),
        TierCount(code, 3 * P, 2, 0),
        TierCount(code, 4 * P, 0, 2),
        TierCount(code, 5 * P, 1, 0),
    )
    assert (found.winners, found.losers) == (2, 2)
    assert [(one.percent, one.rehearsed) for one in found.first_losers] == [(3 * P, 1 * P), (5 * P, 4 * P)]
    # September: the first card has 4 % instead of 5 on 20.00, the second 4 instead of 3 on 150.00. October: the first has
    # 1 instead of 3 on 10.00, the second 4 instead of 3 on 210.00, the third 1 instead of 0 on 160.00.
    (store,) = found.stores
    assert store.rehearsed - store.discount == -20 + 150 - 20 + 210 + 160
    card = await read_card(service, first)
    assert (card.own_percent, card.version) == before


async def test_month_that_was_never_run_is_rehearsed_from_its_end(service: Service) -> None:
    card = await make_card(service)
    code = (await service.catalogue.newest()).series[card.series_id].code
    await post(service, sale(card.number, "150.00", "2026-10-15"))
    await post(service, sale(card.number, "80.00", "2026-11-10"))
    await post(service, sale(card.number, "80.00", "2026-11-11", fixed_price=True))

    found = await run_rehearsal(service, code, GENEROUS, first=date(2026, 10, 1))

    assert found.tiers == (TierCount(code, 0, 1, 0), TierCount(code, 4 * P, 0, 1))
    assert found.stores == (StoreMoney("0007", 3, 0, 3_20),)


def test_rehearsal_is_written_as_rows_of_text() -> None:
    found = Rehearsal(
        periods=("2026-10",),
        cards=2,
        tiers=(TierCount("GOLD", 43_500, 2, 1),),
        stores=(StoreMoney("0007", 3, 10_50, 12_00),),
        winners=1,
        losers=0,
        first_winners=(CardDifference(1, "***4567", 0, 43_500),),
        first_losers=(),
    )
    assert rehearsal_rows(found, Scale(2)) == [
        ("what", "name", "percent", "now", "rehearsed"),
        ("tier", "GOLD", "4.35", "2", "1"),
        ("store", "0007", "", "10.50", "12.00"),
        ("winner", "***4567", "", "0.00", "4.35"),
    ]


async def test_rehearsal_of_nothing_is_refused(service: Service) -> None:
    code, _ = await make_shop(service)
    broken = TurnoverTable("month", entries=(TurnoverEntry(0, 5, change="set"),))
    for wish in (
        RehearsalWish(code, TABLE, date(2026, 10, 1), date(2026, 10, 30)),
        RehearsalWish(code, TurnoverTable("day"), date(2020, 1, 1), date(2026, 10, 30)),
        RehearsalWish(code, broken, date(2026, 10, 1), date(2026, 10, 31)),
    ):
        with pytest.raises(SettingRefusedError):
            await service.database.run(ask_for_rehearsal, wish, act=ACT)
    with pytest.raises(SeriesUnknownError):
        await service.database.run(
            ask_for_rehearsal, RehearsalWish("NONE", TABLE, date(2026, 10, 1), date(2026, 10, 31)), act=ACT
        )
