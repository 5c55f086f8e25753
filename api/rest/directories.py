"""Directories: the words a company chooses itself. What is used is archived and never deleted."""

from collections.abc import Mapping
from typing import Annotated

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.party_bodies import Code, Version
from api.rest.problems import PROBLEMS
from crm.directories import service as directories
from crm.directories.errors import EntryUnknownError
from crm.directories.model import DIRECTORIES, MOST_ENTRIES, Directory, Entry, PartyKind
from pos_adapter.protocol import Text, Wire

Names = Annotated[dict[str, Text], Meta(min_length=1, max_length=10)]
"""What an entry is called, by language."""


class NewEntry(Wire, frozen=True):
    """A new entry at the end; a legal status says of what kind its parties are, null is either."""

    code: Code
    names: Names
    party_kind: PartyKind | None = None


class EntryChange(Wire, frozen=True):
    """An entry as it is to be; `version` is the one that was looked at."""

    version: Version
    names: Names
    archived: bool | None = None


class EntryOrder(Wire, frozen=True):
    """Codes in the order in which their entries are to stand; the others stay behind them."""

    codes: Annotated[list[Code], Meta(max_length=MOST_ENTRIES)]


class EntryAnswer(Struct, frozen=True):
    """An entry; `entry_id` names a group in the audience of a mailing."""

    entry_id: int
    code: str
    names: Mapping[str, str]
    party_kind: PartyKind | None
    version: int
    archived: bool


class EntriesAnswer(Struct, frozen=True):
    """A directory in its order."""

    entries: list[EntryAnswer]


@get("/{directory:str}", responses=PROBLEMS)
async def get_directory(
    request: Call,
    directory: FromPath[str],
    archived: FromQuery[bool] = False,  # noqa: FBT002 - a query field
) -> EntriesAnswer:
    """List a directory: `legal_status`, `relation`, `responsibility` or `group`; with archived entries if asked for."""
    found = await service_of(request).database.run(directories.list_entries, _read(directory))
    return EntriesAnswer([_render(entry) for entry in found if archived or not entry.is_archived])


@post("/{directory:str}", dto=Body, return_dto=None, opt=dict(allows("settings.edit")), responses=PROBLEMS)
async def make_entry(request: Call, directory: FromPath[str], data: JSONBody[NewEntry]) -> EntryAnswer:
    """Add an entry."""
    act, database = act_of(request), service_of(request).database
    kind = data.party_kind
    made = await database.run(
        directories.make_entry, _read(directory), data.code, names=data.names, party_kind=kind, act=act
    )
    return _render(made)


@put("/{directory:str}/{code:str}", dto=Body, return_dto=None, opt=dict(allows("settings.edit")), responses=PROBLEMS)
async def change_entry(
    request: Call, directory: FromPath[str], code: FromPath[str], data: JSONBody[EntryChange]
) -> EntryAnswer:
    """Name an entry anew, archive it or take it out of the archive; null leaves it where it is."""
    where, act, database = _read(directory), act_of(request), service_of(request).database
    before = await database.run(directories.load_entry, where, code)
    is_archived = before.is_archived if data.archived is None else data.archived
    changed = await database.run(
        directories.change_entry,
        where,
        code,
        names=data.names,
        is_archived=is_archived,
        seen=data.version,
        act=act,
    )
    return _render(changed)


@put("/{directory:str}", dto=Body, return_dto=None, opt=dict(allows("settings.edit")), responses=PROBLEMS)
async def order_entries(request: Call, directory: FromPath[str], data: JSONBody[EntryOrder]) -> EntriesAnswer:
    """Put the entries into an order."""
    act, database = act_of(request), service_of(request).database
    ordered = await database.run(directories.order_entries, _read(directory), data.codes, act=act)
    return EntriesAnswer([_render(entry) for entry in ordered])


@delete("/{directory:str}/{code:str}", opt=dict(allows("settings.edit")), responses=PROBLEMS)
async def delete_entry(request: Call, directory: FromPath[str], code: FromPath[str]) -> None:
    """Delete an entry that nothing refers to; one that is used is refused."""
    act, database = act_of(request), service_of(request).database
    await database.run(directories.delete_entry, _read(directory), code, act=act)


def _read(name: str) -> Directory:
    """Read the name of a directory. Raises EntryUnknownError."""
    found = next((directory for directory in DIRECTORIES if directory == name), None)
    if found is None:
        raise EntryUnknownError(f"there is no such directory; there are {', '.join(DIRECTORIES)}")
    return found


def _render(entry: Entry) -> EntryAnswer:
    return EntryAnswer(entry.id, entry.code, entry.names, entry.party_kind, entry.version, entry.is_archived)


router = Router(
    "/v1/directories",
    route_handlers=[get_directory, make_entry, change_entry, order_entries, delete_entry],
    opt=dict(allows("parties.read")),
    tags=["directories"],
)
