"""Pages of lists on the wire: `next` is what to give as `after` for the rows behind."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from database.keyset import Page, Place
from loyalty.accounts.listing import LedgerEntry
from loyalty.cards.listing import CardRow
from loyalty.cards.model import CardState, Catalogue
from loyalty.money import Scale, format_percent
from pos_adapter.problems import BodyError


class CardItem(Struct, frozen=True):
    """A card in a list."""

    card_id: int
    masked: str
    series: str
    status: CardState
    discount_percent: str
    turnover: str
    purchases: int
    balance: str
    holder_id: int | None


class CardPage(Struct, frozen=True):
    """Cards, the youngest first."""

    cards: list[CardItem]
    next: str | None


class LedgerItem(Struct, frozen=True):
    """An entry of a ledger; `after` is the running sum."""

    seq: int
    amount: str
    after: str
    source: str
    source_uid: UUID
    corrected_uid: UUID | None
    business_date: date
    at: datetime


class LedgerPage(Struct, frozen=True):
    """Entries, newest first."""

    entries: list[LedgerItem]
    next: str | None


def read_place(after: str | None) -> Place | None:
    """Read where a page begins. Raises BodyError for what no page gave."""
    if after is None:
        return None
    if not (after.isascii() and after.isdigit() and len(after) <= 18):  # noqa: PLR2004 # what a BIGINT holds
        raise BodyError("after", "must be the `next` of the page before")
    return Place((int(after),))


def next_of(place: Place | None) -> str | None:
    """Say what is to be given as `after` for the rows behind a page; None at the end of the list."""
    return None if place is None else str(place.key[0])


def render_card_page(page: Page[CardRow], catalogue: Catalogue, money: Scale) -> CardPage:
    """Render a page of cards."""
    items = []
    for row in page.rows:
        series = catalogue.series[row.series_id]
        items.append(
            CardItem(
                card_id=row.card_id,
                masked=row.masked,
                series=series.code,
                status=row.state,
                discount_percent=format_percent(series.acting_percent(row.own_percent)),
                turnover=money.format(row.turnover),
                purchases=row.purchases,
                balance=money.format(row.balance),
                holder_id=row.holder_id,
            )
        )
    return CardPage(items, next_of(page.older))


def render_ledger_page(page: Page[LedgerEntry], scale: Scale) -> LedgerPage:
    """Render a page of ledger entries; `scale` is that of the ledger's amounts."""
    items = [
        LedgerItem(
            seq=entry.seq,
            amount=scale.format(entry.amount),
            after=scale.format(entry.after),
            source=entry.source,
            source_uid=entry.source_uid,
            corrected_uid=entry.corrected_uid,
            business_date=entry.business_date,
            at=entry.at,
        )
        for entry in page.rows
    ]
    return LedgerPage(items, next_of(page.older))
