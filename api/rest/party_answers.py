"""What is told of parties."""

from collections.abc import Iterable
from datetime import date, datetime, time

from msgspec import Struct

from crm.directories.model import PartyKind
from crm.parties.births import write_birth_date
from crm.parties.contacts import KeptContact
from crm.parties.hours import is_reachable
from crm.parties.listing import ListedParty
from crm.parties.model import AddressUse, BankAccount, Checked, ContactKind, PartyAddress, Registration
from crm.parties.repository.files import KeptFile
from crm.parties.repository.papers import KeptNote
from crm.parties.repository.persons import NamedPerson
from crm.parties.repository.relations import NamedRelation
from crm.parties.whole import WholeParty


class PartyItem(Struct, frozen=True):
    """A party in a list: what it is to us, and how it is reached first."""

    party_id: int
    kind: PartyKind
    name: str
    relations: list[str]
    contact: str | None


class PartyPage(Struct, frozen=True):
    """Parties by name; `next` is what to give as `after` for those behind."""

    parties: list[PartyItem]
    next: str | None


class AddressAnswer(Struct, frozen=True):
    """An address; of the uses in `main_for` it is the first choice."""

    id: int
    line: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    uses: tuple[AddressUse, ...]
    main_for: tuple[AddressUse, ...]


class ContactAnswer(Struct, frozen=True):
    """A way of contact: as it was given, as it is shown in the party's country, and a phone in E.164."""

    id: int
    kind: ContactKind
    value: str
    shown: str
    e164: str | None
    label: str | None
    pinned: bool
    uses: int
    used_at: datetime | None


class AccountAnswer(Struct, frozen=True):
    """A bank account."""

    id: int
    bank: str
    account: str
    currency: str
    bic: str | None
    main: bool


class RegistrationAnswer(Struct, frozen=True):
    """A registration; `checked` tells whether the check digits are right, where there are any."""

    id: int
    kind: str
    country: str | None
    number: str
    checked: Checked
    issued_on: date | None
    valid_until: date | None
    issuer: str | None


class RelationAnswer(Struct, frozen=True):
    """What `party_id` is to `other_party_id`, to us where that is null."""

    id: int
    relation: str
    party_id: int
    party_name: str
    other_party_id: int | None
    other_name: str | None
    since: date | None
    until: date | None


class HoursAnswer(Struct, frozen=True):
    """On these weekdays, Monday is 1, from a time until another."""

    days: tuple[int, ...]
    since: time
    until: time


class PersonAnswer(Struct, frozen=True):
    """A contact person of a party; `reachable` is whether their hours hold now."""

    id: int
    party_id: int
    party_name: str
    person_id: int
    name: str
    post: str | None
    responsibilities: tuple[str, ...]
    timezone: str | None
    hours: list[HoursAnswer]
    reachable: bool


class PersonsAnswer(Struct, frozen=True):
    """Contact persons in their order."""

    persons: list[PersonAnswer]


class NoteAnswer(Struct, frozen=True):
    """A note with who wrote it."""

    id: int
    text: str
    author: str
    at: datetime


class NotesAnswer(Struct, frozen=True):
    """The newest notes of a party."""

    notes: list[NoteAnswer]


class FileAnswer(Struct, frozen=True):
    """A file of a party; its media type is what its first bytes say."""

    id: int
    name: str
    media_type: str
    size: int
    author: str
    at: datetime


class FilesAnswer(Struct, frozen=True):
    """The files of a party, the newest first."""

    files: list[FileAnswer]


class PartyAnswer(Struct, frozen=True, kw_only=True):
    """A party with what is kept of it; its version grows with whatever changes about it."""

    party_id: int
    version: int
    kind: PartyKind
    name: str
    legal_status: str
    birth_date: str | None
    note: str | None
    language: str | None
    created_at: datetime
    changed_at: datetime
    archived: bool
    merged_into: int | None
    groups: list[str]
    addresses: list[AddressAnswer]
    contacts: list[ContactAnswer]
    accounts: list[AccountAnswer]
    registrations: list[RegistrationAnswer]
    relations: list[RelationAnswer]
    persons: list[PersonAnswer]


