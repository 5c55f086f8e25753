"""Documents of sale and return and other kinds, put here by the back office and other systems.

A document is a replaceable record; what it carries for its card is not: every change is an entry that moves turnover by
the difference. Sale and return carry their total, an adjustment its own sign; a draft or a cancelled one carries
nothing.
"""

import hashlib
from datetime import date
from uuid import UUID

import msgspec
from msgspec import Struct, structs
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from database.locks import lock_name
from loyalty.accounts.service import Entry, enter
from loyalty.cards.repository import find_card, find_card_id
from loyalty.errors import CardUnknownError, DocumentConflictError, DocumentUnknownError
from loyalty.numbering import canonical
from loyalty.receipts.tables import document
from loyalty.tiers.rating import rerate_card

WITHOUT_TURNOVER = frozenset({"draft", "cancelled"})
POSTED = "posted"


class DocumentContent(Struct, frozen=True):
    """What the sender says of a document; amounts in minor units, lines kept as given."""

    kind: str
    number: str
    date: date
    status: str
    party_id: int | None
    card: str | None
    total: int
    lines: list[dict[str, object]]
    parent_uid: UUID | None

    @property
    def turnover(self) -> int:
        """What it carries for its card: a sale its total, a return the total taken off, an adjustment its own sign."""
        if self.status in WITHOUT_TURNOVER:
            return 0
        if self.kind == "return":
            return -self.total
        return self.total if self.kind in {"sale", "adjustment"} else 0


class KeptDocument(Struct, frozen=True):
    """A document as it is kept."""

    uid: UUID
    content: DocumentContent
    card_id: int | None
    version: int | None
    is_deleted: bool


class _Row(Struct, frozen=True):
    kept: KeptDocument
    fingerprint: bytes


async def put_document(
    connection: AsyncConnection, uid: UUID, content: DocumentContent, *, version: int | None, act: Act
) -> tuple[KeptDocument, bool]:
    """Keep a document, in the place of an earlier version; tells whether it is new.

    A lower version changes nothing; the same one with another content is a DocumentConflictError. Without a version the
    last one in wins, and the counter stays where it was. Raises CardUnknownError.
    """
    row = await _lock(connection, uid)
    print_of = hashlib.sha256(msgspec.json.encode(content)).digest()
    if row is not None and not _replaces(row, version, print_of):
        return row.kept, False
    card_id = None if content.card is None else await _find_card(connection, content.card)
    before = None if row is None else row.kept
    if version is None and before is not None:
        version = before.version
    kept = KeptDocument(uid, content, card_id, version, is_deleted=False)
    moved = await _move_turnover(connection, uid, before, kept, act=act)
    await _save(connection, kept, print_of, act)
    for bearer in moved:
        await rerate_card(connection, bearer, source_uid=uid, act=act)
    data = {"old": _described(before), "new": _described(kept)}
    await record_activity(
        connection, act=act, what="document.saved", record=f"document:{uid}", card_id=card_id, data=data
    )
    return kept, before is None


async def delete_document(connection: AsyncConnection, uid: UUID, *, act: Act) -> KeptDocument:
    """Take a document and what it carried back; again changes nothing. Raises DocumentUnknownError."""
    row = await _lock(connection, uid)
    if row is None:
        raise DocumentUnknownError("no document has this UUID")
    if row.kept.is_deleted:
        return row.kept
    gone = structs.replace(row.kept, is_deleted=True)
    moved = await _move_turnover(connection, uid, row.kept, gone, act=act)
    await _save(connection, gone, row.fingerprint, act)
    for bearer in moved:
        await rerate_card(connection, bearer, source_uid=uid, act=act)
    await record_activity(
        connection,
        act=act,
        what="document.deleted",
        record=f"document:{uid}",
        card_id=gone.card_id,
        data={"old": _described(row.kept)},
    )
    return gone


