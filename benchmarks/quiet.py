"""Waits, within bounds, until the machine has nothing else to do.

Key idea: what a measurement takes from others' work is the largest error there is, so each round begins with a look at
how busy the processors are while we do nothing. It only waits and tells; whether to believe a round is the reader's.
"""

import time
from collections.abc import Callable
from pathlib import Path

STAT = Path("/proc/stat")
LOOK_SECONDS = 0.5
MOST_BUSY = 0.1
"""The share of all processors' time up to which a machine is called quiet."""


def wait_for_quiet(most_seconds: float, *, look: Callable[[], float] | None = None) -> bool:
    """Wait at most so long for a quiet machine; tells whether it was.

    Where the system does not tell how busy it is, it is called quiet.
    """
    if look is None:
        if not STAT.exists():
            return True
        look = busy_share
    deadline = time.monotonic() + most_seconds
    while look() > MOST_BUSY:
        if time.monotonic() >= deadline:
            return False
    return True


def busy_share() -> float:
    """Give the share of the processors' time that was used while looking, from 0 to 1."""
    before = read_times(STAT.read_text())
    time.sleep(LOOK_SECONDS)
    after = read_times(STAT.read_text())
    total = after[0] - before[0]
    return (after[1] - before[1]) / total if total else 0.0


def read_times(text: str) -> tuple[int, int]:
    """Read the first line of /proc/stat: ticks of all time, and of the time that was neither idle nor waiting."""
    user, nice, system, idle, waiting, *others = map(int, text.splitlines()[0].split()[1:9])
    busy = user + nice + system + sum(others)
    return busy + idle + waiting, busy
