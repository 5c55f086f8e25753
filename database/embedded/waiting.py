"""Waits for processes: for a server to be ready, and for one to end.

Key idea: a wait watches the process itself, so that a server that dies while it is waited for is noticed at once.
Refuses to wait without a limit.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from database.embedded import protocol
from database.embedded.errors import EmbeddedPostgresError

READY_SECONDS = 300.0  # after a crash PostgreSQL replays up to 2 GB of its log before it is ready
PATIENCE_SECONDS = 5.0  # after which a person wants to know why it takes so long
FAST_STOP_SECONDS = 30.0
IMMEDIATE_STOP_SECONDS = 10.0

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.005, 0.5
_LOOK_SECONDS = 0.05


class Process(msgspec.Struct, frozen=True):
    """A server's main process; `child` when it is this process's own, which then has to take note of its end."""

    pid: int
    child: subprocess.Popen[bytes] | None = None

    def ends_within(self, seconds: float) -> bool:
        """Wait until the process has ended, at most `seconds`; whether it has. A zombie has ended."""
        if self.child is None:
            return wait_gone(self.pid, seconds=seconds)
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def wait_ready(process: Process, socket_folder: Path, *, say: Callable[[str], None]) -> str | None:
    """Return the version of the server once it is ready, or None when it has ended instead.

    Says so once if it takes long. Raises EmbeddedPostgresError after READY_SECONDS, or when the server refuses us.
    """
    begun, pause, is_said = time.monotonic(), _FIRST_PAUSE_SECONDS, False
    while (version := protocol.ask_version(socket_folder)) is None:
        if process.ends_within(pause):
            return None
        waited = time.monotonic() - begun
        if waited > READY_SECONDS:
            raise EmbeddedPostgresError(
                f"PostgreSQL (process {process.pid}) does not answer in {socket_folder} after {READY_SECONDS:.0f} s. "
                f"If it is PostgreSQL, stop it with `kill -INT {process.pid}`; if not, remove the postmaster.pid that "
                "names it"
            )
        if waited > PATIENCE_SECONDS and not is_said:
            say("PostgreSQL is putting its data in order after an interruption; this can take some minutes")
            is_said = True
        pause = min(pause * 1.2, _LONGEST_PAUSE_SECONDS)
    return version


def stop_process(process: Process) -> None:
    """Stop a server: first with a proper shutdown that ends its sessions (fast), then without one (immediate).

    Raises EmbeddedPostgresError when it outlives both.
    """
    for number, seconds in ((signal.SIGINT, FAST_STOP_SECONDS), (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS)):
        if process.ends_within(0):
            return
        os.kill(process.pid, number)
        if process.ends_within(seconds):
            return
    raise EmbeddedPostgresError(f"PostgreSQL does not stop: end it with `kill -9 {process.pid}`")


def wait_gone(pid: int, *, seconds: float) -> bool:
    """Wait until the process has ended, at most `seconds`; whether it has. A zombie has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except (AttributeError, OSError):  # not Linux, or a sandbox without this call
        return _wait_gone_looking(pid, seconds)
    try:
        waiting = select.poll()
        waiting.register(handle, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))
    finally:
        os.close(handle)


def is_alive(pid: int) -> bool:
    """Whether some process, or a zombie, has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _wait_gone_looking(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True
