"""What the parts of a party are called: uses of addresses, kinds of contacts and registrations, fields, differences."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from babel import Locale

from api.languages.sorting import sort_key
from api.pages.words import Word, mark
from crm.parties.addresses import COUNTRIES, in_one_line
from crm.parties.hours import MOST_HOURS
from crm.parties.model import AddressUse, BankAccount, Checked, ContactKind, PartyAddress
from crm.parties.numbers import REGISTRATION_KINDS, show_account

PAGES: Mapping[str, str] = {
    "addresses": mark("Addresses"),
    "contacts": mark("Ways of contact"),
    "accounts": mark("Bank accounts"),
    "registrations": mark("Registrations"),
    "relations": mark("Relations"),
    "persons": mark("Contact persons"),
    "notes": mark("Notes"),
    "files": mark("Files"),
}
KINDS: Mapping[str, str] = {"person": mark("Person"), "organisation": mark("Organisation")}
LANGUAGES: Mapping[str, str] = {"en": "English", "ru": "Русский", "uk": "Українська", "bg": "Български"}
USES: Mapping[AddressUse, str] = {
    "tax": mark("Tax"),
    "postal": mark("Post"),
    "warehouse": mark("Warehouse"),
    "office": mark("Office"),
    "billing": mark("Billing"),
}
CONTACTS: Mapping[ContactKind, Word] = {
    "phone": Word(mark("Phone"), "phone"),
    "fax": Word(mark("Fax"), "phone"),
    "email": Word(mark("E-mail"), "mail"),
    "messenger": Word(mark("Messenger"), "talk"),
    "website": Word(mark("Web site"), "home"),
}
CHECKED: Mapping[Checked, Word] = {
    "right": Word(mark("Checked"), "ok", "active"),
    "wrong": Word(mark("Check the number"), "alert", "expired"),
    "unchecked": Word(mark("Not checked"), "ring"),
}
FIELDS: Mapping[str, str] = {
    "name": mark("Name"),
    "legal_status": mark("Legal status"),
    "kind": mark("Kind"),
    "birth_date": mark("Birth date"),
    "note": mark("Short note"),
    "language": mark("Language"),
    "line": mark("Street and house"),
    "city": mark("City"),
    "region": mark("Region"),
    "postal_code": mark("Postal code"),
    "country": mark("Country"),
    "uses": mark("Used for"),
    "main_for": mark("Main for"),
    "value": mark("Number or address"),
    "label": mark("What it is for"),
    "is_pinned": mark("Pinned to the top"),
    "bank": mark("Bank"),
    "account": mark("IBAN or account"),
    "currency": mark("Currency"),
    "bic": mark("BIC or bank code"),
    "is_main": mark("Main account"),
    "number": mark("Number"),
    "issued_on": mark("Issued on"),
    "valid_until": mark("Valid until"),
    "issuer": mark("Issued by"),
    "relation": mark("Relation"),
    "other_party_id": mark("To whom"),
    "since": mark("Since"),
    "until": mark("Until"),
    "person_id": mark("Person"),
    "post": mark("Post"),
    "responsibilities": mark("Answers for"),
    "timezone": mark("Time zone"),
    "hours": mark("Hours"),
    "groups": mark("Groups"),
    "text": mark("Note"),
    "file": mark("File"),
    "size": mark("Size"),
    "archived": mark("Archived"),
    "checked": mark("Check digits"),
    "canonical": mark("Found under"),
    "version": mark("Somebody else"),
}


_PARTS: Mapping[str, tuple[str, str, str]] = {
    "address": (mark("Address added"), mark("Address changed"), mark("Address removed")),
    "contact": (mark("Way of contact added"), mark("Way of contact changed"), mark("Way of contact removed")),
    "account": (mark("Bank account added"), mark("Bank account changed"), mark("Bank account removed")),
    "registration": (mark("Registration added"), mark("Registration changed"), mark("Registration removed")),
    "relation": (mark("Relation added"), mark("Relation changed"), mark("Relation removed")),
    "person": (mark("Contact person added"), mark("Contact person changed"), mark("Contact person removed")),
    "note": (mark("Note added"), mark("Note changed"), mark("Note removed")),
    "file": (mark("File added"), mark("File changed"), mark("File removed")),
}
ACTS: Mapping[str, str] = {
    **{f"{part}.{word}": text for part, texts in _PARTS.items() for word, text in
       zip(("added", "changed", "removed"), texts, strict=True)},
    "party.unarchived": mark("Party taken out of the archive"),
    "groups.changed": mark("Groups changed"),
    "contact.used": mark("Way of contact used"),
    "card.linked": mark("Card given"),
    "card.unlinked": mark("Card taken off"),
    "entry.made": mark("Word of a directory added"),
    "entry.changed": mark("Word of a directory changed"),
    "entry.ordered": mark("Directory put into another order"),
    "entry.deleted": mark("Word of a directory deleted"),
}  # fmt: skip
"""What the journal calls what is done to parties and directories."""


@lru_cache(maxsize=8)
def countries(language: str) -> Mapping[str, str]:
    """Name the countries of ISO 3166 in a language, in its order."""
    names = Locale.parse(language).territories
    known = {code: str(names.get(code, code)) for code in COUNTRIES}
    return dict(sorted(known.items(), key=lambda item: sort_key(item[1])))


def registrations() -> Mapping[str, str]:
    """Name the kinds of registrations, each with its country."""
    return {code: f"{kind.name} ({kind.country})" if kind.country else kind.name for code, kind in
            REGISTRATION_KINDS.items()}  # fmt: skip


def address(shown: PartyAddress) -> str:
    """Write an address in one line."""
    return in_one_line(shown)


def account(shown: BankAccount) -> str:
    """Write the number of a bank account, an IBAN in groups."""
    return show_account(shown.account)


def show_value(value: object) -> str:
    """Write a value of a party's field, as JSON has it, for a person who compares two."""
    if isinstance(value, bool):
        return mark("yes") if value else mark("no")
    if isinstance(value, list | tuple):
        return ", ".join(show_value(item) for item in value) or "–"
    if isinstance(value, Mapping):
        return " ".join(show_value(item) for item in value.values())
    return str(value) if value not in {None, ""} else "–"


def hour_rows(texts: Callable[[str], Sequence[str]]) -> Sequence[int]:
    """Give the rows of hours that a form's texts fill, and an empty one; two at least."""
    parts = ("days", "since", "until")
    filled = [row for row in range(MOST_HOURS) if any(any(texts(f"hours.{row}.{part}")) for part in parts)]
    return range(min(MOST_HOURS, max(filled, default=0) + 2))
