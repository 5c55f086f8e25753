"""A cashier who scans without end at a simulated scanner, and a program that hears what the agent makes of it.

Key idea (I9): a reading is sent only while the agent has the port and the program listens, and the next one only when
the one before was heard. So each is heard exactly once, or the agent was killed over it; and the agent's own counts are
exactly what was sent since it started.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Final

import httpx
from msgspec import json

from devices.simulator import CARRIAGE_RETURN, SimulatedReader
from loyalty.numbering import ean_digit

PATIENCE_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.05
SPOILT_SHARE: Final = 0.2
_SPOILT: Final = b"29\x0100" + CARRIAGE_RETURN
_SPOILT_WORD: Final = "error control-character"
_HEADS: Final = ("290", "400")  # own cards, and goods at the same scanner


class Cashier:
    """Scans and hears; `life` counts how often the agent was started, `spoilt` how often it told of a spoilt one."""

    def __init__(self, http: httpx.AsyncClient, device: SimulatedReader, rng: Random) -> None:
        self.life = 0
        self.scanned = 0
        self.spoilt = 0
        self.heard: Counter[str] = Counter()
        self.cut_off: list[str] = []
        self.lost: list[str] = []
        self._http = http
        self._device = device
        self._rng = rng
        self._numbers = itertools.count(1)
        self._foretold: Counter[str] = Counter()
        self._waiting: dict[str, asyncio.Future[bool]] = {}
        self._ready = asyncio.Event()
        self._was_told = asyncio.Event()
        self._ready_in = self._listens_in = -1
        self._is_closing = False

    @property
    def _told(self) -> int:
        return self.heard.total() + self.spoilt

    @property
    def doubled(self) -> list[str]:
        """Readings that were heard more than once."""
        return [number for number, times in self.heard.items() if times > 1]

    @asynccontextmanager
    async def scanning(self) -> AsyncIterator[None]:
        """Scan as long as the context lasts; what was scanned is waited for."""
        self._is_closing = False
        self._ready.clear()
        listener, scanner = asyncio.create_task(self._listen_on()), asyncio.create_task(self._scan_on())
        try:
            yield
            self._is_closing = True
            async with asyncio.timeout(PATIENCE_SECONDS):
                await scanner
        finally:
            for task in (listener, scanner):
                task.cancel()
            await asyncio.gather(listener, scanner, return_exceptions=True)

    async def wait_for_more(self, count: int) -> None:
        """Wait until so many more readings were told, spoilt ones among them."""
        goal = self._told + count
        async with asyncio.timeout(PATIENCE_SECONDS * count):
            while self._told < goal:
                self._was_told.clear()
                await self._was_told.wait()

    async def count_differences(self) -> dict[str, tuple[int, int]]:
        """Compare what the agent counted since its start with what was sent to it: by word, counted and sent."""
        counted = Counter((await self._http.get("/v1/readers")).json()["readers"][0]["counts"])
        words = counted.keys() | self._foretold.keys()
        return {word: (counted[word], self._foretold[word]) for word in words if counted[word] != self._foretold[word]}

    async def _scan_on(self) -> None:
        while not self._is_closing:
            await self._ready.wait()
            await self._scan()
            await asyncio.sleep(self._rng.random() * PAUSE_SECONDS)

    async def _scan(self) -> None:
        is_spoilt = self._rng.random() < SPOILT_SHARE
        digits = f"{self._rng.choice(_HEADS)}{next(self._numbers):09}"
        number = "spoilt" if is_spoilt else digits + ean_digit(digits)
        told = self._waiting[number] = asyncio.get_running_loop().create_future()
        self.scanned += 1
        self._foretold[_SPOILT_WORD if is_spoilt else "scan"] += 1
        await asyncio.to_thread(self._device.send, _SPOILT if is_spoilt else number.encode() + CARRIAGE_RETURN)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                is_heard = await told
        except TimeoutError:
            is_heard = False
        del self._waiting[number]
        if not is_heard:
            (self.lost if self.life == self._ready_in else self.cut_off).append(number)

    async def _listen_on(self) -> None:
        while True:
            self._listens_in = self.life
            try:
                async with self._http.stream("GET", "/v1/events", timeout=None) as response:
                    await self._hear(response)
            except httpx.HTTPError:
                pass  # the agent was killed, or is not yet there
            self._ready.clear()
            for told in self._waiting.values():
                if not told.done():
                    told.set_result(False)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _hear(self, response: httpx.Response) -> None:
        name = ""
        async for line in response.aiter_lines():
            if line == ": listening":
                await self._look_at_reader()
            elif line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                self._take(name, json.decode(line.removeprefix("data: ")))

    async def _look_at_reader(self) -> None:
        """See whether the agent has the port already; else an event will tell."""
        if (await self._http.get("/v1/readers")).json()["readers"][0]["state"] == "connected":
            self._begin()

    def _begin(self) -> None:
        if self._listens_in != self._ready_in:
            self._foretold.clear()
        self._ready_in = self._listens_in
        self._ready.set()

    def _take(self, name: str, event: dict[str, Any]) -> None:
        match name:
            case "card-read":
                number = event["card"]["number"]
            case "code-read":
                number = event["data"]
            case "reader-error":
                number = "spoilt"
            case "reader-state" if event["state"] == "connected":
                self._begin()
                return
            case _:
                return
        if number == "spoilt":
            self.spoilt += 1
        else:
            self.heard[number] += 1
        self._was_told.set()
        if (told := self._waiting.get(number)) is not None and not told.done():
            told.set_result(True)
