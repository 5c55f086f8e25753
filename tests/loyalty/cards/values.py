"""Cards as values, for tests of what is pure."""

from typing import Any  # settings of every kind

from msgspec import structs

from loyalty.cards.model import Card


def make_card(**changes: Any) -> Card:
    """Make an active card of no turnover."""
    card = Card(
        card_id=1, number="1", series_id=1, state="active", state_since=None, own_percent=None, own_credit_limit=None,
        own_expires_on=None, activated_on=None, holder_id=None, successor_id=None, turnover=0, purchases=0, balance=0,
        points=0, credit_limit=0, held=0, overdraft=0, version=0,
    )  # fmt: skip
    return structs.replace(card, **changes)
