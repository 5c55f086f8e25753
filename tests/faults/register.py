"""A cash register that keeps to the rules of `docs/integration.md`, whatever happens to the till agent.

Key idea: each UUID is made before the call, the same is sent again until there is an answer, and a closed receipt is a
fact. What was sent and what was acknowledged, and when, is all that is kept, to be compared with what is found later.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any, Final
from uuid import uuid4

import httpx
from msgspec import Struct

from tests.factories import make_line, make_receipt, make_return
from tests.faults.clock import now

WORKERS: Final = 4
CALL_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.05
FINISH_SECONDS: Final = 120.0
PURSE_SHARE, CARD_SHARE, VOIDED_SHARE = 0.25, 0.8, 0.05
TOP_UP: Final = "15.00"
TRACK: Final = ";{}=29121011000012345678?"
OF_BANK: Final = frozenset({"payment_card_refused"})
# What a program takes for an answer: it sells without the discount, or takes another payment.
WITHOUT_PRICE: Final = frozenset({"server_unreachable", "card_unknown"})
NO_MONEY: Final = frozenset({"insufficient_funds", "limit_exceeded"})
WITHOUT_HOLD: Final = WITHOUT_PRICE | NO_MONEY | {"offline_credit_refused", "card_not_usable"}


class Cards(Struct, frozen=True):
    """Numbers that a cashier gets to see: cards of discount, cards with money, bonus cards, and cards of banks."""

    gold: Sequence[str]
    purses: Sequence[str]
    points: Sequence[str] = ()
    of_banks: Sequence[str] = ()


class Habits(Struct, frozen=True):
    """How a register works: its pause, and how many of its sales are returned, top a card up, or show a bank's card."""

    pause_seconds: float = PAUSE_SECONDS
    returned: float = 0.0
    topped_up: float = 0.0
    of_banks: float = 0.0


class Shortage(Struct, frozen=True):
    """A payment that was refused because the card has not so much: from when to when it was asked, in seconds."""

    card: str
    cents: int
    began: float
    ended: float


