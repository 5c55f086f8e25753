"""What is kept of a party: its name, birth date, address and phones."""

from datetime import date

from msgspec import Struct


class Address(Struct, frozen=True):
    """An address as it was given; each part may be missing."""

    line: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Phone(Struct, frozen=True):
    """A phone as it was given, and the digits under which it is found."""

    value: str
    canonical: str


class PartyRecord(Struct, frozen=True):
    """A party of another system; `key` is that system's own identifier. The order of phones is that of their use."""

    key: str
    name: str
    birth_date: date | None = None
    address: Address | None = None
    phones: tuple[Phone, ...] = ()
