"""What the columns of a file of parties mean, and what a row says. Pure.

Key idea: a mapping names the meaning of each column by its place, and knows no header and no cell: so it can be kept
and given to a job without anybody's data in it. A row becomes a draft, and only a draft meets the database.
"""

from collections.abc import Mapping as Dictionary
from datetime import date
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from crm.attributes.model import Given
from crm.directories.model import PartyKind
from crm.parties.addresses import COUNTRIES
from crm.parties.model import Contact, PartyAddress, Registration
from crm.parties.numbers import REGISTRATION_KINDS

By = Literal["key", "phone", "email", "registration"]
"""What tells that a row is a party that is here already: the number of its own system, or what it has."""

SKIP: Final = ""
REGISTRATION: Final = "registration."
ATTRIBUTE: Final = "attribute."
FIELDS: Final = (
    "key", "name", "first_name", "middle_name", "last_name", "kind", "legal_status", "birth_date", "note", "language",
    "line", "city", "region", "postal_code", "country", "phone", "email", "fax", "messenger", "website", "group",
    "relation", "mailings",
)  # fmt: skip
"""What a column may mean, beside a registration of a kind, `registration.vat`, and an attribute, `attribute.size`."""

SEVERAL: Final = frozenset(
    {"phone", "email", "fax", "messenger", "website", "line", "group", "relation", "note", "mailings"}
)
"""What several columns may mean."""

DATE_FORMATS: Final = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d")
MOST_COLUMNS: Final = 200


class Mapping(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What each column means, by place, and how rows are read; `source` is whose numbers the column `key` holds."""

    columns: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MOST_COLUMNS)]
    by: By = "key"
    source: Annotated[str, Meta(pattern="^[a-z0-9_.-]{1,60}$")] = "import"
    kind: PartyKind = "person"
    country: str | None = None
    date_format: str = DATE_FORMATS[0]


class Draft(Struct, frozen=True, kw_only=True):
    """What a row says of a party; whatever it does not say is None or empty, and stays as it is."""

    line: int
    key: str | None = None
    name: str | None = None
    kind: PartyKind | None = None
    legal_status: str | None = None
    birth_date: date | None = None
    note: str | None = None
    language: str | None = None
    address: PartyAddress | None = None
    contacts: tuple[Contact, ...] = ()
    registrations: tuple[Registration, ...] = ()
    groups: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    mailings: tuple[int, ...] = ()
    attributes: Dictionary[str, Given] = {}

    def identity(self, by: By) -> str | None:
        """Give that by which a party is known; None where the row does not say it."""
        if by == "key":
            return self.key
        if by == "registration":
            return next((f"{one.kind}:{one.canonical}" for one in self.registrations), None)
        return next((one.canonical for one in self.contacts if one.kind == by), None)


def problem_of(mapping: Mapping, *, attributes: Dictionary[str, object]) -> str | None:
    """Say what is wrong with a mapping, None where nothing is."""
    meant = [column for column in mapping.columns if column != SKIP]
    for column in meant:
        if not _is_known(column, attributes):
            return f"a column means {column[:60]!r}, which nothing here is"
        if column not in SEVERAL and meant.count(column) > 1:
            return f"two columns mean {column}"
    if not {"name", "first_name", "last_name"} & set(meant):
        return "no column is the name"
    if not any(column == mapping.by or column.startswith(f"{mapping.by}.") for column in meant):
        return f"no column is the {mapping.by} by which parties are known again"
    if mapping.country is not None and mapping.country not in COUNTRIES:
        return "the country is none of ISO 3166 in two capital letters such as BG"
    return None if mapping.date_format in DATE_FORMATS else "dates cannot be written in this way"


def _is_known(column: str, attributes: Dictionary[str, object]) -> bool:
    if column.startswith(REGISTRATION):
        return column.removeprefix(REGISTRATION) in REGISTRATION_KINDS
    if column.startswith(ATTRIBUTE):
        return column.removeprefix(ATTRIBUTE) in attributes
    return column in FIELDS
