"""What `verify` finds: every way to enter leaves a clean chain, and whoever changes an entry afterwards is found."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest

from loyalty.accounts.moves import Move, move
from loyalty.accounts.verify import verify_ledgers
from loyalty.cards.model import Card
from loyalty.receipts.documents import DocumentContent, delete_document, put_document
from tests.conftest import ACT
from tests.factories import make_line, make_receipt, make_return
from tests.loyalty.receipts.posting import make_card, pay, post, try_void
from tests.services import Two, services

__all__ = ["services"]

TODAY = ACT.at.date()


@pytest.fixture
async def sql(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection as the owner of the tables, who may do everything."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def trade(services: Two) -> Card:
    """Enter into a card in every way there is; gives the card."""
    one, card = services[0], await make_card(services[0], balance=10_000)
    shown = {"number": card.number}
    sale = make_receipt(make_line(price="20.00"), card=shown, payments=[pay(card, "20.00")])
    await post(one, sale)
    await post(one, make_return(sale, make_line(price="20.00"), card=shown, payments=[pay(card, "20.00")]))
    voided = make_receipt(make_line(price="5.00", top_up=True), make_line(2, price="3.00"), total="8.00", card=shown)
    await post(one, voided)
    assert await try_void(one, voided) == "voided"
    await one.database.run(move, Move("top_up", card.card_id, "money", 700, None, uuid4()), act=ACT)
    await one.database.run(move, Move("adjust", card.card_id, "turnover", -300, "wrong", uuid4()), act=ACT)
    await put(services, UUID(int=1), card, total=900)
    await put(services, UUID(int=1), card, total=500, day=date(2026, 10, 1))
    await put(services, UUID(int=2), card, total=100)
    await one.database.run(delete_document, UUID(int=2), act=ACT)
    return card


async def put(services: Two, uid: UUID, card: Card, *, total: int, day: date = TODAY) -> None:
    """Put a sale document."""
    content = DocumentContent("sale", "1", day, "posted", None, card.number, total, [], None)
    await services[0].database.run(put_document, uid, content, version=None, act=ACT)


async def differences(services: Two) -> list[str]:
    """Verify, and give what is found."""
    return (await services[0].database.run(verify_ledgers)).differences


async def test_every_way_to_enter_leaves_a_clean_chain(services: Two, sql: asyncpg.Connection) -> None:
    """PAP-22."""
    card = await trade(services)

    ways = {row["source"] for row in await sql.fetch("select distinct source from ledger")}
    assert ways == {"sale", "return", "void", "top_up", "adjust", "document"}
    assert await sql.fetchval("select count(*) from ledger where card_id = $1", card.card_id) >= 12
    assert await differences(services) == []


@pytest.mark.parametrize(
    "change",
    [
        "update ledger set amount = amount + 1",
        "update ledger set at = at + interval '1 microsecond'",
        "update ledger set source_uid = gen_random_uuid()",
        "update ledger set corrects = 1",
        "update ledger set business_date = business_date - 1",
        "update ledger set account = 'points'",
        "update ledger set hash = sha256('forged')",
    ],
)
async def test_altered_entry_is_named_with_its_card(services: Two, sql: asyncpg.Connection, change: str) -> None:
    """PAP-22."""
    await trade(services)
    card = await trade_little(services)

    await sql.execute(f"{change} where card_id = $1 and seq = 3", card.card_id)

    found = await differences(services)
    assert any(f"card {card.card_id}, entry 3 of" in line and "not what was entered" in line for line in found), found
    assert not any("not what was entered" in line for line in found if f"card {card.card_id}," not in line), found


async def trade_little(services: Two) -> Card:
    """Top a card up five times."""
    card = await make_card(services[0], kind="credit")
    for _ in range(5):
        await services[0].database.run(move, Move("top_up", card.card_id, "money", 100, None, uuid4()), act=ACT)
    return card


async def test_deleted_entry_is_found_by_the_one_after_it(services: Two, sql: asyncpg.Connection) -> None:
    card = await trade_little(services)

    await sql.execute("delete from ledger where card_id = $1 and seq = 3", card.card_id)

    assert f"card {card.card_id}, entry 4 of money: the entry is not what was entered" in await differences(services)


async def test_deleted_last_entry_is_found_by_the_head_of_the_chain(services: Two, sql: asyncpg.Connection) -> None:
    card = await trade_little(services)

    await sql.execute("delete from ledger where card_id = $1 and seq = 5", card.card_id)
    await sql.execute("update card set balance = 400, version = 4 where card_id = $1", card.card_id)

    found = await differences(services)
    assert f"card {card.card_id}: its last entry is not the one that was entered last" in found


async def test_inserted_entry_is_named_even_where_all_sums_were_made_to_fit(
    services: Two, sql: asyncpg.Connection
) -> None:
    card = await trade_little(services)

    await sql.execute(
        """insert into ledger (card_id, business_date, seq, account, amount, after, source, source_uid, at, hash)
        select card_id, business_date, 6, account, 100, 600, source, source_uid, at, sha256('forged') from ledger
        where card_id = $1 and seq = 5""",
        card.card_id,
    )
    await sql.execute("update card set balance = 600, version = 6 where card_id = $1", card.card_id)

    found = await differences(services)
    assert f"card {card.card_id}, entry 6 of money: the entry is not what was entered" in found
    assert f"card {card.card_id}: its last entry is not the one that was entered last" in found
