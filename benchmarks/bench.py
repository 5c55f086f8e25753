"""The running comparison: services and comparators on one PostgreSQL, and what was read of them.

Key idea: everything that is measured passes through here, so that it is said as it happens and kept for who asks for
the raw figures.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random

from msgspec import Struct, structs

from benchmarks.bodies import Kind, Till
from benchmarks.load import Load, Outcome, run_load
from benchmarks.pgbench import Peer, run_script

WARM_UP_SECONDS = 0.5
PER_BATCH = 500
_CREATED = {"post": 201, "batch": 201}


class Options(Struct, frozen=True):
    """What was asked for on the command line."""

    seconds: float
    rounds: int
    cards: tuple[int, ...]
    flush_ms: float
    quiet_seconds: float
    seed: int
    rows: tuple[str, ...]


class Target(Struct, frozen=True):
    """A service under test with its database: its port and process, its tills, and the comparators beside it."""

    port: int
    pid: int
    tills: Sequence[Till]
    peer: Peer


class Reading(Struct, frozen=True):
    """One figure as it was read: per second, with latencies in milliseconds where they are known."""

    row: str
    round: int
    what: str
    is_quiet: bool
    per_second: float
    p50: float | None = None
    p99: float | None = None
    driver_share: float | None = None


class Bench:
    """What the rows measure with, and what has been read so far."""

    def __init__(self, options: Options, say: Callable[[str], None]) -> None:
        self.options = options
        self.say = say
        self.rng = Random(options.seed)  # noqa: S311 # repeatable loads, not secrets
        self.readings: list[Reading] = []
        self.results: dict[str, list[float]] = {}
        self.row, self.round, self.is_quiet = "", 0, True

    def script(self, target: Target, name: str, *, clients: int = 16) -> float:
        """Run a comparator; give its transactions per second."""
        rate = run_script(target.peer, name, clients=clients, seconds=self.options.seconds)
        self._keep(f"{name} at {clients}", rate)
        return rate

    def load(self, target: Target, kind: Kind, connections: int) -> Outcome:
        """Load the service for the usual time."""
        load = self.prepare(target, kind, connections)
        return self.run(structs.replace(load, seconds=self.options.seconds, warm_up_seconds=WARM_UP_SECONDS))

    def prepare(self, target: Target, kind: Kind, connections: int) -> Load:
        """Give a load of its own seed that does not say yet how long it is."""
        return Load(
            kind=kind,
            port=target.port,
            connections=connections,
            tills=target.tills,
            cards=target.peer.cards,
            moment=datetime.now(UTC).isoformat(timespec="seconds"),
            seed=self.rng.getrandbits(63),
            per_batch=PER_BATCH,
            status=_CREATED.get(kind, 200),
        )

    def run(self, load: Load) -> Outcome:
        """Run a load as it is given."""
        outcome = run_load(load)
        self._keep(f"{load.kind} at {load.connections}", outcome.per_second, outcome)
        return outcome

    def rate(self, target: Target, kind: Kind, connections: int) -> float:
        """Load the service; give requests, of batches receipts, per second."""
        return self.load(target, kind, connections).per_second

    def paired(self, subject: Callable[[], float], base: Callable[[], float]) -> float:
        """Measure two things one right after the other, each first in every other round; give their ratio."""
        if self.round % 2:
            reference = base()
            return subject() / reference
        measured = subject()
        return measured / base()

    def _keep(self, what: str, per_second: float, outcome: Outcome | None = None) -> None:
        p50, p99, share = (outcome.p50, outcome.p99, outcome.driver_share) if outcome else (None, None, None)
        self.readings.append(Reading(self.row, self.round, what, self.is_quiet, per_second, p50, p99, share))
        latency = f", p50 {p50:.2f} ms, p99 {p99:.2f} ms" if outcome else ""
        self.say(f"    {what}: {per_second:,.0f} a second{latency}")
