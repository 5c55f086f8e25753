import asyncio
from uuid import uuid4

import pytest

from loyalty.accounts.moves import Move, move
from loyalty.accounts.verify import verify_ledgers
from loyalty.errors import InsufficientFundsError, LimitExceededError, LoyaltyError, OperationConflictError
from tests.conftest import ACT
from tests.loyalty.receipts.posting import make_card, read_card
from tests.services import Two, services
from tests.simulation.books import broken_rules

__all__ = ["services"]


async def test_one_operation_sent_by_many_at_once_is_done_once(services: Two, database_url: str) -> None:
    """PAP-12."""
    card = await make_card(services[0], kind="credit")
    asked = Move("top_up", card.card_id, "money", 500, None, uuid4())

    done = await asyncio.gather(*[services[turn % 2].database.run(move, asked, act=ACT) for turn in range(20)])

    assert sorted(is_new for _, is_new in done) == [False] * 19 + [True]
    assert {moved.balance for moved, _ in done} == {500}
    assert (await read_card(services[0], card)).balance == 500
    assert await broken_rules(database_url) == []


async def test_operations_at_once_all_count(services: Two) -> None:
    card = await make_card(services[0], kind="credit")
    asked = [Move("top_up", card.card_id, "money", 1, None, uuid4()) for _ in range(40)]

    await asyncio.gather(*[services[turn % 2].database.run(move, one, act=ACT) for turn, one in enumerate(asked)])

    now = await read_card(services[0], card)
    assert (now.balance, now.version) == (40, 40)


async def test_adjustments_at_once_never_take_more_than_is_there(services: Two) -> None:
    card = await make_card(services[0], balance=1_000, credit_limit=50)
    asked = [Move("adjust", card.card_id, "money", -100, "fee", uuid4()) for _ in range(20)]

    told = await asyncio.gather(
        *[services[turn % 2].database.run(move, one, act=ACT) for turn, one in enumerate(asked)], return_exceptions=True
    )

    assert sum(isinstance(one, LoyaltyError) for one in told) == 10
    assert {type(one) for one in told if isinstance(one, LoyaltyError)} == {LimitExceededError}
    assert (await read_card(services[0], card)).balance == 0


async def test_card_without_a_limit_falls_short_of_funds(services: Two) -> None:
    card = await make_card(services[0], balance=100)
    run = services[0].database.run

    with pytest.raises(InsufficientFundsError):
        await run(move, Move("adjust", card.card_id, "money", -101, "fee", uuid4()), act=ACT)
    assert (await read_card(services[0], card)).version == 1


async def test_refused_operation_is_not_remembered(services: Two) -> None:
    card = await make_card(services[0], balance=100)
    run, asked = services[0].database.run, Move("adjust", card.card_id, "money", -150, "fee", uuid4())
    with pytest.raises(InsufficientFundsError):
        await run(move, asked, act=ACT)

    await run(move, Move("top_up", card.card_id, "money", 50, None, uuid4()), act=ACT)
    moved, is_new = await run(move, asked, act=ACT)

    assert (moved.balance, is_new) == (0, True)


async def test_operation_with_other_content_changes_nothing(services: Two) -> None:
    card = await make_card(services[0], kind="credit")
    run, uid = services[0].database.run, uuid4()
    await run(move, Move("top_up", card.card_id, "money", 50, None, uid), act=ACT)

    with pytest.raises(OperationConflictError):
        await run(move, Move("top_up", card.card_id, "money", 60, None, uid), act=ACT)

    assert (await read_card(services[0], card)).balance == 50
    assert (await run(verify_ledgers)).differences == []
