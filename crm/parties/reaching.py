"""Use cases of ways of contact: what is typed is read in the party's own country, and use puts the most used first."""

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.addresses import country_of
from crm.parties.contacts import KeptContact, make_contact, order_contacts
from crm.parties.errors import PartNotFoundError
from crm.parties.model import ContactKind
from crm.parties.parts import CONTACTS, add_part, change_part
from crm.parties.repository.addresses import list_addresses
from crm.parties.repository.contacts import count_use, list_kept_contacts
from crm.parties.service import lock_party
from database.activity import Act, record_activity


class TypedContact(Struct, frozen=True, kw_only=True):
    """A way of contact as a person typed it."""

    kind: ContactKind
    value: str
    label: str | None = None
    is_pinned: bool = False


async def add_contact(
    connection: AsyncConnection, party_id: int, typed: TypedContact, *, country: str | None, act: Act
) -> int:
    """Add a way of contact and give its identifier; `country` is that of parties whose addresses name none.

    Raises ContactRefusedError, and what `add_part` raises.
    """
    region = await find_country(connection, party_id) or country
    contact = make_contact(typed.kind, typed.value, region=region, label=typed.label, is_pinned=typed.is_pinned)
    return await add_part(connection, CONTACTS, party_id, contact, act=act)


async def change_contact(
    connection: AsyncConnection,
    party_id: int,
    contact_id: int,
    typed: TypedContact,
    *,
    country: str | None,
    seen: int,
    act: Act,
) -> None:
    """Write a way of contact anew. Raises ContactRefusedError, and what `change_part` raises."""
    region = await find_country(connection, party_id) or country
    contact = make_contact(typed.kind, typed.value, region=region, label=typed.label, is_pinned=typed.is_pinned)
    await change_part(connection, CONTACTS, party_id, contact_id, values=contact, seen=seen, act=act)


async def log_use(connection: AsyncConnection, party_id: int, contact_id: int, *, act: Act) -> None:
    """Count one more use of a way of contact, which orders them; nothing else about the party changes.

    Raises PartNotFoundError, and what `lock_party` raises.
    """
    await lock_party(connection, party_id)
    if not await count_use(connection, party_id, contact_id, now=act.at):
        raise PartNotFoundError("the party has no such contact")
    data = {"part": contact_id}
    record = f"party:{party_id}"
    await record_activity(connection, act=act, what="contact.used", record=record, party_id=party_id, data=data)


async def list_contacts(connection: AsyncConnection, party_id: int) -> list[KeptContact]:
    """List a party's ways of contact: pinned ones first, then the most used, then as they were put."""
    return order_contacts((await list_kept_contacts(connection, [party_id]))[party_id])


async def find_country(connection: AsyncConnection, party_id: int) -> str | None:
    """Find the country of a party by its addresses, as an ISO 3166 code."""
    return country_of((await list_addresses(connection, party_id)).values())
