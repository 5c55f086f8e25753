"""Anchors: whoever recomputes a whole chain so that it fits again is found by the anchors that were made before."""

from datetime import date, timedelta
from uuid import uuid4

import asyncpg

from api.state import Service
from database.activity import Act
from database.engine import Database
from loyalty.accounts.anchors import anchor_books, compute_anchor, list_broken_anchors
from loyalty.accounts.chain import link
from loyalty.accounts.moves import Move, move
from loyalty.accounts.verify import verify_ledgers
from loyalty.cards.model import Card
from tests.conftest import ACT
from tests.loyalty.receipts.posting import make_card

LATER = Act("worker", ACT.at + timedelta(days=3))
UNTIL = date(2026, 11, 24)


async def move_often(service: Service) -> Card:
    """Put money on a card five times."""
    card = await make_card(service, kind="credit")
    for _ in range(5):
        await service.database.run(move, Move("top_up", card.card_id, "money", 100, None, uuid4()), act=ACT)
    return card


async def recompute_chain(url: str, card_id: int) -> None:
    """Do what an owner of the database can: double the third entry and make everything fit again."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("select * from ledger where card_id = $1 order by seq", card_id)
        chain, after = None, 0
        for row in rows:
            amount = 200 if row["seq"] == 3 else row["amount"]
            after += amount
            entry = {
                name: row[name]
                for name in ("card_id", "seq", "business_date", "account", "source", "source_uid", "corrects", "at")
            }
            chain = link(chain, **entry, amount=amount, after=after)
            change = "update ledger set amount = $1, after = $2, hash = $3 where card_id = $4 and seq = $5"
            await connection.execute(change, amount, after, bytes.fromhex(chain), card_id, row["seq"])
        await connection.execute("update card set balance = $1, chain = $2 where card_id = $3", after, chain, card_id)
    finally:
        await connection.close()


async def test_anchor_is_made_once_for_a_day_and_written_to_the_journal(service: Service) -> None:
    await move_often(service)
    run = service.database.run

    anchored = await run(anchor_books, act=LATER)

    assert anchored is not None
    assert (anchored.anchor.until, anchored.anchor.cards, anchored.broken) == (UNTIL, 1, [])
    assert anchored.anchor == await run(compute_anchor, UNTIL)
    assert await run(anchor_books, act=LATER) is None
    assert await run(anchor_books, act=Act("worker", LATER.at + timedelta(days=1))) is not None


async def test_entries_after_the_anchor_leave_it_as_it_is(service: Service) -> None:
    card = await move_often(service)
    await service.database.run(anchor_books, act=LATER)

    await service.database.run(move, Move("top_up", card.card_id, "money", 100, None, uuid4()), act=LATER)

    assert await service.database.run(list_broken_anchors, {}) == []


async def test_recomputed_chain_is_found_by_the_anchor_made_before(service: Service, database_url: str) -> None:
    card = await move_often(service)
    anchored = await service.database.run(anchor_books, act=LATER)
    assert anchored is not None

    await recompute_chain(database_url, card.card_id)

    found = (await service.database.run(verify_ledgers)).differences
    expected = f"anchor of {UNTIL}: the chains up to then are not those that were anchored"
    assert expected in found
    assert not [line for line in found if "entered" in line], "the chain itself fits again"
    again = await service.database.run(anchor_books, act=Act("worker", LATER.at + timedelta(days=1)))
    assert again is not None
    assert again.broken == [expected], "the next anchor looks at the one before it"


async def test_anchor_of_a_kept_log_is_found_even_where_the_journal_was_rewritten(
    service: Service, database_url: str
) -> None:
    card = await move_often(service)
    anchored = await service.database.run(anchor_books, act=LATER)
    assert anchored is not None
    kept = {anchored.anchor.until: anchored.anchor.chains}
    assert (await service.database.run(verify_ledgers, anchors=kept)).differences == []

    await recompute_chain(database_url, card.card_id)
    owner = Database(database_url, role=None)
    connection = await asyncpg.connect(database_url)
    await connection.execute("delete from activity where act = 'books.anchored'")
    await connection.close()

    assert await owner.run(list_broken_anchors, {}) == []
    assert len(await owner.run(list_broken_anchors, kept)) == 1
    await owner.close()
