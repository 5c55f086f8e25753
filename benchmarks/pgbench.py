"""Runs a script of pgbench: hand-written SQL that stands for the best a program could do on the same tables."""

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from benchmarks.bodies import LINES, PERCENT

SQL = Path(__file__).parent / "sql"
THREADS = 2
START_SECONDS = 60
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: ([1-9]\d*)", re.MULTILINE)


class PgbenchError(Exception):
    """A script that did not run as it must; the text holds what pgbench said."""


class Peer(Struct, frozen=True):
    """Where scripts run: the folder of PostgreSQL's programs, the database's address, how many cards it has."""

    binaries: Path
    dsn: str
    cards: int


def run_script(peer: Peer, name: str, *, clients: int, seconds: float) -> float:
    """Run a script of the folder `sql` with so many clients; give transactions per second. Raises PgbenchError."""
    command: list[str | Path] = [
        peer.binaries / "pgbench",
        *("--no-vacuum", "--protocol=prepared", f"--file={SQL / name}.sql"),
        *(f"--client={clients}", f"--jobs={min(THREADS, clients)}", f"--time={max(1, round(seconds))}"),
        *(f"--define={name}={value}" for name, value in _variables(peer.cards).items()),
        peer.dsn,
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + START_SECONDS,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    rate = _RATE.search(done.stdout)
    if done.returncode or rate is None or _FAILED.search(done.stdout):
        raise PgbenchError(f"{name}: {done.stderr.strip() or done.stdout.strip()}")
    return float(rate[1])


def _variables(cards: int) -> dict[str, str]:
    places = range(LINES)
    return {
        "cards": str(cards),
        "percent": str(PERCENT),
        "skus": _array(str(1_000 + place) for place in places),
        "names": _array('"Semi-skimmed milk 1 l"' for _ in places),
        "quantities": _array("1500000" for _ in places),
        "prices": _array("19990" for _ in places),
        "discounts": _array("99" for _ in places),
        "nets": _array("2900" for _ in places),
    }


def _array(values: Iterable[str]) -> str:
    return "{" + ",".join(values) + "}"
