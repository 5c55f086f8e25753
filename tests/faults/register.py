"""A cash register that keeps to the rules of `docs/integration.md`, whatever happens to the till agent.

Key idea: each UUID is made before the call, the same is sent again until there is an answer, and a closed receipt is a
fact. What was sent and what was acknowledged, and when, is all that is kept, to be compared with what is found later.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.factories import make_line, make_receipt

WORKERS: Final = 4
CALL_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.05
FINISH_SECONDS: Final = 120.0
PURSE_SHARE, CARD_SHARE, VOIDED_SHARE = 0.25, 0.8, 0.05
# What a program takes for an answer: it sells without the discount, or takes another payment.
WITHOUT_PRICE: Final = frozenset({"server_unreachable", "card_unknown"})
WITHOUT_HOLD: Final = WITHOUT_PRICE | {"offline_credit_refused", "insufficient_funds"}


class Register:
    """The sales of one shift; `http` speaks to the agent, `gold` and `purses` are numbers of cards.

    `acknowledged` and `voided` hold UUIDs of receipts with the moment of the answer, in nanoseconds that never jump.
    """

    def __init__(
        self, http: httpx.AsyncClient, rng: Random, *, shift: int, gold: Sequence[str], purses: Sequence[str]
    ) -> None:
        self.shift = shift
        self.sent: dict[str, dict[str, Any]] = {}
        self.acknowledged: dict[str, int] = {}
        self.voided: dict[str, int] = {}
        self.refusals: Counter[str] = Counter()
        self.unexpected: list[str] = []
        self.answer_seconds: list[float] = []
        self._http = http
        self._rng = rng
        self._gold = gold
        self._purses = purses
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
        """Make one sale: a card perhaps, its price, its payment, the receipt, and a void now and then."""
        receipt = self._open_receipt()
        is_by_purse = self._rng.random() < PURSE_SHARE
        if is_by_purse:
            await self._pay_by_purse(receipt)
        elif self._rng.random() < CARD_SHARE:
            await self._price(receipt)
        await self._post(receipt)
        if not is_by_purse and self._rng.random() < VOIDED_SHARE:
            await self._void(str(receipt["receipt_uid"]))

    async def _sell_on(self) -> None:
        while not self._is_closing:
            await self.sell()
            await asyncio.sleep(self._rng.random() * PAUSE_SECONDS)

    def _open_receipt(self) -> dict[str, Any]:
        now = datetime.now(UTC)
        cents = self._rng.randint(1_00, 9_00)
        amount = f"{cents // 100}.{cents % 100:02}"
        return make_receipt(
            make_line(price=amount),
            total=amount,
            shift=self.shift,
            number=str(next(self._numbers)),
            closed_at=now.isoformat(),
            business_date=now.date().isoformat(),
        )

    async def _price(self, receipt: dict[str, Any]) -> None:
        """Take the discounts of a calculation into a receipt; where there is none it is sold without the card."""
        card = {"number": self._rng.choice(self._gold)}
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
        card, hold_uid = {"number": self._rng.choice(self._purses)}, str(uuid4())
        asked = {
            "hold_uid": hold_uid,
            "receipt_uid": receipt["receipt_uid"],
            "card": card,
            "amount": receipt["total"],
        }
        answer = await self._insist("/v1/holds", asked, goes_without=WITHOUT_HOLD)
        if answer.is_success:
            receipt["payments"] = [{"kind": "card", "amount": receipt["total"], "card": card, "hold_uid": hold_uid}]

    async def _post(self, receipt: dict[str, Any]) -> None:
        uid = str(receipt["receipt_uid"])
        self.sent[uid] = receipt
        if (await self._insist("/v1/receipts", receipt)).is_success:
            self.acknowledged[uid] = time.monotonic_ns()
            self._heard.set()

    async def _void(self, uid: str) -> None:
        if (await self._insist(f"/v1/receipts/{uid}/void", {"void_uid": str(uuid4()), "reason": "wrong"})).is_success:
            self.voided[uid] = time.monotonic_ns()

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
