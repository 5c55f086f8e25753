"""Proves the ledgers: recomputes turnover and money from receipts, documents and acts, and compares everything.

It only reads. What differs is told in sentences that name the card or receipt; nothing is put right by itself.
"""

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.accounts.proofs import COUNTS, PROOFS, TOP_UP_MARKS

MOST_DIFFERENCES = 20


class Verified(Struct, frozen=True):
    """How much was looked at, and what does not agree."""

    cards: int
    receipts: int
    documents: int
    entries: int
    differences: list[str]


async def verify_ledgers(connection: AsyncConnection) -> Verified:
    """Run all proofs on one snapshot; at most MOST_DIFFERENCES are named for each."""
    await connection.execute(text("set transaction isolation level repeatable read, read only"))
    counts = (await connection.execute(text(COUNTS))).one()
    differences: list[str] = []
    for proof in PROOFS:
        query = text(proof)
        bound = {"most": MOST_DIFFERENCES, "top_up_marks": TOP_UP_MARKS}
        wanted = {name: value for name, value in bound.items() if f":{name}" in proof}
        differences += (await connection.execute(query, wanted)).scalars()
    return Verified(counts.cards, counts.receipts, counts.documents, counts.entries, differences)
