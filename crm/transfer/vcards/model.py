"""What a vCard says, whatever its version. Pure."""

from typing import Final, Literal

from msgspec import Struct

from crm.directories.model import PartyKind

Version = Literal["3.0", "4.0"]
Sort = Literal["phone", "fax", "email", "website", "messenger"]

VERSIONS: Final[tuple[Version, ...]] = ("3.0", "4.0")
MOST_CARDS: Final = 1_000
"""So many cards one file is written of."""


class CardAddress(Struct, frozen=True):
    """An address as it stands on a card."""

    line: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


class CardDate(Struct, frozen=True):
    """A birth date; people who do not tell their year have none."""

    month: int
    day: int
    year: int | None = None


class VCard(Struct, frozen=True):
    """A card: `contacts` are kinds and values in their order; empty texts are nothing said."""

    name: str
    kind: PartyKind = "person"
    uid: str = ""
    organisation: str = ""
    note: str = ""
    birth_date: CardDate | None = None
    contacts: tuple[tuple[Sort, str], ...] = ()
    addresses: tuple[CardAddress, ...] = ()
