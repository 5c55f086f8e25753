"""What a party's parts are shown with: on its profile, and above their forms. Each is a few bounded reads."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import Directory, Entry
from crm.directories.service import list_entries
from crm.parties.contacts import KeptContact, href_of, order_contacts
from crm.parties.files import list_files
from crm.parties.hours import next_reachable
from crm.parties.model import BankAccount, PartyAddress, Registration
from crm.parties.notes import list_notes
from crm.parties.parts import ACCOUNTS, ADDRESSES, REGISTRATIONS
from crm.parties.reaching import find_country, list_contacts
from crm.parties.relating import list_groups, list_relations
from crm.parties.repository.contacts import list_kept_contacts
from crm.parties.repository.files import KeptFile
from crm.parties.repository.papers import KeptNote
from crm.parties.repository.persons import NamedPerson
from crm.parties.repository.relations import NamedRelation
from crm.parties.staffing import list_employers, list_persons


class Reached(Struct, frozen=True):
    """A way of contact as it is shown, and the address that a program opens for it."""

    kept: KeptContact
    shown: str
    href: str | None


class Reachable(Struct, frozen=True):
    """A contact person with the ways to reach them, and from when they can be where they cannot be now."""

    named: NamedPerson
    contacts: list[Reached]
    begins: datetime | None


class Persons(Struct, frozen=True):
    """Contact persons, where a person speaks for others, and what they answer for, by code."""

    persons: list[Reachable]
    employers: list[NamedPerson]
    entries: Mapping[str, Entry]


class Relations(Struct, frozen=True):
    """Relations, groups, and the words of both by code."""

    relations: Sequence[NamedRelation]
    groups: list[str]
    relation_entries: Mapping[str, Entry]
    group_entries: Mapping[str, Entry]


async def load_addresses(connection: AsyncConnection, party_id: int) -> dict[int, PartyAddress]:
    """Load the addresses of a party."""
    return await ADDRESSES.list(connection, party_id)


async def load_contacts(connection: AsyncConnection, party_id: int) -> list[Reached]:
    """Load the ways of contact of a party, phones as they are dialled in its country."""
    country = await find_country(connection, party_id)
    return [_reached(one, country) for one in await list_contacts(connection, party_id)]


def _reached(kept: KeptContact, country: str | None) -> Reached:
    return Reached(kept, kept.shown(country), href_of(kept.contact))


async def load_accounts(connection: AsyncConnection, party_id: int) -> dict[int, BankAccount]:
    """Load the bank accounts of a party, the main one first."""
    return await ACCOUNTS.list(connection, party_id)


async def load_registrations(connection: AsyncConnection, party_id: int) -> dict[int, Registration]:
    """Load the registrations of a party."""
    return await REGISTRATIONS.list(connection, party_id)


async def load_relations(connection: AsyncConnection, party_id: int) -> Relations:
    """Load what a party is, to us and to others, and its groups."""
    return Relations(
        await list_relations(connection, party_id),
        await list_groups(connection, party_id),
        await load_words(connection, "relation"),
        await load_words(connection, "group"),
    )


async def load_persons(connection: AsyncConnection, party_id: int, now: datetime) -> Persons:
    """Load who speaks for a party, and for whom it speaks if it is a person."""
    named = await list_persons(connection, party_id)
    return Persons(
        await reach(connection, named, now),
        await list_employers(connection, party_id),
        await load_words(connection, "responsibility"),
    )


async def reach(connection: AsyncConnection, named: Sequence[NamedPerson], now: datetime) -> list[Reachable]:
    """Give contact persons with the ways to reach them."""
    contacts = await list_kept_contacts(connection, [one.person.person_id for one in named])
    return [
        Reachable(
            one,
            [_reached(kept, None) for kept in order_contacts(contacts[one.person.person_id])],
            next_reachable(one.person, now),
        )
        for one in named
    ]


async def load_words(connection: AsyncConnection, directory: Directory) -> dict[str, Entry]:
    """Load a directory by code, archived entries too, for they stand where they were chosen."""
    return {entry.code: entry for entry in await list_entries(connection, directory)}


async def load_notes(connection: AsyncConnection, party_id: int) -> Sequence[KeptNote]:
    """Load the newest notes."""
    return await list_notes(connection, party_id)


async def load_files(connection: AsyncConnection, party_id: int) -> Sequence[KeptFile]:
    """Load the files of a party."""
    return await list_files(connection, party_id)


def _at_any_time(
    load: Callable[[AsyncConnection, int], Awaitable[object]],
) -> Callable[[AsyncConnection, int, datetime], Awaitable[object]]:
    async def loaded(connection: AsyncConnection, party_id: int, _: datetime) -> object:
        return await load(connection, party_id)

    return loaded


ROWS: Mapping[str, Callable[[AsyncConnection, int, datetime], Awaitable[object]]] = {
    "addresses": _at_any_time(load_addresses),
    "contacts": _at_any_time(load_contacts),
    "accounts": _at_any_time(load_accounts),
    "registrations": _at_any_time(load_registrations),
    "relations": _at_any_time(load_relations),
    "persons": load_persons,
    "notes": _at_any_time(load_notes),
    "files": _at_any_time(load_files),
}
"""What fills `party_parts/<name>.html`, of a party at a moment."""
