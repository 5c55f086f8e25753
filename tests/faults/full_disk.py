"""A disk that is full when a test wants it: a small file system of its own, or a limit on the size of a program's files.

Key idea: the fault is the system's own, not a stand-in: ENOSPC of a real file system where this account may mount one,
else EFBIG, as from a quota, by a limit set on the running program.
"""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from tests.faults.shop import Program

SIZE_MEGABYTES: Final = 24
_BLOCK: Final = 1 << 18
"""It is filled by so much at a time; what is left of the last one, byte by byte as the system lets it."""
_SECONDS: Final = 30


class FullDisk(Protocol):
    """A folder that can be filled up but for some slack, and freed again; `how` says by what means."""

    folder: Path
    how: str

    def watch(self, program: Program) -> None:
        """Tell it whose disk it is."""

    def fill(self, *, slack: int) -> None:
        """Leave so many bytes and no more."""

    def free(self) -> None:
        """Give all room back."""


class SmallDisk:
    """A small file system in memory, filled by a ballast."""

    how = "a small file system"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def watch(self, program: Program) -> None:
        """Tell nothing: it is full for everyone."""

    def fill(self, *, slack: int) -> None:
        """Write until nothing more fits, and take the slack back."""
        with self._ballast.open("wb", buffering=0) as ballast:
            try:
                while ballast.write(b"\0" * _BLOCK):
                    pass
            except OSError:
                ballast.truncate(max(0, ballast.tell() - slack))

    def free(self) -> None:
        """Take the ballast away."""
        self._ballast.unlink(missing_ok=True)


class LimitedFiles:
    """A limit on the size of the files that a program writes."""

    how = "a limit on the size of files"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._program: Program | None = None

    def watch(self, program: Program) -> None:
        """Limit this program's files."""
        self._program = program

    def fill(self, *, slack: int) -> None:
        """Let no file grow beyond the largest one now, and the slack."""
        largest = max(file.stat().st_size for file in self.folder.glob("journal.db*"))
        self._limit(largest + slack)

    def free(self) -> None:
        """Let files grow."""
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        assert self._program is not None, "it is told whose disk it is"
        resource.prlimit(self._program.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def full_disk(folder: Path, *, megabytes: int = SIZE_MEGABYTES) -> Iterator[FullDisk]:
    """Give a small file system mounted in a folder, where this account may mount one; else a limit on files."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    is_mounted = sys.platform == "linux" and _succeeds(mount)
    try:
        yield SmallDisk(folder) if is_mounted else LimitedFiles(folder)
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=_SECONDS)


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS).returncode == 0
    except FileNotFoundError:
        return False
