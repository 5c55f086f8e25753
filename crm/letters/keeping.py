"""How a letter is loaded, and how what is said of it is checked against what is kept.

Key idea: whom and what a letter names already stays with it, even if they left or were archived since; what is new must
be there. The party on the other side is held until the transaction ends, so that none is merged or erased meanwhile.
"""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.repository import find_colleagues
from crm.directories.service import choose_entries
from crm.letters.errors import (
    LetterArchivedError,
    LetterDateRefusedError,
    LetterNotFoundError,
    LetterRefusedError,
)
from crm.letters.kinds import choose_kind
from crm.letters.model import Letter, LetterDetails, check_letter
from crm.letters.repository import letters as repository
from crm.parties.errors import PartyNotFoundError
from crm.parties.repository.persons import list_named_persons
from crm.parties.service import lock_party
from database.identifiers import MOST_ID


async def load_letter(connection: AsyncConnection, letter_id: int) -> Letter:
    """Load a letter, an archived one too. Raises LetterNotFoundError."""
    found = await repository.find_letter(connection, letter_id) if 0 < letter_id <= MOST_ID else None
    if found is None:
        raise LetterNotFoundError("there is no such letter")
    return found


async def lock_letter(connection: AsyncConnection, letter_id: int) -> Letter:
    """Load a letter that is about to change, alone until the transaction ends.

    Raises LetterNotFoundError, LetterArchivedError.
    """
    known = 0 < letter_id <= MOST_ID
    found = await repository.find_letter(connection, letter_id, is_locked=True) if known else None
    if found is None:
        raise LetterNotFoundError("there is no such letter")
    if found.archived_at is not None:
        raise LetterArchivedError("the letter is archived: take it out of the archive first")
    return found


async def check(
    connection: AsyncConnection, details: LetterDetails, *, today: date, may_date: bool, kept: Letter | None = None
) -> tuple[LetterDetails, dict[str, object]]:
    """Give what is said of a letter as it may be kept, and the columns to write.

    Raises LetterRefusedError, LetterDateRefusedError, EntryRefusedError, LetterKindRefusedError, and what `lock_party`
    raises for a party that takes nothing new.
    """
    clean = check_letter(details)
    standing = today if kept is None else kept.registered_on
    if clean.registered_on != standing and (clean.registered_on > today or not may_date):
        reason = "lies in the future" if clean.registered_on > today else "is said by those alone who may"
        raise LetterDateRefusedError(reason, field="registered_on")
    kind = await choose_kind(connection, clean.kind, kept=None if kept is None else kept.kind)
    department_id = await _find_department(connection, clean.department, kept)
    await _check_sides(connection, clean, kept)
    await _check_colleagues(connection, clean, kept)
    passed = {"kind", "department", "notified"}
    own = {name: getattr(clean, name) for name in LetterDetails.__struct_fields__ if name not in passed}
    return clean, own | {"kind_id": kind.id, "department_id": department_id}


async def _find_department(connection: AsyncConnection, code: str | None, kept: Letter | None) -> int | None:
    if code is None:
        return None
    standing = () if kept is None or kept.department is None else (kept.department,)
    return (await choose_entries(connection, "department", [code], field="department", kept=standing))[0].id


async def _check_sides(connection: AsyncConnection, details: LetterDetails, kept: Letter | None) -> None:
    """Refuse a party that is not there, and a person who does not speak for it."""
    party_id = details.party_id
    sides = (party_id, details.person_id)
    if kept is not None and sides == (kept.party_id, kept.person_id):
        return
    if party_id is not None and (kept is None or party_id != kept.party_id):
        try:
            await lock_party(connection, party_id)
        except PartyNotFoundError as error:
            raise LetterRefusedError("there is no such party", field="party_id") from error
    if details.person_id is not None and details.person_id != party_id:
        known = [] if party_id is None else await list_named_persons(connection, party_id=party_id)
        if details.person_id not in {one.person.person_id for one in known}:
            raise LetterRefusedError("is no contact person of the party", field="person_id")


async def _check_colleagues(connection: AsyncConnection, details: LetterDetails, kept: Letter | None) -> None:
    """Refuse whoever does not work here, unless the letter names them already."""
    made_by = () if details.user_id is None else (details.user_id,)
    wanted = {"user_id": made_by, "notified": details.notified}
    standing = {"user_id": () if kept is None else (kept.user_id,), "notified": () if kept is None else kept.notified}
    found = await find_colleagues(connection, {one for ids in wanted.values() for one in ids})
    for field, ids in wanted.items():
        for one in ids:
            if one not in found or (found[one].has_left and one not in standing[field]):
                raise LetterRefusedError("is nobody who works here", field=field)
