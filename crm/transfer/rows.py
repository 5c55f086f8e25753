"""From a row of a file to what it says of a party. Pure.

Key idea: a cell is judged by the very function that judges what a person types on a page, so nothing comes in by a file
that could not be typed. A row that cannot be read is rejected with its reason, which names the column and never quotes
the cell.
"""

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from datetime import date
from functools import cache
from typing import Final, ParamSpec, TypeVar

from babel import Locale
from msgspec import Struct

from crm.attributes.model import Attribute, Given
from crm.attributes.model import read_value as check_value
from crm.consents.model import Kind
from crm.directories.model import LANGUAGES, Entry, PartyKind
from crm.parties.addresses import COUNTRIES, check_address
from crm.parties.births import read_birth_date
from crm.parties.contacts import make_contact
from crm.parties.model import (
    CONTACT_KINDS,
    Contact,
    PartyAddress,
    PartyDetails,
    Registration,
    WrongNumbers,
    check_details,
)
from crm.parties.numbers import make_registration
from crm.transfer.model import ATTRIBUTE, REGISTRATION, SKIP, Draft, Mapping
from loyalty.errors import LoyaltyError
from loyalty.imports.lines import RowError
from loyalty.imports.tabular import Row
from loyalty.imports.times import read_time

P = ParamSpec("P")
T = TypeVar("T")

MOST_CELL = 2_000
MOST_KEY = 200
_MOST_DIGITS = 18
_NEUTRALISED = re.compile(r"^'(?=[=+\-@])")
_SEVERAL = re.compile(r"\s*[;|\n]\s*")
_KINDS: Final[Dictionary[str, PartyKind]] = {
    **dict.fromkeys(("person", "individual", "natural person", "человек", "физлицо", "особа", "лице"), "person"),
    **dict.fromkeys(
        ("organisation", "organization", "company", "firm", "организация", "юрлицо", "організація", "фирма"),
        "organisation",
    ),
}
_CALLED: Final = {"usa": "US", "сша": "US", "uk": "GB", "great britain": "GB", "england": "GB", "рф": "RU"}
_YES = frozenset({"yes", "true", "1", "x", "✓", "да", "так"})
_NO = frozenset({"no", "false", "0", "-", "нет", "ні", "не"})
_STATUS: Final[Dictionary[PartyKind, str]] = {"person": "natural_person", "organisation": "limited_company"}


class Known(Struct, frozen=True):
    """What rows are read by: the mapping, the words of directories, the attributes, and today."""

    mapping: Mapping
    statuses: Sequence[Entry]
    relations: Sequence[Entry]
    groups: Sequence[Entry]
    kinds: Sequence[Kind]
    attributes: Dictionary[str, Attribute]
    wrong_numbers: WrongNumbers
    today: date


Cells = dict[str, list[str]]


def read_draft(row: Row, known: Known) -> Draft:
    """Read a row. Raises RowError."""
    if row.fault is not None:
        raise RowError(row.fault)
    cells = _take(row, known.mapping)
    name = _one(cells, "name") or " ".join(
        part for field in ("first_name", "middle_name", "last_name") if (part := _one(cells, field))
    )
    country = _country(cells, known)
    draft = Draft(
        line=row.line,
        key=_key(cells),
        name=name or None,
        kind=_kind(cells),
        legal_status=_entry(cells, "legal_status", known.statuses),
        birth_date=_birth_date(_one(cells, "birth_date"), known),
        note="\n".join(cells.get("note", ())) or None,
        language=_one(cells, "language"),
        address=_address(cells, country),
        contacts=tuple(_contacts(cells, country)),
        registrations=tuple(_registrations(cells, known)),
        groups=_entries(cells, "group", known.groups),
        relations=_entries(cells, "relation", known.relations),
        mailings=_mailings(cells, known.kinds),
        attributes=dict(_attributes(cells, known)),
    )
    return _checked(draft, known)


