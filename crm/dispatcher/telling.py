"""Use cases of other programs: registering a source, telling of a piece of work, and telling that it went on.

Key idea: the caller's UUID makes an entry once, however often it is told. Its act in the journal is named
`<source>.<kind>`, as the acts of this service are, so that rules of notification listen to it and filters find it. The
title and the words of a state stand in the entry, never in the journal.
"""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct, structs, to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import LANGUAGES
from crm.dispatcher.errors import (
    FeedEntryConflictError,
    FeedEntryNotFoundError,
    FeedEntryRefusedError,
    FeedSourceRefusedError,
    FeedSourceUnknownError,
)
from crm.dispatcher.repository import entries as repository
from crm.dispatcher.repository.entries import Entry, ToldSource
from database.activity import Act, Importance, record_activity

MOST_TITLE: Final = 200
MOST_STATUS: Final = 60
MOST_NUMBER: Final = 60
MOST_NAME: Final = 60
_CODE: Final = re.compile(r"[a-z0-9_]{1,40}")

list_sources = repository.list_sources


class Telling(Struct, frozen=True, kw_only=True):
    """What a program says of a piece of work; `kind` becomes the second word of its act."""

    uid: UUID
    source: str
    kind: str
    title: str
    status: str | None = None
    planned_at: datetime | None = None
    actual_at: datetime | None = None
    number: str | None = None
    party_id: int | None = None
    project_id: int | None = None
    importance: Importance = 2


class Progress(Struct, frozen=True, kw_only=True):
    """What changed about a piece of work; None leaves it as it was."""

    status: str | None = None
    planned_at: datetime | None = None
    actual_at: datetime | None = None


async def put_source(connection: AsyncConnection, source: ToldSource, *, taken: Collection[str], act: Act) -> None:
    """Register a source, name it anew, switch it on or off. Raises FeedSourceRefusedError.

    `taken` are the first words of the acts of this service.
    """
    if _CODE.fullmatch(source.code) is None or source.code in taken:
        raise FeedSourceRefusedError("a source has a code of its own of a to z, 0 to 9 and _", field="code")
    names = {language: " ".join(name.split()) for language, name in source.names.items() if name.strip()}
    if not names or not set(names) <= set(LANGUAGES) or max(map(len, names.values())) > MOST_NAME:
        raise FeedSourceRefusedError(f"a source has a name of 1 to {MOST_NAME} characters", field="names")
    before = await repository.find_source(connection, source.code)
    after = structs.replace(source, names=names)
    if after == before:
        return
    await repository.put_source(connection, after)
    data = {"old": None if before is None else structs.asdict(before), "new": structs.asdict(after)}
    await record_activity(connection, act=act, what="feed_source.put", record=f"feed_source:{source.code}", data=data)


async def tell(connection: AsyncConnection, telling: Telling, *, act: Act) -> tuple[Entry, bool]:
    """Keep what a program tells; gives the entry, and whether it is new.

    Raises FeedSourceUnknownError, FeedEntryRefusedError, FeedEntryConflictError for another one of the same UUID.
    """
    clean = _check(telling)
    await _check_source(connection, clean.source)
    kept = await repository.find_entry(connection, clean.uid)
    if kept is None:
        await _check_references(connection, clean)
        values = structs.asdict(clean) | {"actor": act.actor, "at": act.at}
        made = await repository.insert_entry(connection, values)
        kept = await load_entry(connection, clean.uid)
        if made is not None:
            await _record(connection, kept, {"planned_at": kept.planned_at, "actual_at": kept.actual_at}, act=act)
            return kept, True
    if _told_of(kept) != (clean.source, clean.kind, clean.title, clean.number, clean.party_id, clean.project_id):
        raise FeedEntryConflictError("something else was told under this UUID", field="uid")
    return kept, False


async def tell_progress(connection: AsyncConnection, uid: UUID, progress: Progress, *, act: Act) -> Entry:
    """Keep that a piece of work went on: another state, another plan, or that it came.

    Raises FeedEntryNotFoundError, FeedEntryRefusedError, FeedSourceUnknownError.
    """
    before = await repository.find_entry(connection, uid, locked=True)
    if before is None:
        raise FeedEntryNotFoundError("nothing was told under this UUID")
    await _check_source(connection, before.source)
    given = {name: value for name, value in structs.asdict(progress).items() if value is not None}
    if "status" in given:
        given["status"] = _line(given["status"], "status", MOST_STATUS)
    changed = {name: value for name, value in given.items() if value != getattr(before, name)}
    if not changed:
        return before
    await repository.update_entry(connection, before.id, changed)
    after = await load_entry(connection, uid)
    dates = [name for name in changed if name != "status"]
    old, new = ({name: getattr(one, name) for name in dates} for one in (before, after))
    await _record(connection, after, {"fields": sorted(changed), "old": old, "new": new}, act=act)
    return after


async def load_entry(connection: AsyncConnection, uid: UUID) -> Entry:
    """Load an entry by its UUID. Raises FeedEntryNotFoundError."""
    entry = await repository.find_entry(connection, uid)
    if entry is None:
        raise FeedEntryNotFoundError("nothing was told under this UUID")
    return entry


def _check(telling: Telling) -> Telling:
    if _CODE.fullmatch(telling.kind) is None:
        raise FeedEntryRefusedError("is a code of a to z, 0 to 9 and _", field="kind")
    return structs.replace(
        telling,
        title=_line(telling.title, "title", MOST_TITLE),
        status=None if telling.status is None else _line(telling.status, "status", MOST_STATUS),
        number=None if telling.number is None else _line(telling.number, "number", MOST_NUMBER),
    )


def _line(typed: str, field: str, most: int) -> str:
    clean = " ".join(typed.split())
    if not 0 < len(clean) <= most or not clean.isprintable():
        raise FeedEntryRefusedError(f"has 1 to {most} characters", field=field)
    return clean


async def _check_source(connection: AsyncConnection, code: str) -> None:
    source = await repository.find_source(connection, code)
    if source is None or not source.is_on:
        raise FeedSourceUnknownError("register the source first, or switch it on", field="source")


async def _check_references(connection: AsyncConnection, telling: Telling) -> None:
    if telling.party_id is not None and not await repository.is_there(connection, "party", telling.party_id):
        raise FeedEntryRefusedError("there is no such party", field="party_id")
    if telling.project_id is not None and not await repository.is_there(connection, "project", telling.project_id):
        raise FeedEntryRefusedError("there is no such project", field="project_id")


def _told_of(entry: Entry) -> tuple[str, str, str, str | None, int | None, int | None]:
    """Give what an entry stays when it goes on."""
    return (entry.source, entry.kind, entry.title, entry.number, entry.party_id, entry.project_id)


async def _record(connection: AsyncConnection, entry: Entry, data: dict[str, object], *, act: Act) -> None:
    told: dict[str, object] = to_builtins({name: value for name, value in data.items() if value not in (None, {}, [])})
    await record_activity(
        connection,
        act=act,
        what=f"{entry.source}.{entry.kind}",
        record=f"feed_entry:{entry.id}",
        party_id=entry.party_id,
        project_id=entry.project_id,
        importance=entry.importance,
        data=told or None,
    )
