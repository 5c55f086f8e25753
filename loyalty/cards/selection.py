"""Which cards a list or a mass change means: one value, and what it asks of a card.

A freeze is told by its days: on one of them a card is in the state frozen, and not active.
"""

from datetime import date

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, case, func, not_

from loyalty.cards.model import CardState
from loyalty.cards.tables import card


class Selection(Struct, frozen=True):
    """Which cards are meant; None does not limit. Turnover in minor units, `turnover_from` included, `turnover_to` not.

    `card_ids` names cards one by one.
    """

    series_id: int | None = None
    state: CardState | None = None
    holder_id: int | None = None
    turnover_from: int | None = None
    turnover_to: int | None = None
    card_ids: tuple[int, ...] | None = None


def conditions(selection: Selection, today: date) -> list[ColumnElement[bool]]:
    """Give what must hold of a card that is meant."""
    found: list[ColumnElement[bool]] = []
    if selection.series_id is not None:
        found.append(card.c.series_id == selection.series_id)
    if selection.state is not None:
        found.append(_is_in_state(selection.state, today))
    if selection.holder_id is not None:
        found.append(card.c.holder_id == selection.holder_id)
    if selection.turnover_from is not None:
        found.append(card.c.turnover >= selection.turnover_from)
    if selection.turnover_to is not None:
        found.append(card.c.turnover < selection.turnover_to)
    if selection.card_ids is not None:
        found.append(card.c.card_id.in_(selection.card_ids))
    return found


def state_on(today: date) -> ColumnElement[str]:
    """Give a card's state on a day."""
    return case((_is_frozen(today), "frozen"), else_=card.c.state)


def _is_in_state(state: CardState, today: date) -> ColumnElement[bool]:
    if state == "frozen":
        return _is_frozen(today)
    return and_(card.c.state == state, not_(_is_frozen(today))) if state == "active" else card.c.state == state


def _is_frozen(today: date) -> ColumnElement[bool]:
    return and_(
        card.c.state == "active", func.coalesce(card.c.frozen_from <= today, False), card.c.frozen_until >= today
    )
