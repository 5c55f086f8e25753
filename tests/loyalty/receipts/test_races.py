"""Receipts, payments and voids that meet in the same moment, in one process and in two."""

import asyncio
from random import Random
from uuid import uuid4

import pytest

from api.state import Service
from loyalty.cards.service import load_card
from loyalty.receipts.documents import DocumentContent, put_document
from loyalty.receipts.parked import list_arrived_voids, list_resolvable
from loyalty.receipts.voids import void_receipt
from tests.conftest import ACT
from tests.factories import make_line, make_receipt, make_return
from tests.loyalty.receipts.posting import make_card, pay, post, read_card, try_post, try_void
from tests.simulation.books import broken_rules

Two = tuple[Service, Service]


@pytest.fixture(autouse=True)
async def _agreeing_books(database_url: str, services: Two) -> object:
    yield services
    assert await broken_rules(database_url) == []


async def test_receipt_sent_200_times_at_once_is_new_once(services: Two) -> None:
    card = await make_card(services[0])
    receipt = make_receipt(make_line(price="500.00"), card={"number": card.number})

    told = await asyncio.gather(*[try_post(services[turn % 2], receipt) for turn in range(200)])

    assert sorted(told) == ["known"] * 199 + ["new"]
    now = await read_card(services[0], card)
    assert (now.turnover, now.purchases) == (50_000, 1)


async def test_answers_to_a_receipt_sent_at_once_are_all_the_first_answer(services: Two) -> None:
    card = await make_card(services[0], balance=100_000)
    receipt = make_receipt(card={"number": card.number}, payments=[pay(card, "10.00")])

    decisions = await asyncio.gather(*[post(services[turn % 2], receipt) for turn in range(20)])

    assert len({decision.answer for decision in decisions}) == 1


async def test_64_writers_never_overspend_a_card_and_never_refuse_what_is_there(services: Two) -> None:
    """PAP-21: the balance never goes below the allowed limit under parallel payments."""
    card = await make_card(services[0], balance=10_000, credit_limit=500)
    receipts = [make_receipt(make_line(price="7.00"), payments=[pay(card, "7.00")]) for _ in range(64)]

    told = await asyncio.gather(*[try_post(services[turn % 2], receipt) for turn, receipt in enumerate(receipts)])

    assert (told.count("new"), told.count("limit_exceeded")) == (15, 49)
    assert (await read_card(services[0], card)).balance == 10_000 - 15 * 700


async def test_two_tills_at_once_spend_a_balance_once(services: Two) -> None:
    card = await make_card(services[0], balance=100_000)
    receipts = [make_receipt(make_line(price="700.00"), payments=[pay(card, "700.00")]) for _ in range(2)]

    told = await asyncio.gather(*[try_post(*pair) for pair in zip(services, receipts, strict=True)])

    assert sorted(told) == ["insufficient_funds", "new"]
    assert (await read_card(services[0], card)).balance == 30_000


async def test_one_number_under_two_uuids_at_once_is_one_receipt(services: Two) -> None:
    for _ in range(10):
        receipt = make_receipt()
        other = receipt | {"receipt_uid": str(uuid4())}

        decisions = await asyncio.gather(*[post(*pair) for pair in zip(services, (receipt, other), strict=True)])

        assert sorted(decision.is_new for decision in decisions) == [False, True]
        assert len({decision.uid for decision in decisions}) == 1


async def test_one_number_with_two_contents_at_once_is_one_receipt_and_one_conflict(services: Two) -> None:
    for _ in range(10):
        receipt = make_receipt()
        other = receipt | {"receipt_uid": str(uuid4()), "cashier": "6"}

        told = await asyncio.gather(*[try_post(*pair) for pair in zip(services, (receipt, other), strict=True)])

        assert sorted(told) == ["new", "receipt_conflict"]


async def test_crossing_cards_never_stop_each_other(services: Two, rng: Random) -> None:
    cards = [await make_card(services[0], balance=1_000_000) for _ in range(6)]

    def cross() -> dict[str, object]:
        one, two, three = rng.sample(cards, 3)
        payments = [pay(one, "3.00"), pay(two, "7.00")]
        return make_receipt(card={"number": three.number}, payments=payments)

    told = await asyncio.gather(*[try_post(services[turn % 2], cross()) for turn in range(200)])

    assert set(told) == {"new"}
    now = [await read_card(services[0], card) for card in cards]
    assert sum(card.balance for card in now) == 6 * 1_000_000 - 200 * 1_000
    assert sum(card.turnover for card in now) == 200 * 1_000


