"""Points end alike whatever the order: the same random facts, in two orders, with the worker looking at any time."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import date
from random import Random
from typing import Any  # JSON bodies are free in their values
from uuid import UUID, uuid4

from api.state import Service
from loyalty.accounts.points import expire_points
from loyalty.accounts.verify import verify_ledgers
from loyalty.cards.model import Card
from loyalty.money import ONE_UNIT
from loyalty.pricing.points import PointsRules
from loyalty.receipts.parked import list_arrived_voids, list_resolvable
from loyalty.receipts.voids import void_receipt
from tests.conftest import ACT
from tests.factories import make_line, make_receipt
from tests.loyalty.receipts.posting import make_card, read_card, try_post
from tests.services import Two

SALES = int(os.environ.get("SIMULATION_STEPS", "700")) // 14
AT_ONCE = 12
CARDS = 2
DAYS = [f"2026-{month:02}-{day:02}" for month in (1, 2, 3) for day in (1, 11, 21)]
RULES = PointsRules(per_money=3 * ONE_UNIT // 2, per_unit=ONE_UNIT // 7, value=10, lifetime="P20D")
LAST_LOOK = date(2026, 2, 5)

Fact = tuple[str, dict[str, Any], int | None, int | None]
"""An act, its body, and of a receipt the cards that it is shown and that pays by points."""


def _receipt(rng: Random, quantity: int, price: int, *, most_by_points: int, **more: Any) -> dict[str, Any]:
    total = quantity * price
    by_points = rng.randint(0, min(most_by_points, total))
    payments = [_paid("points", by_points), _paid("cash", total - by_points)] if by_points else [_paid("cash", total)]
    line = make_line(quantity=str(quantity), price=_money(price), net=_money(total))
    day = rng.choice(DAYS)
    return make_receipt(line, payments=payments, offline=True, business_date=day, closed_at=f"{day}T12:00:00Z", **more)


def _paid(kind: str, amount: int) -> dict[str, Any]:
    return {"kind": kind, "amount": _money(amount)}


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def _think_of_facts(rng: Random) -> list[Fact]:
    """Make up sales, returns of what was sold, and voids of any return and of sales without any."""
    facts: list[Fact] = []
    for _ in range(SALES):
        quantity, price = rng.randint(1, 6), rng.randint(20, 900)
        earner, payer = rng.choice([None, *range(CARDS)]), rng.randrange(CARDS)
        sale = _receipt(rng, quantity, price, most_by_points=rng.choice([0, 300]))
        facts.append(("post", sale, earner, payer))
        left, original = quantity, {"receipt_uid": sale["receipt_uid"]}
        while left and rng.random() < 0.6:
            back = rng.randint(1, left)
            left -= back
            gift = _receipt(rng, back, price, most_by_points=50, kind="return", original=original)
            facts.append(("post", gift, None, payer))
            if rng.random() < 0.3:
                facts.append(("void", gift, None, None))
        if left == quantity and rng.random() < 0.3:
            facts.append(("void", sale, None, None))
    return facts


class _Telling:
    """One way of telling the facts: on cards and under UUIDs of its own."""

    def __init__(self, services: Two, rng: Random, cards: list[Card]) -> None:
        self.services = services
        self.rng = rng
        self.cards = cards
        self.salt = uuid4().int

    def uid(self, uid: str) -> str:
        """Give a receipt's UUID as it is told here."""
        return str(UUID(int=UUID(uid).int ^ self.salt))

    async def tell(self, facts: list[Fact]) -> None:
        """Tell all facts in an order of its own, some of them twice, with looks of the worker in between."""
        acts = [self._act(fact) for fact in facts + self.rng.sample(facts, len(facts) // 4)]
        acts += [self._expire for _ in range(8)]
        self.rng.shuffle(acts)
        for start in range(0, len(acts), AT_ONCE):
            await asyncio.gather(*[act() for act in acts[start : start + AT_ONCE]])
        service = self.services[0]
        for uid in await service.database.run(list_resolvable, limit=10_000):
            await service.flights.unpark(uid)
        for void in await service.database.run(list_arrived_voids, limit=10_000):
            await self._void(service, void.receipt_uid)

    async def points(self) -> list[tuple[int, int]]:
        """Give each card's points, and those that are left when all that is old has expired."""
        before = [(await read_card(self.services[0], card)).points for card in self.cards]
        await self._expire()
        return list(zip(before, [(await read_card(self.services[0], card)).points for card in self.cards], strict=True))

    def _act(self, fact: Fact) -> Callable[[], Awaitable[object]]:
        what, body, earner, payer = fact
        service = self.rng.choice(self.services)
        if what == "void":
            return lambda: self._void(service, UUID(self.uid(body["receipt_uid"])))
        told = body | {"receipt_uid": self.uid(body["receipt_uid"]), "number": self.uid(body["receipt_uid"])}
        if "original" in told:
            told["original"] = {"receipt_uid": self.uid(told["original"]["receipt_uid"])}
        told["card"] = None if earner is None else {"number": self.cards[earner].number}
        told["payments"] = [
            payment | ({"card": {"number": self.cards[payer or 0].number}} if payment["kind"] == "points" else {})
            for payment in body["payments"]
        ]
        return lambda: _post(service, told)

    async def _void(self, service: Service, uid: UUID) -> None:
        void_uid = UUID(int=uid.int ^ 1)
        await service.database.run(void_receipt, uid, void_uid=void_uid, reason="x", only_for=None, act=ACT)

    async def _expire(self) -> None:
        portions = [[card.card_id for card in self.cards[start:stop]] for start, stop in ((0, 1), (1, None))]
        for portion in portions:
            database = self.rng.choice(self.services).database
            await database.run(expire_points, portion, today=LAST_LOOK, uid=uuid4(), act=ACT)


async def _post(service: Service, body: dict[str, Any]) -> None:
    assert await try_post(service, body) in {"new", "known"}


async def test_points_end_alike_in_any_order_of_facts_and_looks(services: Two, rng: Random) -> None:
    """PAP-22."""
    facts = _think_of_facts(rng)
    tellings = []
    for _ in range(2):
        cards = [await make_card(services[0], kind="bonus", points=RULES) for _ in range(CARDS)]
        tellings.append(_Telling(services, Random(rng.random()), cards))

    for telling in tellings:
        await telling.tell(facts)

    one, other = [await telling.points() for telling in tellings]
    assert [expired for _, expired in one] == [expired for _, expired in other]
    assert (await services[0].database.run(verify_ledgers)).differences == []
