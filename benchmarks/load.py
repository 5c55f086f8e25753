"""What a load is and what came of it; starts the driver that makes it.

Key idea: the driver is a process of its own, so that its work and the runner's never share an interpreter.
"""

import subprocess
import sys
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from benchmarks.bodies import Kind, Till

START_SECONDS = 30
ANSWER_SECONDS = 60


class Load(Struct, frozen=True):
    """So many connections that each send one request after the other, for `seconds` or, if given, `count` requests.

    What is answered in the first `warm_up_seconds` does not count. `moment` is when receipts are closed, as RFC 3339:
    the same seed and moment give the same receipts again. `status` is what every answer must have, in batches of
    `per_batch` every receipt of every answer.
    """

    kind: Kind
    port: int
    connections: int
    tills: Sequence[Till]
    cards: int
    moment: str
    seed: int
    seconds: float = 0
    warm_up_seconds: float = 0
    count: int = 0
    per_batch: int = 0
    status: int = 200


class Outcome(Struct, frozen=True):
    """How long it took, and how many requests or, in batches, receipts were answered per second.

    Latencies of requests are in milliseconds; `driver_share` is what the driver itself took of one processor.
    """

    seconds: float
    per_second: float
    p50: float
    p99: float
    driver_share: float
    failure: str = ""


class LoadFailedError(Exception):
    """A load was not answered as it must be: what it measures would be worth nothing."""


def run_load(load: Load) -> Outcome:
    """Run a load in a driver. Raises LoadFailedError with the first wrong answer, or when it takes too long."""
    most_seconds = START_SECONDS + load.warm_up_seconds + load.seconds + ANSWER_SECONDS
    command = [sys.executable, "-m", "benchmarks.driver"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as driver:
        try:
            printed, _ = driver.communicate(msgspec.json.encode(load), timeout=most_seconds)
        except subprocess.TimeoutExpired as error:
            raise LoadFailedError(f"{load.kind} was not over in {most_seconds:.0f} s") from error
        finally:
            driver.kill()
    if driver.returncode:
        raise LoadFailedError(f"the driver of {load.kind} ended with {driver.returncode}")
    outcome = msgspec.json.decode(printed, type=Outcome)
    if outcome.failure:
        raise LoadFailedError(f"{load.kind}: {outcome.failure}")
    return outcome