def _take(row: Row, mapping: Mapping) -> Cells:
    cells: Cells = {}
    for place, meaning in enumerate(mapping.columns):
        text = row.cells[place].strip() if place < len(row.cells) else ""
        if meaning == SKIP or not text:
            continue
        if len(text) > MOST_CELL:
            raise RowError(f"{meaning} has more than {MOST_CELL:,} characters")
        cells.setdefault(meaning, []).append(_NEUTRALISED.sub("", text))
    return cells


def _one(cells: Cells, field: str) -> str | None:
    return next(iter(cells.get(field, ())), None)


def _key(cells: Cells) -> str | None:
    key = _one(cells, "key")
    if key is not None and len(key) > MOST_KEY:
        raise RowError(f"key has more than {MOST_KEY} characters")
    return key


def _kind(cells: Cells) -> PartyKind | None:
    text = _one(cells, "kind")
    if text is None:
        return None
    if text.casefold() not in _KINDS:
        raise RowError("kind is neither person nor organisation")
    return _KINDS[text.casefold()]


def _birth_date(text: str | None, known: Known) -> date | None:
    """Read a birth date in the form of the file, or as `--12-30` without its year."""
    if text is None or not text.startswith("--"):
        return _date(text, known, "birth_date")
    try:
        return read_birth_date(text)
    except ValueError as error:
        raise RowError("birth_date must be of the form 2011-12-30 or --12-30") from error


def _date(text: str | None, known: Known, field: str) -> date | None:
    if text is None:
        return None
    try:
        return read_time(text, (known.mapping.date_format, "%Y-%m-%d")).date()
    except ValueError as error:
        raise RowError(f"{field} {error}") from error


def _country(cells: Cells, known: Known) -> str | None:
    text = _one(cells, "country")
    if text is None:
        return known.mapping.country
    if text.upper() in COUNTRIES:
        return text.upper()
    if (code := _countries().get(text.casefold())) is None:
        raise RowError("country is none of ISO 3166, by its code or its name")
    return code


@cache
def _countries() -> Dictionary[str, str]:
    """Give the codes of countries by what they are called in the languages of the back office."""
    names = (Locale(language).territories.items() for language in LANGUAGES)
    called = {name.casefold(): code for known in names for code, name in known if code in COUNTRIES}
    return called | _CALLED


def _address(cells: Cells, country: str | None) -> PartyAddress | None:
    address = PartyAddress(
        line=", ".join(cells.get("line", ())) or None,
        city=_one(cells, "city"),
        region=_one(cells, "region"),
        postal_code=_one(cells, "postal_code"),
        country=country,
    )
    if address == PartyAddress(country=country):
        return None
    return _judge(None, check_address, address)


def _contacts(cells: Cells, country: str | None) -> list[Contact]:
    found: dict[tuple[str, str], Contact] = {}
    for kind in CONTACT_KINDS:
        for text in _split(cells, kind):
            one = _judge(kind, make_contact, kind, text, region=country)
            found.setdefault((one.kind, one.canonical), one)
    return list(found.values())


def _split(cells: Cells, field: str) -> list[str]:
    return [part for text in cells.get(field, ()) for part in _SEVERAL.split(text) if part]


def _registrations(cells: Cells, known: Known) -> list[Registration]:
    return [
        _judge(meaning, make_registration, meaning.removeprefix(REGISTRATION), text, wrong=known.wrong_numbers)
        for meaning, texts in cells.items()
        if meaning.startswith(REGISTRATION)
        for text in texts
    ]


def _entry(cells: Cells, field: str, entries: Sequence[Entry]) -> str | None:
    text = _one(cells, field)
    return None if text is None else _find_entry(text, field, entries)


def _entries(cells: Cells, field: str, entries: Sequence[Entry]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_find_entry(text, field, entries) for text in _split(cells, field)))


