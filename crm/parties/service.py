"""Use cases of parties themselves: made, changed, archived and found; what is kept of them is `crm.parties.parts`'."""

from msgspec import structs, to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import Values
from crm.directories.model import Entry
from crm.directories.service import choose_entries
from crm.parties.births import write_birth_date
from crm.parties.changes import record_change, refuse_stale
from crm.parties.errors import PartyArchivedError, PartyErasedError, PartyMergedError, PartyNotFoundError
from crm.parties.model import Party, PartyDetails, check_details
from crm.parties.phones import last_digits
from crm.parties.repository import lookups
from crm.parties.repository import parties as repository
from database.activity import Act
from database.identifiers import MOST_ID

MOST_PHONE_MATCHES = 20


async def make_party(connection: AsyncConnection, details: PartyDetails, *, act: Act) -> Party:
    """Make a party. Raises DetailRefusedError, EntryRefusedError."""
    status = await _choose_status(connection, details.legal_status)
    clean = check_details(details, status, today=act.at.date())
    party_id = await repository.insert_party(connection, clean, legal_status_id=status.id, now=act.at)
    await record_change(connection, party_id, "party.made", before=None, after=_values(clean), act=act)
    return await load_party(connection, party_id)


async def change_party(
    connection: AsyncConnection, party_id: int, details: PartyDetails, *, seen: int, act: Act
) -> Party:
    """Give a party its own fields anew; `seen` is the version that the editor saw.

    Without a kind it is of the one that its legal status says, else of the one it was.
    Raises PartyChangedError with the differences, DetailRefusedError, EntryRefusedError, and what `lock_party` raises.
    """
    party = await lock_party(connection, party_id)
    status = await _choose_status(connection, details.legal_status, kept=party.legal_status)
    kind = details.kind or status.party_kind or party.kind
    clean = check_details(structs.replace(details, kind=kind), status, today=act.at.date())
    yours, theirs = _values(clean), _values(party.details)
    await refuse_stale(connection, party, seen=seen, about="party", yours=yours, theirs=theirs)
    if yours == theirs:
        return party
    await repository.update_details(connection, party_id, clean, legal_status_id=status.id)
    await record_change(connection, party_id, "party.changed", before=theirs, after=yours, act=act)
    return await load_party(connection, party_id)


async def archive_party(connection: AsyncConnection, party_id: int, *, act: Act) -> Party:
    """Put a party away: lists leave it out, its cards and past stay. Again changes nothing."""
    return await _archive(connection, party_id, is_archived=True, act=act)


async def unarchive_party(connection: AsyncConnection, party_id: int, *, act: Act) -> Party:
    """Take a party out of the archive. Again changes nothing."""
    return await _archive(connection, party_id, is_archived=False, act=act)


async def _archive(connection: AsyncConnection, party_id: int, *, is_archived: bool, act: Act) -> Party:
    party = await lock_party(connection, party_id, may_be_archived=True)
    if is_archived == (party.archived_at is not None):
        return party
    await repository.update_archived(connection, party_id, act.at if is_archived else None)
    what = "party.archived" if is_archived else "party.unarchived"
    before, after = {"archived": not is_archived}, {"archived": is_archived}
    await record_change(connection, party_id, what, before=before, after=after, act=act)
    return await load_party(connection, party_id)


async def load_party(connection: AsyncConnection, party_id: int) -> Party:
    """Load a party, archived or merged ones too. Raises PartyNotFoundError."""
    party = await find_party(connection, party_id)
    if party is None:
        raise PartyNotFoundError("there is no such party")
    return party


async def find_party(connection: AsyncConnection, party_id: int) -> Party | None:
    """Find a party, archived or merged ones too."""
    return await repository.find_party(connection, party_id) if 0 < party_id <= MOST_ID else None


async def lock_party(connection: AsyncConnection, party_id: int, *, may_be_archived: bool = False) -> Party:
    """Load a party that is about to change, alone until the transaction ends.

    Raises PartyNotFoundError, and PartyErasedError, PartyMergedError or PartyArchivedError where nothing is changed.
    """
    party = await repository.lock_party(connection, party_id) if 0 < party_id <= MOST_ID else None
    if party is None:
        raise PartyNotFoundError("there is no such party")
    if party.erased_at is not None:
        raise PartyErasedError("the person was erased")
    if party.merged_into is not None:
        raise PartyMergedError("the party was merged into another: change that one")
    if party.archived_at is not None and not may_be_archived:
        raise PartyArchivedError("the party is archived: take it out of the archive first")
    return party


async def find_party_name(connection: AsyncConnection, party_id: int) -> str | None:
    """Find the name of a party."""
    return await lookups.find_name(connection, party_id)


async def list_parties_by_phone(connection: AsyncConnection, phone: str) -> list[int]:
    """List parties whose phone ends in the digits of a text; at most MOST_PHONE_MATCHES, none for too few digits."""
    digits = last_digits(phone)
    return [] if digits is None else await lookups.list_by_phone_end(connection, digits, limit=MOST_PHONE_MATCHES)


async def _choose_status(connection: AsyncConnection, code: str, *, kept: str | None = None) -> Entry:
    """Choose a legal status; an archived one only where the party has it already."""
    standing = () if kept is None else (kept,)
    return (await choose_entries(connection, "legal_status", [code], field="legal_status", kept=standing))[0]


def _values(details: PartyDetails) -> Values:
    values: dict[str, object] = to_builtins(details)
    if details.birth_date is not None:
        values["birth_date"] = write_birth_date(details.birth_date)
    return values
