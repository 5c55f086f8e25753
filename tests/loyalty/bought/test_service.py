"""Sums of groups of goods by day against plain SQL over the lines of receipts, after whatever happened to them."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any  # JSON bodies are free in their values
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from database.activity import Act
from loyalty.bought.service import catch_up
from loyalty.cards.replacing import Replace, replace_card
from loyalty.receipts.voids import void_receipt
from tests.factories import make_line, make_receipt, make_return
from tests.loyalty.receipts.posting import make_card, post, try_post
from tests.services import Two

GROUPS: tuple[dict[str, Any], ...] = ({"group": "bread"}, {"group": "milk"}, {}, {"group": "bread", "gift": True})
DAYS = ("2026-09-30", "2026-10-01", "2026-11-09", "2026-11-22")
PLAIN = """
    select l.item_group, l.business_date, r.card_id,
        coalesce(sum(l.net) filter (where r.kind = 'sale'), 0) - coalesce(sum(l.net) filter (where r.kind = 'return'), 0),
        count(*)
    from receipt_line l join receipt r on r.id = l.receipt_id
    where r.state = 'posted' and r.card_id > 0 and l.item_group is not null and l.marks & 24 = 0
    group by 1, 2, 3"""


def now() -> datetime:
    """Give the real moment: acts bear the moments of their clock."""
    return datetime.now(UTC)


async def work(service: Service, *, limit: int = 3) -> None:
    """Do what a worker does in two rounds: up to the fence that stands, and up to the one set then."""
    for _ in range(3):
        while await service.database.run(catch_up, now=now(), limit=limit):
            continue


async def compare(connection: AsyncConnection) -> tuple[set[Any], set[Any]]:
    """Give the sums that are kept, and those that the lines give, by group, day and card."""
    kept = await connection.execute(text("select item_group, day, card_id, net, lines from card_group_day"))
    plain = await connection.execute(text(PLAIN))
    return {tuple(row) for row in kept}, {tuple(row) for row in plain}


async def sell(service: Service, rng: random.Random, number: str | None) -> dict[str, Any]:
    """Post a sale of one or two goods."""
    lines = [
        make_line(place, price=f"{rng.randrange(1, 99)}.00", **rng.choice(GROUPS))
        for place in range(1, rng.randrange(2, 4))
    ]
    total, day = f"{sum(int(line['net'][:-3]) for line in lines)}.00", rng.choice(DAYS)
    more = {"card": {"number": number}} if number else {}
    body = make_receipt(*lines, total=total, business_date=day, payments=[{"kind": "cash", "amount": total}], **more)
    await post(service, body)
    return body


async def give_back(service: Service, rng: random.Random, sale: dict[str, Any]) -> dict[str, Any]:
    """Post the return of the first line of a sale, on another day perhaps."""
    line = {**sale["lines"][0], "original_line": 1}
    body = make_return(sale, line, business_date=rng.choice(DAYS), payments=[{"kind": "cash", "amount": line["net"]}])
    await post(service, body)
    return body


async def void(service: Service, body: dict[str, Any]) -> None:
    """Void a receipt, one that has not come too."""
    uid, act = UUID(body["receipt_uid"]), Act("test", now())
    await service.database.run(void_receipt, uid, void_uid=uuid4(), reason="x", only_for=None, act=act)


async def live(service: Service, rng: random.Random, numbers: list[str | None]) -> None:
    """Let a few receipts come, be given back, voided, and voided before they come."""
    sale = await sell(service, rng, rng.choice(numbers))
    what = rng.choice(
        ["leave", "leave", "void", "return", "return and void", "void unknown", "suspend", "early return"]
    )
    if what == "void":
        await void(service, sale)
    elif what == "return":
        await give_back(service, rng, sale)
    elif what == "return and void":
        await void(service, await give_back(service, rng, sale))
    elif what == "void unknown":
        later = make_receipt(make_line(group="milk"), card={"number": numbers[0]})
        await void(service, later)
        await post(service, later)
    elif what == "suspend":
        waiting = make_receipt(make_line(group="bread"), card={"number": numbers[0]}, status="suspended")
        await try_post(service, waiting)
    elif what == "early return":
        later = make_receipt(make_line(group="milk"), card={"number": numbers[0]})
        early = await give_back(service, rng, later)
        await post(service, later)
        await service.flights.unpark(UUID(early["receipt_uid"]))


async def test_sums_are_what_plain_sql_gives_after_a_random_history(services: Two, rng: random.Random) -> None:
    """BG-32: sales, returns, voids and what comes late, while two workers take portions in at once."""
    one, two = services
    numbers = [(await make_card(one)).number for _ in range(3)]
    for _ in range(8):
        acts = [live(rng.choice(services), rng, [*numbers, None]) for _ in range(4)]
        portions = [service.database.run(catch_up, now=now(), limit=2) for service in services]
        await asyncio.gather(*acts, *portions)
    await work(one)

    kept, plain = await two.database.run(compare)
    assert kept == plain
    assert len(plain) > 10


async def test_sums_count_replaced_cards_where_their_receipts_stand(service: Service, rng: random.Random) -> None:
    card = await make_card(service)
    sale = await sell(service, rng, card.number)
    await work(service)
    wish = Replace(card.card_id, (await make_card(service)).number, uuid4())
    await service.database.run(replace_card, wish, act=Act("test", now()))
    await void(service, sale)
    await work(service)

    assert await service.database.run(compare) == (set(), set())


async def test_act_that_shows_late_is_not_passed_over(service: Service, rng: random.Random) -> None:
    """A void is written first and shown last: what was written after it and shown before must not hide it."""
    card = await make_card(service)
    early, late = [await sell(service, rng, card.number) for _ in range(2)]
    await work(service)
    async with service.database.connection() as slow:
        await slow.exec_driver_sql("begin")
        uid, act = UUID(early["receipt_uid"]), Act("test", now())
        await void_receipt(slow, uid, void_uid=uuid4(), reason="x", only_for=None, act=act)
        await sell(service, rng, (await make_card(service)).number)
        await work(service)
        await slow.exec_driver_sql("commit")
    await work(service)

    kept, plain = await service.database.run(compare)
    assert kept == plain
    assert late


async def test_portion_that_was_killed_was_not_done(service: Service, rng: random.Random) -> None:
    card = await make_card(service)
    await sell(service, rng, card.number)
    await work(service)
    await sell(service, rng, card.number)

    async def die(connection: AsyncConnection) -> None:
        await catch_up(connection, now=now())
        raise ConnectionError

    for _ in range(4):
        with pytest.raises(ConnectionError):
            await service.database.run(die)
    await work(service)
    kept, plain = await service.database.run(compare)
    assert kept == plain


async def test_receipts_of_before_are_counted_by_month_and_those_of_meanwhile_from_the_journal(
    service: Service, rng: random.Random
) -> None:
    card = await make_card(service)
    sales = [await sell(service, rng, card.number) for _ in range(12)]
    await service.database.run(catch_up, now=now())
    await service.database.run(catch_up, now=now())
    await void(service, sales[0])
    await sell(service, rng, card.number)
    await work(service)

    kept, plain = await service.database.run(compare)
    assert kept == plain


async def test_database_that_was_restored_sets_a_new_fence(service: Service, rng: random.Random) -> None:
    await work(service)
    ahead = "update aggregate_mark set upto = jsonb_set(upto, '{fence,transaction}', '9000000000')"

    async def move_ahead(connection: AsyncConnection) -> None:
        await connection.execute(text(ahead))

    await service.database.run(move_ahead)
    await sell(service, rng, (await make_card(service)).number)
    await work(service)

    kept, plain = await service.database.run(compare)
    assert kept == plain
