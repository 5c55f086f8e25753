"""Ways of contact: what each kind takes, the canonical text under which it is found, and which stands first. Pure.

Key idea: what a person typed is kept beside what it means, so that nobody's own way of writing is lost, and two ways of
writing one phone or address are one. Whether mail arrives is not asked of anybody.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from msgspec import Struct

from crm.parties.errors import ContactRefusedError
from crm.parties.model import MOST_TEXT, Contact, ContactKind
from crm.parties.phones import read_phone, show_phone
from crm.parties.texts import read_line

MOST_VALUE = 320
"""The longest mail address: 64 characters, the sign, and 255."""


class KeptContact(Struct, frozen=True):
    """A way of contact with how often and when last it was used; `position` is the place where it was put."""

    id: int
    contact: Contact
    uses: int
    used_at: datetime | None
    position: int

    def shown(self, region: str | None) -> str:
        """Show it as it is used in a country: phones as they are dialled there, the rest as it was given."""
        return show_contact(self.contact, region)


def make_contact(
    kind: ContactKind, value: str, *, region: str | None, label: str | None = None, is_pinned: bool = False
) -> Contact:
    """Make a way of contact of what was typed; `region` is the ISO 3166 country of phones without a country code.

    Raises ContactRefusedError.
    """
    shown = read_line(value, ContactRefusedError, "value", most=MOST_VALUE)
    if shown is None:
        raise ContactRefusedError("is empty", field="value")
    text = read_line(label or "", ContactRefusedError, "label", most=MOST_TEXT)
    return Contact(kind=kind, value=shown, canonical=_CANONICAL[kind](shown, region), label=text, is_pinned=is_pinned)


def show_contact(contact: Contact, region: str | None) -> str:
    """Show a way of contact as it is used in a country; a phone that is none as it was given."""
    if contact.kind in {"phone", "fax"}:
        return show_phone(contact.canonical, region) or contact.value
    return contact.value


def href_of(contact: Contact) -> str | None:
    """Give the address that a link to it leads to; None for what no program opens."""
    if contact.kind in {"phone", "fax"}:
        return f"tel:+{contact.canonical}"
    if contact.kind == "email":
        return f"mailto:{contact.value}"
    return f"https://{contact.canonical}" if contact.kind == "website" else None


def order_contacts(contacts: list[KeptContact]) -> list[KeptContact]:
    """Put ways of contact into the order of their use: pinned ones first, then the most used, then as they were put."""
    return sorted(contacts, key=lambda one: (not one.contact.is_pinned, -one.uses, one.position))


def _phone(value: str, region: str | None) -> str:
    digits = read_phone(value, region)
    if digits is None and region is None and not value.startswith("+"):
        raise ContactRefusedError("is no phone: write it with + and the code of its country", field="value")
    if digits is None:
        raise ContactRefusedError("is no phone that could be dialled", field="value")
    return digits


def _email(value: str, _: str | None) -> str:
    try:
        return validate_email(value, check_deliverability=False).normalized.casefold()
    except EmailNotValidError as error:
        raise ContactRefusedError("is no mail address such as name@shop.example", field="value") from error


def _messenger(value: str, _: str | None) -> str:
    name = value.removeprefix("@").casefold()
    if not name:
        raise ContactRefusedError("is no name in a messenger", field="value")
    return name


def _website(value: str, _: str | None) -> str:
    """Give host, path and query; the scheme is always that of the web."""
    try:
        parts = urlsplit(value if "://" in value else f"https://{value}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ContactRefusedError("is no web address", field="value") from error
    if parts.scheme not in {"http", "https"} or "." not in host or " " in value or parts.username is not None:
        raise ContactRefusedError("is no web address such as shop.example", field="value")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}{query}"


_CANONICAL: Final[Mapping[ContactKind, Callable[[str, str | None], str]]] = {
    "phone": _phone,
    "fax": _phone,
    "email": _email,
    "messenger": _messenger,
    "website": _website,
}
