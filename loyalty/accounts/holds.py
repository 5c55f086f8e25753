"""Holds: money of a card kept for one receipt until it is captured, released, or its time is over.

A hold is decided as a payment is: under the lock of the card whose money it is, never read first and written later.
What is held is out of reach of everybody else. Holds whose time is over are ended by whoever next moves the card's
money, and by the worker: they never stand in anybody's way.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from database.locks import lock_name
from loyalty.accounts import repository
from loyalty.accounts.model import Hold, short_of_funds
from loyalty.accounts.purses import MOST_TRIES, lock_purse
from loyalty.cards.catalogue.repository import load_series, load_zone
from loyalty.cards.model import Card, refusal
from loyalty.cards.repository import change_card, find_card_id
from loyalty.cards.service import load_card
from loyalty.errors import (
    CardNotUsableError,
    CardUnknownError,
    HoldCapturedError,
    HoldConflictError,
    HoldUnknownError,
    LimitExceededError,
)
from loyalty.numbering import canonical


class AskedHold(Struct, frozen=True):
    """A hold that is asked for; `store` and `till` are those of the till that asks, None for the back office."""

    uid: UUID
    number: str
    amount: int
    receipt_uid: UUID
    store: str | None
    till: str | None


class PlacedHold(NamedTuple):
    """A hold as it was placed; `available` is what could be spent beside it then."""

    hold: Hold
    available: int
    is_new: bool


async def place_hold(connection: AsyncConnection, asked: AskedHold, *, lifetime: timedelta, act: Act) -> PlacedHold:
    """Hold money once for a receipt; the same again gives the first answer.

    Raises HoldConflictError, CardUnknownError, CardNotUsableError, InsufficientFundsError, LimitExceededError.
    """
    await lock_name(connection, f"hold:{asked.uid}")
    card_id = await find_card_id(connection, canonical(asked.number))
    known = await repository.find_hold(connection, asked.uid)
    if known is not None:
        hold, available, till = known
        shown = None if card_id is None else await load_card(connection, card_id)
        is_its_card = shown is not None and hold.card_id in {shown.card_id, shown.successor_id}
        same = (hold.amount, hold.receipt_uid, till) == (asked.amount, asked.receipt_uid, (asked.store, asked.till))
        if not (is_its_card and same):
            raise HoldConflictError("a hold with this UUID was placed with another content", field="hold_uid")
        return PlacedHold(hold, available, is_new=False)
    if card_id is None:
        raise CardUnknownError("no card has this number", field="card.number")
    return await _place(connection, card_id, asked, lifetime=lifetime, act=act)


async def _place(
    connection: AsyncConnection, card_id: int, asked: AskedHold, *, lifetime: timedelta, act: Act
) -> PlacedHold:
    own, account = await lock_purse(connection, card_id)
    if own.card_id != card_id:
        raise CardNotUsableError("the card was replaced and cannot pay", field="card")
    day_spent = await _check_usable(connection, own, account, asked, now=act.at)
    account = await expire_holds(connection, account, now=act.at)
    if asked.amount > account.available:
        raise short_of_funds(account.credit_limit)
    if own.day_limit is not None:
        held = await repository.list_open_holds(connection, [own.card_id])
        by_card = sum(hold.amount for hold in held if hold.card_id == own.card_id)
        if day_spent + by_card + asked.amount > own.day_limit:
            raise LimitExceededError("the card's daily limit does not cover it")
    hold = Hold(asked.uid, own.card_id, account.card_id, asked.receipt_uid, asked.amount, "open", act.at + lifetime)
    available = account.available - asked.amount
    await repository.insert_hold(connection, hold, available=available, till=(asked.store, asked.till), now=act.at)
    await _record(connection, hold, "hold.placed", act=act)
    return PlacedHold(hold, available, is_new=True)


async def _check_usable(
    connection: AsyncConnection, own: Card, account: Card, asked: AskedHold, *, now: datetime
) -> int:
    """Check that a card may pay now; gives what it spent today, by the calendar of the till's store."""
    series = await load_series(connection, own.series_id)
    local = now.astimezone(await load_zone(connection, asked.store or ""))
    refused = refusal(own, series, state=own.state, at=local)
    if refused is not None:
        raise CardNotUsableError(f"the card cannot pay: it is {refused.replace('_', ' ')}", field="card")
    if series.settings.kind != "credit":
        raise CardNotUsableError(f"cards of series {series.code} hold no money", field="card")
    if account.state not in {"active", "issued"}:
        raise CardNotUsableError(f"the main card of the account is {account.state}", field="card")
    return own.spent if own.spent_on == local.date() else 0


