"""The SQL of lists of messages: folders in which a thread stands once, by its newest message, read by key.

Key idea: a message is in a list if no newer one of the same thread and folder is. So a page is read down the index of
times and costs the same however long the folder is; each word that is looked for begins a word of the message, or of
the name of its party.
"""

import re
from datetime import datetime
from typing import Any, Final, TypeAlias

from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Select, and_, exists, false, func, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from crm.mail.model import Flow, Folder, State
from crm.mail.tables import mail_file, mail_message
from crm.parties.tables import party
from database.keyset import Page, Place, read_page

PAGE_ROWS: Final = 50
MOST_COUNTED: Final = 99
MOST_WORDS: Final = 10
MOST_EXCERPT: Final = 160
MOST_PARTIES: Final = 1_000
_WORD: Final = re.compile(r"[^\W_]+")
_Row: TypeAlias = ReadOnlyColumnCollection[str, Column[Any]]  # Any: columns of several types
_kept = mail_message.c


class MailFilter(Struct, frozen=True, kw_only=True):
    """Which messages a list shows; None does not limit."""

    folder: Folder = "inbox"
    mailbox_id: int | None = None
    party_id: int | None = None
    is_unread: bool = False
    is_untied: bool = False
    words: str | None = None


class MailRow(Struct, frozen=True):
    """A message in a list, with how many stand in its thread and how many of them are unread."""

    id: int
    mailbox_id: int
    flow: Flow
    state: State
    from_address: str
    from_name: str
    to_addresses: tuple[str, ...]
    subject: str
    excerpt: str
    at: datetime
    party_id: int | None
    party: str | None
    thread: int
    unread: int
    files: int
    problem: str | None


class MailHit(Struct, frozen=True):
    """A message that the search found."""

    id: int
    flow: Flow
    state: State
    subject: str
    sender: str
    at: datetime
    party: str | None


async def list_mail(
    connection: AsyncConnection, wanted: MailFilter, *, place: Place | None = None, size: int = PAGE_ROWS
) -> Page[MailRow]:
    """List messages of a folder, the newest first; a place is a moment and an identifier."""
    query = _rows().where(*_conditions(wanted))
    return await read_page(connection, query, keys=[_kept.at, _kept.id], place=place, size=size, row_type=MailRow)


async def list_of_party(connection: AsyncConnection, party_id: int, *, most: int) -> tuple[MailRow, ...]:
    """List the newest messages of a party in both flows, drafts and what was put away left out."""
    query = _rows().where(_kept.party_id == party_id, _kept.state != "draft", _kept.archived_at.is_(None))
    keys = [_kept.at, _kept.id]
    return (await read_page(connection, query, keys=keys, place=None, size=most, row_type=MailRow)).rows


def _rows() -> Select[*tuple[object, ...]]:
    other = mail_message.alias("other")
    same = select(func.count()).select_from(other).where(other.c.thread_id == _kept.thread_id)
    unread = same.where(other.c.flow == "incoming", other.c.read_at.is_(None), other.c.archived_at.is_(None))
    files = select(func.count()).select_from(mail_file).where(mail_file.c.message_id == _kept.id)
    labels = {
        "party": party.c.name,
        "excerpt": func.left(_kept.text, MOST_EXCERPT),
        "thread": same.correlate(mail_message).scalar_subquery(),
        "unread": unread.correlate(mail_message).scalar_subquery(),
        "files": files.correlate(mail_message).scalar_subquery(),
    }
    columns = [labels[name].label(name) if name in labels else _kept[name] for name in MailRow.__struct_fields__]
    joined = mail_message.outerjoin(party, party.c.id == _kept.party_id)
    return select(*columns).select_from(joined)


async def count_unread(connection: AsyncConnection) -> int:
    """Count unread messages of the inbox, up to one more than is told."""
    fresh = (_kept.flow == "incoming", _kept.read_at.is_(None), _kept.archived_at.is_(None))
    some = select(_kept.id).where(*fresh).limit(MOST_COUNTED + 1).subquery()
    return int((await connection.execute(select(func.count()).select_from(some))).scalar_one())


async def find_mail(connection: AsyncConnection, words: str, *, limit: int) -> list[MailHit]:
    """Find messages by words, the newest first."""
    read = _read_words(words)
    if not read:
        return []
    all_words = func.to_tsquery("simple", " & ".join(f"{word}:*" for word in read))
    sender = func.coalesce(func.nullif(_kept.from_name, ""), _kept.from_address)
    query = (
        select(_kept.id, _kept.flow, _kept.state, _kept.subject, sender, _kept.at, party.c.name)
        .select_from(mail_message.outerjoin(party, party.c.id == _kept.party_id))
        .where(_kept.words.op("@@")(all_words))
        .order_by(_kept.at.desc(), _kept.id.desc())
    )
    return [MailHit(*row) for row in await connection.execute(query.limit(limit))]


def _conditions(wanted: MailFilter) -> list[ColumnElement[bool]]:
    found = _in_folder(_kept, wanted.folder)
    if wanted.mailbox_id is not None:
        found.append(_kept.mailbox_id == wanted.mailbox_id)
    if wanted.party_id is not None:
        found.append(_kept.party_id == wanted.party_id)
    if wanted.is_unread:
        found.append(_kept.read_at.is_(None))
    if wanted.is_untied:
        found.append(_kept.party_id.is_(None))
    if wanted.words is not None:
        return found + _having(wanted.words)
    newer = mail_message.alias("newer")
    later = tuple_(newer.c.at, newer.c.id) > tuple_(_kept.at, _kept.id)
    is_later = and_(newer.c.thread_id == _kept.thread_id, later, *_in_folder(newer.c, wanted.folder))
    return [*found, ~exists().where(is_later).correlate(mail_message)]


def _in_folder(row: _Row, folder: Folder) -> list[ColumnElement[bool]]:
    if folder == "archive":
        return [row.archived_at.is_not(None)]
    shown = {
        "inbox": [row.flow == "incoming"],
        "sent": [row.flow == "outgoing", row.state != "draft"],
        "drafts": [row.flow == "outgoing", row.state == "draft"],
    }[folder]
    return [*shown, row.archived_at.is_(None)]


def _having(words: str) -> list[ColumnElement[bool]]:
    """Say that a message has each of the words; without any there is none. Each way is answered by an index."""
    found: list[ColumnElement[bool]] = []
    for word in _read_words(words):
        begins = func.to_tsquery("simple", f"{word}:*")
        parties = select(party.c.id).where(party.c.search.op("@@")(begins)).limit(MOST_PARTIES)
        own = select(_kept.id).where(_kept.words.op("@@")(begins))
        of_party = select(_kept.id).where(_kept.party_id.in_(parties))
        found.append(_kept.id.in_(union_all(own, of_party)))
    return found or [false()]


def _read_words(words: str) -> list[str]:
    return _WORD.findall(words.casefold())[:MOST_WORDS]
