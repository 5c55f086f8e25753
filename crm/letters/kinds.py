"""Use cases of kinds of letters: users make them on a page, order them, hang them elsewhere, put them away.

Key idea: a letter names its kind, and the kind its parent; so moving a kind moves its letters, and changing a letter's
kind moves the letter. A kind that is archived is offered no more and stays where it was chosen; none is deleted.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import check_code, check_names
from crm.letters.errors import (
    LetterKindChangedError,
    LetterKindRefusedError,
    LetterKindTakenError,
    LetterKindUnknownError,
)
from crm.letters.model import MOST_DEPTH, MOST_KINDS, Kind, branch, path_of
from crm.letters.repository import kinds as repository
from database.activity import Act, record_activity
from database.locks import lock_name

list_kinds = repository.list_kinds
_LOCK: Final = "letter_kinds"


class KindDraft(Struct, frozen=True, kw_only=True):
    """What is said of a kind: its names by language, and the code of the kind above it."""

    names: Mapping[str, str]
    parent: str | None = None


async def load_kind(connection: AsyncConnection, code: str) -> Kind:
    """Load a kind by its code. Raises LetterKindUnknownError."""
    kind = await repository.find_kind(connection, code)
    if kind is None:
        raise LetterKindUnknownError("there is no such kind of letters", field="kind")
    return kind


async def choose_kind(connection: AsyncConnection, code: str, *, kept: str | None = None) -> Kind:
    """Load a kind that a letter may have; an archived one only where it is `kept` already.

    Raises LetterKindRefusedError.
    """
    kind = await repository.find_kind(connection, code)
    if kind is None:
        raise LetterKindRefusedError("there is no such kind of letters", field="kind")
    if kind.is_archived and code != kept:
        raise LetterKindRefusedError("is archived and chosen no more", field="kind")
    return kind


async def make_kind(connection: AsyncConnection, code: str, draft: KindDraft, *, act: Act) -> Kind:
    """Add a kind as the last one of its parent.

    Raises LetterKindTakenError, LetterKindRefusedError, EntryRefusedError.
    """
    names = check_names(draft.names)
    check_code(code)
    kinds = await _lock_kinds(connection)
    if len(kinds) >= MOST_KINDS:
        raise LetterKindRefusedError(f"there are at most {MOST_KINDS} kinds", field="code")
    parent_id = _find_parent(kinds, draft.parent)
    try:
        await repository.insert_kind(connection, {"code": code, "names": names, "parent_id": parent_id})
    except IntegrityError as error:
        raise LetterKindTakenError("there is a kind of this code already", field="code") from error
    return await _record(connection, code, "made", act=act)


async def change_kind(
    connection: AsyncConnection, code: str, draft: KindDraft, *, is_archived: bool, seen: int, act: Act
) -> Kind:
    """Change a kind, hang it under another, put it away or take it out again, from the version that somebody saw.

    Raises LetterKindUnknownError, LetterKindChangedError, LetterKindRefusedError, EntryRefusedError.
    """
    names = check_names(draft.names)
    kinds = await _lock_kinds(connection)
    before = await load_kind(connection, code)
    if before.version != seen:
        raise LetterKindChangedError("somebody else changed it meanwhile", field="version")
    values: dict[str, object] = {"names": names, "parent_id": _find_parent(kinds, draft.parent, before)}
    if is_archived != before.is_archived:
        values["archived_at"] = act.at if is_archived else None
    await repository.update_kind(connection, before.id, values)
    return await _record(connection, code, "changed", act=act)


async def move_kind(connection: AsyncConnection, code: str, *, step: int, act: Act) -> None:
    """Move a kind so many places down among those of its parent, or up where it is less than nothing.

    Raises LetterKindUnknownError.
    """
    kinds = await _lock_kinds(connection)
    moved = await load_kind(connection, code)
    ids = [one.id for one in kinds if one.parent_id == moved.parent_id]
    place = ids.index(moved.id)
    ids.insert(max(0, place + step), ids.pop(place))
    await repository.place_kinds(connection, ids)
    await _record(connection, code, "moved", act=act)


async def _lock_kinds(connection: AsyncConnection) -> list[Kind]:
    await lock_name(connection, _LOCK)
    return await list_kinds(connection)


def _find_parent(kinds: list[Kind], code: str | None, moved: Kind | None = None) -> int | None:
    """Give the identifier of the kind above; what hangs below `moved` comes along. Raises LetterKindRefusedError."""
    if not code:
        return None
    above = path_of(kinds, code)
    if not above:
        raise LetterKindRefusedError("there is no such kind of letters", field="parent")
    below = [] if moved is None else branch(kinds, moved)
    if any(one.code == code for one in below):
        raise LetterKindRefusedError("lies below itself", field="parent")
    deepest = max((len(path_of(below, one.code)) for one in below), default=1)
    if len(above) + deepest > MOST_DEPTH:
        raise LetterKindRefusedError(f"lies at most {MOST_DEPTH} deep", field="parent")
    return above[-1].id


async def _record(connection: AsyncConnection, code: str, what: str, *, act: Act) -> Kind:
    kind = await load_kind(connection, code)
    data = {"code": code, "names": kind.names, "parent_id": kind.parent_id, "archived": kind.is_archived}
    record = f"letter_kind:{kind.id}"
    await record_activity(connection, act=act, what=f"letter_kind.{what}", record=record, data=data)
    return kind
