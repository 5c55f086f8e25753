"""Addresses: their lines, and which one is the first choice of a use. Pure.

Key idea: a person says how an address is used, not where it stands in a list; of each use one address is the main one.
An address whose use nobody else's is, is its main one by itself.
"""

from collections.abc import Iterable
from typing import Final

import phonenumbers

from crm.parties.errors import AddressRefusedError
from crm.parties.model import ADDRESS_USES, MOST_TEXT, AddressUse, PartyAddress
from crm.parties.texts import read_line

COUNTRIES: Final = phonenumbers.SUPPORTED_REGIONS
"""The ISO 3166 codes of countries."""
_LINES: Final = ("line", "city", "region", "postal_code")


def check_address(address: PartyAddress) -> PartyAddress:
    """Give an address as it is kept. Raises AddressRefusedError for one that says nothing, or no country."""
    lines = {
        name: read_line(getattr(address, name) or "", AddressRefusedError, name, most=MOST_TEXT) for name in _LINES
    }
    if not any(lines.values()):
        raise AddressRefusedError("an address has a city, a postal code or a line", field="line")
    if address.country is not None and address.country not in COUNTRIES:
        raise AddressRefusedError("is no country of ISO 3166 in two capital letters such as BG", field="country")
    unknown = sorted({*address.uses, *address.main_for} - set(ADDRESS_USES))
    if unknown:
        raise AddressRefusedError(f"is none of {', '.join(ADDRESS_USES)}", field="uses")
    if not set(address.main_for) <= set(address.uses):
        raise AddressRefusedError("is the main one only of its own uses", field="main_for")
    return PartyAddress(
        **lines, country=address.country, uses=_ordered(address.uses), main_for=_ordered(address.main_for)
    )


def _ordered(uses: Iterable[AddressUse]) -> tuple[AddressUse, ...]:
    given = set(uses)
    return tuple(use for use in ADDRESS_USES if use in given)


def choose_for(addresses: dict[int, PartyAddress], use: AddressUse) -> list[int]:
    """List the identifiers of the addresses of a use, the main one first."""
    wanted = [(address_id, one) for address_id, one in addresses.items() if use in one.uses]
    return [address_id for address_id, one in sorted(wanted, key=lambda item: use not in item[1].main_for)]


def country_of(addresses: Iterable[PartyAddress]) -> str | None:
    """Give the country of a party: that of its main tax address, else of the first that names one of ISO 3166."""
    named = [one for one in addresses if one.country in COUNTRIES]
    best = sorted(named, key=lambda one: "tax" not in one.main_for)
    return best[0].country if best else None


def in_one_line(address: PartyAddress) -> str:
    """Write an address in one line, from the line of its street to its country."""
    town = " ".join(part for part in (address.postal_code, address.city) if part)
    return ", ".join(part for part in (address.line, town, address.region, address.country) if part)
