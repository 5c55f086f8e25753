"""What a till answers by itself when the server cannot: cards and prices as of its snapshot. Pure.

The key idea: the very functions that the server prices with, on the same catalogue and the same card; so a price is the
same to the byte. What only the server knows (turnover, balance, points, who holds a card) is null and never guessed.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from loyalty.cards.model import Card, CardKind, CardState, Catalogue, Refusal, Series, price_rules, refusal, shown_state
from loyalty.money import Currency, format_percent
from loyalty.numbering import mask
from loyalty.pricing.calculate import calculate
from loyalty.pricing.model import Priced
from pos_adapter.answers import CalculationAnswer, CalculationCard, Message, PaymentShare, SeriesName
from pos_adapter.parsing import parse_calculation_original, parse_lines, parse_moment
from pos_adapter.protocol import Calculation
from pos_adapter.rendering import render_lines
from pos_adapter.snapshot.model import SnapshotCard, to_card

CALCULATION_MINUTES: Final = 15


class KnownCard(Struct, frozen=True):
    """A card of the snapshot with its series."""

    card: Card
    series: Series


class OfflineCard(Struct, frozen=True):
    """All that a till knows of a card without the server; `as_of` is the date of the snapshot."""

    number: str
    masked: str
    series: SeriesName
    kind: CardKind
    status: CardState
    usable: bool
    refusal: str | None
    discount_percent: str
    price_lists: list[str]
    expires_on: date | None
    messages: list[Message]
    as_of: datetime
    mode: Literal["offline"] = "offline"
    turnover: None = None
    purchases: None = None
    balance: None = None
    credit_limit: None = None
    available: None = None
    points: None = None
    holder: None = None
    replaced_by: None = None


def know_card(kept: SnapshotCard, number: str, catalogue: Catalogue) -> KnownCard | None:
    """Put a card of the snapshot together; None where its series has not come yet."""
    series = catalogue.series.get(kept.series_id)
    return None if series is None else KnownCard(to_card(kept, number), series)


def refuse_card(known: KnownCard, catalogue: Catalogue, *, at: datetime, store: str) -> Refusal | None:
    """Say why a card may not be used at a moment; None where it may."""
    local = at.astimezone(catalogue.zone(store))
    return refusal(known.card, known.series, state=known.card.state, at=local)


def show_card(
    known: KnownCard, catalogue: Catalogue, *, at: datetime, store: str, as_of: datetime, messages: list[Message]
) -> OfflineCard:
    """Tell what is known of a card."""
    card, series = known.card, known.series
    reason = refuse_card(known, catalogue, at=at, store=store)
    return OfflineCard(
        number=card.number,
        masked=mask(card.number),
        series=SeriesName(series.code, series.settings.name),
        kind=series.settings.kind,
        status=shown_state(card, series, at=at.astimezone(catalogue.zone(store))),
        usable=reason is None,
        refusal=reason,
        discount_percent=format_percent(card.percent(series)),
        price_lists=list(series.settings.price_lists),
        expires_on=card.expires_on(series),
        messages=messages,
        as_of=as_of,
    )


def price_offline(
    asked: Calculation, known: KnownCard | None, catalogue: Catalogue, *, calculation_id: str, now: datetime
) -> CalculationAnswer:
    """Price an open receipt that names no original; a card that may not be used leaves it without discount.

    Raises BodyError.
    """
    parse_calculation_original(asked)
    places = catalogue.currency.places
    lines, at = parse_lines(asked.lines, places), parse_moment(asked.at, "at")
    local = at.astimezone(catalogue.zone(asked.store))
    card, rules = None, None
    if known is not None:
        reason = refusal(known.card, known.series, state=known.card.state, at=local)
        card = CalculationCard(mask(known.card.number), reason is None, reason)
        if reason is None:
            rules = price_rules(known.card, known.series, catalogue.price_lists)
    priced = calculate(lines, rules, at=local, places=places)
    return offline_answer(priced, card, catalogue.currency, calculation_id=calculation_id, now=now)


def offline_answer(
    priced: Priced,
    card: CalculationCard | None,
    currency: Currency,
    *,
    calculation_id: str,
    now: datetime,
    payments: Sequence[PaymentShare] = (),
) -> CalculationAnswer:
    """Put the answer to a calculation together; the texts are added to it elsewhere."""
    money = currency.scale
    return CalculationAnswer(
        calculation_id=calculation_id,
        expires_at=now + timedelta(minutes=CALCULATION_MINUTES),
        mode="offline",
        card=card,
        lines=render_lines(priced, places=currency.places, money=money),
        gross=money.format(priced.gross),
        discount=money.format(priced.discount),
        total=money.format(priced.total),
        available_credit=None,
        payments=list(payments),
        messages=[],
        warnings=[],
    )
