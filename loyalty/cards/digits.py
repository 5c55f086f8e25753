"""Ranges of counters as blocks of decimal digits, so that millions of numbers are judged without making one.

The key idea: every range falls into a few dozen blocks of counters that share their leading digits while the rest take
every value, and what check digits ask of free digits is told by their sums alone.
"""

from collections.abc import Iterator

from msgspec import Struct


class Block(Struct, frozen=True):
    """Counters that begin with `fixed` and whose last `free` digits take every value."""

    fixed: str
    free: int

    @property
    def size(self) -> int:
        """How many counters it holds."""
        size: int = 10**self.free
        return size


def split(counters: range, width: int) -> Iterator[Block]:
    """Split neighbouring counters of so many digits into blocks, rising; as few as there can be."""
    start = counters.start
    while start < counters.stop:
        free = 0
        while start % 10 ** (free + 1) == 0 and start + 10 ** (free + 1) <= counters.stop and free < width:
            free += 1
        leading = width - free
        yield Block(f"{start // 10**free:0{leading}d}" if leading else "", free)
        start += 10**free