async def find_document(connection: AsyncConnection, uid: UUID) -> KeptDocument | None:
    """Find a document that is not deleted."""
    row = await _find(connection, uid)
    return None if row is None or row.kept.is_deleted else row.kept


def _replaces(row: _Row, version: int | None, print_of: bytes) -> bool:
    """Tell whether what comes takes the place of what is kept. Raises DocumentConflictError."""
    known = row.kept.version
    if version is None:
        return row.kept.is_deleted or row.fingerprint != print_of
    if known is None:
        return True
    if version == known and not row.kept.is_deleted and row.fingerprint != print_of:
        raise DocumentConflictError("this version of the document is kept with another content", field="version")
    return version > known


async def _lock(connection: AsyncConnection, uid: UUID) -> _Row | None:
    """Find a document; of two who put the same new one at once, the second waits for the first."""
    await lock_name(connection, f"document:{uid}")
    return await _find(connection, uid)


async def _find(connection: AsyncConnection, uid: UUID) -> _Row | None:
    row = (await connection.execute(select(document).where(document.c.uid == uid))).one_or_none()
    if row is None:
        return None
    content = DocumentContent(
        kind=row.kind,
        number=row.number,
        date=row.date,
        status=row.status,
        party_id=row.party_id,
        card=row.card_number,
        total=row.total,
        lines=row.lines,
        parent_uid=row.parent_uid,
    )
    kept = KeptDocument(uid, content, row.card_id, row.version, row.deleted_at is not None)
    return _Row(kept, row.fingerprint)


async def _find_card(connection: AsyncConnection, number: str) -> int:
    card_id = await find_card_id(connection, canonical(number))
    if card_id is None:
        raise CardUnknownError("no card has this number", field="card.number")
    return card_id


async def _move_turnover(
    connection: AsyncConnection, uid: UUID, before: KeptDocument | None, after: KeptDocument, *, act: Act
) -> list[int]:
    """Enter the difference between what a document carried and what it carries now; gives the cards, in order."""
    moves: dict[int, list[Entry]] = {}
    for kept, sign in ((before, -1), (after, 1)):
        if kept is None or kept.card_id is None or kept.is_deleted or not kept.content.turnover:
            continue
        card = await find_card(connection, kept.card_id)
        assert card is not None, "the foreign key holds it"
        bearer = card.successor_id or card.card_id
        moves.setdefault(bearer, []).append(Entry("turnover", sign * kept.content.turnover, kept.content.date))
    for bearer, entries in sorted(moves.items()):
        await enter(connection, bearer, _netted(entries), source="document", source_uid=uid, now=act.at)
    return sorted(moves)


def _netted(entries: list[Entry]) -> list[Entry]:
    """Make one entry of the difference where a document stays on its card and day."""
    if len({entry.business_date for entry in entries}) == 1:
        return [Entry("turnover", sum(entry.amount for entry in entries), entries[0].business_date)]
    return entries


async def _save(connection: AsyncConnection, kept: KeptDocument, print_of: bytes, act: Act) -> None:
    content = kept.content
    values = {
        "kind": content.kind,
        "number": content.number,
        "date": content.date,
        "status": content.status,
        "party_id": content.party_id,
        "card_id": kept.card_id,
        "card_number": content.card,
        "total": content.total,
        "lines": content.lines,
        "parent_uid": content.parent_uid,
        "version": kept.version,
        "fingerprint": print_of,
        "deleted_at": act.at if kept.is_deleted else None,
        "changed_at": act.at,
    }
    saved = upsert(document).values(uid=kept.uid, **values)
    await connection.execute(saved.on_conflict_do_update(index_elements=["uid"], set_=values))


def _described(kept: KeptDocument | None) -> object:
    if kept is None or kept.is_deleted:
        return None
    content = structs.asdict(kept.content)
    plain = {name: content[name] for name in ("kind", "number", "status", "total")}
    return plain | {"date": content["date"].isoformat(), "card_id": kept.card_id, "version": kept.version}
