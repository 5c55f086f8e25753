"""Use cases of contact persons: who speaks for a party, what they answer for, and who can be reached now.

Key idea: a contact person is a party of its own, linked to whom it speaks for. So one person may speak for several, and
has ways of contact, notes and cards as everybody has.
"""

from datetime import datetime

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import NATURAL_PERSON
from crm.directories.service import choose_entries
from crm.parties.errors import PersonRefusedError
from crm.parties.hours import check_hours, is_reachable
from crm.parties.model import MOST_TEXT, ContactPerson, PartyDetails
from crm.parties.parts import PERSONS, add_part, change_part, load_part
from crm.parties.repository.persons import NamedPerson, list_named_persons
from crm.parties.service import find_party, make_party
from crm.parties.texts import read_line
from database.activity import Act
from database.identifiers import MOST_ID


async def add_person(connection: AsyncConnection, party_id: int, person: ContactPerson, *, act: Act) -> int:
    """Let a person who is a party already speak for another, and give the link's identifier.

    Raises PersonRefusedError, EntryRefusedError, and what `add_part` raises.
    """
    clean = await _check(connection, party_id, person)
    return await add_part(connection, PERSONS, party_id, clean, act=act)


async def add_new_person(
    connection: AsyncConnection, party_id: int, name: str, *, person: ContactPerson, act: Act
) -> int:
    """Make a person and let them speak for a party, and give the link's identifier; `person_id` is not looked at.

    Raises DetailRefusedError, and what `add_person` raises.
    """
    made = await make_party(connection, PartyDetails(name=name, legal_status=NATURAL_PERSON), act=act)
    return await add_person(connection, party_id, structs.replace(person, person_id=made.id), act=act)


async def change_person(
    connection: AsyncConnection, party_id: int, contact_person_id: int, *, person: ContactPerson, seen: int, act: Act
) -> None:
    """Write anew what a person answers for and when they can be reached; the person stays the same.

    Raises PersonRefusedError, EntryRefusedError, and what `change_part` raises.
    """
    before = await load_part(connection, PERSONS, party_id, contact_person_id)
    same = structs.replace(person, person_id=before.person_id)
    clean = await _check(connection, party_id, same, kept=before.responsibilities)
    await change_part(connection, PERSONS, party_id, contact_person_id, values=clean, seen=seen, act=act)


async def list_persons(
    connection: AsyncConnection,
    party_id: int,
    *,
    responsibility: str | None = None,
    reachable_at: datetime | None = None,
) -> list[NamedPerson]:
    """List who speaks for a party: all, those who answer for something, those who can be reached at a moment."""
    found = await list_named_persons(connection, party_id=party_id, responsibility=responsibility)
    return [one for one in found if reachable_at is None or is_reachable(one.person, reachable_at)]


async def list_employers(connection: AsyncConnection, person_id: int) -> list[NamedPerson]:
    """List the parties for which a person speaks."""
    return list(await list_named_persons(connection, person_id=person_id))


async def _check(
    connection: AsyncConnection, party_id: int, person: ContactPerson, *, kept: tuple[str, ...] = ()
) -> ContactPerson:
    known = await find_party(connection, person.person_id) if 0 < person.person_id <= MOST_ID else None
    if known is None or known.merged_into is not None:
        raise PersonRefusedError("there is no such person", field="person_id")
    if known.kind != "person":
        raise PersonRefusedError("is an organisation: a contact person is a person", field="person_id")
    if known.id == party_id:
        raise PersonRefusedError("is the party itself", field="person_id")
    field = "responsibilities"
    chosen = await choose_entries(connection, "responsibility", person.responsibilities, field=field, kept=kept)
    return ContactPerson(
        person_id=known.id,
        post=read_line(person.post or "", PersonRefusedError, "post", most=MOST_TEXT),
        responsibilities=tuple(entry.code for entry in chosen),
        timezone=person.timezone,
        hours=check_hours(person.hours, person.timezone),
    )
