"""Lists of letters for people: the journal below a node of the tree, the archive, and what the search finds.

Key idea: one order for all of them, the more urgent first and then the newer, read by key. Each word that is looked for
stands in the letter - its topic, numbers or text - or in the name of its party.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, false, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.tables import app_user
from crm.letters.errors import LetterKindUnknownError
from crm.letters.model import Flow, Medium, Priority, branch
from crm.letters.repository.kinds import list_kinds
from crm.letters.tables import letter, letter_file, letter_kind, letter_notice
from crm.parties.tables import party
from database.keyset import Page, Place, read_page

PAGE_ROWS: Final = 50
MOST_WORDS: Final = 10
MOST_PARTIES: Final = 1_000
"""So many parties whose name has a word are looked at for their letters."""
_WORD: Final = re.compile(r"[^\W_]+")
_kept = letter.c
_other = party.alias("other")
_signer = party.alias("signer")


class LetterFilter(Struct, frozen=True, kw_only=True):
    """Which letters a list shows; None does not limit. A kind stands for all below it too.

    `unread_by` is a colleague who was told of them and has not opened them.
    """

    is_archived: bool = False
    flow: Flow | None = None
    kind: str | None = None
    medium: Medium | None = None
    priority: Priority | None = None
    party_id: int | None = None
    since: date | None = None
    until: date | None = None
    unread_by: int | None = None
    words: str | None = None


class LetterRow(Struct, frozen=True):
    """A letter in a list, with the names of who stands on both sides and how many files it has."""

    id: int
    flow: Flow
    medium: Medium
    kind: str
    number: str
    document_number: str | None
    document_date: date | None
    registered_on: date
    topic: str
    priority: Priority
    party_id: int | None
    party: str | None
    person: str | None
    colleague: str | None
    files: int
    archived_at: datetime | None


class LetterHit(Struct, frozen=True):
    """A letter that the search found."""

    id: int
    flow: Flow
    number: str
    topic: str
    registered_on: date
    party: str | None
    is_archived: bool


async def list_letters(
    connection: AsyncConnection, wanted: LetterFilter, *, place: Place | None = None, size: int = PAGE_ROWS
) -> Page[LetterRow]:
    """List letters; a place is a priority, a day of registration and an identifier. Raises LetterKindUnknownError."""
    files = select(func.count()).select_from(letter_file).where(letter_file.c.letter_id == _kept.id)
    labels = {
        "kind": letter_kind.c.code,
        "party": _other.c.name,
        "person": _signer.c.name,
        "colleague": app_user.c.name,
        "files": files.correlate(letter).scalar_subquery(),
    }
    columns = [labels[name].label(name) if name in labels else _kept[name] for name in LetterRow.__struct_fields__]
    joined = (
        letter.join(letter_kind, letter_kind.c.id == _kept.kind_id)
        .outerjoin(_other, _other.c.id == _kept.party_id)
        .outerjoin(_signer, _signer.c.id == _kept.person_id)
        .outerjoin(app_user, app_user.c.id == _kept.user_id)
    )
    query = select(*columns).select_from(joined).where(*await _conditions(connection, wanted))
    keys = [_kept.priority, _kept.registered_on, _kept.id]
    return await read_page(connection, query, keys=keys, place=place, size=size, row_type=LetterRow)


async def find_letters(connection: AsyncConnection, words: str, *, limit: int) -> list[LetterHit]:
    """Find letters by words, those of the archive behind, the newer first.

    One word at least stands in the letter itself: a party's name alone finds the party, not all its letters.
    """
    is_archived = _kept.archived_at.is_not(None)
    query = (
        select(_kept.id, _kept.flow, _kept.number, _kept.topic, _kept.registered_on, _other.c.name, is_archived)
        .select_from(letter.outerjoin(_other, _other.c.id == _kept.party_id))
        .where(*_having(words), _kept.words.op("@@")(_begins(*_read_words(words))))
        .order_by(is_archived, _kept.registered_on.desc(), _kept.id.desc())
    )
    return [LetterHit(*row) for row in await connection.execute(query.limit(limit))]


async def _conditions(connection: AsyncConnection, wanted: LetterFilter) -> list[ColumnElement[bool]]:
    equal = {
        _kept.flow: wanted.flow,
        _kept.medium: wanted.medium,
        _kept.priority: wanted.priority,
        _kept.party_id: wanted.party_id,
    }
    found: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    found.append(_kept.archived_at.is_not(None) if wanted.is_archived else _kept.archived_at.is_(None))
    if wanted.kind is not None:
        found.append(_kept.kind_id.in_(await _list_below(connection, wanted.kind)))
    if wanted.since is not None:
        found.append(_kept.registered_on >= wanted.since)
    if wanted.until is not None:
        found.append(_kept.registered_on <= wanted.until)
    if wanted.unread_by is not None:
        told = letter_notice.c
        unread = select(told.letter_id).where(told.user_id == wanted.unread_by, told.read_at.is_(None))
        found.append(_kept.id.in_(unread))
    return found + (_having(wanted.words) if wanted.words is not None else [])


async def _list_below(connection: AsyncConnection, code: str) -> Sequence[int]:
    kinds = await list_kinds(connection)
    top = next((one for one in kinds if one.code == code), None)
    if top is None:
        raise LetterKindUnknownError("there is no such kind of letters", field="kind")
    return [one.id for one in branch(kinds, top)]


def _having(words: str) -> list[ColumnElement[bool]]:
    """Say that a letter has each of the words; without any there is none. Each way is answered by an index."""
    found: list[ColumnElement[bool]] = []
    for word in _read_words(words):
        begins = _begins(word)
        parties = select(party.c.id).where(party.c.search.op("@@")(begins)).limit(MOST_PARTIES)
        own = select(_kept.id).where(_kept.words.op("@@")(begins))
        of_party = select(_kept.id).where(_kept.party_id.in_(parties))
        found.append(_kept.id.in_(union_all(own, of_party)))
    return found or [false()]


def _read_words(words: str) -> list[str]:
    return _WORD.findall(words.casefold())[:MOST_WORDS]


def _begins(*words: str) -> ColumnElement[object]:
    """Give the query of texts in which one of the words begins another."""
    return func.to_tsquery("simple", " | ".join(f"{word}:*" for word in words))
