"""What is sent of parties. A change carries the party's version that its sender saw."""

from datetime import date, time
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from api.rest.bodies import Identifier, Numbers
from crm.directories.model import PartyKind
from crm.parties.births import read_birth_date
from crm.parties.errors import DetailRefusedError
from crm.parties.hours import MOST_HOURS
from crm.parties.model import (
    MOST_NOTE,
    AddressUse,
    BankAccount,
    ContactKind,
    ContactPerson,
    Hours,
    Party,
    PartyAddress,
    PartyDetails,
    Registration,
    Relation,
    WrongNumbers,
)
from crm.parties.numbers import make_account, make_registration
from crm.parties.parts import MOST_PARTS
from crm.parties.reaching import TypedContact
from pos_adapter.protocol import Text, Wire

Code = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}$")]
BirthDate = Annotated[str, Meta(pattern=r"^(\d{4}|-)-\d\d-\d\d$", description="`--02-29` where the year is unknown.")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
NoteText = Annotated[str, Meta(min_length=1, max_length=MOST_NOTE)]
Uses = Annotated[list[AddressUse], Meta(max_length=5)]
Codes = Annotated[list[Code], Meta(max_length=MOST_PARTS)]


class NewParty(Wire, frozen=True):
    """A new party; its kind may be left to its legal status where that is one kind's only."""

    name: Text
    legal_status: Code
    kind: PartyKind | None = None
    birth_date: BirthDate | None = None
    note: Annotated[str, Meta(max_length=MOST_NOTE)] | None = None
    language: Text | None = None

    def read(self) -> PartyDetails:
        """Give what is said of the party. Raises DetailRefusedError."""
        return _details({name: getattr(self, name) for name in PartyDetails.__struct_fields__})


class PartyChange(Wire, frozen=True):
    """What changes about a party itself; what is not named stays."""

    version: Version
    name: Text | UnsetType = UNSET
    legal_status: Code | UnsetType = UNSET
    kind: PartyKind | UnsetType = UNSET
    birth_date: BirthDate | UnsetType | None = UNSET
    note: Annotated[str, Meta(max_length=MOST_NOTE)] | UnsetType | None = UNSET
    language: Text | UnsetType | None = UNSET

    def read(self, party: Party) -> PartyDetails:
        """Give what is to be said of the party. Raises DetailRefusedError."""
        given = {name: getattr(self, name) for name in PartyDetails.__struct_fields__}
        if self.legal_status is not UNSET and self.kind is UNSET:
            given["kind"] = None  # the new status says it
        return _details({name: getattr(party, name) if value is UNSET else value for name, value in given.items()})


def _details(given: dict[str, Any]) -> PartyDetails:  # Any: the fields of a body, which was read by their types
    birth = given["birth_date"]
    try:
        return PartyDetails(**given | {"birth_date": read_birth_date(birth) if isinstance(birth, str) else birth})
    except ValueError as error:
        raise DetailRefusedError("is no day", field="birth_date") from error


class AddressBody(Wire, frozen=True, kw_only=True):
    """An address; each line may be missing, but not all. `main_for` are those of its uses for which it comes first."""

    line: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    country: Country | None = None
    uses: Uses | None = None
    main_for: Uses | None = None

    def read(self) -> PartyAddress:
        """Give the address."""
        lines = {name: getattr(self, name) for name in ("line", "city", "region", "postal_code", "country")}
        return PartyAddress(**lines, uses=tuple(self.uses or ()), main_for=tuple(self.main_for or ()))


class AddressChange(AddressBody, frozen=True, kw_only=True):
    """An address as it is to be."""

    version: Version


class ContactBody(Numbers, frozen=True, kw_only=True):
    """A way of contact as a person writes it; phones without a country code are of the party's country."""

    kind: ContactKind
    value: Annotated[str, Meta(min_length=1, max_length=320)]
    label: Text | None = None
    pinned: bool | None = None

    def read(self) -> TypedContact:
        """Give the way of contact as it was typed."""
        return TypedContact(kind=self.kind, value=self.value, label=self.label, is_pinned=bool(self.pinned))


class ContactChange(ContactBody, frozen=True, kw_only=True):
    """A way of contact as it is to be."""

    version: Version


class AccountBody(Numbers, frozen=True, kw_only=True):
    """A bank account: an IBAN or the bank's own number; `bic` is a BIC of ISO 9362 or a national bank's code."""

    bank: Text
    account: Text
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    bic: Text | None = None
    main: bool | None = None

    def read(self) -> BankAccount:
        """Give the account. Raises AccountRefusedError."""
        return make_account(self.bank, self.account, currency=self.currency, code=self.bic, is_main=bool(self.main))


class AccountChange(AccountBody, frozen=True, kw_only=True):
    """A bank account as it is to be."""

    version: Version


class RegistrationBody(Numbers, frozen=True, kw_only=True):
    """A number under which an authority knows the party."""

    kind: Code
    number: Text
    country: Country | None = None
    issued_on: date | None = None
    valid_until: date | None = None
    issuer: Text | None = None

    def read(self, wrong: WrongNumbers) -> Registration:
        """Give the registration, its number checked. Raises RegistrationRefusedError."""
        return make_registration(
            self.kind,
            self.number,
            wrong=wrong,
            country=self.country,
            issued_on=self.issued_on,
            valid_until=self.valid_until,
            issuer=self.issuer,
        )


class RegistrationChange(RegistrationBody, frozen=True, kw_only=True):
    """A registration as it is to be."""

    version: Version


class RelationBody(Wire, frozen=True, kw_only=True):
    """What the party is, to us or to another party, and from when until when."""

    relation: Code
    other_party_id: Identifier | None = None
    since: date | None = None
    until: date | None = None

    def read(self) -> Relation:
        """Give the relation."""
        return Relation(relation=self.relation, other_party_id=self.other_party_id, since=self.since, until=self.until)


class RelationChange(RelationBody, frozen=True, kw_only=True):
    """A relation as it is to be."""

    version: Version


class GroupsBody(Wire, frozen=True):
    """Exactly the groups that the party is to be in."""

    version: Version
    groups: Codes


class HoursBody(Wire, frozen=True):
    """On these weekdays, Monday is 1, from a time until another; until midnight is 00:00."""

    days: Annotated[list[Annotated[int, Meta(ge=1, le=7)]], Meta(min_length=1, max_length=7)]
    since: time
    until: time


class DutiesBody(Wire, frozen=True, kw_only=True):
    """What a contact person answers for, and when they can be reached."""

    post: Text | None = None
    responsibilities: Codes | None = None
    timezone: Text | None = None
    hours: Annotated[list[HoursBody], Meta(max_length=MOST_HOURS)] | None = None

    def read(self, person_id: int) -> ContactPerson:
        """Give the contact person."""
        return ContactPerson(
            person_id=person_id,
            post=self.post,
            responsibilities=tuple(self.responsibilities or ()),
            timezone=self.timezone,
            hours=tuple(Hours(tuple(span.days), span.since, span.until) for span in self.hours or ()),
        )


class PersonBody(DutiesBody, frozen=True, kw_only=True):
    """A contact person: one who is a party already, by the identifier, or a new one by the name."""

    person_id: Identifier | None = None
    name: Text | None = None


class PersonChange(DutiesBody, frozen=True, kw_only=True):
    """What is said of a contact person as it is to be; the person stays."""

    version: Version


class NoteBody(Wire, frozen=True):
    """A new note."""

    text: NoteText


class NoteChange(Wire, frozen=True):
    """A note as it is to be."""

    text: NoteText
    version: Version
