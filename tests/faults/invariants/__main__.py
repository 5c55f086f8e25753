"""The independent proofs: `python -m tests.faults.invariants EVIDENCE`, with plain SQL, SQLite and a search of bytes.

Key idea: it imports nothing of the product, so no fault of the product's own can hide from it in its own code. It
prints an object of JSON: for each invariant the problems that were found, none where all is well; exit 1 if any was.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import asyncpg

from tests.faults.invariants import books, receipts, surroundings, traces
from tests.faults.invariants.evidence import Evidence, read_evidence

MOST: Final = 20
"""Of each invariant so many problems are named."""

Check = Callable[[asyncpg.Connection, Evidence], Awaitable[list[str]]]

INVARIANTS: Final[dict[str, Check]] = {
    "I1": books.sums_are_right,
    "I2": receipts.receipts_are_there_once,
    "I3": receipts.promises_are_kept,
    "I4": books.no_balance_is_below_its_limit,
    "I5": receipts.overspend_is_within_allowances,
    "I6": books.nothing_is_reversed_twice,
    "I7": books.order_does_not_matter,
    "I8": books.tiers_are_right,
    "I9": surroundings.readings_are_heard_once,
    "I10": traces.no_secret_is_left,
    "I11": traces.changes_are_told,
    "I12": traces.nobody_erased_is_left,
    "I13": surroundings.mail_is_wanted_and_single,
    "I14": surroundings.queues_are_empty,
    "I15": surroundings.answers_are_clean,
    "I16": receipts.clocks_refuse_nothing,
}


async def prove(evidence: Evidence) -> dict[str, list[str]]:
    """Check all invariants; gives the problems of each, at most `MOST`."""
    connection = await asyncpg.connect(evidence.dsn)
    try:
        return {name: (await check(connection, evidence))[:MOST] for name, check in INVARIANTS.items()}
    finally:
        await connection.close()


if __name__ == "__main__":
    verdicts = asyncio.run(prove(read_evidence(Path(sys.argv[1]))))
    print(json.dumps(verdicts))  # noqa: T201 - its output
    sys.exit(any(verdicts.values()))
