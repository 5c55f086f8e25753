"""Finding the card that somebody shows: one hot statement, and what the card is good for at a moment."""

from datetime import date, datetime

import asyncpg
import msgspec
from msgspec import Struct, structs

from loyalty.cards.catalogue.cache import CatalogueCache
from loyalty.cards.model import Card, Catalogue, Refusal, Series, refusal
from loyalty.cards.statements import LOOKUP
from loyalty.numbering import canonical

_card = msgspec.json.Decoder(Card)


class Shown(Struct, frozen=True):
    """A card as it stands when it is shown; `successor` is the number of the card that replaced it.

    `account` is the card whose money it spends, itself as a rule. `available` is what it may spend now: balance + limit
    - open holds of the account, and no more than is left of its daily limit.
    """

    card: Card
    account: Card
    available: int
    series: Series
    refusal: Refusal | None
    successor: str | None
    catalogue: Catalogue


async def find_shown(
    pool: asyncpg.Pool, catalogue: CatalogueCache, number: str, *, at: datetime, store: str | None
) -> Shown | None:
    """Find a card by its number and judge it at a moment, in the store's time zone (the installation's for None)."""
    row = await pool.fetchrow(LOOKUP, canonical(number))
    if row is None:
        return None
    card = _card.decode(row["card"])
    current = await catalogue.at_least(row["catalogue_version"])
    series = current.series[card.series_id]
    local = at.astimezone(current.zone(store or ""))
    account = card if row["main"] is None else _card.decode(row["main"])
    account = structs.replace(account, held=account.held - row["over"])
    left = None if card.day_limit is None else card.day_limit - row["holds"] - _spent_on(card, local.date())
    return Shown(
        card=card,
        account=account,
        available=account.available if left is None else max(0, min(account.available, left)),
        series=series,
        refusal=refusal(card, series, state=card.state, at=local),
        successor=row["successor"],
        catalogue=current,
    )


def _spent_on(card: Card, day: date) -> int:
    return card.spent if card.spent_on == day else 0
