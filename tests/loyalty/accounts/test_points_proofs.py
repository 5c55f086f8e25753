"""What `verify` finds about points and holds: a clean shop has nothing, and whoever changes a figure is found."""

from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from api.state import read_clock
from database.activity import Act
from loyalty.accounts.holds import AskedHold, place_hold
from loyalty.accounts.verify import verify_ledgers
from loyalty.money import ONE_UNIT
from loyalty.pricing.points import PointsRules
from tests.factories import make_line, make_receipt, make_return
from tests.loyalty.receipts.posting import make_card, post, try_void
from tests.services import Two, services

__all__ = ["services"]


async def _trade(services: Two) -> None:
    """Earn, spend, return and void points, and hold money."""
    one = services[0]
    card = await make_card(one, kind="bonus", points=PointsRules(per_money=ONE_UNIT))
    await post(one, make_receipt(make_line(price="50.00"), card={"number": card.number}))
    by_points = [{"kind": "points", "amount": "10.00", "card": {"number": card.number}}]
    sale = make_receipt(make_line(quantity="3", price="5.00", net="15.00"), card={"number": card.number})
    sale["payments"] = [by_points[0], {"kind": "cash", "amount": "5.00"}]
    await post(one, sale)
    returns = [make_return(sale, make_line(price="5.00")) for _ in range(3)]
    for back in returns:
        await post(one, back)
    for receipt in (*returns, sale):
        assert await try_void(one, receipt) == "voided"
    purse = await make_card(one, balance=10_000)
    asked = AskedHold(uuid4(), purse.number, 700, uuid4(), None, None)
    act = Act("test", read_clock())
    await one.database.run(place_hold, asked, lifetime=timedelta(minutes=5), act=act)


async def _differences(services: Two) -> list[str]:
    return (await services[0].database.run(verify_ledgers)).differences


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update card set points = points + 1 where points > 0", "points 50"),
        ("update points_term set earned = earned + 1 where earned > 0", "its days have"),
        ("update hold set amount = amount + 1", "it holds back"),
        (
            "update receipt set points = jsonb_set(points, '{moves,0,earned}', '51') where total = 5000",
            "it moves 51 points",
        ),
        ("delete from points_term", "its days have 0 points"),
    ],
)
async def test_changed_figure_of_points_or_holds_is_found(
    services: Two, database_url: str, change: str, told: str
) -> None:
    await _trade(services)
    assert await _differences(services) == []

    connection = await asyncpg.connect(database_url)
    await connection.execute(change)
    await connection.close()

    assert any(told in difference for difference in await _differences(services))


async def test_points_left_by_voided_returns_of_a_voided_sale_are_found(services: Two, database_url: str) -> None:
    await _trade(services)
    connection = await asyncpg.connect(database_url)
    found = await connection.fetchval("select uid from receipt where kind = 'return' order by uid limit 1")
    assert isinstance(found, UUID)

    await connection.execute(
        "update ledger set amount = amount + 1 where account = 'points' and source_uid = $1", found
    )
    await connection.close()

    assert any("its returns and their voids leave" in told for told in await _differences(services))
