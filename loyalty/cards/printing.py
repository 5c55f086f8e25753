"""Which cards of a series are printed, and the record of who printed them.

Key idea: cards are taken by their identifier, in the order in which they were made, so that a series of any size is
printed in parts and each part says where the next one begins. A card that was replaced or closed is not printed again.

How a card looks on paper is not known here. The journal holds identifiers alone, never a number.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.cards.listing import PrintableCard, find_printable, list_printable
from loyalty.cards.model import Series
from loyalty.cards.service import load_series_by_code
from loyalty.errors import CardNotUsableError, CardUnknownError, NothingToPrintError


class Part(Struct, frozen=True):
    """Cards of a series that are printed together; `next_first` is the first of the next part, None after the last."""

    series: Series
    cards: list[PrintableCard]
    next_first: int | None = None


async def load_part(connection: AsyncConnection, code: str, *, first: int, count: int) -> Part:
    """Load so many cards of a series, from an identifier on. Raises SeriesUnknownError, NothingToPrintError."""
    series = await load_series_by_code(connection, code)
    found = await list_printable(connection, series.id, first=first, most=count + 1)
    if not found:
        raise NothingToPrintError(f"series {code} has no card to print from here on", field="first")
    return Part(series, found[:count], found[count].card_id if len(found) > count else None)


async def load_named(connection: AsyncConnection, code: str, card_ids: Sequence[int]) -> Part:
    """Load some cards of a series, in the order given.

    Raises SeriesUnknownError, NothingToPrintError, CardUnknownError, CardNotUsableError.
    """
    series = await load_series_by_code(connection, code)
    if not card_ids:
        raise NothingToPrintError("no card was named", field="card_ids")
    found = {card.card_id: card for card in await find_printable(connection, series.id, card_ids)}
    for place, card_id in enumerate(card_ids):
        field = f"card_ids[{place}]"
        if card_id not in found:
            raise CardUnknownError(f"series {code} has no card of this identifier", field=field)
        if not found[card_id].is_printed:
            raise CardNotUsableError(f"the card is {found[card_id].state} and is not printed again", field=field)
    return Part(series, [found[card_id] for card_id in card_ids])


async def record_printed(connection: AsyncConnection, part: Part, *, how: Mapping[str, object], act: Act) -> None:
    """Keep in the journal who printed which cards, and how."""
    identifiers = [card.card_id for card in part.cards]
    data = {"count": len(identifiers), "first": min(identifiers), "last": max(identifiers), **how}
    await record_activity(connection, act=act, what="cards.printed", record=f"series:{part.series.code}", data=data)
