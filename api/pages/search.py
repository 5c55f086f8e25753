"""Finding cards by what a person types: a number, its first or last digits, or the holder's name.

A whole number never stands in an address: whatever has more digits than `MOST_DIGITS` is searched for by POST alone,
and a number that is a card's leads to the card by its identifier.
"""

import re
from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.listing import find_people
from loyalty.cards.listing import MOST_FOUND, CardRow, find_cards_by_digits, find_cards_of_holders
from loyalty.cards.repository import find_card_id
from loyalty.numbering import canonical

MOST_DIGITS = 6
MOST_TYPED = 100

_BETWEEN_DIGITS = re.compile(r"[\s\-.·…]+")


class Found(Struct, frozen=True):
    """The cards that fit, the youngest first; `is_cut` says that there may be more."""

    rows: tuple[CardRow, ...]
    is_cut: bool


def may_stand_in_address(typed: str) -> bool:
    """Tell whether a text is too short of digits to be a card's number."""
    return sum(character.isdigit() for character in typed) <= MOST_DIGITS


async def find_whole_number(connection: AsyncConnection, typed: str) -> int | None:
    """Find the card of a number typed in full, with blanks or hyphens or without."""
    return await find_card_id(connection, canonical(_BETWEEN_DIGITS.sub("", typed)))


async def find_cards(connection: AsyncConnection, typed: str, *, today: date) -> Found:
    """Find the cards that fit what was typed."""
    digits = _BETWEEN_DIGITS.sub("", typed)
    rows: list[CardRow] = []
    if digits.isalnum() and any(character.isdigit() for character in digits):
        rows += await find_cards_by_digits(connection, digits, today=today)
    if any(character.isalpha() for character in typed):
        rows += await find_cards_of_holders(connection, await find_people(connection, typed), today=today)
    found = _youngest_first(rows)
    return Found(tuple(found[:MOST_FOUND]), is_cut=len(found) > MOST_FOUND)


def _youngest_first(rows: Iterable[CardRow]) -> list[CardRow]:
    by_id = {row.card_id: row for row in rows}
    return [by_id[card_id] for card_id in sorted(by_id, reverse=True)]