async def test_last_goods_of_a_sale_are_returned_once(services: Two) -> None:
    card = await make_card(services[0])
    sale = make_receipt(make_line(quantity="3", net="30.00"), card={"number": card.number})
    await post(services[0], sale)
    by_key = {name: sale[name] for name in ("store", "till", "shift", "number")}
    returns = [make_return(sale) | ({"original": by_key} if turn % 3 else {}) for turn in range(20)]

    told = await asyncio.gather(*[try_post(services[turn % 2], body) for turn, body in enumerate(returns)])

    assert (told.count("new"), told.count("nothing_left")) == (3, 17)
    now = await read_card(services[0], card)
    assert (now.turnover, now.purchases) == (0, 0)


async def test_return_and_its_sale_at_once_end_posted(services: Two) -> None:
    card = await make_card(services[0])
    pairs = []
    for _ in range(20):
        sale = make_receipt(card={"number": card.number})
        pairs += [(services[0], sale), (services[1], make_return(sale))]

    await asyncio.gather(*[post(*pair) for pair in pairs])

    for uid in await services[0].database.run(list_resolvable, limit=100):
        await services[0].flights.unpark(uid)
    now = await read_card(services[0], card)
    assert (now.turnover, now.purchases) == (0, 0)


async def test_void_and_return_of_a_sale_at_once_agree(services: Two) -> None:
    card = await make_card(services[0])
    for _ in range(20):
        sale = make_receipt(card={"number": card.number})
        await post(services[0], sale)

        told = await asyncio.gather(try_void(services[0], sale), try_post(services[1], make_return(sale)))

        assert tuple(told) in {("voided", "nothing_left"), ("receipt_has_returns", "new")}
    assert (await read_card(services[0], card)).turnover == 0


async def test_void_and_completion_at_once_agree(services: Two) -> None:
    card = await make_card(services[0])
    for _ in range(20):
        sale = make_receipt(card={"number": card.number})
        await post(services[0], sale | {"status": "suspended"})

        told = await asyncio.gather(try_void(services[0], sale), try_post(services[1], sale))

        assert told[0] == "voided"
    assert (await read_card(services[0], card)).turnover == 0


async def test_void_and_return_that_is_being_parked_end_voided(services: Two) -> None:
    for _ in range(20):
        back = make_return(make_receipt())

        told = await asyncio.gather(try_post(services[1], back), try_void(services[0], back))

        assert told[0] == "new"
        assert told[1] in {"voided", "parked"}


async def test_void_and_receipt_at_once_end_voided(services: Two) -> None:
    card = await make_card(services[0])
    sales = [make_receipt(card={"number": card.number}) for _ in range(20)]

    for sale in sales:
        await asyncio.gather(try_void(services[0], sale), try_post(services[1], sale))

    database = services[0].database
    for void in await database.run(list_arrived_voids, limit=100):
        await database.run(
            void_receipt, void.receipt_uid, void_uid=void.void_uid, reason=void.reason, only_for=None, act=ACT
        )
    assert await database.run(list_arrived_voids, limit=100) == []
    assert (await read_card(services[0], card)).turnover == 0


async def test_one_receipt_is_voided_by_one_of_many(services: Two) -> None:
    card = await make_card(services[0])
    sale = make_receipt(card={"number": card.number})
    await post(services[0], sale)

    told = await asyncio.gather(*[try_void(services[turn % 2], sale) for turn in range(10)])

    assert sorted(told) == ["already_voided"] * 9 + ["voided"]
    assert (await read_card(services[0], card)).turnover == 0


async def test_document_put_by_many_at_once_counts_once(services: Two) -> None:
    card = await make_card(services[0])
    uid = uuid4()
    content = DocumentContent("sale", "1", ACT.at.date(), "posted", None, card.number, 5_000, [], None)

    kept = await asyncio.gather(
        *[services[turn % 2].database.run(put_document, uid, content, version=1, act=ACT) for turn in range(20)]
    )

    assert sorted(is_new for _, is_new in kept) == [False] * 19 + [True]
    assert (await services[0].database.run(load_card, card.card_id)).turnover == 5_000
