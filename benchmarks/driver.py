"""The load driver: reads a load from standard input, runs it on one core, prints its outcome.

Key idea: keep-alive connections on uvloop that write ready bytes and look at every answer only as far as is needed:
its status, its length and one mark that tells a right answer. Refuses to go on after a wrong answer.
"""

import asyncio
import gc
import re
import signal
import sys
import time
from array import array
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from itertools import islice
from random import Random
from typing import cast

import msgspec
import uvloop

from benchmarks.bodies import Kind, Sender, make_baskets, make_requests
from benchmarks.load import ANSWER_SECONDS, Load, Outcome

SHOWN_BYTES = 600
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"
_MARKS: dict[Kind, bytes] = {
    "health": b'"status":"ok"',
    "lookup": b'"usable":true',
    "calculate": b'"reason":"card_percent"',
    "post": b'"flags":[]',
    "batch": b'"status":%d,"state":"posted"',
}


def main() -> None:
    """Run the load that standard input describes."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once and without words
    load = msgspec.json.decode(sys.stdin.buffer.read(), type=Load)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(_run(load))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


async def _run(load: Load) -> Outcome:
    queues = _make_queues(load)
    gc.collect()
    gc.freeze()
    gc.disable()
    run = _Run(load)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: run.fail(str(context)))
    for queue in queues:
        await loop.create_connection(partial(_Connection, run, queue), "127.0.0.1", load.port)
    async with asyncio.timeout(load.warm_up_seconds + load.seconds + ANSWER_SECONDS):
        await run.over.wait()
    return run.outcome()


def _make_queues(load: Load) -> list[Iterator[bytes]]:
    """Make each connection's requests, ahead of time where they are counted."""
    rng = Random(load.seed)  # noqa: S311 # repeatable loads, not secrets
    baskets = make_baskets(rng)
    queues: list[Iterator[bytes]] = []
    for place in range(load.connections):
        sender = Sender(load.tills[place % len(load.tills)], load.moment, baskets, load.cards, load.per_batch)
        requests = make_requests(load.kind, sender, Random(rng.getrandbits(64)))  # noqa: S311 # as above
        queues.append(iter(list(islice(requests, load.count))) if load.count else requests)
    return queues


class _Run:
    """What all connections of a run share: when it counts and ends, and what was answered."""

    def __init__(self, load: Load) -> None:
        self.begin = time.perf_counter() + load.warm_up_seconds
        self.end = self.begin + load.seconds if load.seconds else float("inf")
        self.over = asyncio.Event()
        is_batch = load.kind == "batch"
        self.status = b"HTTP/1.1 %d " % (HTTPStatus.OK if is_batch else load.status)
        self.mark = _MARKS[load.kind] % load.status if is_batch else _MARKS[load.kind]
        self.marks = load.per_batch if is_batch else 1
        self.failure = ""
        self._open = load.connections
        self._cpu = 0.0
        self._last = self.begin
        self._latencies = array("d")

    def take(self, answer: bytes, *, sent: float) -> bool:
        """Take an answer; tells whether the run goes on."""
        if not answer.startswith(self.status) or answer.count(self.mark) < self.marks:
            self.fail(answer[:SHOWN_BYTES].decode(errors="replace"))
            return False
        now = time.perf_counter()
        if now >= self.begin:
            if not self._latencies:
                self._cpu = time.process_time()
            self._latencies.append(now - sent)
            self._last = now
        return now < self.end

    def fail(self, failure: str) -> None:
        """End the run for a failure."""
        self.failure = self.failure or failure
        self.over.set()

    def leave(self) -> None:
        """Count a connection out."""
        self._open -= 1
        if not self._open:
            self.over.set()

    def outcome(self) -> Outcome:
        """Give what came of it."""
        latencies = sorted(self._latencies) or [0.0]
        seconds = max(self._last - self.begin, 1e-9)
        return Outcome(
            seconds=seconds,
            per_second=len(self._latencies) * self.marks / seconds,
            p50=1000 * latencies[len(latencies) // 2],
            p99=1000 * latencies[len(latencies) * 99 // 100],
            driver_share=(time.process_time() - self._cpu) / seconds,
            failure=self.failure,
        )


class _Connection(asyncio.Protocol):
    """One keep-alive connection: the next request leaves when the answer to the one before is whole."""

    def __init__(self, run: _Run, queue: Iterator[bytes]) -> None:
        self._run = run
        self._queue = queue
        self._transport: asyncio.Transport | None = None
        self._sent = 0.0
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not of asyncio's own classes
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head = self._answer.find(_END_OF_HEAD)
        length = _LENGTH.search(self._answer, 0, head) if head > 0 else None
        if length is None or len(self._answer) < head + len(_END_OF_HEAD) + int(length[1]):
            return
        answer, self._answer = self._answer, b""
        if self._run.take(answer, sent=self._sent):
            self._send()
        else:
            self._run.leave()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._run.over.is_set():
            self._run.fail(f"the server closed a connection: {exc}")

    def _send(self) -> None:
        assert self._transport is not None, "connections send after they are made"
        request = next(self._queue, None)
        if request is None:
            self._run.leave()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)


if __name__ == "__main__":
    main()