def _mailings(cells: Cells, kinds: Sequence[Kind]) -> tuple[int, ...]:
    """Read to which kinds of mailings a row says yes, by their codes or names. Raises RowError."""
    named = {
        name.casefold(): one.id for one in kinds if not one.is_archived for name in (one.code, *one.names.values())
    }
    wanted = [text.casefold() for text in _split(cells, "mailings")]
    if any(text not in named for text in wanted):
        raise RowError("mailings is none of the kinds of mailings")
    return tuple(dict.fromkeys(named[text] for text in wanted))


def _find_entry(text: str, field: str, entries: Sequence[Entry]) -> str:
    wanted = text.casefold()
    for entry in entries:
        if not entry.is_archived and wanted in {entry.code, *(name.casefold() for name in entry.names.values())}:
            return entry.code
    raise RowError(f"{field} is none of the directory")


def _attributes(cells: Cells, known: Known) -> list[tuple[str, Given]]:
    found: list[tuple[str, Given]] = []
    for meaning, texts in cells.items():
        if meaning.startswith(ATTRIBUTE):
            attribute = known.attributes[meaning.removeprefix(ATTRIBUTE)]
            given = _given(attribute, texts[0], known)
            _judge(meaning, check_value, attribute, given)
            found.append((attribute.code, given))
    return found


def _given(attribute: Attribute, text: str, known: Known) -> Given:
    """Write a cell as a value goes over the wire. Raises RowError."""
    match attribute.kind:
        case "number":
            given: Given = text.replace(" ", "").replace(",", ".")
        case "date":
            day = _date(text, known, attribute.code)
            given = None if day is None else day.isoformat()
        case "yes_no":
            given = _yes_or_no(attribute, text)
        case "choice":
            given = _choice(attribute, text)
        case "choices":
            given = [_choice(attribute, part) for part in _SEVERAL.split(text) if part]
        case "reference":
            given = _number(attribute, text)
        case _:
            given = text
    return given


def _yes_or_no(attribute: Attribute, text: str) -> bool:
    if text.casefold() not in _YES | _NO:
        raise RowError(f"{attribute.code} is neither yes nor no")
    return text.casefold() in _YES


def _number(attribute: Attribute, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise RowError(f"{attribute.code} is no number of a record")
    return int(text)


def _choice(attribute: Attribute, text: str) -> str:
    wanted = text.casefold()
    for choice in attribute.choices:
        if wanted in {choice.code, *(name.casefold() for name in choice.names.values())}:
            return choice.code
    raise RowError(f"{attribute.code} is none of the choices")


def _checked(draft: Draft, known: Known) -> Draft:
    """Check what a row says of the party itself, as if it were new. Raises RowError."""
    if draft.identity(known.mapping.by) is None:
        raise RowError(f"has no {known.mapping.by} by which it is known again")
    if draft.name is None:
        raise RowError("has no name")
    details = details_of(draft, known)
    status = next(entry for entry in known.statuses if entry.code == details.legal_status)
    _judge(None, check_details, details, status, today=known.today)
    return draft


def details_of(draft: Draft, known: Known) -> PartyDetails:
    """Give what a new party is: what the row does not say, the mapping says."""
    kind = draft.kind or _kind_of(draft, known) or known.mapping.kind
    return PartyDetails(
        name=draft.name or "",
        legal_status=draft.legal_status or _STATUS[kind],
        kind=kind,
        birth_date=draft.birth_date,
        note=draft.note,
        language=draft.language,
    )


def _kind_of(draft: Draft, known: Known) -> PartyKind | None:
    return next((entry.party_kind for entry in known.statuses if entry.code == draft.legal_status), None)


def _judge(field: str | None, judge: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Ask the judge of what a person types; without a field the refusal names its own. Raises RowError."""
    try:
        return judge(*args, **kwargs)
    except LoyaltyError as refusal:
        raise RowError(f"{field or refusal.field} {refusal.detail}") from refusal
