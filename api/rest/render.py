"""From values to the answers of the till API: whole numbers become decimal strings again."""

from datetime import datetime, timedelta
from uuid import uuid4

from msgspec import UNSET

from loyalty.cards.lookup import Shown
from loyalty.money import PRICE, Scale, format_percent, format_quantity
from loyalty.numbering import mask
from loyalty.receipts.calculation import Calculated
from loyalty.receipts.decide import Decision
from loyalty.receipts.model import CardFigures, Original, Payment, ReceiptLine
from loyalty.receipts.stored import Stored
from pos_adapter.answers import (
    CalculationAnswer,
    CalculationCard,
    CardAnswer,
    Holder,
    Masked,
    PaymentShare,
    PostedCardAnswer,
    PostingAnswer,
    ReceiptAnswer,
    ReceiptLineAnswer,
    ReceiptPaymentAnswer,
    SeriesName,
)
from pos_adapter.protocol import OriginalRef
from pos_adapter.rendering import render_lines

CALCULATION_MINUTES = 15


def render_card(shown: Shown, *, holder: str | None, with_id: bool, money: Scale) -> CardAnswer:
    """Render all that a till (with_id: the back office) may know of a card."""
    card, series = shown.card, shown.series
    status = shown.refusal if shown.refusal in {"expired", "frozen"} else card.state
    return CardAnswer(
        number=card.number,
        masked=mask(card.number),
        series=SeriesName(series.code, series.settings.name),
        kind=series.settings.kind,
        status=status,
        usable=shown.refusal is None,
        refusal=shown.refusal,
        discount_percent=format_percent(card.percent(series)),
        price_lists=list(series.settings.price_lists),
        turnover=money.format(card.turnover),
        purchases=card.purchases,
        balance=money.format(shown.account.balance),
        credit_limit=money.format(shown.account.credit_limit),
        available=money.format(shown.available),
        points=str(card.points),
        expires_on=card.expires_on(series),
        holder=None if holder is None else Holder(holder),
        replaced_by=None if shown.successor is None else Masked(mask(shown.successor)),
        messages=[],
        card_id=card.card_id if with_id else UNSET,
        account=UNSET if card.account_id is None else Masked(mask(shown.account.number)),
        day_limit=UNSET if card.day_limit is None else money.format(card.day_limit),
    )


def render_calculation(calculated: Calculated, *, now: datetime, places: int, money: Scale) -> CalculationAnswer:
    """Render a priced receipt."""
    priced, shown = calculated.priced, calculated.shown
    card = None
    if shown is not None:
        card = CalculationCard(mask(shown.card.number), shown.refusal is None, shown.refusal)
    holds_money = shown is not None and shown.series.settings.kind == "credit"
    return CalculationAnswer(
        calculation_id=str(uuid4()),
        expires_at=now + timedelta(minutes=CALCULATION_MINUTES),
        mode="online",
        card=card,
        lines=render_lines(priced, places=places, money=money),
        gross=money.format(priced.gross),
        discount=money.format(priced.discount),
        total=money.format(priced.total),
        available_credit=money.format(shown.available) if shown is not None and holds_money else None,
        payments=[
            PaymentShare(
                share.kind, money.format(share.amount), None if share.card is None else Masked(mask(share.card))
            )
            for share in calculated.payments
        ],
        messages=[],
        warnings=[],
    )


def render_decision(decision: Decision, money: Scale) -> PostingAnswer:
    """Render what became of a receipt."""
    answer = decision.answer
    return PostingAnswer(decision.uid, answer.state, _render_figures(answer.card, money), list(answer.flags))


def _render_figures(figures: CardFigures | None, money: Scale) -> PostedCardAnswer | None:
    if figures is None:
        return None
    return PostedCardAnswer(
        money.format(figures.turnover),
        money.format(figures.balance),
        str(figures.points),
        format_percent(figures.percent),
    )


def render_receipt(stored: Stored, *, money: Scale) -> ReceiptAnswer:
    """Render a kept receipt; card numbers are masked."""
    receipt = stored.receipt
    return ReceiptAnswer(
        receipt_uid=receipt.uid,
        state=stored.state,
        kind=receipt.kind,
        store=receipt.store,
        till=receipt.till,
        till_instance=receipt.till_instance,
        seq=receipt.seq,
        shift=receipt.shift,
        number=receipt.number,
        business_date=receipt.business_date,
        closed_at=receipt.closed_at,
        priced_at=receipt.priced_at,
        received_at=stored.received_at,
        cashier=receipt.cashier,
        offline=receipt.offline,
        card=None if receipt.card is None else Masked(mask(receipt.card)),
        entry=receipt.entry,
        lines=[_render_posted_line(line, money) for line in receipt.lines],
        payments=[_render_payment(payment, money) for payment in receipt.payments],
        total=money.format(receipt.total),
        original=_render_original(receipt.original),
        calculation_id=receipt.calculation_id,
        flags=list(stored.answer.flags),
        figures=_render_figures(stored.answer.card, money),
    )


def _render_posted_line(line: ReceiptLine, money: Scale) -> ReceiptLineAnswer:
    goods = line.goods
    return ReceiptLineAnswer(
        line=goods.line,
        sku=goods.sku,
        name=line.name,
        group=goods.group,
        quantity=format_quantity(goods.quantity),
        price=PRICE.format(goods.price, least_places=money.places),
        gross=money.format(goods.gross),
        discount=money.format(line.discount),
        net=money.format(line.net),
        original_line=line.original_line,
    )


def _render_payment(payment: Payment, money: Scale) -> ReceiptPaymentAnswer:
    card = None if payment.card is None else Masked(mask(payment.card))
    return ReceiptPaymentAnswer(payment.kind, money.format(payment.amount), card, payment.hold_uid)


def _render_original(original: Original | None) -> OriginalRef | None:
    if original is None:
        return None
    return OriginalRef(original.uid, original.store, original.till, original.shift, original.number)
