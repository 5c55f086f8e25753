"""What a party is, and what is kept of one. Pure values; the rules of each stand in the modules of their own.

Key idea: a person, a shop, a supplier and an employee are one thing, a party. What it is to us are its relations, what
it is before the law its legal status; only its name and that status must be known.
"""

from datetime import date, datetime, time
from typing import Final, Literal, get_args

from msgspec import Struct

from crm.directories.model import LANGUAGES, Entry, PartyKind
from crm.parties.errors import DetailRefusedError

AddressUse = Literal["tax", "postal", "warehouse", "office", "billing"]
ContactKind = Literal["phone", "fax", "email", "messenger", "website"]
Checked = Literal["right", "wrong", "unchecked"]
WrongNumbers = Literal["refuse", "warn"]

ADDRESS_USES: Final[tuple[AddressUse, ...]] = get_args(AddressUse)
CONTACT_KINDS: Final[tuple[ContactKind, ...]] = get_args(ContactKind)
MOST_NAME = 200
MOST_TEXT = 200
MOST_NOTE = 2_000


class PartyDetails(Struct, frozen=True, kw_only=True):
    """What is said of a party itself; `kind` may be left to its legal status, `note` is the line of its profile."""

    name: str
    legal_status: str
    kind: PartyKind | None = None
    birth_date: date | None = None
    note: str | None = None
    language: str | None = None


class Party(Struct, frozen=True, kw_only=True):
    """A party as it is kept; its version grows with whatever changes about it."""

    id: int
    kind: PartyKind
    name: str
    legal_status: str
    birth_date: date | None
    note: str | None
    language: str | None
    version: int
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None
    erased_at: datetime | None
    merged_into: int | None

    @property
    def details(self) -> PartyDetails:
        """What is said of it."""
        return PartyDetails(**{name: getattr(self, name) for name in PartyDetails.__struct_fields__})


class Address(Struct, frozen=True):
    """An address as it was given; each part may be missing."""

    line: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class PartyAddress(Struct, frozen=True, kw_only=True):
    """An address of a party and what it is used for; of each use in `main_for` it is the first choice."""

    line: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    uses: tuple[AddressUse, ...] = ()
    main_for: tuple[AddressUse, ...] = ()


class Contact(Struct, frozen=True, kw_only=True):
    """A way of contact as it was given, and the canonical text under which it is found; a pinned one stands first."""

    kind: ContactKind
    value: str
    canonical: str
    label: str | None = None
    is_pinned: bool = False


class BankAccount(Struct, frozen=True, kw_only=True):
    """A bank account: an IBAN or the bank's own number, without blanks."""

    bank: str
    account: str
    currency: str
    bic: str | None = None
    is_main: bool = False


class Registration(Struct, frozen=True, kw_only=True):
    """A number under which an authority knows the party, and whether its check digits are right."""

    kind: str
    number: str
    canonical: str
    checked: Checked
    country: str | None = None
    issued_on: date | None = None
    valid_until: date | None = None
    issuer: str | None = None


class Relation(Struct, frozen=True, kw_only=True):
    """What a party is to us, or to another party, and from when until when."""

    relation: str
    other_party_id: int | None = None
    since: date | None = None
    until: date | None = None


class Hours(Struct, frozen=True):
    """On these weekdays, Monday is 1, from a time until another; until midnight is 00:00."""

    days: tuple[int, ...]
    since: time
    until: time


class ContactPerson(Struct, frozen=True, kw_only=True):
    """Who speaks for a party: a person, what they answer for, and when they can be reached."""

    person_id: int
    post: str | None = None
    responsibilities: tuple[str, ...] = ()
    timezone: str | None = None
    hours: tuple[Hours, ...] = ()


class Note(Struct, frozen=True):
    """A note."""

    text: str


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


def check_details(details: PartyDetails, status: Entry, *, today: date) -> PartyDetails:
    """Give a party's own fields as they are kept: clean, and of the kind that its legal status says.

    Raises DetailRefusedError.
    """
    kind = details.kind or status.party_kind
    if kind is None:
        raise DetailRefusedError("this legal status may be a person's or an organisation's: say which", field="kind")
    if status.party_kind not in {None, kind}:
        raise DetailRefusedError("is not what the legal status says", field="kind")
    if details.birth_date is not None and kind != "person":
        raise DetailRefusedError("only a person has a birth date", field="birth_date")
    if details.birth_date is not None and details.birth_date > today:
        raise DetailRefusedError("lies ahead", field="birth_date")
    if details.language not in {None, *LANGUAGES}:
        raise DetailRefusedError(f"is none of {', '.join(LANGUAGES)}", field="language")
    name = " ".join(details.name.split())
    if not name:
        raise DetailRefusedError("a party has a name", field="name")
    if len(name) > MOST_NAME or not name.isprintable():
        raise DetailRefusedError(f"has at most {MOST_NAME} characters that can be printed", field="name")
    note = (details.note or "").strip() or None
    if note is not None and (len(note) > MOST_NOTE or "\0" in note):
        raise DetailRefusedError(f"has at most {MOST_NOTE:,} characters", field="note")
    return PartyDetails(
        name=name,
        legal_status=status.code,
        kind=kind,
        birth_date=details.birth_date,
        note=note,
        language=details.language,
    )
