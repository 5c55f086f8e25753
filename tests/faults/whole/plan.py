"""Which faults come when: moments of one fault, or of two at once, drawn by a seed. Pure.

Key idea: kinds are drawn from a deck that is shuffled anew when it is used up, so that each kind comes soon and often;
what a fault strikes and how long it lasts is drawn beside. The same seed gives the same moments, however long the
campaign goes on, and a longer one begins as a shorter one did.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Final, Literal

from msgspec import Struct

from tests.faults.network import FAULTS

Kind = Literal["kill", "stop", "network", "disk", "clock"]

KINDS: Final[tuple[Kind, ...]] = ("kill", "kill", "stop", "network", "network", "disk", "clock")
SERVERS: Final = ("server-1", "server-2")
POSTGRES: Final = "postgres"
BACKEND: Final = "backend"
WORKER: Final = "worker"
TWO_AT_ONCE: Final = 0.3
LEAST_SECONDS, MOST_SECONDS = 0.3, 4.0
CALM_SECONDS: Final = 2.0
JUMPS: Final = tuple(timedelta(seconds=one) for one in (-172_800, -5_400, -90, 0, 5, 3_600, 93_600))


class Strike(Struct, frozen=True):
    """One fault: what is done to whom, how (a fault of the network, seconds of a clock), and for how long."""

    kind: Kind
    target: str
    seconds: float
    how: str = ""

    @property
    def name(self) -> str:
        """Its kind, as it is counted: whom it strikes, and a fault of the network by its name."""
        whom = self.target.partition("-")[0]
        return f"{self.kind} {whom}" + (f": {self.how}" if self.kind == "network" else "")


class Moment(Struct, frozen=True):
    """Faults that come at once, after so much calm."""

    calm_seconds: float
    strikes: tuple[Strike, ...]


def plan(seed: int, *, tills: Sequence[str], fills_database: bool = True) -> Iterator[Moment]:
    """Give moments without end; of `tills` the first never has its clock jump.

    Where `fills_database` is not, the database's disk is left alone.
    """
    rng = Random(seed)
    disks = [POSTGRES, *tills] if fills_database else tills
    deck = _deck(rng)
    while True:
        strikes = [_draw(rng, next(deck), tills, disks)]
        if rng.random() < TWO_AT_ONCE:
            second = _draw(rng, next(deck), tills, disks)
            strikes += [second] if second.target != strikes[0].target else []
        yield Moment(rng.uniform(0, CALM_SECONDS), tuple(strikes))


def _deck(rng: Random) -> Iterator[Kind]:
    while True:
        yield from rng.sample(KINDS, len(KINDS))


def _draw(rng: Random, kind: Kind, tills: Sequence[str], disks: Sequence[str]) -> Strike:
    seconds = rng.uniform(LEAST_SECONDS, MOST_SECONDS)
    match kind:
        case "kill":
            return Strike(kind, rng.choice([*SERVERS, WORKER, POSTGRES, BACKEND, *tills]), seconds)
        case "stop":
            return Strike(kind, rng.choice([*SERVERS, WORKER, POSTGRES, *tills]), seconds)
        case "network":
            return Strike(kind, rng.choice(tills), seconds, rng.choice(FAULTS))
        case "disk":
            return Strike(kind, rng.choice(disks), seconds)
        case "clock":
            return Strike(kind, rng.choice(tills[1:]), seconds, str(int(rng.choice(JUMPS).total_seconds())))