async def release_hold(
    connection: AsyncConnection, uid: UUID, *, only_for: tuple[str | None, str | None] | None, act: Act
) -> PlacedHold:
    """Release a hold; one that was released or has expired stays as it is. `only_for` is the till that alone may.

    Tells what can be spent now.

    Raises HoldUnknownError, HoldCapturedError.
    """
    await lock_name(connection, f"hold:{uid}")
    known = await repository.find_hold(connection, uid)
    if known is None or (only_for is not None and known[2] != only_for):
        raise HoldUnknownError("no hold of this till has this UUID")
    hold = await _lock(connection, known[0])
    if hold.state == "captured":
        raise HoldCapturedError("the hold was captured: its receipt has been posted")
    if hold.state == "open":
        await repository.end_hold(connection, hold, "released", now=act.at)
        await _record(connection, hold, "hold.released", act=act)
    return PlacedHold(hold, (await load_card(connection, hold.account_id)).available, is_new=False)


async def _lock(connection: AsyncConnection, hold: Hold) -> Hold:
    """Lock the card whose money is held, which another one may be taking the place of at this moment."""
    for _ in range(MOST_TRIES):
        await load_card(connection, hold.account_id, lock=True)
        found = await repository.find_hold(connection, hold.uid)
        assert found is not None, "a hold is never removed"
        if found[0].account_id == hold.account_id:
            return found[0]
        hold = found[0]
    raise AssertionError("a hold changes its card with every look")


async def expire_holds(connection: AsyncConnection, account: Card, *, now: datetime) -> Card:
    """End the holds of a locked card's money whose time is over; gives the card after it."""
    return (await expire_holds_of(connection, {account.card_id: account}, now=now))[account.card_id]


async def expire_holds_of(
    connection: AsyncConnection, accounts: Mapping[int, Card], *, now: datetime
) -> Mapping[int, Card]:
    """End the holds of many locked cards' money whose time is over; gives the cards by identifier after it."""
    holding = [card_id for card_id, account in accounts.items() if account.held]
    held = await repository.list_open_holds(connection, holding) if holding else []
    due = [hold for hold in held if hold.account_id in accounts and hold.is_due(now)]
    for hold in due:
        await repository.end_hold(connection, hold, "expired", now=now)
    changed = await repository.lock_cards(connection, {hold.account_id for hold in due}) if due else {}
    return {**accounts, **changed}


async def expire_due_holds(connection: AsyncConnection, card_id: int, *, act: Act) -> None:
    """End the holds of a card's money whose time is over: the worker's round."""
    await expire_holds(connection, await load_card(connection, card_id, lock=True), now=act.at)


async def hand_over_holds(connection: AsyncConnection, old: Card, new: Card) -> int:
    """Let a replaced card's open holds go on with its successor, both locked; gives the sum that moved along.

    It stands between the two halves of the money's way: the successor has the balance and the limit already, and the
    old card still has them, so that what is held is covered on both all the time.
    """
    moved = await repository.move_holds(connection, old.card_id, new.card_id)
    if moved:
        await change_card(connection, old.card_id, {"held": old.held - moved})
        await change_card(connection, new.card_id, {"held": new.held + moved})
    return moved


async def _record(connection: AsyncConnection, hold: Hold, what: str, *, act: Act) -> None:
    data = {"card_id": hold.card_id, "amount": hold.amount, "receipt_uid": str(hold.receipt_uid)}
    await record_activity(connection, act=act, what=what, record=f"hold:{hold.uid}", card_id=hold.account_id, data=data)
