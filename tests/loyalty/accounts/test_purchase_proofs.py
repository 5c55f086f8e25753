"""The proofs of the count of purchases, and of cards that were replaced."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from loyalty.accounts.verify import verify_ledgers
from loyalty.cards.model import Card
from loyalty.cards.replacing import Replace, replace_card
from tests.conftest import ACT
from tests.factories import make_line, make_receipt, make_return
from tests.loyalty.receipts.posting import make_card, post, try_void
from tests.services import Two, services

__all__ = ["services"]


@pytest.fixture
async def sql(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection as the owner of the tables, who may do everything."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def _differences(services: Two) -> list[str]:
    return (await services[0].database.run(verify_ledgers)).differences


async def _trade(services: Two) -> tuple[Card, Card]:
    """Sell on three days, return one sale in two parts, void the first part and a sale, replace the card."""
    one = services[0]
    old, new = await make_card(one), await make_card(one)
    shown = {"number": old.number}
    sales = [
        make_receipt(make_line(quantity="2", net="20.00"), card=shown, business_date=day)
        for day in ("2026-11-20", "2026-11-21", "2026-11-22")
    ]
    for sale in sales:
        await post(one, sale)
    parts = [make_return(sales[0], card=shown, business_date=day) for day in ("2026-11-23", "2026-11-24")]
    for part in parts:
        await post(one, part)
    assert await _differences(services) == []
    assert [await try_void(one, receipt) for receipt in (parts[0], sales[1])] == ["voided", "voided"]
    await one.database.run(replace_card, Replace(old.card_id, new.number, uuid4()), act=ACT)
    return old, new


async def test_returns_voids_and_a_replacement_leave_a_proven_count(services: Two, sql: asyncpg.Connection) -> None:
    """PAP-20, PAP-24."""
    old, new = await _trade(services)

    counts = {row["card_id"]: row["purchases"] for row in await sql.fetch("select card_id, purchases from card")}
    assert (counts[old.card_id], counts[new.card_id]) == (0, 2)
    assert await _differences(services) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("update card set purchases = purchases + 1 where successor_id is null", "its receipts make 2 purchases"),
        ("update card_day set receipts = receipts + 1 where receipts <> 0", "the day's purchases are"),
        ("update receipt set purchases = 0 where kind = 'sale'", "its receipts give 0"),
        ("update card set successor_id = null", "its successor is none"),
        ("update card set state = 'active' where state = 'replaced'", "is active, its successor is"),
    ],
)
async def test_altered_count_or_chain_is_found(services: Two, sql: asyncpg.Connection, change: str, found: str) -> None:
    await _trade(services)

    await sql.execute(change)

    assert any(found in difference for difference in await _differences(services))


async def test_replacement_that_lost_something_is_found(services: Two, sql: asyncpg.Connection) -> None:
    _, new = await _trade(services)

    await sql.execute(
        "update ledger set amount = amount - 1 where card_id = $1 and source = 'replace' and seq = 1", new.card_id
    )

    assert any(difference.startswith("replacement ") for difference in await _differences(services))
