"""A card as it was at a moment: its state, and the settings that tell its price.

What changed is kept twice: states since a moment, settings until one. What follows the last change is told by the card.
"""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct, structs

from loyalty.cards.model import Card, CardState, last_instant


class FormerSettings(Struct, frozen=True):
    """What tells a card's price, as it was until a moment."""

    until: datetime
    series_id: int
    own_percent: int | None
    own_expires_on: date | None


class CardPast(Struct, frozen=True):
    """A card as it stands, with its states and former settings, oldest first."""

    card: Card
    states: Sequence[tuple[datetime, CardState]] = ()
    settings: Sequence[FormerSettings] = ()

    def state_at(self, at: datetime) -> CardState:
        """Give its state as of a moment; before its creation it is what it was created in."""
        if self.card.is_settled_at(at) or not self.states:
            return self.card.state
        instant = last_instant(at)
        return next((state for since, state in reversed(self.states) if since <= instant), self.states[0][1])

    def card_at(self, at: datetime) -> Card:
        """Give the card with the series, percent and last day that it had at a moment."""
        former = next((settings for settings in self.settings if settings.until > at), None)
        if former is None:
            return self.card
        return structs.replace(
            self.card,
            series_id=former.series_id,
            own_percent=former.own_percent,
            own_expires_on=former.own_expires_on,
        )
