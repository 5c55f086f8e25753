"""Flights: many receipts at once share transactions, and never each other's fate."""

import asyncio
from uuid import UUID

import asyncpg

from api.settings import Settings
from api.state import Service, running_service
from tests.factories import make_line, make_receipt, make_return
from tests.loyalty.receipts.posting import make_card, post, read_card, try_post, try_void
from tests.simulation.books import broken_rules


async def test_receipts_that_wait_together_fly_together(service: Service, database_url: str) -> None:
    card = await make_card(service)
    before = await _transactions(database_url)

    told = await asyncio.gather(*[try_post(service, make_receipt(card={"number": card.number})) for _ in range(300)])

    assert set(told) == {"new"}
    assert (await read_card(service, card)).turnover == 300_000
    assert await _transactions(database_url) - before < 100, "one by one they would be 300"


async def test_refusal_of_one_leaves_the_others_of_its_flight(service: Service) -> None:
    card = await make_card(service)
    receipts = [make_receipt(card={"number": card.number}, total="10.00" if turn % 3 else "9.00") for turn in range(30)]

    told = await asyncio.gather(*[try_post(service, receipt) for receipt in receipts])

    assert told == ["new" if turn % 3 else "receipt_unbalanced" for turn in range(30)]
    now = await read_card(service, card)
    assert (now.turnover, now.purchases) == (20_000, 20)


async def test_receipts_of_one_card_in_one_flight_see_each_other(service: Service) -> None:
    card = await make_card(service, balance=5_000)
    payments = [{"kind": "card", "amount": "10.00", "card": {"number": card.number}}]

    told = await asyncio.gather(*[try_post(service, make_receipt(payments=payments)) for _ in range(8)])

    assert (told.count("new"), told.count("insufficient_funds")) == (5, 3)


async def test_fault_in_one_receipt_fails_no_other(service: Service, database_url: str) -> None:
    good, bad = await make_card(service), await make_card(service)
    await service.catalogue.newest()
    await _run(
        database_url, f"update card set series_id = {await _hide_series(database_url)} where card_id = {bad.card_id}"
    )
    receipts = [make_receipt(card={"number": (bad if turn == 7 else good).number}) for turn in range(20)]

    told = await asyncio.gather(*[try_post(service, receipt) for receipt in receipts], return_exceptions=True)

    assert [turn for turn, answer in enumerate(told) if answer != "new"] == [7]
    assert isinstance(told[7], KeyError)
    assert (await read_card(service, good)).turnover == 19_000


async def test_restarted_service_remembers_every_answer(
    service: Service, settings: Settings, database_url: str
) -> None:
    receipt = make_receipt()
    first = await post(service, receipt)

    async with running_service(settings, database_url) as other:
        again = await post(other, receipt)

    assert (first.answer, again.is_new) == (again.answer, False)


async def test_unparking_touches_parked_returns_only(service: Service, database_url: str) -> None:
    card = await make_card(service)
    sale = make_receipt(make_line(), card={"number": card.number})
    back = make_return(sale)
    for body in (sale, back):
        await post(service, body)

    for body in (sale, back):
        await service.flights.unpark(UUID(body["receipt_uid"]))
    await try_void(service, back)
    await service.flights.unpark(UUID(back["receipt_uid"]))

    assert (await read_card(service, card)).turnover == 1_000
    assert await broken_rules(database_url) == []


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _hide_series(url: str) -> int:
    """Make a series that no catalogue in memory knows of."""
    made = (
        "insert into series (code, version, definition) select 'HIDDEN', 1, definition from series limit 1 returning id"
    )
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(made))
    finally:
        await connection.close()


async def _transactions(url: str) -> int:
    """Count the transactions that wrote receipts: one for each flight."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("select count(distinct xmin::text) from receipt_key"))
    finally:
        await connection.close()
