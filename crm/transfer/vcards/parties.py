"""Parties as vCards: what a telephone or a mail program should know of them."""

from collections.abc import Sequence

from babel import Locale
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.births import NO_YEAR
from crm.parties.errors import PartyErasedError
from crm.parties.model import Contact, PartyAddress
from crm.parties.whole import WholeParty, load_whole_party
from crm.transfer.vcards.model import CardAddress, CardDate, VCard


async def load_cards(connection: AsyncConnection, ids: Sequence[int]) -> list[VCard]:
    """Load parties as cards, in the order of their identifiers. Raises PartyNotFoundError, PartyErasedError."""
    return [_card(await load_whole_party(connection, party_id)) for party_id in sorted(set(ids))]


def _card(whole: WholeParty) -> VCard:
    party = whole.party
    if party.erased_at is not None:
        raise PartyErasedError("the person was erased")
    birth = party.birth_date
    return VCard(
        name=party.name,
        kind=party.kind,
        uid=f"party-{party.id}",
        organisation=party.name if party.kind == "organisation" else "",
        note=party.note or "",
        birth_date=None
        if birth is None
        else CardDate(birth.month, birth.day, None if birth.year == NO_YEAR else birth.year),
        contacts=tuple((one.contact.kind, _value(one.contact)) for one in whole.contacts),
        addresses=tuple(_address(one) for one in whole.addresses.values()),
    )


def _value(contact: Contact) -> str:
    """Give a phone as every telephone in the world dials it, the rest as it was given."""
    is_phone = contact.kind in {"phone", "fax"}
    return f"+{contact.canonical}" if is_phone and contact.canonical.isdigit() else contact.value


def _address(address: PartyAddress) -> CardAddress:
    country = address.country or ""
    return CardAddress(
        line=address.line or "",
        city=address.city or "",
        region=address.region or "",
        postal_code=address.postal_code or "",
        country=Locale("en").territories.get(country, country),
    )
