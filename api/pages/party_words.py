"""What the parts of a party are called: uses of addresses, kinds of contacts and registrations, fields, differences."""

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

from api.pages.words import Word, mark
from crm.directories.model import PartyKind
from crm.parties.addresses import COUNTRIES
from crm.parties.model import AddressUse, Checked, ContactKind
from crm.parties.numbers import REGISTRATION_KINDS

KINDS: Mapping[PartyKind, str] = {"person": mark("Person"), "organisation": mark("Organisation")}
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
    "website": Word(mark("Web site"), "link"),
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
    "version": mark("Somebody else"),
}


@lru_cache(maxsize=8)
def countries(language: str) -> Mapping[str, str]:
    """Name the countries of ISO 3166 in a language, in its order."""
    names = Locale.parse(language).territories
    known = {code: str(names.get(code, code)) for code in COUNTRIES}
    return dict(sorted(known.items(), key=lambda item: item[1].casefold()))


def registrations() -> Mapping[str, str]:
    """Name the kinds of registrations, each with its country."""
    return {code: f"{kind.name} ({kind.country})" if kind.country else kind.name for code, kind in
            REGISTRATION_KINDS.items()}  # fmt: skip
