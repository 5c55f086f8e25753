"""Reads parties from the rows of a file. Pure but for the file itself.

A cell is empty when nothing stands in it: `None`, `NULL` or `N/A` may be somebody's name. One row is one party; two
people of one name are two.
"""

from datetime import date
from itertools import islice
from typing import Annotated

import phonenumbers
from msgspec import Meta, Struct, field

from crm.parties.model import Address, PartyRecord, Phone
from crm.parties.phones import canonical_phone
from loyalty.imports.mapping import Column, Columns, FileMapping, Fitted, Headers, Name
from loyalty.imports.progress import StoppedError, Watch
from loyalty.imports.rejections import Rejection
from loyalty.imports.tabular import Row, Table
from loyalty.imports.times import check_formats, read_time

PACKAGE = "crm.parties"
ROWS_AT_ONCE = 1_000
MOST_TEXT = 500

Formats = Annotated[tuple[Name, ...], Meta(min_length=1)]

_ADDRESS_LINES = ("address_1", "address_2", "address_3", "address_4")
_PHONES = ("phone_1", "phone_2")


class PartyColumns(Columns, frozen=True, kw_only=True):
    """The columns of a file with a row for each party. The name is one column, or made from its parts."""

    key: Headers
    name: Headers | None = None
    first_name: Headers | None = None
    middle_name: Headers | None = None
    last_name: Headers | None = None
    birth_date: Headers | None = None
    address_1: Headers | None = None
    address_2: Headers | None = None
    address_3: Headers | None = None
    address_4: Headers | None = None
    city: Headers | None = None
    region: Headers | None = None
    postal_code: Headers | None = None
    country: Headers | None = None
    phone_1: Headers | None = None
    phone_2: Headers | None = None

    def __post_init__(self) -> None:
        """Check that there is a name. Raises ValueError."""
        if not (self.name or self.first_name or self.last_name):
            raise ValueError("a party has a name: name, or first_name and last_name")


class PartySettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How dates are written, and the ISO 3166 country of phones where the row names none."""

    date_formats: Formats = ("%Y-%m-%d",)
    default_country: str | None = None

    def __post_init__(self) -> None:
        """Check forms of dates and the country. Raises ValueError."""
        check_formats(self.date_formats)
        if self.default_country is not None:
            _check_countries(self.default_country)


class PartyMapping(FileMapping, frozen=True, kw_only=True):
    """A mapping of a file of parties; `countries` gives the ISO 3166 code of what the file calls a country."""

    columns: PartyColumns
    party: PartySettings = PartySettings()
    countries: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the countries. Raises ValueError."""
        _check_countries(*self.countries.values())


class PartyRows(Struct, frozen=True):
    """What a file holds: parties in the order of their rows, and the rows that stay out."""

    rows: int
    parties: list[PartyRecord]
    rejections: list[Rejection]


class _RowError(Exception):
    """A row that cannot be imported; the message says why without saying what stands in it."""


def read_parties(table: Table, fitted: Fitted[PartyMapping], watch: Watch) -> PartyRows:
    """Read a whole file. Raises TableError, StoppedError."""
    found: dict[str, tuple[int, PartyRecord]] = {}
    rejections: list[Rejection] = []
    count = 0
    rows = table.rows(fitted.mapping.delimiter)
    while portion := list(islice(rows, ROWS_AT_ONCE)):
        count += len(portion)
        for row in portion:
            try:
                record = _read_row(row, fitted)
                _check_single(record, found)
            except _RowError as error:
                rejections.append(Rejection(row.line, str(error)))
            else:
                found.setdefault(record.key, (row.line, record))
        watch.report(table.position, table.size)
        if watch.is_stopped():
            raise StoppedError
    return PartyRows(count, [record for _, record in found.values()], rejections)


def _check_single(record: PartyRecord, found: dict[str, tuple[int, PartyRecord]]) -> None:
    line, other = found.get(record.key, (0, record))
    if other != record:
        raise _RowError(f"another party stands under the same key on line {line}")


def _read_row(row: Row, fitted: Fitted[PartyMapping]) -> PartyRecord:
    if row.fault is not None:
        raise _RowError(row.fault)
    cells = {word: _read_cell(row, column) for word, column in fitted.columns.items()}
    key = cells["key"]
    if key is None:
        raise _RowError(f"{fitted.columns['key'].header} is empty")
    return PartyRecord(
        key=key,
        name=_make_name(cells),
        birth_date=_read_date(cells.get("birth_date"), fitted),
        address=_make_address(cells, fitted.mapping),
        phones=tuple(_make_phones(cells, fitted.mapping)),
    )


def _read_cell(row: Row, column: Column) -> str | None:
    text = row.cells[column.place].strip()
    if len(text) > MOST_TEXT:
        raise _RowError(f"{column.header} has more than {MOST_TEXT} characters")
    return text or None


def _make_name(cells: dict[str, str | None]) -> str:
    parts = (cells.get("first_name"), cells.get("middle_name"), cells.get("last_name"))
    name = cells.get("name") or " ".join(part for part in parts if part)
    if not name:
        raise _RowError("has no name")
    return name


def _read_date(text: str | None, fitted: Fitted[PartyMapping]) -> date | None:
    if text is None:
        return None
    try:
        return read_time(text, fitted.mapping.party.date_formats).date()
    except ValueError as error:
        raise _RowError(f"{fitted.columns['birth_date'].header} {error}") from error


def _make_address(cells: dict[str, str | None], mapping: PartyMapping) -> Address | None:
    country = cells.get("country")
    lines = [line for word in _ADDRESS_LINES if (line := cells.get(word))]
    address = Address(
        line=", ".join(lines) or None,
        city=cells.get("city"),
        region=cells.get("region"),
        postal_code=cells.get("postal_code"),
        country=mapping.countries.get(country or "", country),
    )
    return None if address == Address() else address


def _make_phones(cells: dict[str, str | None], mapping: PartyMapping) -> list[Phone]:
    country = mapping.countries.get(cells.get("country") or "", mapping.party.default_country)
    return [Phone(value, canonical_phone(value, country)) for word in _PHONES if (value := cells.get(word))]


def _check_countries(*codes: str) -> None:
    for code in codes:
        if code not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError(f"{code!r} is no country of ISO 3166 in two capital letters such as 'BG'")
