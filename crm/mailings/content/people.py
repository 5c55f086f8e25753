"""What fills the places of a text for a person: names, a salutation in the own language, the card's figures. Pure."""

from decimal import Decimal
from typing import Final

from babel.numbers import format_currency, format_decimal
from msgspec import Struct

from crm.mailings.content.placeholders import PAGE_URL, UNSUBSCRIBE_URL, UNSUBSCRIBE_WORD
from loyalty.money import Currency

_LANGUAGE: Final = "en"
_SALUTATIONS: Final = {
    "en": ("Dear {}", "Dear customer"),
    "ru": ("Здравствуйте, {}", "Здравствуйте"),
    "uk": ("Вітаємо, {}", "Вітаємо"),
    "bg": ("Здравейте, {}", "Здравейте"),
}
_UNSUBSCRIBE: Final = {"en": "Unsubscribe", "ru": "Отписаться", "uk": "Відписатися", "bg": "Отписване"}
MONEY_PLACES: Final = frozenset({"balance", "turnover"})
CARD_PLACES: Final = MONEY_PLACES | {"card", "tier", "points"}


class Person(Struct, frozen=True):
    """A recipient's own data; those of the card are None for who holds none, `page_url` for who has no own page."""

    name: str = ""
    is_organisation: bool = False
    language: str | None = None
    card_number: str | None = None
    tier: str | None = None
    balance: int | None = None
    turnover: int | None = None
    points: int | None = None
    page_url: str | None = None


def values_of(person: Person, *, unsubscribe_url: str, currency: Currency, places: frozenset[str]) -> dict[str, str]:
    """Give the values of a person for the places that a text has; what is not known is not there."""
    language = person.language if person.language in _SALUTATIONS else _LANGUAGE
    first = "" if person.is_organisation else person.name.partition(" ")[0]
    named, nameless = _SALUTATIONS[language]
    values = {
        "name": person.name,
        "first_name": first,
        "salutation": named.format(first or person.name) if person.name else nameless,
        UNSUBSCRIBE_URL: unsubscribe_url,
        UNSUBSCRIBE_WORD: _UNSUBSCRIBE[language],
    }
    if person.page_url is not None:
        values[PAGE_URL] = person.page_url
    if person.card_number is not None and places & CARD_PLACES:
        values |= {"card": person.card_number[-4:], "tier": person.tier or ""}
        for name in places & MONEY_PLACES:
            amount = Decimal(getattr(person, name)).scaleb(-currency.places)
            values[name] = format_currency(amount, currency.code, locale=language)
        if "points" in places:
            values["points"] = format_decimal(person.points or 0, locale=language)
    return values
