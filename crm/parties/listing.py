"""People and organisations by name, as lists and search show them."""

import re
from collections.abc import Iterable

from msgspec import Struct, convert
from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_, union
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.model import PartyKind
from crm.directories.tables import directory_entry
from crm.parties.contacts import order_contacts, show_contact
from crm.parties.phones import last_digits
from crm.parties.repository.contacts import list_kept_contacts
from crm.parties.tables import party, party_address, party_contact, party_group, party_relation

PAGE_ROWS = 50
MOST_WORDS = 10
MOST_FOUND = 200
LEAST_LETTERS = 2
_BY_USE = (party_contact.c.pinned.desc(), party_contact.c.uses.desc(), party_contact.c.position)


class Person(Struct, frozen=True):
    """A party with the first of its phones."""

    name: str
    phone: str | None


async def find_people(connection: AsyncConnection, words: str) -> list[int]:
    """Find the parties whose name holds every word, whatever the case, `MOST_FOUND` at most."""
    if len(words.replace(" ", "")) < LEAST_LETTERS:
        return []
    has_all = [party.c.name.icontains(word, autoescape=True) for word in words.split()]
    stands = (party.c.merged_into.is_(None), party.c.erased_at.is_(None))
    found = await connection.execute(
        select(party.c.id).where(*has_all, *stands).order_by(party.c.sort_name, party.c.id).limit(MOST_FOUND)
    )
    return [row.id for row in found]


async def load_names(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, str]:
    """Give the names of parties by their identifiers."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = await connection.execute(select(party.c.id, party.c.name).where(party.c.id.in_(wanted)))
    return {row.id: row.name for row in found}


async def load_people(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Person]:
    """Give parties with the first of their phones by their identifiers."""
    phone = select(party_contact.c.value).where(party_contact.c.party_id == party.c.id, party_contact.c.kind == "phone")
    first = phone.order_by(*_BY_USE).limit(1).scalar_subquery().label("phone")
    found = await connection.execute(select(party.c.id, party.c.name, first).where(party.c.id.in_(set(ids))))
    return {row.id: convert(row, Person, from_attributes=True) for row in found}


async def load_person(connection: AsyncConnection, party_id: int) -> Person:
    """Load a party that must exist."""
    phone = select(party_contact.c.value).where(party_contact.c.party_id == party.c.id, party_contact.c.kind == "phone")
    first = phone.order_by(*_BY_USE).limit(1).scalar_subquery().label("phone")
    row = (await connection.execute(select(party.c.name, first).where(party.c.id == party_id))).one()
    return convert(row, Person, from_attributes=True)


class Wanted(Struct, frozen=True, kw_only=True):
    """Which parties a list holds; None wants any."""

    words: str | None = None
    kind: PartyKind | None = None
    relation: str | None = None
    group: str | None = None
    is_archived: bool = False


class ListedParty(Struct, frozen=True):
    """A party of a list: what it is to us today, and the way of contact that stands first."""

    id: int
    kind: PartyKind
    name: str
    relations: list[str]
    contact: str | None


async def list_parties(
    connection: AsyncConnection, wanted: Wanted, *, after: int | None = None
) -> tuple[list[ListedParty], int | None]:
    """List parties by name, `PAGE_ROWS` of them from behind a party on, and tell behind which there are more.

    A word is found where words of names, notes and addresses begin; a mail address and a phone are found as a whole.
    """
    by_name = party.c.sort_name.collate("C")
    query = select(party.c.id, party.c.kind, party.c.name).where(*_conditions(wanted))
    if after is not None:
        place = select(by_name, party.c.id).where(party.c.id == after).scalar_subquery()
        query = query.where(tuple_(by_name, party.c.id) > place)
    rows = (await connection.execute(query.order_by(by_name, party.c.id).limit(PAGE_ROWS + 1))).all()
    ids = [row.id for row in rows[:PAGE_ROWS]]
    relations, contacts = await _list_relations(connection, ids), await list_kept_contacts(connection, ids)
    shown = [
        ListedParty(row.id, row.kind, row.name, relations.get(row.id, []), first)
        for row in rows[:PAGE_ROWS]
        for first in [next((show_contact(one.contact, None) for one in order_contacts(contacts[row.id])), None)]
    ]
    return shown, ids[-1] if len(rows) > PAGE_ROWS else None


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    archived = party.c.archived_at
    found: list[ColumnElement[bool]] = [
        archived.is_not(None) if wanted.is_archived else archived.is_(None),
        party.c.merged_into.is_(None),
    ]
    if wanted.kind is not None:
        found.append(party.c.kind == wanted.kind)
    if wanted.relation is not None:
        of = select(party_relation.c.party_id).join_from(party_relation, directory_entry)
        found.append(party.c.id.in_(of.where(directory_entry.c.code == wanted.relation, *_acts_today())))
    if wanted.group is not None:
        of = select(party_group.c.party_id).join_from(party_group, directory_entry)
        found.append(party.c.id.in_(of.where(directory_entry.c.code == wanted.group)))
    if wanted.words is not None:
        found.append(party.c.id.in_(_found_by(wanted.words)))
    return found


def _acts_today() -> tuple[ColumnElement[bool], ...]:
    """Leave out relations to other parties, and those that ended."""
    until = party_relation.c.until
    return (party_relation.c.other_party_id.is_(None), or_(until.is_(None), until >= func.current_date()))


def _found_by(words: str) -> Select[*tuple[object, ...]]:
    prefixes = [f"{word}:*" for word in re.findall(r"\w+", words.casefold())[:MOST_WORDS]]
    asked = func.to_tsquery("simple", " & ".join(prefixes))
    ways = [party_contact.c.canonical == words.strip().casefold()]
    if (digits := last_digits(words)) is not None:
        ways.append(func.reverse(party_contact.c.canonical).collate("C").like(f"{digits[::-1]}%"))
    found = union(
        select(party.c.id).where(party.c.search.op("@@")(asked)),
        select(party_address.c.party_id).where(party_address.c.search.op("@@")(asked)),
        *(select(party_contact.c.party_id).where(way) for way in ways),
    )
    return select(found.subquery().c[0])


async def _list_relations(connection: AsyncConnection, ids: list[int]) -> dict[int, list[str]]:
    query = select(party_relation.c.party_id, directory_entry.c.code).join_from(party_relation, directory_entry)
    rows = await connection.execute(
        query.where(party_relation.c.party_id.in_(ids), *_acts_today()).order_by(directory_entry.c.position)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.party_id, []).append(row.code)
    return found
