"""A party with all that is kept of it, as one answer shows it. Each kind of part is one bounded read."""

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.addresses import country_of
from crm.parties.contacts import KeptContact
from crm.parties.model import BankAccount, Party, PartyAddress, Registration
from crm.parties.parts import ACCOUNTS, ADDRESSES, REGISTRATIONS
from crm.parties.reaching import list_contacts
from crm.parties.relating import list_groups, list_relations
from crm.parties.repository.persons import NamedPerson
from crm.parties.repository.relations import NamedRelation
from crm.parties.service import load_party
from crm.parties.staffing import list_persons


class WholeParty(Struct, frozen=True):
    """A party with its parts in the order in which they are shown."""

    party: Party
    groups: list[str]
    addresses: dict[int, PartyAddress]
    contacts: list[KeptContact]
    accounts: dict[int, BankAccount]
    registrations: dict[int, Registration]
    relations: list[NamedRelation]
    persons: list[NamedPerson]

    @property
    def country(self) -> str | None:
        """The country of its addresses, where phones are shown as they are dialled."""
        return country_of(self.addresses.values())


async def load_whole_party(connection: AsyncConnection, party_id: int) -> WholeParty:
    """Load a party with its parts. Raises PartyNotFoundError."""
    return WholeParty(
        await load_party(connection, party_id),
        await list_groups(connection, party_id),
        await ADDRESSES.list(connection, party_id),
        await list_contacts(connection, party_id),
        await ACCOUNTS.list(connection, party_id),
        await REGISTRATIONS.list(connection, party_id),
        list(await list_relations(connection, party_id)),
        await list_persons(connection, party_id),
    )
