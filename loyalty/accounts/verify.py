"""Proves the books: recomputes turnover and money from receipts, documents and acts, and compares everything.

The ledgers' chains, the journal's seals and the anchors are held against what they cover. It only reads. What differs
is told in sentences that name the card, receipt or day; nothing is put right by itself.
"""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.memory import MORE_MEMORY
from database.seals import list_broken_seals
from loyalty.accounts.anchors import list_broken_anchors
from loyalty.accounts.proofs import COUNTS, PROOFS, TOP_UP_MARK, TOP_UP_MARKS

MOST_DIFFERENCES = 20


class Verified(Struct, frozen=True):
    """How much was looked at, and what does not agree."""

    cards: int
    receipts: int
    documents: int
    entries: int
    differences: list[str]


async def verify_ledgers(connection: AsyncConnection, *, anchors: Mapping[date, str] | None = None) -> Verified:
    """Run all proofs on one snapshot; at most MOST_DIFFERENCES are named for each.

    `anchors` are digests of all chains by the day up to which they were made, from a log that was kept.
    """
    await connection.execute(text("set transaction isolation level repeatable read, read only"))
    await connection.execute(MORE_MEMORY)
    counts = (await connection.execute(text(COUNTS))).one()
    differences: list[str] = []
    for proof in PROOFS:
        query = text(proof)
        bound = {"most": MOST_DIFFERENCES, "top_up_marks": TOP_UP_MARKS, "bought_top_up": TOP_UP_MARK}
        wanted = {name: value for name, value in bound.items() if f":{name}" in proof}
        differences += (await connection.execute(query, wanted)).scalars()
    differences += await list_broken_seals(connection, most=MOST_DIFFERENCES)
    differences += await list_broken_anchors(connection, anchors or {})
    return Verified(counts.cards, counts.receipts, counts.documents, counts.entries, differences)
