"""A shop under fire: the real server and worker as processes, senders that note what was acknowledged, and plain SQL."""

import asyncio
import itertools
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx

from tests.factories import make_line, make_receipt

SENDERS = 8
CALL_SECONDS = 10
UP_SECONDS = 120
_PORTS = range(20_000, 32_000)


def free_port() -> int:
    """Find a port of loopback that nobody listens on, below those that the system gives to whoever asks meanwhile."""
    while True:
        port = secrets.choice(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Program:
    """A command of ours that is killed and started again; what it says is kept in a file."""

    def __init__(self, dsn: str, *arguments: str, log: Path, **environment: str) -> None:
        self._log = log
        self._command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
        self._environment = os.environ | {"TALLYCARD_DATABASE_URL": dsn} | environment
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The process that runs now, or ran last."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return self._process.poll() is not None

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)

    def die(self) -> None:
        """Kill it as a power cut does."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def start(self) -> None:
        """Start it anew after it died."""
        self._process = self._start()

    def kill(self) -> None:
        """Kill it, and start it anew."""
        self.die()
        self.start()

    def end(self) -> None:
        """End it in good order."""
        self._process.terminate()
        self._process.wait(30)


async def wait_until_up(http: httpx.AsyncClient) -> None:
    """Wait until the server answers that all is well."""
    async with asyncio.timeout(UP_SECONDS):
        while True:
            try:
                if (await http.get("/v1/health")).json()["status"] == "ok":
                    return
            except (httpx.HTTPError, ValueError):
                pass
            await asyncio.sleep(0.05)


class Senders:
    """Tills that post without end: what was sent, and what of it was acknowledged."""

    def __init__(self, http: httpx.AsyncClient, cards: list[str]) -> None:
        self.http = http
        self.sent: dict[str, dict[str, object]] = {}
        self.acknowledged: set[str] = set()
        self.unexpected: list[str] = []
        self._cards = itertools.cycle(cards)
        self._heard = asyncio.Event()

    async def wait_for_more(self, count: int) -> None:
        """Wait until so many more receipts were acknowledged."""
        goal = len(self.acknowledged) + count
        while len(self.acknowledged) < goal:
            self._heard.clear()
            await self._heard.wait()

    @asynccontextmanager
    async def posting(self) -> AsyncIterator[None]:
        """Post as long as the context lasts."""
        tasks = [asyncio.create_task(self._post_on()) for _ in range(SENDERS)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _post_on(self) -> None:
        while True:
            receipt = make_receipt(make_line(price="1.00"), card={"number": next(self._cards)}, number=str(uuid4()))
            self.sent[str(receipt["receipt_uid"])] = receipt
            if not await self.post(receipt):
                await asyncio.sleep(0.02)

    async def post(self, receipt: dict[str, object]) -> bool:
        """Post a receipt once; note whether it was acknowledged, and any answer that a fault does not excuse."""
        try:
            answer = await self.http.post("/v1/receipts", json=receipt, timeout=CALL_SECONDS)
        except httpx.HTTPError:
            return False
        if answer.is_success:
            self.acknowledged.add(str(receipt["receipt_uid"]))
            self._heard.set()
        elif answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or "retry-after" not in answer.headers:
            self.unexpected.append(answer.text)
        return bool(answer.is_success)


async def count_differences(dsn: str) -> dict[str, int]:
    """Compare receipts, keys, ledgers and caches with SQL that shares nothing with the product."""
    connection = await asyncpg.connect(dsn)
    try:
        return {name: await connection.fetchval(query) for name, query in _DIFFERENCES.items()}
    finally:
        await connection.close()


_DIFFERENCES = {
    "doubled": "select count(*) from (select uid from receipt group by uid having count(*) > 1) d",
    "without row": "select count(*) from receipt_key k left join receipt r on r.id = k.receipt_id where r.id is null",
    "without key": "select count(*) from receipt r left join receipt_key k on k.uid = r.uid where k.uid is null",
    "without line": """select count(*) from receipt r
        where not exists (select from receipt_line l where l.receipt_id = r.id)""",
    "without journal": """select count(*) from receipt_key k
        where not exists (select from activity a where a.record = 'receipt:' || k.uid)""",
    "turnover": """select count(*) from card c where c.turnover <>
        (select coalesce(sum(r.total), 0) from receipt r where r.card_id = c.card_id)""",
    "ledger": """select count(*) from card c where c.turnover <>
        (select coalesce(sum(l.amount), 0) from ledger l where l.card_id = c.card_id and account = 'turnover')""",
    "chain": """select count(*) from (
        select *, lag(hash) over (partition by card_id order by seq) as before from ledger) e
        where hash <> sha256(convert_to(coalesce(encode(before, 'hex'), '') || '|' || card_id || '|' || seq || '|'
            || business_date || '|' || account || '|' || amount || '|' || after || '|' || source || '|' || source_uid || '|'
            || coalesce(corrects::text, '') || '|' || (extract(epoch from at) * 1000000)::bigint, 'UTF8'))""",
    "head": """select count(*) from card c where c.chain is distinct from
        (select encode(hash, 'hex') from ledger l where l.card_id = c.card_id order by seq desc limit 1)""",
    "gaps": """select count(*) from card c where c.version <>
        (select coalesce(max(l.seq), 0) from ledger l where l.card_id = c.card_id)
        or c.version <> (select count(*) from ledger l where l.card_id = c.card_id)""",
}
