"""What a party's own page shows: its cards with what is on them and ahead of them, and what was bought with them.

Key idea: everything is found by the cards that the party holds now, in a number of statements that does not grow with
them. Nothing of a card that is another's is read, not even the balance of an account that this one spends.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from dateutil.relativedelta import relativedelta
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.contacts import KeptContact
from crm.parties.model import Party
from crm.parties.reaching import list_contacts
from crm.parties.service import load_party
from database.keyset import Page, Place
from loyalty.accounts.listing import sum_turnover
from loyalty.accounts.model import points_left
from loyalty.accounts.repository import load_points_days
from loyalty.cards.model import Card, CardState, Refusal, Series, refusal, shown_state
from loyalty.cards.repository import list_held_cards
from loyalty.numbering import mask
from loyalty.receipts.listing import LineRow, ReceiptRow, list_posted_of, load_lines_of
from loyalty.tiers.ahead import Progress, find_progress, span_for
from loyalty.tiers.periods import Span

RECEIPT_MONTHS: Final = 12
"""So far back a page shows what was bought."""
PAGE_ROWS: Final = 10
MOST_CARDS: Final = 20
_PAST: Final[frozenset[CardState]] = frozenset({"replaced", "closed"})
_BY_THE_CLOCK: Final = "outside_hours"


class PointsEnd(Struct, frozen=True):
    """The points that end next, and their last day."""

    day: date
    points: int


class OwnCard(Struct, frozen=True):
    """A card as its holder sees it: whether it may be used, what is on it, where it stands."""

    card: Card
    series: Series
    state: CardState
    refusal: Refusal | None
    points_end: PointsEnd | None
    progress: Progress | None

    @property
    def percent(self) -> int:
        """The discount it gives, in ten-thousandths of a percent."""
        return self.card.percent(self.series)

    @property
    def masked(self) -> str:
        """The number where nobody has to key it."""
        return mask(self.card.number)

    @property
    def is_usable(self) -> bool:
        """Whether a till takes it; one that is only out of its hours will be taken in time."""
        return self.refusal in {None, _BY_THE_CLOCK}


class Bought(Struct, frozen=True):
    """A receipt with its lines; money in minor units, less than nothing for what was given back."""

    row: ReceiptRow
    lines: Sequence[LineRow]

    @property
    def total(self) -> int:
        """What was paid or given back."""
        return self.row.total if self.row.kind == "sale" else -self.row.total

    @property
    def saved(self) -> int:
        """What the card took off; nothing for a return."""
        return sum(line.discount for line in self.lines) if self.row.kind == "sale" else 0


class OwnPage(Struct, frozen=True):
    """A party's page: `cards` are those that may come to a till, `past` those that never will again."""

    party: Party
    contacts: Sequence[KeptContact]
    cards: Sequence[OwnCard]
    past: Sequence[OwnCard]
    receipts: Page[ReceiptRow]
    bought: Sequence[Bought]


async def load_page(
    connection: AsyncConnection, party_id: int, series: Mapping[int, Series], *, at: datetime, place: Place | None
) -> OwnPage:
    """Load a party's page as of a local moment, with receipts from a place of their list. Raises PartyNotFoundError."""
    held = await list_held_cards(connection, [party_id])
    cards = await _load_cards(connection, held, series, at=at)
    receipts = await _load_receipts(connection, held, today=at.date(), place=place)
    lines = await load_lines_of(connection, [one.uid for one in receipts.rows]) if receipts.rows else {}
    return OwnPage(
        party=await load_party(connection, party_id),
        contacts=await list_contacts(connection, party_id),
        cards=[one for one in cards if one.state not in _PAST][:MOST_CARDS],
        past=[one for one in cards if one.state in _PAST][:MOST_CARDS],
        receipts=receipts,
        bought=_with_lines(receipts.rows, lines),
    )


def _with_lines(rows: Iterable[ReceiptRow], lines: Mapping[UUID, Sequence[LineRow]]) -> list[Bought]:
    return [Bought(row, lines.get(row.uid, ())) for row in rows]


async def _load_cards(
    connection: AsyncConnection, held: Sequence[Card], series: Mapping[int, Series], *, at: datetime
) -> list[OwnCard]:
    """Load what is on cards, the one that gives most first."""
    spans = {one.card_id: span for one in held if (span := span_for(series[one.series_id], at.date())) is not None}
    turnovers = await _sum_spans(connection, {one.card_id: one for one in held}, spans)
    with_points = [one.card_id for one in held if series[one.series_id].settings.kind == "bonus"]
    points = await load_points_days(connection, with_points) if with_points else {}
    found = []
    for card in held:
        own, span = series[card.series_id], spans.get(card.card_id)
        has_end = card.card_id in points and card.points > 0
        left = points_left(points[card.card_id]).days if has_end else ()
        ends = [PointsEnd(day, kept) for day, kept in left if day is not None and day >= at.date() and kept]
        progress = None
        if span is not None and card.state not in _PAST:
            progress = find_progress(card, own, series, span=span, turnover=turnovers.get(card.card_id, 0))
        state = shown_state(card, own, at=at)
        why = refusal(card, own, state=card.state, at=at)
        found.append(OwnCard(card, own, state, why, min(ends, key=lambda one: one.day, default=None), progress))
    return sorted(found, key=lambda one: (not one.is_usable, -one.percent, -one.card.card_id))


async def _sum_spans(
    connection: AsyncConnection, cards: Mapping[int, Card], spans: Mapping[int, Span]
) -> dict[int, int]:
    """Sum the turnover of cards, each in its own period: one statement for each period that there is."""
    found = {card_id: cards[card_id].turnover for card_id, span in spans.items() if span.first is None}
    for span in {span.name: span for span in spans.values() if span.first is not None}.values():
        assert span.first is not None, "those of a lifetime are known already"
        those = [card_id for card_id, one in spans.items() if one == span]
        found |= await sum_turnover(connection, those, first=span.first, last=span.last)
    return found


async def _load_receipts(
    connection: AsyncConnection, held: Sequence[Card], *, today: date, place: Place | None
) -> Page[ReceiptRow]:
    if not held:
        return Page((), None, None)
    since = today - relativedelta(months=RECEIPT_MONTHS)
    return await list_posted_of(connection, [one.card_id for one in held], since=since, size=PAGE_ROWS, place=place)
