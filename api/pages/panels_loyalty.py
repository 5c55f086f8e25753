"""What cards offer to a profile: key figures, the cards a party holds, and the receipts behind their turnover."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.next_steps import Step, find_next_step
from api.pages.panels import MOST_ROWS, Panel, Viewed
from api.pages.words import mark
from crm.events.repository.listing import find_last_contact
from crm.parties.repository.contacts import find_last_use
from loyalty.accounts.listing import find_last_purchase
from loyalty.cards.listing import CardRow, SeriesRow, find_cards_of_holders, list_series
from loyalty.receipts.listing import ReceiptRow, list_receipts_of


class HeldCard(Struct, frozen=True):
    """A card of a party, and its series."""

    card: CardRow
    series: SeriesRow

    @property
    def percent(self) -> int:
        """The discount it gives, in 1/10000 of a percent."""
        return self.series.percent if self.card.own_percent is None else self.card.own_percent


class Summary(Struct, frozen=True):
    """What somebody who answers the phone must know first; money in minor units.

    `best` is the usable card of the highest discount: its series is the party's tier.
    """

    cards: int
    turnover: int
    purchases: int
    best: HeldCard | None
    last_purchase: date | None
    last_contact: datetime | None
    next_step: Step | None


async def load_cards(connection: AsyncConnection, viewed: Viewed) -> list[HeldCard]:
    """Load the cards that a party holds."""
    cards = await find_cards_of_holders(connection, [viewed.party.id], today=viewed.today)
    series = {one.id: one for one in await list_series(connection)} if cards else {}
    return [HeldCard(card, series[card.series_id]) for card in cards]


async def load_receipts(connection: AsyncConnection, viewed: Viewed) -> list[ReceiptRow]:
    """Load the newest receipts of a party's cards."""
    cards = await find_cards_of_holders(connection, [viewed.party.id], today=viewed.today)
    return await list_receipts_of(connection, [card.card_id for card in cards], most=MOST_ROWS) if cards else []


async def _find_last_contact(connection: AsyncConnection, viewed: Viewed) -> datetime | None:
    """Find when a way of contact was last used or, for who may read events, the last contact began."""
    found = [await find_last_use(connection, viewed.party.id)]
    if "events.read" in viewed.rights:
        found.append(await find_last_contact(connection, viewed.party.id, now=viewed.now))
    return max((one for one in found if one is not None), default=None)


async def load_summary(connection: AsyncConnection, viewed: Viewed) -> Summary:
    """Load the key figures of a party, and what is to be done for it next."""
    held = await load_cards(connection, viewed)
    ids = [one.card.card_id for one in held]
    return Summary(
        cards=len(held),
        turnover=sum(one.card.turnover for one in held),
        purchases=sum(one.card.purchases for one in held),
        best=max((one for one in held if one.card.state == "active"), key=lambda one: one.percent, default=None),
        last_purchase=await find_last_purchase(connection, ids) if ids else None,
        last_contact=await _find_last_contact(connection, viewed),
        next_step=await find_next_step(connection, viewed),
    )


SUMMARY: Mapping[str, Panel] = {
    "summary": Panel("loyalty", "cards.read", mark("At a glance"), "panel_summary.html", load_summary, width="wide"),
}
CARDS: Mapping[str, Panel] = {
    "cards": Panel("loyalty", "cards.read", mark("Cards"), "panel_cards.html", load_cards),
    "receipts": Panel("loyalty", "receipts.read", mark("Receipts"), "panel_receipts.html", load_receipts, width="wide"),
}
