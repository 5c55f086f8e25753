"""Writes vCards. Pure.

Lines end with CRLF and are folded at 75 octets, never inside a character; backslashes, commas, semicolons and line ends
are escaped (RFC 2426, 4; RFC 6350, 3.2 and 3.4). A name is written whole as the given name, since which of its words is
the family's nobody knows; the full name is what programs show.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from crm.parties.births import NO_YEAR
from crm.transfer.vcards.model import CardDate, Sort, VCard, Version

MOST_OCTETS: Final = 75
_PROPERTIES: Final[dict[Sort, str]] = {
    "phone": "TEL;TYPE=voice",
    "fax": "TEL;TYPE=fax",
    "email": "EMAIL;TYPE=internet",
    "website": "URL",
    "messenger": "X-MESSENGER",
}


def write_cards(cards: Sequence[VCard], version: Version) -> bytes:
    """Write cards as one file of a version, in UTF-8."""
    return b"".join(_fold(line) for card in cards for line in _lines(card, version))


def _lines(card: VCard, version: Version) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield f"VERSION:{version}"
    is_organisation = card.kind == "organisation"
    if version == "4.0":
        yield f"KIND:{'org' if is_organisation else 'individual'}"
    elif is_organisation:
        yield "X-ABSHOWAS:COMPANY"
    yield f"FN:{_escape(card.name)}"
    yield f"N:;{'' if is_organisation else _escape(card.name)};;;"
    if card.uid:
        yield f"UID:{_escape(card.uid)}"
    if card.organisation:
        yield f"ORG:{_escape(card.organisation)}"
    if card.birth_date is not None:
        yield _birthday(card.birth_date, version)
    for sort, value in card.contacts:
        name = _PROPERTIES[sort] if version == "3.0" else _PROPERTIES[sort].replace(";TYPE=internet", "")
        yield f"{name}:{_escape(value)}"
    for address in card.addresses:
        parts = (address.line, address.city, address.region, address.postal_code, address.country)
        yield f"ADR:;;{';'.join(map(_escape, parts))}"
    if card.note:
        yield f"NOTE:{_escape(card.note)}"
    yield "END:VCARD"


def _birthday(birth: CardDate, version: Version) -> str:
    if version == "4.0":
        year = "--" if birth.year is None else f"{birth.year:04}"
        return f"BDAY:{year}{birth.month:02}{birth.day:02}"
    if birth.year is None:
        return f"BDAY;X-APPLE-OMIT-YEAR={NO_YEAR}:{NO_YEAR}-{birth.month:02}-{birth.day:02}"
    return f"BDAY:{birth.year:04}-{birth.month:02}-{birth.day:02}"


def _escape(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\\", "\\\\")
    return plain.replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")


def _fold(line: str) -> bytes:
    """Fold a line at MOST_OCTETS, the blank that each further one begins with included."""
    folded, room = bytearray(), MOST_OCTETS
    for character in line:
        octets = character.encode()
        if len(octets) > room:
            folded += b"\r\n "
            room = MOST_OCTETS - 1
        folded += octets
        room -= len(octets)
    return bytes(folded) + b"\r\n"
