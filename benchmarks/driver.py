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
from itertools import islice
from random import Random

import msgspec
import uvloop

from benchmarks.bodies import Kind, Sender, make_baskets, make_requests
from benchmarks.load import Load, Outcome

ANSWER_SECONDS = 30
SHOWN_BYTES = 600
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_MARKS: dict[Kind, bytes] = {
    "health": b'"status":"ok"',
    "lookup": b'"usable":true',
    "calculate": b'"applied":true',
    "post": b'"flags":[]',
    "batch": b'"state":"posted","problem":null',
}


def main() -> None:
    """Run the load that standard input describes."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once and without words
    load = msgspec.json.decode(sys.stdin.buffer.read(), type=Load)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(_run(load))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


async def _run(load: Load) -> Outcome:
    rng = Random(load.seed)  # noqa: S311 # repeatable loads, not secrets
    baskets = make_baskets(rng)
    queues: list[Iterator[bytes]] = []
    for place in range(load.connections):
        sender = Sender(load.tills[place % len(load.tills)], baskets, load.cards, load.per_batch)
        requests = make_requests(load.kind, sender, Random(rng.getrandbits(64)))  # noqa: S311 # as above
        queues.append(iter(list(islice(requests, load.count))) if load.count else requests)
    gc.collect()
    gc.freeze()
    gc.disable()
    run = _Run(load)
    loop = asyncio.get_running_loop()
    cpu = time.process_time()
    for queue in queues:
        await loop.create_connection(lambda queue=queue: _Connection(run, queue), "127.0.0.1", load.port)
    async with asyncio.timeout(load.warm_up_seconds + load.seconds + ANSWER_SECONDS):
        await run.over.wait()
    return run.outcome(time.process_time() - cpu)
