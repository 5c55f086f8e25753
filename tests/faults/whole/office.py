"""People of the back office while everything fails: they block cards, replace lost ones, change prices, erase a person.

Key idea: who gets no answer does the act again, as a person does. What was answered with success, and nothing else, is
noted for the proof that each act is told in the journal (I11).
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Final
from uuid import uuid4

import httpx
from msgspec import Struct

CALL_SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 0.5
AGAIN_SECONDS: Final = 0.3
PATIENCE_SECONDS: Final = 180.0
PERCENTS: Final = ("10.00", "12.00")


class Person(Struct, frozen=True):
    """Somebody who is to be erased: all words by which they are known, and their number."""

    party_id: int
    name: str
    words: tuple[str, ...]


class Office:
    """Does one act after the other; `lost` are cards by identifier that are lost and found, `spares` take the place of others.

    `acts` are what was answered with success, and on which record; `wrong` names what a clerk was let do.
    """

    def __init__(
        self,
        admin: httpx.AsyncClient,
        clerk: httpx.AsyncClient,
        rng: Random,
        *,
        lost: Sequence[int],
        spares: Sequence[tuple[int, str]],
        gold: dict[str, Any],
    ) -> None:
        self.acts: list[tuple[str, str]] = []
        self.done: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._admin = admin
        self._clerk = clerk
        self._rng = rng
        self._lost = lost
        self._spares = list(spares)
        self._gold = gold
        self._percents = itertools.cycle(PERCENTS)
        self._is_closing = False

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Work as long as the context lasts, and end the act that was begun."""
        worker = asyncio.create_task(self._work_on())
        try:
            yield
            self._is_closing = True
            async with asyncio.timeout(PATIENCE_SECONDS):
                await worker
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    async def erase(self, person: Person) -> None:
        """Erase a person; a clerk may not."""
        path = f"/v1/parties/{person.party_id}/erase"
        refused = await self._insist("POST", path, {"name": person.name}, by=self._clerk)
        if refused.status_code != httpx.codes.FORBIDDEN:
            self.wrong.append(f"a clerk who erases is answered {refused.status_code}")
        erased = await self._insist("POST", path, {"name": person.name})
        self._note(erased, "party.erased", f"party:{person.party_id}")

    async def do_job(self, path: str, body: dict[str, Any]) -> Any:
        """Ask for a job and wait until it is done; gives its state at the end."""
        job_id = (await self._insist("POST", path, body)).json()["job_id"]
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = (await self._insist("GET", f"/v1/jobs/{job_id}")).json()
                if found["state"] in {"done", "failed", "cancelled"}:
                    return found
                await asyncio.sleep(AGAIN_SECONDS)

    async def _work_on(self) -> None:
        while not self._is_closing:
            await self._rng.choice((self._lose_and_find, self._replace, self._change_price))()
            await asyncio.sleep(self._rng.random() * PAUSE_SECONDS)

    async def _lose_and_find(self) -> None:
        card_id = self._rng.choice(self._lost)
        for act, told in (("block", "card.blocked"), ("unblock", "card.active")):
            answer = await self._insist("POST", f"/v1/cards/{card_id}/{act}", {"reason": "lost"})
            self._note(answer, told, f"card:{card_id}")

    async def _replace(self) -> None:
        if self._spares:
            card_id, number = self._spares.pop()
            body = {"by": {"number": number}, "operation_uid": str(uuid4())}
            answer = await self._insist("POST", f"/v1/cards/{card_id}/replace", body)
            self._note(answer, "card.replaced", f"card:{card_id}")

    async def _change_price(self) -> None:
        series = self._gold | {"discount_percent": next(self._percents)}
        self._note(await self._insist("PUT", "/v1/series/GOLD", series), "series.saved", "series:GOLD")

    def _note(self, answer: httpx.Response, act: str, record: str) -> None:
        self.done[f"{act}: {answer.status_code}"] += 1
        if answer.is_success:
            self.acts.append((act, record))

    async def _insist(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, by: httpx.AsyncClient | None = None
    ) -> httpx.Response:
        """Ask the same until there is an answer that is not one to come again."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    answer = await (by or self._admin).request(method, path, json=body, timeout=CALL_SECONDS)
                    if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                        return answer
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(AGAIN_SECONDS)
