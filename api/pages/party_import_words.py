"""What the columns of a file of parties are called, and the choices beside them; English, put through gettext."""

from collections.abc import Mapping

from api.pages.words import mark
from crm.directories.model import PartyKind
from crm.parties.addresses import COUNTRIES as CODES
from crm.transfer.importing import Outcome
from crm.transfer.model import By

LABELS: Mapping[str, str] = {
    "file": mark("File"),
    "by": mark("Known again by"),
    "source": mark("Name of the other system"),
    "kind": mark("They are"),
    "country": mark("Country"),
    "date_format": mark("Dates look like"),
}
FIELDS: Mapping[str, str] = {
    "key": mark("Number in the other system"),
    "name": mark("Name"),
    "first_name": mark("First name"),
    "middle_name": mark("Middle name"),
    "last_name": mark("Last name"),
    "kind": mark("Person or organisation"),
    "legal_status": mark("Legal status"),
    "birth_date": mark("Birth date"),
    "phone": mark("Phone"),
    "email": mark("E-mail"),
    "fax": mark("Fax"),
    "messenger": mark("Messenger"),
    "website": mark("Website"),
    "line": mark("Street and house"),
    "city": mark("City"),
    "region": mark("Region"),
    "postal_code": mark("Postal code"),
    "country": mark("Country"),
    "group": mark("Group"),
    "relation": mark("Relation"),
    "mailings": mark("Mailings agreed to"),
    "note": mark("Note"),
    "language": mark("Language"),
}
BY: Mapping[By, str] = {
    "key": mark("Number in the other system"),
    "phone": mark("Phone"),
    "email": mark("E-mail"),
    "registration": mark("Registration number"),
}
KINDS: Mapping[PartyKind, str] = {"person": mark("People"), "organisation": mark("Organisations")}
FORMATS: Mapping[str, str] = {
    "%Y-%m-%d": "2026-11-22",
    "%d.%m.%Y": "22.11.2026",
    "%d/%m/%Y": "22/11/2026",
    "%m/%d/%Y": "11/22/2026",
    "%d-%m-%Y": "22-11-2026",
    "%Y/%m/%d": "2026/11/22",
}
COUNTRIES = tuple(sorted(CODES))
OUTCOMES: Mapping[Outcome, tuple[str, str, str]] = {
    "new": (mark("New"), "plus", "active"),
    "changed": (mark("Changed"), "swap", "issued"),
    "same": (mark("As it is"), "ok", ""),
    "rejected": (mark("Stays out"), "no", "blocked"),
}
"""What becomes of a row: in words, the icon beside it, and the class of its colour."""
