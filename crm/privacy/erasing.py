"""The use case of forgetting a person: everything but what the law wants kept, and the books stay whole.

Key idea: cards, receipts and ledgers know a party by its number alone. So the person goes, and every sum stays what it
was: what is left is a party without a name, whose turnover is still the shop's. It cannot be taken back.

An invoice that was issued keeps to whom, until the law lets it go; asked again after that, erasing clears it too.
"""

from datetime import UTC, datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.errors import PartyMergedError, PartyNotFoundError
from crm.parties.model import Party
from crm.parties.repository import parties
from crm.parties.service import load_party
from crm.privacy import repository
from crm.privacy.errors import ErasureRefusedError
from crm.privacy.repository import INVOICE_YEARS
from database.activity import Act, record_activity


class Erasable(Struct, frozen=True):
    """A party that may be erased, and how many of its invoices go on saying to whom they were issued."""

    party: Party
    invoices: int


async def load_erasable(connection: AsyncConnection, party_id: int, *, now: datetime) -> Erasable:
    """Load what whoever erases must know. Raises PartyNotFoundError, PartyMergedError."""
    party = await load_party(connection, party_id)
    _refuse_merged(party)
    ids = await repository.list_ids(connection, party_id)
    return Erasable(party, await repository.count_invoices(connection, ids, since=kept_since(now)))


async def erase_person(connection: AsyncConnection, party_id: int, *, typed_name: str, act: Act) -> dict[str, int]:
    """Erase what is kept about a party, and about those merged into it; gives how many rows, by what they were.

    `typed_name` is what a person typed to confirm whom they mean. Raises PartyNotFoundError, PartyMergedError,
    ErasureRefusedError.
    """
    party = await load_party(connection, party_id)
    _refuse_merged(party)
    ids = await repository.list_ids(connection, party_id)
    for one in ids:
        if await parties.lock_party(connection, one) is None:
            raise PartyNotFoundError("there is no such party")
    if typed_name.split() != party.name.split():
        raise ErasureRefusedError("this is not the name of the party: type it as it stands above", field="name")
    counts = await repository.erase(connection, ids, now=act.at, kept_since=kept_since(act.at))
    for one in ids:
        data = {"erased": counts} if one == party_id else {"with": party_id}
        await record_activity(connection, act=act, what="party.erased", record=f"party:{one}", party_id=one, data=data)
    return counts


def kept_since(now: datetime) -> datetime:
    """Give the first moment whose invoices the law still wants kept: ten whole years after the year of issue."""
    return datetime(now.year - INVOICE_YEARS, 1, 1, tzinfo=UTC)


def _refuse_merged(party: Party) -> None:
    if party.merged_into is not None:
        raise PartyMergedError(f"the party was merged into party {party.merged_into}: that one is erased with it")
