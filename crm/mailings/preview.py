"""A message as one recipient will see it, before anybody was written to; and what is wrong with it that can be told.

Key idea: a preview is made by what sends, of the same pieces and the same values. What it finds is advice: only what
cannot be filled is refused.
"""

from collections.abc import Sequence
from html import escape
from typing import Final, Literal

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.content.markup import pictures_without_words
from crm.mailings.content.message import Content, make_content
from crm.mailings.content.people import CARD_PLACES, Person, values_of
from crm.mailings.content.placeholders import UNSUBSCRIBE_URL, UNSUBSCRIBE_WORD, fill
from crm.mailings.errors import ContentRefusedError
from crm.mailings.model import Variant
from crm.mailings.repository.people import load_people
from loyalty.money import Currency

Advice = Literal["broken", "no_subject", "says_nothing", "pictures", "large", "no_link", "loud"]

LARGE_BYTES: Final = 100_000
"""Mail programs show no more than this of a message."""
EXAMPLE: Final = Person(
    name="Anna Marsh", card_number="0000002067", tier="Gold", balance=1_590, turnover=251_965, points=120
)
"""Whose values are shown where nobody is named."""


class Preview(Struct, frozen=True):
    """A message as it is seen: values are filled in, and the HTML is harmless."""

    subject: str
    html: str
    text: str


class Hint(Struct, frozen=True):
    """What is to be looked at in a variant; `detail` is the line of a broken place, or a number."""

    letter: str
    advice: Advice
    detail: str = ""


async def preview(
    connection: AsyncConnection, variant: Variant, party_id: int | None, *, currency: Currency, url: str
) -> Preview:
    """Show a variant as a party sees it, or as anybody may. Raises ContentRefusedError."""
    content = make_content(subject=variant.subject, html=variant.html, text=variant.text)
    people: dict[int, Person] = {}
    if party_id is not None:
        people = await load_people(connection, [party_id], has_cards=bool(content.places & CARD_PLACES))
    person = structs.replace(people.get(party_id or 0, EXAMPLE), page_url=url)
    values = values_of(person, unsubscribe_url=url, currency=currency, places=content.places)
    return Preview(fill(content.subject, values), fill(content.html, values, escape), fill(content.text, values))


def look_over(variants: Sequence[Variant]) -> list[Hint]:
    """Tell what is to be looked at before a mailing goes out."""
    return [hint for variant in variants for hint in _hints(variant)]


def is_broken(hints: Sequence[Hint]) -> bool:
    """Tell whether something is refused, and not only advised against."""
    return any(hint.advice in {"broken", "no_subject", "says_nothing"} for hint in hints)


def _hints(variant: Variant) -> list[Hint]:
    try:
        content = make_content(subject=variant.subject, html=variant.html, text=variant.text)
    except ContentRefusedError as error:
        return [Hint(variant.letter, "broken", f"{error.field}, {error.detail}")]
    size = len(fill(content.html, {}).encode())
    silent = pictures_without_words(variant.html)
    found = {
        "no_subject": "" if not variant.subject.strip() else None,
        "says_nothing": "" if not (variant.html.strip() or variant.text.strip()) else None,
        "pictures": str(silent) if silent else None,
        "large": str(size // 1000) if size > LARGE_BYTES else None,
        "loud": "" if _is_loud(variant.subject) else None,
        "no_link": "" if not _has_own_link(content, variant) else None,
    }
    return [Hint(variant.letter, advice, detail) for advice, detail in found.items() if detail is not None]  # type: ignore[arg-type] # keys are advices


def _is_loud(subject: str) -> bool:
    letters = [one for one in subject if one.isalpha()]
    return subject.count("!") > 1 or (len(letters) > 5 and all(one.isupper() for one in letters))  # noqa: PLR2004 # a short word may be a name


def _has_own_link(content: Content, variant: Variant) -> bool:
    return UNSUBSCRIBE_URL in variant.html + variant.text or not content.html or UNSUBSCRIBE_WORD in variant.html
