"""Reads vCards of versions 3.0 and 4.0. Pure.

A card that cannot be read is given with its fault and hides no other. What a card says beyond what a party is - photos,
keys, sounds - is passed over.
"""

import codecs
import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from msgspec import Struct

from crm.transfer.vcards.model import VERSIONS, CardAddress, CardDate, Sort, VCard
from loyalty.imports.tabular import TableError

MOST_LINE: Final = 1_048_576
"""The most characters of an unfolded line; a photo fits."""

_PROPERTY = re.compile(
    r'(?:[\w-]+\.)?(?P<name>[\w-]+)(?P<parameters>(?:;[\w-]+(?:=(?:"[^"]*"|[^;:"]*))*)*):(?P<value>.*)', re.DOTALL
)
_BIRTHDAY = re.compile(r"(?:(?P<year>\d{4})-?|--)(?P<month>\d\d)-?(?P<day>\d\d)(?:T.*)?", re.ASCII)
_SPLIT = re.compile(r"(?<!\\)((?:\\\\)*);")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OMITTED = re.compile(r"X-APPLE-OMIT-YEAR=(\d{4})", re.IGNORECASE)
_SORTS: Final[dict[str, Sort]] = {"EMAIL": "email", "URL": "website", "X-MESSENGER": "messenger", "IMPP": "messenger"}
_ADDRESS_PARTS = 7
_LEAP_YEAR = 2000


class ReadCard(Struct, frozen=True):
    """A card by the number of its first line, or what is wrong with it."""

    line: int
    card: VCard | None = None
    fault: str = ""


class _FaultError(Exception):
    """Why a card cannot be read."""


class _Property(Struct, frozen=True):
    name: str
    parameters: str
    value: str


def read_cards(content: bytes) -> Iterator[ReadCard]:
    """Read the cards of a file, in UTF-8 or, with a byte order mark, UTF-16. Raises TableError."""
    found: list[_Property] | None = None
    begun, fault = 0, ""
    for number, line in _unfold(_decode(content)):
        if not line.strip():
            continue
        upper = line.strip().upper()
        if upper == "BEGIN:VCARD":
            found, begun, fault = [], number, ""
        elif found is None:
            raise TableError(f"line {number} stands outside a card: is it a file of vCards?")
        elif upper == "END:VCARD":
            yield ReadCard(begun, fault=fault) if fault else _read(begun, found)
            found = None
        elif (match := _PROPERTY.fullmatch(line)) is None:
            fault = fault or f"line {number} is no property"
        else:
            found.append(_Property(match["name"].upper(), match["parameters"], match["value"]))
    if found is not None:
        raise TableError(f"the card of line {begun} does not end: the file is cut off, get it again")


def _decode(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding).replace("\0", "")
    except UnicodeDecodeError as error:
        raise TableError(f"byte {error.start:,} is no UTF-8: save the vCards as UTF-8") from error


def _unfold(text: str) -> Iterator[tuple[int, str]]:
    """Give whole lines with the number of their first one."""
    parts: list[str] = []
    first, size = 1, 0
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line[:1] in {" ", "\t"} and parts:
            parts.append(line[1:])
            size += len(line)
            if size > MOST_LINE:
                raise TableError(f"line {first} has more than {MOST_LINE:,} characters")
            continue
        if parts:
            yield first, "".join(parts)
        parts, first, size = [line], number, len(line)
        if size > MOST_LINE:
            raise TableError(f"line {first} has more than {MOST_LINE:,} characters")
    yield first, "".join(parts)


def _read(line: int, properties: list[_Property]) -> ReadCard:
    try:
        return ReadCard(line, _card(properties))
    except _FaultError as error:
        return ReadCard(line, fault=str(error))


def _card(properties: list[_Property]) -> VCard:
    first = {one.name: one for one in reversed(properties)}
    version = first["VERSION"].value.strip() if "VERSION" in first else ""
    if version not in VERSIONS:
        raise _FaultError(f"is of no version that is read, which are {' and '.join(VERSIONS)}")
    name = _text(first, "FN").strip() or " ".join(_name_parts(first))
    organisation = _text(first, "ORG").strip()
    is_organisation = _text(first, "KIND").lower() == "org" or _text(first, "X-ABSHOWAS").upper() == "COMPANY"
    if not name and not organisation:
        raise _FaultError("has no name")
    return VCard(
        name=name or organisation,
        kind="organisation" if is_organisation or not name else "person",
        uid=_text(first, "UID"),
        organisation=organisation,
        note="\n".join(_unescape(one.value) for one in properties if one.name == "NOTE"),
        birth_date=_birthday(first.get("BDAY")),
        contacts=tuple(_contacts(properties)),
        addresses=tuple(_address(one.value) for one in properties if one.name == "ADR"),
    )


def _text(first: dict[str, _Property], name: str) -> str:
    return _parts(first[name].value)[0] if name in first else ""


def _name_parts(first: dict[str, _Property]) -> Iterator[str]:
    """Give the given, further and family names, in the order in which they are said."""
    parts = [*_parts(first["N"].value), "", ""] if "N" in first else ["", "", ""]
    yield from (part.strip() for part in (parts[1], parts[2], parts[0]) if part.strip())


def _contacts(properties: list[_Property]) -> Iterator[tuple[Sort, str]]:
    for one in properties:
        value = _unescape(one.value)
        if one.name == "TEL":
            sort: Sort = "fax" if "fax" in one.parameters.lower() else "phone"
            yield sort, value.removeprefix("tel:")
        elif one.name in _SORTS:
            yield _SORTS[one.name], value.removeprefix("mailto:") if one.name == "EMAIL" else value


def _address(value: str) -> CardAddress:
    parts = [*_parts(value), *[""] * _ADDRESS_PARTS][:_ADDRESS_PARTS]
    box, extended, street, city, region, postal_code, country = parts
    return CardAddress(", ".join(part for part in (box, extended, street) if part), city, region, postal_code, country)


def _birthday(one: _Property | None) -> CardDate | None:
    """Read a birth date; a text that is none, as version 4.0 allows, says nothing."""
    match = None if one is None else _BIRTHDAY.fullmatch(one.value.strip())
    if one is None or match is None:
        return None
    year = None if match["year"] is None else int(match["year"])
    month, day = int(match["month"]), int(match["day"])
    omitted = _OMITTED.search(one.parameters)
    if omitted is not None and year == int(omitted[1]):
        year = None
    try:
        date(_LEAP_YEAR if year is None else year, month, day)
    except ValueError as error:
        raise _FaultError("has a birth date that is no day") from error
    return CardDate(month, day, year)


def _parts(value: str) -> list[str]:
    """Take a value apart at semicolons that are not escaped."""
    parts = _SPLIT.sub(lambda match: f"{match[1]}\0", value).split("\0")
    return [_unescape(part) for part in parts]


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in {"n", "N"} else match[1], text)
