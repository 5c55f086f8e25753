"""The command `python -m benchmarks.agent_memory`: what a till agent's memory is after a day of a shop.

A real PostgreSQL, server and agent; each customer's card and goods are scanned on a simulated line, the card is looked
up, the receipt priced and posted. For a tenth of the day the server does not answer. Memory is read at each tenth, once
all that is made on first use has been made: what it grows by from then on is what a longer day would cost.
"""

import asyncio
import os
import queue
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any, Final  # Any: JSON bodies are free in their values
from uuid import uuid4

import click
import httpx

from benchmarks.agent import PATIENCE_SECONDS, STORE, TILL, Agent, running_agent
from benchmarks.offline_prices import client, fill_shop, ok, prepare, wait_for_snapshot
from benchmarks.service import peak_megabytes, resident_megabytes, serving
from database.embedded import running
from devices.simulator import SimulatedReader
from loyalty.numbering import ean_digit

PARTS: Final = 10
OUTAGE: Final = 5
"""The tenth of the day in which the server does not answer."""
GOODS: Final = 3
DRAIN_SECONDS: Final = 300.0


@click.command()
@click.option("--receipts", type=click.IntRange(PARTS), default=10_000, show_default=True, help="Receipts of the day.")
@click.option("--seed", type=int, default=1, show_default=True)
def main(receipts: int, seed: int) -> None:
    """Let an agent live through a day, and print what memory it held."""
    rng = Random(seed)  # noqa: S311 # an invented day, no secrets
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # PostgreSQL may run under another account
        postgres = stack.enter_context(running(folder / "postgres"))
        admin, till = asyncio.run(prepare(postgres.dsn))
        server = stack.enter_context(serving(DATABASE_URL=postgres.dsn, TIMEZONE="Europe/Sofia"))
        address = f"http://127.0.0.1:{server.port}"
        numbers = fill_shop(client(address, admin), rng, today=datetime.now(UTC).date())
        scanner = stack.enter_context(SimulatedReader(baud_rate=0))
        place = folder / "till"
        place.mkdir()
        agent = stack.enter_context(running_agent(place, reader=scanner.port, server=address, server_token=till))
        day = stack.enter_context(_day(agent, scanner, numbers, rng))
        sizes = [_tell("at the start", agent)]
        for part in range(1, PARTS + 1):
            if part == OUTAGE:
                os.kill(server.pid, signal.SIGSTOP)
            for _ in range(receipts // PARTS):
                day.serve_customer()
            if part == OUTAGE:
                os.kill(server.pid, signal.SIGCONT)
                day.drain()
            sizes.append(_tell(f"after {part * receipts // PARTS:,} receipts", agent))
    grown = sizes[-1] - sizes[1]
    click.echo(f"{day.reads:,} readings, {receipts:,} receipts, {day.queued:,} of them without the server")
    click.echo(f"grown by {grown:+.1f} MB from the first tenth to the last; the most was {sizes[-1]:.1f} MB at the end")


class Day:
    """The customers of one till, one after another."""

    def __init__(
        self,
        http: httpx.Client,
        scanner: SimulatedReader,
        heard: "queue.SimpleQueue[str]",
        numbers: list[str],
        rng: Random,
    ) -> None:
        self.reads = 0
        self.queued = 0
        self._http = http
        self._scanner = scanner
        self._heard = heard
        self._numbers = numbers
        self._rng = rng
        self._goods = count(1)
        self._receipts = count(1)

    def serve_customer(self) -> None:
        """Scan a card and goods, look the card up, price the receipt and post it."""
        number = self._rng.choice(self._numbers)
        self._scan(number)
        lines = [self._line(place) for place in range(1, GOODS + 1)]
        self._http.post("/v1/cards/lookup", json={"number": number})
        now = datetime.now(UTC)
        asked = {
            "receipt_uid": str(uuid4()),
            "store": STORE,
            "till": TILL,
            "at": now.isoformat(),
            "card": {"number": number},
            "lines": lines,
        }
        priced = ok(self._http.post("/v1/receipts/calculate", json=asked))
        answer = self._http.post("/v1/receipts", json=self._receipt(asked, priced, now))
        ok(answer)
        self.queued += answer.status_code == httpx.codes.ACCEPTED

    def drain(self) -> None:
        """Wait until the server has everything."""
        ends_at = time.monotonic() + DRAIN_SECONDS
        while ok(self._http.get("/v1/health"))["journal"]["queued"]:
            assert time.monotonic() < ends_at, "the queue did not drain"
            time.sleep(0.1)

    def _line(self, place: int) -> dict[str, Any]:
        digits = f"400{next(self._goods):09}"
        code = digits + ean_digit(digits)
        self._scan(code)
        cents = self._rng.randint(50, 30_00)
        return {"line": place, "sku": code, "quantity": "1", "price": f"{cents // 100}.{cents % 100:02}"}

    def _receipt(self, asked: dict[str, Any], priced: dict[str, Any], now: datetime) -> dict[str, Any]:
        lines = [
            line | {"discount": told["discount"], "net": told["net"]}
            for line, told in zip(asked["lines"], priced["lines"], strict=True)
        ]
        kept = {name: asked[name] for name in ("receipt_uid", "store", "till", "card")}
        return kept | {
            "kind": "sale",
            "shift": 1,
            "number": str(next(self._receipts)),
            "business_date": now.date().isoformat(),
            "closed_at": now.isoformat(),
            "cashier": "5",
            "lines": lines,
            "payments": [{"kind": "cash", "amount": priced["total"]}],
            "total": priced["total"],
        }

    def _scan(self, number: str) -> None:
        self._scanner.scan(number)
        heard = self._heard.get(timeout=PATIENCE_SECONDS)
        assert number in heard, "each reading is heard, in order"
        self.reads += 1


@contextmanager
def _day(agent: Agent, scanner: SimulatedReader, numbers: list[str], rng: Random) -> Iterator[Day]:
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    with client(f"http://127.0.0.1:{agent.port}", agent.token) as http, http.stream("GET", "/v1/events") as events:
        listening = Thread(target=_hear, args=(events, heard), daemon=True)
        listening.start()
        wait_for_snapshot(http)
        yield Day(http, scanner, heard, numbers, rng)


def _hear(events: httpx.Response, heard: "queue.SimpleQueue[str]") -> None:
    is_reading = False
    with suppress(httpx.HTTPError):  # the agent ends when the day is over
        for line in events.iter_lines():
            if line.startswith("event: "):
                is_reading = line in {"event: card-read", "event: code-read"}
            elif is_reading and line.startswith("data: "):
                heard.put(line)


def _tell(when: str, agent: Agent) -> float:
    size = resident_megabytes(agent.pid)
    if size is None:
        raise click.ClickException("this system does not tell how much memory a process holds")
    peak = peak_megabytes(agent.pid)
    click.echo(f"{when:24} {size:6.1f} MB, at most {peak:.1f} MB so far")
    return size


if __name__ == "__main__":
    main()
