"""The rows of the table: what is measured against what, and how good it has to be.

Rates are ratios to SQL written by hand, which has no HTTP, no checks of input and no rules: 1.0 means that all of that
comes for nothing. Latencies and times are ratios the other way round. Only a start and memory are absolute.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct


class Row(Struct, frozen=True):
    """One row; `bound` says whether the target is the least or the most that is good, None that it only informs."""

    key: str
    what: str
    against: str
    target: float | None = None
    bound: Literal["least", "most"] = "least"
    unit: str = "x"


ROWS = (
    Row("post-64", "post, 64 connections", "post_full, 16 clients", 0.8),
    Row("post-16", "post, 16 connections", "post_full, 16 clients", 0.5),
    Row("post-1", "post, 1 connection", "post_full, 16 clients"),
    Row("batch", "batches of 500, 2 senders", "post_full, 16 clients", 1.2),
    Row("post-64-rated", "post that re-rates its card, 64 connections", "post_full_rated, 16 clients", 0.8),
    Row("post-64-tx", "post, 64 connections", "post_tx, 16 clients"),
    Row("full-tx", "post_full, 16 clients", "post_tx, 16 clients"),
    Row("calculate-p50", "calculation, 1 connection, p50", "health, p50", 8.0, "most"),
    Row("calculate-p99", "calculation, 1 connection, p99", "health, p99", 10.0, "most"),
    Row("calculate-16", "calculation, 16 connections", "post_fn, 16 clients", 0.35),
    Row("calculate-64", "calculation, 64 connections", "post_fn, 16 clients"),
    Row("lookup-1", "lookup, 1 connection", "lookup in SQL, 16 clients"),
    Row("lookup-16", "lookup, 16 connections", "lookup in SQL, 16 clients"),
    Row("lookup-64", "lookup, 64 connections", "lookup in SQL, 16 clients"),
    Row("driver", "the load driver's work, health at 64", "one processor"),
    Row("shift", "shift of 10,000 receipts, time", "the set-based SQL", 3.0, "most"),
    Row("shift-again", "the same shift sent again, time", "the set-based SQL", 3.0, "most"),
    Row("many-lookup", "lookup among many cards, cost", "among few cards", 1.5, "most"),
    Row("many-calculate", "calculation among many cards, cost", "among few cards", 1.5, "most"),
    Row("many-post", "post among many cards, cost", "among few cards", 1.5, "most"),
    Row("rules", "thresholds over all cards, time", "one UPDATE, same result", 3.0, "most"),
    Row("rules-bare", "thresholds over all cards, time", "one UPDATE, no past", 3.0, "most"),
    Row("cards", "cards from a template, time", "Python and COPY", 2.0, "most"),
    Row("memory", "memory of the server process, peak", "", 200.0, "most", " MB"),
    Row("slow-post-64", "slow flush: post, 64 connections", "post_full, 16 clients", 1.2),
    Row("slow-post-16", "slow flush: post, 16 connections", "post_full, 16 clients"),
    Row("start", "embedded start, cold, to an answer", "", 4.0, "most", " s"),
)


def choose_rows(patterns: Sequence[str]) -> list[str]:
    """Give the keys that match any pattern such as `post-*`, all for no pattern. Raises ValueError for an idle one."""
    keys = [row.key for row in ROWS]
    for pattern in patterns:
        if not any(fnmatchcase(key, pattern) for key in keys):
            raise ValueError(f"no row is called {pattern}; there are {', '.join(keys)}")
    return [key for key in keys if not patterns or any(fnmatchcase(key, pattern) for pattern in patterns)]