class Register:
    """The sales of one shift of a till; `http` speaks to the agent, `read_clock` is the clock of the till's machine.

    `acknowledged` and `voided` hold UUIDs of receipts with the moment of the answer, in nanoseconds that never jump.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        rng: Random,
        *,
        till: str,
        shift: int,
        cards: Cards,
        habits: Habits = Habits(),  # noqa: B008 - a frozen value
        read_clock: Callable[[], datetime] = now,
    ) -> None:
        self.till = till
        self.shift = shift
        self.sent: dict[str, dict[str, Any]] = {}
        self.acknowledged: dict[str, int] = {}
        self.voided: dict[str, int] = {}
        self.refusals: Counter[str] = Counter()
        self.unexpected: list[str] = []
        self.answer_seconds: list[float] = []
        self.shortages: list[Shortage] = []
        self._http = http
        self._rng = rng
        self._cards = cards
        self._habits = habits
        self._read_clock = read_clock
        self._numbers = itertools.count(1)
        self._is_closing = False
        self._heard = asyncio.Event()

    @asynccontextmanager
    async def selling(self) -> AsyncIterator[None]:
        """Sell as long as the context lasts, and end each sale that was begun."""
        self._is_closing = False
        workers = [asyncio.create_task(self._sell_on()) for _ in range(WORKERS)]
        try:
            yield
            self._is_closing = True
            async with asyncio.timeout(FINISH_SECONDS):
                await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def wait_for_more(self, count: int) -> None:
        """Wait until so many more receipts were acknowledged."""
        goal = len(self.acknowledged) + count
        async with asyncio.timeout(FINISH_SECONDS):
            while len(self.acknowledged) < goal:
                self._heard.clear()
                await self._heard.wait()

    async def wait_for_refusal(self, code: str) -> None:
        """Wait until something more was refused with a code."""
        before = self.refusals[code]
        async with asyncio.timeout(FINISH_SECONDS):
            while self.refusals[code] == before:
                self._heard.clear()
                await self._heard.wait()

    async def sell(self) -> None:
        """Make one sale: a card perhaps, its price, its payment, the receipt, and a void or a return now and then."""
        habits = self._habits
        if self._rng.random() < habits.of_banks:
            await self._show_card_of_bank()
        if self._rng.random() < habits.topped_up:
            return await self._post(self._open_top_up())
        receipt = self._open_receipt()
        is_by_purse = self._rng.random() < PURSE_SHARE
        if is_by_purse:
            await self._pay_by_purse(receipt)
        elif self._rng.random() < CARD_SHARE:
            await self._price(receipt)
        await self._post(receipt)
        if not is_by_purse and self._rng.random() < VOIDED_SHARE:
            await self._void(str(receipt["receipt_uid"]))
        elif not is_by_purse and self._rng.random() < habits.returned:
            await self._take_back(receipt)
        return None

    async def _sell_on(self) -> None:
        while not self._is_closing:
            await self.sell()
            await asyncio.sleep(self._rng.random() * self._habits.pause_seconds)

    def _open_receipt(self) -> dict[str, Any]:
        cents = self._rng.randint(1_00, 9_00)
        amount = f"{cents // 100}.{cents % 100:02}"
        return make_receipt(make_line(price=amount), total=amount, **self._facts())

    def _open_top_up(self) -> dict[str, Any]:
        """Sell money on a card."""
        line = make_line(price=TOP_UP) | {"top_up": True}
        card = {"number": self._rng.choice(self._cards.purses)}
        return make_receipt(line, total=TOP_UP, card=card, **self._facts())

    def _facts(self) -> dict[str, Any]:
        """Give what each receipt says of itself."""
        moment = self._read_clock()
        return {
            "till": self.till,
            "shift": self.shift,
            "number": str(next(self._numbers)),
            "closed_at": moment.isoformat(),
            "business_date": moment.date().isoformat(),
        }

    async def _price(self, receipt: dict[str, Any]) -> None:
        """Take the discounts of a calculation into a receipt; where there is none it is sold without the card."""
        card = {"number": self._rng.choice([*self._cards.gold, *self._cards.points])}
        line = receipt["lines"][0]
        asked = {name: receipt[name] for name in ("receipt_uid", "store", "till")} | {
            "at": receipt["closed_at"],
            "card": card,
            "lines": [{name: line[name] for name in ("line", "sku", "quantity", "price")}],
        }
        answer = await self._insist("/v1/receipts/calculate", asked, goes_without=WITHOUT_PRICE)
        if answer.is_success:
            priced = answer.json()
            receipt["card"] = card
            line |= {name: priced["lines"][0][name] for name in ("discount", "net")}
            receipt["total"] = receipt["payments"][0]["amount"] = priced["total"]

    async def _pay_by_purse(self, receipt: dict[str, Any]) -> None:
        """Pay with the money of a card where it is held for us, and else in cash."""
        card, hold_uid = {"number": self._rng.choice(self._cards.purses)}, str(uuid4())
        asked = {
            "hold_uid": hold_uid,
            "receipt_uid": receipt["receipt_uid"],
            "card": card,
            "amount": receipt["total"],
        }
        began = time.time()
        answer = await self._insist("/v1/holds", asked, goes_without=WITHOUT_HOLD)
        if answer.is_success:
            receipt["payments"] = [{"kind": "card", "amount": receipt["total"], "card": card, "hold_uid": hold_uid}]
        elif answer.json().get("code") in NO_MONEY:
            cents = int(receipt["total"].replace(".", ""))
            self.shortages.append(Shortage(card["number"], cents, began, time.time()))

    async def _post(self, receipt: dict[str, Any]) -> None:
        uid = str(receipt["receipt_uid"])
        self.sent[uid] = receipt
        if (await self._insist("/v1/receipts", receipt)).is_success:
            self.acknowledged[uid] = time.monotonic_ns()
            self._heard.set()

    async def _void(self, uid: str) -> None:
        if (await self._insist(f"/v1/receipts/{uid}/void", {"void_uid": str(uuid4()), "reason": "wrong"})).is_success:
            self.voided[uid] = time.monotonic_ns()

    async def _take_back(self, sale: dict[str, Any]) -> None:
        """Give the whole of a sale back in cash."""
        sold = sale["lines"][0]
        line = make_line(price=sold["price"], net=sold["net"], original_line=1, discount=sold.get("discount", "0.00"))
        await self._post(make_return(sale, line, total=sale["total"], card=sale.get("card"), **self._facts()))

    async def _show_card_of_bank(self) -> None:
        """Type or swipe a bank's card in the place of one of ours: it must be refused, and nothing of it kept."""
        number = self._rng.choice(self._cards.of_banks)
        body = {"number": number} if self._rng.random() < 0.5 else {"raw": TRACK.format(number)}
        await self._insist("/v1/cards/lookup", body, goes_without=WITHOUT_PRICE | OF_BANK)

    async def _insist(self, path: str, body: dict[str, Any], *, goes_without: Collection[str] = ()) -> httpx.Response:
        """Send the same until there is an answer that ends it."""
        while True:
            began = time.monotonic()
            try:
                answer = await self._http.post(path, json=body, timeout=CALL_SECONDS)
            except httpx.HTTPError:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            self.answer_seconds.append(time.monotonic() - began)
            if answer.is_success:
                return answer
            code = str(answer.json().get("code"))
            self.refusals[code] += 1
            self._heard.set()
            comes_again = answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" in answer.headers
            if code in goes_without:
                return answer
            if not comes_again:
                self.unexpected.append(f"{path}: {answer.status_code} {answer.text}")
                return answer
            await asyncio.sleep(PAUSE_SECONDS)
