"""Starts the service under test as a shop does: the command `tallycard serve`, a process of its own.

Key idea: the socket listens before the line that tells its port, so one request with a long patience is enough to know
when the service answers: nothing is polled.
"""

import os
import queue
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from msgspec import Struct

START_SECONDS = 60.0
STOP_SECONDS = 20.0
NOT_A_SHOPS = ("TALLYCARD_", "PYTHONDONTWRITEBYTECODE")
"""What a developer's environment may hold; without kept bytecode a start takes three times as long."""

_LISTENS = re.compile(r"listens on http://127\.0\.0\.1:(\d+)")
_PEAK, _RESIDENT = (re.compile(rf"^{name}:\s+(\d+) kB", re.MULTILINE) for name in ("VmHWM", "VmRSS"))


class ServiceError(Exception):
    """The service did not start; the text holds what it said."""


class Serving(Struct, frozen=True):
    """A running service: its port and its process."""

    port: int
    pid: int


@contextmanager
def serving(**settings: str) -> Iterator[Serving]:
    """Run `tallycard serve` with settings such as `DATA` until the context ends; it has answered when it is given.

    Raises ServiceError.
    """
    command: list[str | Path] = [Path(sys.executable).with_name("tallycard"), "serve", "--port", "0"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(NOT_A_SHOPS)}
    environment = clean | {f"TALLYCARD_{name}": value for name, value in settings.items()}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            port = _read_port(process)
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/v1/health", timeout=START_SECONDS
            ) as answer:  # an address of our own making
                answer.read()
            yield Serving(port, process.pid)
        finally:
            _stop(process)


def _read_port(process: subprocess.Popen[str]) -> int:
    assert process.stderr is not None, "it is a pipe"
    ports: queue.Queue[int | str] = queue.Queue()
    threading.Thread(target=_listen, args=(process.stderr, ports), daemon=True).start()
    try:
        found = ports.get(timeout=START_SECONDS)
    except queue.Empty:
        raise ServiceError(f"tallycard serve did not listen within {START_SECONDS:.0f} s") from None
    if isinstance(found, str):
        raise ServiceError(f"tallycard serve ended: {found}")
    return found


def _listen(output: IO[str], ports: "queue.Queue[int | str]") -> None:
    """Read all that the service says, so that it never waits for a reader; tell its port, or how it ended."""
    said = []
    for line in output:
        said.append(line)
        if listens := _LISTENS.search(line):
            ports.put(int(listens[1]))
    ports.put("".join(said[-20:]))


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def peak_megabytes(pid: int) -> float | None:
    """Give the most memory that a process has held so far; None where the system does not tell."""
    return _read_size(pid, _PEAK)


def resident_megabytes(pid: int) -> float | None:
    """Give the memory that a process holds now; None where the system does not tell."""
    return _read_size(pid, _RESIDENT)


def _read_size(pid: int, line: re.Pattern[str]) -> float | None:
    try:
        found = line.search(Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return None
    return None if found is None else int(found[1]) / 1024
