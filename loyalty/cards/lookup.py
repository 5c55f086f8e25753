"""Finding the card that somebody shows: one hot statement, and what the card is good for at a moment."""

from datetime import datetime

import asyncpg
import msgspec
from msgspec import Struct

from loyalty.cards.catalogue import CatalogueCache
from loyalty.cards.model import Card, Catalogue, Refusal, Series, refusal
from loyalty.cards.statements import LOOKUP
from loyalty.numbering import canonical

_card = msgspec.json.Decoder(Card)


class Shown(Struct, frozen=True):
    """A card as it stands when it is shown; `successor` is the number of the card that replaced it."""

    card: Card
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
    return Shown(
        card=card,
        series=series,
        refusal=refusal(card, series, state=card.state, at=local),
        successor=row["successor"],
        catalogue=current,
    )