class PartKept(Struct, frozen=True):
    """A part of a party was kept or removed; `version` is the party's now."""

    id: int
    version: int


class GroupsKept(Struct, frozen=True):
    """The groups of a party; `version` is the party's now."""

    groups: list[str]
    version: int


def render_party(whole: WholeParty, *, country: str | None, now: datetime) -> PartyAnswer:
    """Render a party with its parts; phones are shown as they are dialled in a country."""
    party = whole.party
    own = ("version", "kind", "name", "legal_status", "note", "language", "created_at", "changed_at")
    return PartyAnswer(
        party_id=party.id,
        archived=party.archived_at is not None,
        merged_into=party.merged_into,
        birth_date=None if party.birth_date is None else write_birth_date(party.birth_date),
        **{name: getattr(party, name) for name in own},
        groups=whole.groups,
        addresses=[render_address(address_id, one) for address_id, one in whole.addresses.items()],
        contacts=[render_contact(one, country) for one in whole.contacts],
        accounts=[render_account(account_id, one) for account_id, one in whole.accounts.items()],
        registrations=[render_registration(part_id, one) for part_id, one in whole.registrations.items()],
        relations=[render_relation(one) for one in whole.relations],
        persons=[render_person(one, now=now) for one in whole.persons],
    )


def render_item(listed: ListedParty) -> PartyItem:
    """Render a party of a list."""
    return PartyItem(listed.id, listed.kind, listed.name, listed.relations, listed.contact)


def render_address(address_id: int, address: PartyAddress) -> AddressAnswer:
    """Render an address."""
    names = (name for name in AddressAnswer.__struct_fields__ if name != "id")
    return AddressAnswer(address_id, **{name: getattr(address, name) for name in names})


def render_contact(kept: KeptContact, country: str | None) -> ContactAnswer:
    """Render a way of contact as it is shown in a country."""
    contact = kept.contact
    return ContactAnswer(
        id=kept.id,
        kind=contact.kind,
        value=contact.value,
        shown=kept.shown(country),
        e164=f"+{contact.canonical}" if contact.kind in {"phone", "fax"} else None,
        label=contact.label,
        pinned=contact.is_pinned,
        uses=kept.uses,
        used_at=kept.used_at,
    )


def render_account(account_id: int, account: BankAccount) -> AccountAnswer:
    """Render a bank account."""
    return AccountAnswer(account_id, account.bank, account.account, account.currency, account.bic, account.is_main)


def render_registration(registration_id: int, registration: Registration) -> RegistrationAnswer:
    """Render a registration."""
    names = (name for name in RegistrationAnswer.__struct_fields__ if name != "id")
    return RegistrationAnswer(registration_id, **{name: getattr(registration, name) for name in names})


def render_relation(named: NamedRelation) -> RelationAnswer:
    """Render a relation."""
    relation = named.relation
    return RelationAnswer(
        named.id,
        relation.relation,
        named.party_id,
        named.party_name,
        relation.other_party_id,
        named.other_name,
        relation.since,
        relation.until,
    )


def render_person(named: NamedPerson, *, now: datetime) -> PersonAnswer:
    """Render a contact person as they can be reached now."""
    person = named.person
    return PersonAnswer(
        id=named.id,
        party_id=named.party_id,
        party_name=named.party_name,
        person_id=person.person_id,
        name=named.person_name,
        post=person.post,
        responsibilities=person.responsibilities,
        timezone=person.timezone,
        hours=[HoursAnswer(span.days, span.since, span.until) for span in person.hours],
        reachable=is_reachable(person, now),
    )


def render_notes(notes: Iterable[KeptNote]) -> NotesAnswer:
    """Render notes."""
    return NotesAnswer([NoteAnswer(note.id, note.text, note.actor, note.at) for note in notes])


def render_files(files: Iterable[KeptFile]) -> FilesAnswer:
    """Render files."""
    return FilesAnswer(
        [FileAnswer(file.id, file.name, file.media_type, file.size, file.actor, file.at) for file in files]
    )
