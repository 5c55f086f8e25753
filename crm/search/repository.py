"""All SQL of the search: each question is answered by an index and bounded before anything is ranked.

So an answer takes a time that does not grow with the number of parties, and the best of many thousand who fit a single
letter are the best of the first `MOST_RANKED`.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.documents.tables import business_document
from crm.parties.tables import party, party_address, party_contact, party_note, party_registration
from crm.search.model import DocumentHit, NoteHit, PartyHit, Reason

MOST_RANKED = 300
ALIKE = "0.5"
"""How alike a name's words must be to what was typed, of 1, by the trigrams of pg_trgm."""

MOST_EXCERPT = 160
_LAST_CHARACTER = "\U0010ffff"


async def find_by_phone(connection: AsyncConnection, ends: Sequence[str], *, limit: int) -> list[PartyHit]:
    """Find parties by the ends of their phones."""
    backwards = func.reverse(party_contact.c.canonical).collate("C")
    fits = or_(*(_begins(backwards, end[::-1]) for end in ends))
    query = _of_party(party_contact.c.party_id, party_contact.c.value).where(party_contact.c.kind == "phone", fits)
    return await _list_hits(connection, query.limit(limit), "phone")


async def find_by_email(connection: AsyncConnection, email: str, *, limit: int) -> list[PartyHit]:
    """Find parties by the beginning of an e-mail."""
    address = party_contact.c
    fits = (address.kind == "email", _begins(address.canonical, email))
    return await _list_hits(connection, _of_party(address.party_id, address.value).where(*fits).limit(limit), "email")


async def find_by_registration(connection: AsyncConnection, number: str, *, limit: int) -> list[PartyHit]:
    """Find parties by a number of an authority, whole."""
    registration = party_registration.c
    query = _of_party(registration.party_id, registration.number).where(registration.canonical == number)
    return await _list_hits(connection, query.limit(limit), "registration")


async def find_by_name(connection: AsyncConnection, tsquery: str, typed: str, *, limit: int) -> list[PartyHit]:
    """Find parties whose name and note hold words that begin so, those whose names are most alike first."""
    fits = _parties().where(party.c.search.op("@@")(func.to_tsquery("simple", tsquery))).limit(MOST_RANKED)
    return await _rank(connection, fits, typed, reason="name", limit=limit)


async def find_alike(connection: AsyncConnection, typed: str, *, limit: int) -> list[PartyHit]:
    """Find parties whose name has words like those typed, misspelt as they may be."""
    await connection.execute(
        select(func.set_config("pg_trgm.word_similarity_threshold", ALIKE, literal_column("true")))
    )
    fits = _parties().where(literal(typed).op("<%")(party.c.name)).limit(MOST_RANKED)
    return await _rank(connection, fits, typed, reason="alike", limit=limit)


async def find_by_address(connection: AsyncConnection, tsquery: str, *, limit: int) -> list[PartyHit]:
    """Find parties by words of an address: the city, the postal code, the street."""
    address = party_address.c
    line = func.concat_ws(", ", address.postal_code, address.city, address.line)
    fits = address.search.op("@@")(func.to_tsquery("simple", tsquery))
    return await _list_hits(connection, _of_party(address.party_id, line).where(fits).limit(limit), "address")


async def find_documents(connection: AsyncConnection, number: str, *, limit: int) -> list[DocumentHit]:
    """Find business documents whose number holds a text, the newest first."""
    document = business_document.c
    query = (
        select(document.id, document.kind, document.number, document.date, party.c.name)
        .join_from(business_document, party, party.c.id == document.party_id)
        .where(document.number.icontains(number, autoescape=True))
    )
    rows = await connection.execute(query.order_by(document.date.desc(), document.id.desc()).limit(limit))
    return [DocumentHit(*row) for row in rows]


async def find_notes(connection: AsyncConnection, tsquery: str, *, limit: int) -> list[NoteHit]:
    """Find notes by words, the newest first."""
    note = party_note.c
    words = func.to_tsvector(literal_column("'simple'"), note.text)
    fits = select(note.id).where(words.op("@@")(func.to_tsquery("simple", tsquery))).limit(MOST_RANKED).subquery()
    query = (
        select(note.id, note.party_id, party.c.name, func.left(note.text, MOST_EXCERPT))
        .join_from(party_note, party, party.c.id == note.party_id)
        .where(note.id.in_(select(fits.c.id)), party.c.merged_into.is_(None))
    )
    rows = await connection.execute(query.order_by(note.at.desc(), note.id.desc()).limit(limit))
    return [NoteHit(*row) for row in rows]


def _parties() -> Select[*tuple[Any, ...]]:  # Any: columns of several types
    is_archived = party.c.archived_at.is_not(None).label("is_archived")
    return select(party.c.id, party.c.name, party.c.kind, is_archived).where(
        party.c.merged_into.is_(None), party.c.erased_at.is_(None)
    )


def _of_party(party_id: ColumnElement[int], detail: ColumnElement[str]) -> Select[*tuple[Any, ...]]:  # Any: as above
    return _parties().add_columns(detail.label("detail")).join_from(party_id.table, party, party.c.id == party_id)


async def _rank(
    connection: AsyncConnection,
    fits: Select[*tuple[Any, ...]],  # Any: as above
    typed: str,
    *,
    reason: Reason,
    limit: int,
) -> list[PartyHit]:
    """Order by how much of what was typed is in a name, and how much else is in it."""
    found = fits.subquery()
    likeness = func.strict_word_similarity(typed, found.c.name) + func.similarity(typed, found.c.name)
    query = select(found).order_by(found.c.is_archived, likeness.desc(), func.sort_key(found.c.name), found.c.id)
    rows = await connection.execute(query.limit(limit))
    return [PartyHit(row.id, row.name, row.kind, row.is_archived, reason) for row in rows]


async def _list_hits(
    connection: AsyncConnection,
    query: Select[*tuple[Any, ...]],  # Any: as above
    reason: Reason,
) -> list[PartyHit]:
    rows = await connection.execute(query)
    return [PartyHit(row.id, row.name, row.kind, row.is_archived, reason, row.detail) for row in rows]


def _begins(text: ColumnElement[str], head: str) -> ColumnElement[bool]:
    """Compare as a range in the order of code points, which an index answers; LIKE would need its wildcards escaped."""
    return (text >= head) & (text < head + _LAST_CHARACTER)
