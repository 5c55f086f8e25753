"""The programs that the demonstration starts, and their certain end.

Each child is in a session of its own, so that Ctrl-C reaches the demonstration alone, which then ends them in order; on
Linux the kernel ends them too if the demonstration is killed.
"""

import ctypes
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.commands.saying import Failure

READY_SECONDS = 60
STOP_SECONDS = 15
_PR_SET_PDEATHSIG = 1
_LISTENS = re.compile(r"listens on (http://[^\s,]+)")


@contextmanager
def program(name: str, *arguments: str, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """Run a command of ours until the context ends; gives its address, empty for a program that has none.

    Raises Failure when it ends before it is ready, with what it said last.
    """
    command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
    process = subprocess.Popen(  # noqa: S603 # our own program with our own arguments
        command,
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 # no thread runs yet that could hold a lock
    )
    try:
        yield _wait_until_ready(name, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_until_ready(name: str, process: subprocess.Popen[str]) -> str:
    """Wait for the line that says a program runs; its later lines are drained, so that it never blocks on them."""
    lines: queue.Queue[str | None] = queue.Queue()
    said = process.stderr
    assert said is not None, "it was asked for"

    def drain() -> None:
        with said:
            for line in said:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=drain, daemon=True).start()
    last = ""
    while True:
        try:
            line = lines.get(timeout=READY_SECONDS)
        except queue.Empty:
            raise Failure(f"the {name} did not come up within {READY_SECONDS} s; it said last: {last}") from None
        if line is None:
            raise Failure(f"the {name} ended before it was ready: {last}")
        last = line.strip() or last
        found = _LISTENS.search(line)
        if found or "worker runs" in line:
            return found[1] if found else ""
