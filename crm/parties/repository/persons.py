"""All SQL of contact persons and what they answer for."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from msgspec import Struct, convert, to_builtins
from sqlalchemy import Select, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.directories.tables import directory_entry
from crm.parties.model import ContactPerson
from crm.parties.tables import contact_person, contact_person_responsibility, party

_COLUMNS = tuple(contact_person.c[name] for name in ("id", "party_id", "person_id", "post", "timezone", "hours"))
MOST_LISTED = 200


class NamedPerson(Struct, frozen=True):
    """A contact person with the names of the person and of the party."""

    id: int
    party_id: int
    party_name: str
    person_name: str
    person: ContactPerson


async def list_persons(connection: AsyncConnection, party_id: int) -> dict[int, ContactPerson]:
    """List a party's contact persons as they were put."""
    query = select(*_COLUMNS).where(contact_person.c.party_id == party_id)
    rows = (await connection.execute(query.order_by(contact_person.c.position, contact_person.c.id))).all()
    codes = await _list_responsibilities(connection, [row.id for row in rows])
    return {row.id: _person(row, codes) for row in rows}


async def list_named_persons(
    connection: AsyncConnection,
    *,
    party_id: int | None = None,
    person_id: int | None = None,
    responsibility: str | None = None,
) -> Sequence[NamedPerson]:
    """List contact persons of a party, or where a person speaks for others, by what they answer for."""
    query = _named()
    if party_id is not None:
        query = query.where(contact_person.c.party_id == party_id)
    if person_id is not None:
        query = query.where(contact_person.c.person_id == person_id)
    if responsibility is not None:
        query = query.where(contact_person.c.id.in_(_answering_for(responsibility)))
    order = (contact_person.c.party_id, contact_person.c.position, contact_person.c.id)
    rows = (await connection.execute(query.order_by(*order).limit(MOST_LISTED))).all()
    codes = await _list_responsibilities(connection, [row.id for row in rows])
    return [NamedPerson(row.id, row.party_id, row.party_name, row.person_name, _person(row, codes)) for row in rows]


def _named() -> Select[*tuple[object, ...]]:
    person = party.alias("person")
    return (
        select(*_COLUMNS, party.c.name.label("party_name"), person.c.name.label("person_name"))
        .join_from(contact_person, party, party.c.id == contact_person.c.party_id)
        .join(person, person.c.id == contact_person.c.person_id)
        .where(person.c.archived_at.is_(None), person.c.merged_into.is_(None))
        .where(party.c.archived_at.is_(None), party.c.merged_into.is_(None))
    )


def _answering_for(responsibility: str) -> Select[*tuple[object, ...]]:
    table = contact_person_responsibility
    return (
        select(table.c.contact_person_id)
        .join_from(table, directory_entry)
        .where(directory_entry.c.directory == "responsibility", directory_entry.c.code == responsibility)
    )


async def _list_responsibilities(connection: AsyncConnection, ids: list[int]) -> dict[int, list[str]]:
    table, codes = contact_person_responsibility, defaultdict[int, list[str]](list)
    query = select(table.c.contact_person_id, directory_entry.c.code).join_from(table, directory_entry)
    rows = await connection.execute(
        query.where(table.c.contact_person_id.in_(ids)).order_by(directory_entry.c.position, directory_entry.c.id)
    )
    for row in rows:
        codes[row.contact_person_id].append(row.code)
    return codes


def _person(row: Any, codes: dict[int, list[str]]) -> ContactPerson:  # noqa: ANN401 # a row of one of two queries
    values = {
        "person_id": row.person_id,
        "post": row.post,
        "timezone": row.timezone,
        "hours": row.hours or [],
        "responsibilities": codes.get(row.id, []),
    }
    return convert(values, ContactPerson)


async def insert_person(connection: AsyncConnection, party_id: int, person: ContactPerson) -> int:
    """Add a contact person behind the others and give the identifier."""
    last = select(func.coalesce(func.max(contact_person.c.position), 0)).where(contact_person.c.party_id == party_id)
    values = _columns(person) | {"party_id": party_id, "position": last.scalar_subquery() + 1}
    made = await connection.execute(insert(contact_person).values(values).returning(contact_person.c.id))
    contact_person_id = int(made.scalar_one())
    await _put_responsibilities(connection, contact_person_id, person)
    return contact_person_id


async def update_person(connection: AsyncConnection, _: int, contact_person_id: int, person: ContactPerson) -> None:
    """Write anew what is said of a contact person."""
    table = contact_person_responsibility
    changed = update(contact_person).where(contact_person.c.id == contact_person_id)
    await connection.execute(changed.values(_columns(person)))
    await connection.execute(delete(table).where(table.c.contact_person_id == contact_person_id))
    await _put_responsibilities(connection, contact_person_id, person)


async def delete_person(connection: AsyncConnection, _: int, contact_person_id: int) -> None:
    """Take a contact person off a party; the person stays."""
    await connection.execute(delete(contact_person).where(contact_person.c.id == contact_person_id))


def _columns(person: ContactPerson) -> dict[str, object]:
    return {
        "person_id": person.person_id,
        "post": person.post,
        "timezone": person.timezone,
        "hours": to_builtins(person.hours) or None,
    }


async def _put_responsibilities(connection: AsyncConnection, contact_person_id: int, person: ContactPerson) -> None:
    codes = (
        directory_entry.c.directory == "responsibility",
        directory_entry.c.code.in_(person.responsibilities),
    )
    chosen = select(literal(contact_person_id), directory_entry.c.id).where(*codes)
    names = ["contact_person_id", "responsibility_id"]
    await connection.execute(insert(contact_person_responsibility).from_select(names, chosen))
