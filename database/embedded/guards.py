"""Holds what must be held around a start: locks between processes, and signals that would end this one on the spot.

Key idea: a lock is the system's own (`flock`), so that it ends with its holders, however they die. Refuses to wait
without a limit.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Never

from database.embedded.errors import EmbeddedPostgresError

_PAUSE_SECONDS = 0.05


@contextmanager
def locked(file: Path, *, seconds: float, refusal: str, on_wait: Callable[[], None]) -> Iterator[int]:
    """Hold the lock of `file` and yield its open file: a child that inherits it holds the lock for as long as it lives.

    `on_wait` is called once if somebody else holds it. Raises EmbeddedPostgresError with `refusal` when he still does
    after `seconds`.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if not _try_lock(handle):
            on_wait()
            deadline = time.monotonic() + seconds
            while not _try_lock(handle):  # no system has a lock that is waited for with a limit
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(refusal)
                time.sleep(_PAUSE_SECONDS)
        yield handle
    finally:
        os.close(handle)


@contextmanager
def left_by_signals() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP, unless the caller handles or ignores them, into an exit through the open contexts."""

    def leave(number: int, _frame: FrameType | None) -> Never:
        raise SystemExit(128 + number)

    is_main = threading.current_thread() is threading.main_thread()
    taken = [one for one in (signal.SIGTERM, signal.SIGHUP) if is_main and signal.getsignal(one) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _try_lock(handle: int) -> bool:
    import fcntl  # noqa: PLC0415 - POSIX alone has it, and the commands of a till load this module under Windows too

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
