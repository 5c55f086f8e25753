"""Anchors: once a day a digest over the last entries of all chains, written to the log and to the activity journal.

Whoever owns the database can recompute a whole chain so that it fits again. Then it no longer fits the anchors that
were made before, and a log that is kept elsewhere remembers them. An anchor covers the entries made before a day began
that is settled, so that it can be computed again at any time.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from msgspec import Struct
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, activity, record_activity
from database.seals import find_seal, settled_day
from loyalty.accounts.proofs import HEADS_UNTIL

ANCHORED = "books.anchored"


class Anchor(Struct, frozen=True):
    """The digest of all chains as they stood when a day began (UTC), in hexadecimal; `journal` is the last seal."""

    until: date
    cards: int
    chains: str
    journal: str | None = None


async def compute_anchor(connection: AsyncConnection, until: date) -> Anchor:
    """Compute the anchor of the entries that were made before a day began: one pass over the ledger."""
    moment = datetime.combine(until, time(), UTC)
    row = (await connection.execute(text(HEADS_UNTIL), {"until": moment})).one()
    return Anchor(until, row.cards, row.chains, await find_seal(connection, date.fromordinal(until.toordinal() - 1)))


async def find_anchor(connection: AsyncConnection) -> Anchor | None:
    """Find the newest anchor in the journal."""
    query = select(activity.c.data).where(activity.c.act == ANCHORED).order_by(activity.c.at.desc()).limit(1)
    data = (await connection.execute(query)).scalar()
    if data is None:
        return None
    return Anchor(date.fromisoformat(data["until"]), data["cards"], data["chains"], data["journal"])


class Anchored(Struct, frozen=True):
    """A new anchor, and in sentences what no longer holds of the one before it."""

    anchor: Anchor
    broken: list[str]


async def anchor_books(connection: AsyncConnection, *, act: Act) -> Anchored | None:
    """Make the anchor of the newest settled day and write it to the journal; None where that was done already."""
    until, newest = settled_day(act.at), await find_anchor(connection)
    if newest is not None and newest.until >= until:
        return None
    broken = await list_broken_anchors(connection, {})
    anchor = await compute_anchor(connection, until)
    data = {"until": until.isoformat(), "cards": anchor.cards, "chains": anchor.chains, "journal": anchor.journal}
    await record_activity(connection, act=act, what=ANCHORED, record=f"books:{until.isoformat()}", data=data)
    return Anchored(anchor, broken)


async def list_broken_anchors(connection: AsyncConnection, given: Mapping[date, str]) -> list[str]:
    """Name the anchors that do not hold any more, in sentences: the newest of the journal, and some that were kept."""
    newest = await find_anchor(connection)
    kept = {} if newest is None else {newest.until: newest.chains}
    broken = []
    for until, chains in sorted((kept | dict(given)).items()):
        now = await compute_anchor(connection, until)
        if now.chains != chains:
            broken.append(f"anchor of {until}: the chains up to then are not those that were anchored")
    return broken
