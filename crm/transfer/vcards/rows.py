"""vCards as rows of a table, so that they come in the way every file does: looked at, tried, known again. Pure.

What a party has no place for - a second address, the organisation of a person - goes into the note, so that nothing is
lost.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Final

import msgspec

from crm.parties.births import NO_YEAR, write_birth_date
from crm.transfer.vcards.model import CardAddress, Sort, VCard
from crm.transfer.vcards.reading import read_cards
from loyalty.imports.tabular import Row

HEADER: Final = (
    "UID", "Kind", "Name", "Birth date", "Phone", "Fax", "E-mail", "Messenger", "Website", "Street", "City", "Region",
    "Postal code", "Country", "Note",
)  # fmt: skip
_SORTS: Final[tuple[Sort, ...]] = ("phone", "fax", "email", "messenger", "website")


def card_rows(content: bytes) -> Iterator[Row]:
    """Give the cards of a file as rows behind a header; the line of a row is the card's. Raises TableError."""
    yield Row(1, list(HEADER))
    for read in read_cards(content):
        if read.card is None:
            yield Row(read.line, [""] * len(HEADER), f"the card {read.fault}")
        else:
            yield Row(read.line, _cells(read.card))


def _cells(card: VCard) -> list[str]:
    birth = card.birth_date
    home, *others = card.addresses or (CardAddress(),)
    contacts = ["\n".join(value for sort, value in card.contacts if sort == wanted) for wanted in _SORTS]
    notes = [card.note] if card.note else []
    if card.organisation and card.organisation != card.name:
        notes.append(card.organisation)
    notes += [", ".join(part for part in msgspec.structs.astuple(other) if part) for other in others]
    return [
        card.uid or sha256(msgspec.json.encode(card)).hexdigest()[:32],
        card.kind,
        card.name,
        "" if birth is None else write_birth_date(date(birth.year or NO_YEAR, birth.month, birth.day)),
        *contacts,
        home.line,
        home.city,
        home.region,
        home.postal_code,
        home.country,
        "\n".join(notes),
    ]
