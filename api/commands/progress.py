"""What a long command shows while it works, and how it is asked to end.

On a terminal one line is rewritten; elsewhere a plain line comes every few seconds. The first Ctrl-C is a wish that the
command fulfils when nothing is in the air; the second one ends it at once.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import click

from loyalty.imports.progress import Sample, describe, describe_end, within_window

REWRITTEN_EVERY_MS = 100
PLAIN_EVERY_MS = 2_000
STOPPED = 130
"""The exit code of a command that was asked to end."""

_NS_PER_MS = 1_000_000
_STDERR = 2
_ENDING = b"\nending, what is in the air lands first; once more ends at once\n"
_ERASE_LINE = "\r\x1b[K"


@contextmanager
def showing(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told done and total and shows them on standard error; the end says the rate in all."""
    is_terminal = sys.stderr.isatty()
    every = REWRITTEN_EVERY_MS if is_terminal else PLAIN_EVERY_MS
    first = latest = _sample(0)
    samples = [first]

    def show(text: str, *, is_last: bool = False) -> None:
        line = f"{what}: {text}"
        click.echo(_ERASE_LINE + line if is_terminal else line, err=True, nl=is_last or not is_terminal)

    def report(done: int, total: int) -> None:
        nonlocal latest, samples
        latest = _sample(done)
        if len(samples) == 1 or latest.at_ms - samples[-1].at_ms >= every:
            samples = within_window(samples, latest)
            show(describe(samples, total, unit))

    try:
        yield report
    finally:
        if latest is not first:
            show(describe_end(first, latest, unit), is_last=True)


def _sample(done: int) -> Sample:
    return Sample(time.monotonic_ns() // _NS_PER_MS, done)


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether the end was asked for, by SIGINT or SIGTERM."""
    asked = False
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        os.write(_STDERR, _ENDING)  # a signal may come in the middle of a buffered write, which cannot be entered again

    for number in before:
        signal.signal(number, ask)
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
