"""The clock of a till's machine, which jumps when a test wants it: the agent and the cash register read the same one.

Key idea: the agent's is shifted beneath it, where it asks the system, so nothing of the product knows of it. Where no
such library can be built the cash register's clock jumps alone.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.faults.preload import build_preload

SOURCE: Final = Path(__file__).with_name("clock_jump.c")


class TillClock:
    """A clock that is off by as much as it last jumped to; `environment` makes a program read it."""

    def __init__(self, folder: Path, library: Path | None) -> None:
        self.off = timedelta()
        self.jumps = -1  # it is set right once, at the beginning
        self._file = folder / "clock"
        self.jump(self.off)
        self.environment = {} if library is None else {"LD_PRELOAD": str(library), "CLOCK_FILE": str(self._file)}

    def jump(self, off: timedelta) -> None:
        """Be off by so much from now on, ahead or, below nothing, behind."""
        self.off = off
        self.jumps += 1
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write((off // timedelta(microseconds=1) * 1000).to_bytes(8, "little", signed=True))

    def read(self) -> datetime:
        """Read it."""
        return now() + self.off


def now() -> datetime:
    """Read the clock that is right."""
    return datetime.now(UTC)


def build_clock(folder: Path) -> Path | None:
    """Build the library that shifts a program's clock; None where it cannot be built."""
    return build_preload(SOURCE, folder)
