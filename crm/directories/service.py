"""Use cases of directories: words are added, renamed, ordered, put away; one that is used is never deleted."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories import repository
from crm.directories.errors import (
    EntryChangedError,
    EntryInUseError,
    EntryRefusedError,
    EntryTakenError,
    EntryUnknownError,
)
from crm.directories.model import (
    MOST_ENTRIES,
    NEEDED_STATUSES,
    Directory,
    Entry,
    PartyKind,
    check_code,
    check_names,
    move_in,
)
from database.activity import Act, record_activity
from database.locks import lock_name

list_entries = repository.list_entries


async def load_entry(connection: AsyncConnection, directory: Directory, code: str) -> Entry:
    """Load an entry by its code. Raises EntryUnknownError."""
    entry = await repository.find_entry(connection, directory, code)
    if entry is None:
        raise EntryUnknownError("the directory has no such entry")
    return entry


async def choose_entries(
    connection: AsyncConnection, directory: Directory, codes: Iterable[str], *, field: str, kept: Iterable[str] = ()
) -> list[Entry]:
    """Give the entries of some codes in the directory's order; an archived one only where its code is `kept` already.

    Raises EntryRefusedError, whose field is the one given.
    """
    wanted, standing = set(codes), set(kept)
    found = [entry for entry in await list_entries(connection, directory) if entry.code in wanted]
    if unknown := sorted(wanted - {entry.code for entry in found}):
        raise EntryRefusedError(f"{unknown[0][:40]!r} is none of the directory", field=field)
    archived = next((entry for entry in found if entry.is_archived and entry.code not in standing), None)
    if archived is not None:
        raise EntryRefusedError(f"{archived.code!r} is archived and chosen no more", field=field)
    return found


async def make_entry(
    connection: AsyncConnection,
    directory: Directory,
    code: str,
    *,
    names: Mapping[str, str],
    party_kind: PartyKind | None = None,
    act: Act,
) -> Entry:
    """Add an entry at the end of a directory. Raises EntryTakenError, EntryRefusedError."""
    clean = check_names(names)
    check_code(code)
    if party_kind is not None and directory != "legal_status":
        raise EntryRefusedError("only a legal status says of what kind its parties are", field="party_kind")
    others = await _lock_entries(connection, directory)
    if any(entry.code == code for entry in others):
        raise EntryTakenError("an entry of this code is there already", field="code")
    _check_others(clean, others)
    if len(others) >= MOST_ENTRIES:
        raise EntryRefusedError(f"a directory has at most {MOST_ENTRIES} entries", field="code")
    position = max((entry.position for entry in others), default=0) + 1
    await repository.insert_entry(connection, directory, code, names=clean, party_kind=party_kind, position=position)
    await _record(connection, directory, code, "made", {"new": {"names": clean}}, act=act)
    return await load_entry(connection, directory, code)


async def change_entry(
    connection: AsyncConnection,
    directory: Directory,
    code: str,
    *,
    names: Mapping[str, str],
    is_archived: bool,
    seen: int,
    act: Act,
) -> Entry:
    """Name an entry anew, put it away or take it out again; `seen` is the version that the editor saw.

    Raises EntryUnknownError, EntryChangedError, EntryTakenError, EntryRefusedError.
    """
    clean = check_names(names)
    others = await _lock_entries(connection, directory)
    entry = await load_entry(connection, directory, code)
    if entry.version != seen:
        raise EntryChangedError("somebody else changed the entry meanwhile: look at it again", field="version")
    _check_others(clean, [other for other in others if other.id != entry.id])
    if is_archived and _is_needed(entry):
        raise EntryRefusedError("imports and contact persons need it: name it anew instead", field="archived")
    if (clean, is_archived) == (entry.names, entry.is_archived):
        return entry
    await repository.update_entry(connection, entry.id, names=clean, archived_at=act.at if is_archived else None)
    old = {"names": entry.names, "archived": entry.is_archived}
    new = {"names": clean, "archived": is_archived}
    await _record(connection, directory, code, "changed", {"old": old, "new": new}, act=act)
    return await load_entry(connection, directory, code)


async def order_entries(
    connection: AsyncConnection, directory: Directory, codes: Sequence[str], *, act: Act
) -> list[Entry]:
    """Put entries into this order; those that are not named stay behind them in theirs. Raises EntryRefusedError."""
    entries = {entry.code: entry for entry in await _lock_entries(connection, directory)}
    if unknown := sorted(set(codes) - entries.keys()):
        raise EntryRefusedError(f"{unknown[0][:40]!r} is none of the directory", field="codes")
    order = list(dict.fromkeys([*codes, *entries]))
    if order != list(entries):
        await repository.update_positions(connection, [entries[code].id for code in order])
        await _record(connection, directory, "*", "ordered", {"old": list(entries), "new": order}, act=act)
    return await list_entries(connection, directory)


async def move_entry(
    connection: AsyncConnection, directory: Directory, code: str, *, step: int, act: Act
) -> list[Entry]:
    """Move an entry so many places down, up if negative, as far as there are places. Raises EntryUnknownError."""
    await load_entry(connection, directory, code)
    codes = [entry.code for entry in await _lock_entries(connection, directory)]
    return await order_entries(connection, directory, move_in(codes, code, step=step), act=act)


async def delete_entry(connection: AsyncConnection, directory: Directory, code: str, *, act: Act) -> None:
    """Delete an entry that nothing refers to. Raises EntryUnknownError, EntryInUseError."""
    entry = await load_entry(connection, directory, code)
    if _is_needed(entry):
        raise EntryInUseError("imports and contact persons need it: name it anew instead")
    if not await repository.delete_entry(connection, entry.id):
        raise EntryInUseError("the entry is used: archive it instead")
    await _record(connection, directory, code, "deleted", {"old": {"names": entry.names}}, act=act)


def _is_needed(entry: Entry) -> bool:
    return entry.directory == "legal_status" and entry.code in NEEDED_STATUSES


async def _lock_entries(connection: AsyncConnection, directory: Directory) -> list[Entry]:
    await lock_name(connection, f"directory:{directory}")
    return await list_entries(connection, directory)


def _check_others(names: Mapping[str, str], others: Iterable[Entry]) -> None:
    """Refuse a name by which another entry is called in the same language."""
    for other in others:
        for language, name in names.items():
            if other.names.get(language, "").casefold() == name.casefold():
                raise EntryTakenError(f"{other.code!r} is called so already", field="names")


async def _record(
    connection: AsyncConnection, directory: Directory, code: str, what: str, data: Mapping[str, object], *, act: Act
) -> None:
    record = f"entry:{directory}/{code}"
    await record_activity(connection, act=act, what=f"entry.{what}", record=record, data=data)
