"""Freezing a card for some days, and ending that.

The days move the card's last day: a freeze of n days by n. Whether the card is frozen is told by the day itself; no
worker has to do anything. A card has one freeze at a time, planned or going on.
"""

from datetime import date, timedelta

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from loyalty.cards import repository
from loyalty.cards.catalogue.repository import load_series, load_zone
from loyalty.cards.model import TRANSITIONS, Card, CardState, Series, shown_state
from loyalty.cards.service import load_card, record_act
from loyalty.cards.terms import LAST_DAY
from loyalty.errors import FreezeRefusedError, TransitionRefusedError

_DAY = timedelta(days=1)


async def freeze_card(connection: AsyncConnection, card_id: int, *, first: date, last: date, act: Act) -> Card:
    """Freeze a card from a day to a day, both included; its last day moves by as many. The same again changes nothing.

    Raises CardUnknownError, TransitionRefusedError, FreezeRefusedError.
    """
    card = await load_card(connection, card_id, lock=True)
    series = await load_series(connection, card.series_id)
    local = act.at.astimezone(await load_zone(connection))
    if (card.frozen_from, card.frozen_until) == (first, last) and last >= local.date():
        return card
    expires_on = check_freeze(card, series, first, last, today=local.date(), state=shown_state(card, series, at=local))
    moved = expires_on + (last - first + _DAY)
    await repository.keep_past(connection, card, cause="card.frozen", now=act.at)
    frozen = structs.replace(card, frozen_from=first, frozen_until=last, own_expires_on=moved)
    await repository.change_freeze(connection, card, frozen, now=act.at)
    data = {
        "old": {"own_expires_on": card.own_expires_on},
        "new": {"own_expires_on": moved, "frozen_from": first, "frozen_until": last},
    }
    await record_act(connection, card_id, "card.frozen", data, act=act)
    return await load_card(connection, card_id)


def check_freeze(card: Card, series: Series, first: date, last: date, *, today: date, state: CardState) -> date:
    """Check that a card in a shown state may be frozen on some days; gives its last day, which will move.

    Raises TransitionRefusedError, FreezeRefusedError.
    """
    if card.frozen_until is not None and card.frozen_until >= today:
        raise FreezeRefusedError(
            f"the card is frozen from {card.frozen_from} to {card.frozen_until} already: unfreeze it first"
        )
    if "frozen" not in TRANSITIONS[state]:
        raise TransitionRefusedError(f"the card is {state} and cannot be frozen")
    if last < first:
        raise FreezeRefusedError("the last day lies before the first", field="until")
    if first < today:
        raise FreezeRefusedError("a card is frozen from today or a later day on", field="from")
    expires_on = card.expires_on(series)
    if expires_on is None:
        raise FreezeRefusedError("the card has no last day that could be moved: block it instead")
    if first > expires_on:
        raise FreezeRefusedError(f"the card ends on {expires_on}, before that day", field="from")
    if last - first + _DAY > LAST_DAY - expires_on:
        raise FreezeRefusedError("the card's last day would lie beyond the calendar", field="until")
    return expires_on


async def unfreeze_card(connection: AsyncConnection, card_id: int, *, act: Act) -> Card:
    """End a freeze: the card is usable at once, and its last day moves back by the days that had not begun.

    Raises CardUnknownError, TransitionRefusedError, FreezeRefusedError.
    """
    card = await load_card(connection, card_id, lock=True)
    series = await load_series(connection, card.series_id)
    today = act.at.astimezone(await load_zone(connection)).date()
    first, last = card.frozen_from, card.frozen_until
    if first is None or last is None or last < today:
        raise FreezeRefusedError("the card is not frozen, nor will it be")
    if card.state in {"replaced", "closed"}:
        raise TransitionRefusedError(f"the card is {card.state}")
    expires_on = card.expires_on(series)
    moved = None if expires_on is None else expires_on - _not_begun(first, last, today)
    await repository.keep_past(connection, card, cause="card.unfrozen", now=act.at)
    thawed = structs.replace(card, frozen_from=None, frozen_until=None, own_expires_on=moved)
    await repository.change_freeze(connection, card, thawed, now=act.at)
    data = {
        "old": {"own_expires_on": card.own_expires_on, "frozen_from": first, "frozen_until": last},
        "new": {"own_expires_on": moved},
    }
    await record_act(connection, card_id, "card.unfrozen", data, act=act)
    return await load_card(connection, card_id)


def _not_begun(first: date, last: date, today: date) -> timedelta:
    return last - max(first - _DAY, today)
