"""Use cases of what a party has several of: addresses, ways of contact, accounts, registrations, relations, people.

Key idea: they are all changed alike. The party is locked, what it has of the kind is read before and after, and every
difference between the two is kept as a change of its part: so choosing a main account is told of the one that was.
What may be kept is decided before, by the pure modules that make the values.
"""

from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

from msgspec import Struct, to_builtins
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import Values
from crm.parties.changes import record_change, refuse_stale
from crm.parties.errors import PartNotFoundError, PartRepeatedError, TooManyPartsError
from crm.parties.model import BankAccount, Contact, ContactPerson, PartyAddress, Registration, Relation
from crm.parties.repository import addresses, contacts, papers, persons, relations
from crm.parties.service import lock_party
from database.activity import Act

T = TypeVar("T", bound=Struct)

MOST_PARTS = 100
"""Of one kind, so that a profile's panel stays a bounded read."""


class Part(Struct, Generic[T], frozen=True):
    """A kind of part: its name, how it is kept, what makes two of them the same, and the field that says so."""

    name: str
    list: Callable[[AsyncConnection, int], Awaitable[dict[int, T]]]
    insert: Callable[[AsyncConnection, int, T], Awaitable[int]]
    update: Callable[[AsyncConnection, int, int, T], Awaitable[None]]
    delete: Callable[[AsyncConnection, int, int], Awaitable[None]]
    identity: Callable[[T], Hashable]
    field: str


ADDRESSES: Final = Part[PartyAddress](
    "address",
    addresses.list_addresses,
    addresses.insert_address,
    addresses.update_address,
    addresses.delete_address,
    lambda one: (one.line, one.city, one.region, one.postal_code, one.country),
    "line",
)
CONTACTS: Final = Part[Contact](
    "contact",
    contacts.list_contacts,
    contacts.insert_contact,
    contacts.update_contact,
    contacts.delete_contact,
    lambda one: (one.kind, one.canonical),
    "value",
)
ACCOUNTS: Final = Part[BankAccount](
    "account",
    papers.list_accounts,
    papers.insert_account,
    papers.update_account,
    papers.delete_account,
    lambda one: (one.account, one.currency),
    "account",
)
REGISTRATIONS: Final = Part[Registration](
    "registration",
    papers.list_registrations,
    papers.insert_registration,
    papers.update_registration,
    papers.delete_registration,
    lambda one: (one.kind, one.country, one.canonical),
    "number",
)
RELATIONS: Final = Part[Relation](
    "relation",
    relations.list_relations,
    relations.insert_relation,
    relations.update_relation,
    relations.delete_relation,
    lambda one: (one.relation, one.other_party_id, one.since),
    "relation",
)
PERSONS: Final = Part[ContactPerson](
    "person",
    persons.list_persons,
    persons.insert_person,
    persons.update_person,
    persons.delete_person,
    lambda one: one.person_id,
    "person_id",
)


async def add_part(connection: AsyncConnection, part: Part[T], party_id: int, values: T, *, act: Act) -> int:
    """Add a part to a party and give its identifier.

    Raises PartRepeatedError, TooManyPartsError, and what `lock_party` raises.
    """
    await lock_party(connection, party_id)
    before = await part.list(connection, party_id)
    if len(before) >= MOST_PARTS:
        raise TooManyPartsError(f"a party has at most {MOST_PARTS} of a kind")
    _refuse_repeated(part, values, before, None)
    part_id = await part.insert(connection, party_id, values)
    await _record(connection, part, party_id, before, act=act)
    return part_id


async def change_part(
    connection: AsyncConnection, part: Part[T], party_id: int, part_id: int, *, values: T, seen: int, act: Act
) -> None:
    """Write a part anew; `seen` is the version of the party that the editor saw.

    Raises PartNotFoundError, PartyChangedError with the differences, PartRepeatedError, and what `lock_party` raises.
    """
    party = await lock_party(connection, party_id)
    before = await part.list(connection, party_id)
    if part_id not in before:
        raise PartNotFoundError(f"the party has no such {part.name}: it may have been removed meanwhile")
    yours, theirs = _fields(values), _fields(before[part_id])
    await refuse_stale(connection, party, seen=seen, about=part.name, yours=yours, theirs=theirs, part_id=part_id)
    if yours == theirs:
        return
    _refuse_repeated(part, values, before, part_id)
    await part.update(connection, party_id, part_id, values)
    await _record(connection, part, party_id, before, act=act)


async def remove_part(connection: AsyncConnection, part: Part[T], party_id: int, part_id: int, *, act: Act) -> None:
    """Take a part off a party. Raises PartNotFoundError, and what `lock_party` raises."""
    await lock_party(connection, party_id)
    before = await part.list(connection, party_id)
    if part_id not in before:
        raise PartNotFoundError(f"the party has no such {part.name}: it may have been removed meanwhile")
    await part.delete(connection, party_id, part_id)
    await _record(connection, part, party_id, before, act=act)


async def load_part(connection: AsyncConnection, part: Part[T], party_id: int, part_id: int) -> T:
    """Load a part. Raises PartNotFoundError."""
    found = await part.list(connection, party_id)
    if part_id not in found:
        raise PartNotFoundError(f"the party has no such {part.name}")
    return found[part_id]


def _refuse_repeated(part: Part[T], values: T, before: dict[int, T], own_id: int | None) -> None:
    others = (other for part_id, other in before.items() if part_id != own_id)
    if part.identity(values) in {part.identity(other) for other in others}:
        raise PartRepeatedError(f"the party has the same {part.name} already", field=part.field)


async def _record(connection: AsyncConnection, part: Part[T], party_id: int, before: dict[int, T], *, act: Act) -> None:
    """Keep as changes whatever differs from before."""
    after = await part.list(connection, party_id)
    for part_id in sorted({*before, *after}):
        old = _fields(before[part_id]) if part_id in before else None
        new = _fields(after[part_id]) if part_id in after else None
        if old != new:
            word = "added" if old is None else "removed" if new is None else "changed"
            what = f"{part.name}.{word}"
            await record_change(connection, party_id, what, before=old, after=new, act=act, part_id=part_id)


def _fields(values: Struct) -> Values:
    fields: Values = to_builtins(values)
    return fields
