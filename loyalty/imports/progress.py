"""How far a long act has come, how fast it goes and how long it will still take. Pure; clocks belong to the caller."""

from collections.abc import Callable, Sequence

from msgspec import Struct

WINDOW_MS = 10_000
"""The rate is that of the last ten seconds: what was passed over quickly at the beginning promises nothing."""

_MS = 1_000
_MINUTE = 60


class StoppedError(Exception):
    """Somebody asked for the end before anything was changed."""


class Watch(Struct, frozen=True):
    """Who looks on: is told what is done of the total, and may ask for the end."""

    report: Callable[[int, int], None]
    is_stopped: Callable[[], bool]


class Sample(Struct, frozen=True):
    """What was done at a time, in milliseconds of any clock that only rises."""

    at_ms: int
    done: int


def describe(samples: Sequence[Sample], total: int, unit: str) -> str:
    """Say what is done, the percent, the rate per second and the time left; `samples` in order of time."""
    last = samples[-1]
    percent = 100 * last.done // total if total else 100
    text = f"{last.done:,} of {total:,} {unit} ({percent} %)"
    rate = _rate(samples[0], last)
    return text + (f", {rate:,}/s, {describe_seconds((total - last.done) // rate)} left" if rate else "")


def describe_end(first: Sample, last: Sample, unit: str) -> str:
    """Say what was done in all, in which time and how fast."""
    return f"{last.done:,} {unit} in {describe_seconds((last.at_ms - first.at_ms) // _MS)}, {_rate(first, last):,}/s"


def _rate(first: Sample, last: Sample) -> int:
    passed = last.at_ms - first.at_ms
    return (last.done - first.done) * _MS // passed if passed else 0


def describe_seconds(seconds: int) -> str:
    """Say a time as `7 s` or `3 min 07 s`."""
    minutes, rest = divmod(seconds, _MINUTE)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def within_window(samples: Sequence[Sample], now: Sample) -> list[Sample]:
    """Add a sample and leave out what is older than the window, but for one to reckon from."""
    kept = [sample for sample in samples if now.at_ms - sample.at_ms <= WINDOW_MS]
    return [*(kept or samples[-1:]), now]
