"""Posting receipts to a service without HTTP, and looking at its database with plain SQL."""

from typing import Any  # JSON bodies are free in their values
from uuid import UUID, uuid4

import msgspec

from api.state import Service
from loyalty.accounts.moves import Move, move
from loyalty.cards.model import Card, SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import load_card, make_cards
from loyalty.errors import LoyaltyError
from loyalty.money import Currency
from loyalty.receipts.decide import Decision
from loyalty.receipts.model import Receipt
from loyalty.receipts.voids import void_receipt
from pos_adapter.parsing import parse_posting
from pos_adapter.protocol import Posting
from tests.conftest import ACT

EURO = Currency("EUR", 2)


def read_receipt(body: dict[str, Any]) -> Receipt:
    """Read a receipt from a body of the till API, in euros."""
    return parse_posting(msgspec.convert(body, Posting), EURO.places, EURO.scale)


async def post(service: Service, body: dict[str, Any]) -> Decision:
    """Post a receipt. Raises its refusal."""
    return await service.flights.post(read_receipt(body), actor="test")


async def try_post(service: Service, body: dict[str, Any]) -> str:
    """Post a receipt; gives `new`, `known`, or the code of its refusal."""
    try:
        decision = await post(service, body)
    except LoyaltyError as refused:
        return refused.code
    return "new" if decision.is_new else "known"


async def try_void(service: Service, body: dict[str, Any]) -> str:
    """Void a receipt; gives its state, or the code of the refusal."""
    uid = UUID(body["receipt_uid"])
    try:
        voided = await service.database.run(void_receipt, uid, void_uid=uuid4(), reason="x", only_for=None, act=ACT)
    except LoyaltyError as refused:
        return refused.code
    return voided.state


async def make_card(service: Service, *, balance: int = 0, **settings: Any) -> Card:
    """Make a card in a series of its own, with money on it."""
    code = f"S{uuid4().hex[:12]}"
    made = SeriesSettings(**({"name": code, "kind": "credit" if balance else "discount"} | settings))
    template = msgspec.structs.replace(made, number_template=f"{code}N%06")
    await service.database.run(put_series, code, template, act=ACT)
    card_id = (await service.database.run(make_cards, code, count=1, act=ACT))[0][0]
    if balance:
        await service.database.run(move, Move("top_up", card_id, "money", balance, None, uuid4()), act=ACT)
    return await service.database.run(load_card, card_id)


async def read_card(service: Service, card: Card) -> Card:
    """Read a card as it stands now."""
    return await service.database.run(load_card, card.card_id)


def pay(card: Card, amount: str) -> dict[str, Any]:
    """Make a payment by card."""
    return {"kind": "card", "amount": amount, "card": {"number": card.number}}
