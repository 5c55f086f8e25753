"""A lost card: another takes its place, with all that was on it.

Turnover, purchases, points and money move by entries of both cards' ledgers. Turnover and purchases move on the days on
which they came: so periods of the new card see the old one's history, and every day's sum stays provable. Own percent
and limit, open holds, and cards that spend the old one's money follow. The old card and all that it had replaced point
to the last card of the chain: whoever meets an old number needs one step.

It refuses what would lose or double something: the card itself, one that was replaced, blocked or closed, another kind.
"""

from datetime import date
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from loyalty.accounts.holds import expire_holds, hand_over_holds
from loyalty.accounts.operations import find_answer, keep_answer
from loyalty.accounts.repository import add_points_days, has_sharing_cards, take_points_days
from loyalty.accounts.service import Entry, enter
from loyalty.cards import replacement_repository, repository
from loyalty.cards.catalogue.repository import load_series, load_zone
from loyalty.cards.model import TRANSITIONS, Card, refusal
from loyalty.cards.service import load_card, record_act
from loyalty.errors import (
    AlreadyReplacedError,
    CardUnknownError,
    ReplacementRefusedError,
    TransitionRefusedError,
)
from loyalty.numbering import canonical

SOURCE = "replace"
_FIELD = "by.number"


class Replace(Struct, frozen=True):
    """That a card shall be replaced by the one of a number, identified by the caller's UUID."""

    card_id: int
    number: str
    operation_uid: UUID


class Replaced(Struct, frozen=True):
    """The card that took the place, and what moved to it: money in minor units, and points."""

    successor_id: int
    turnover: int
    balance: int
    points: int


async def replace_card(connection: AsyncConnection, asked: Replace, *, act: Act) -> tuple[Replaced, bool]:
    """Replace a card once; tells what moved, and whether it was done now. The same operation again answers alike.

    Raises CardUnknownError, OperationConflictError, AlreadyReplacedError, TransitionRefusedError,
    ReplacementRefusedError.
    """
    known = await find_answer(connection, asked.operation_uid, asked, answer_type=Replaced)
    if known is not None:
        return known, False
    new_id = await repository.find_card_id(connection, canonical(asked.number))
    if new_id is None:
        raise CardUnknownError("no card has this number", field=_FIELD)
    locked = {one: await load_card(connection, one, lock=True) for one in sorted({asked.card_id, new_id})}
    old, new = locked[asked.card_id], locked[new_id]
    await _check(connection, old, new, act)
    today = act.at.astimezone(await load_zone(connection)).date()
    old, new = [await expire_holds(connection, one, now=act.at) for one in (old, new)]
    await _give_settings(connection, old, new, act=act)
    await _move_ledgers(connection, old, new, today=today, uid=asked.operation_uid, act=act)
    await _hand_over(connection, old.card_id, new.card_id)
    await _retire(connection, old, new, act=act)
    done = Replaced(new.card_id, old.turnover, old.balance, old.points)
    await keep_answer(connection, asked.operation_uid, asked, done, act=SOURCE, card_id=old.card_id, now=act.at)
    return done, True


async def _check(connection: AsyncConnection, old: Card, new: Card, act: Act) -> None:
    if old.state == "replaced":
        raise AlreadyReplacedError("another card took its place already")
    if "replaced" not in TRANSITIONS[old.state]:
        raise TransitionRefusedError(f"the card is {old.state} and cannot be replaced")
    if old.card_id == new.card_id:
        raise ReplacementRefusedError("a card cannot take its own place", field=_FIELD)
    series_of = {one.card_id: await load_series(connection, one.series_id) for one in (old, new)}
    kinds = [series_of[one.card_id].settings.kind for one in (old, new)]
    if kinds[0] != kinds[1]:
        raise ReplacementRefusedError(f"a {kinds[1]} card cannot take the place of a {kinds[0]} card", field=_FIELD)
    local = act.at.astimezone(await load_zone(connection))
    refused = refusal(new, series_of[new.card_id], state=new.state, at=local)
    if refused not in {None, "outside_hours", "not_activated"}:
        raise ReplacementRefusedError(f"the other card is {refused} and cannot take its place", field=_FIELD)
    await _check_accounts(connection, old, new)


async def _check_accounts(connection: AsyncConnection, old: Card, new: Card) -> None:
    """Check that no chain of accounts would come of it, and no money would be out of reach."""
    accounts = {one.account_id for one in (old, new)} - {None, old.card_id, new.card_id}
    if not accounts:
        return
    is_main = [await has_sharing_cards(connection, one.card_id) for one in (old, new)]
    if len(accounts) > 1 or any(is_main) or any(one.balance or one.held for one in (old, new)):
        raise ReplacementRefusedError("the two cards spend the money of different accounts", field=_FIELD)


async def _give_settings(connection: AsyncConnection, old: Card, new: Card, *, act: Act) -> None:
    """Give the new card the old one's own percent, limit, account and daily limit; and its holder if it has none.

    What the new card owes beyond its new limit is kept as overdraft.
    """
    values = _own_settings(old, new)
    before = {name: getattr(new, name) for name in values}
    if "own_percent" in values:
        await repository.keep_past(connection, new, cause="card.replaced", now=act.at)
    limit = new.credit_limit if old.own_credit_limit is None else old.own_credit_limit
    overdraft = max(0, new.held - new.balance - limit)
    await repository.change_card(connection, new.card_id, values | {"credit_limit": limit, "overdraft": overdraft})
    data = {"replaces": old.card_id, "old": before, "new": values}
    await record_act(connection, new.card_id, "card.took_place", data, act=act)


def _own_settings(old: Card, new: Card) -> dict[str, object]:
    values: dict[str, object] = {
        name: getattr(old, name)
        for name in ("own_percent", "own_credit_limit", "day_limit")
        if getattr(old, name) is not None
    }
    if new.holder_id is None and old.holder_id is not None:
        values["holder_id"] = old.holder_id
    account_id = old.account_id or new.account_id
    values["account_id"] = None if account_id in {old.card_id, new.card_id} else account_id
    if old.spent_on is not None and (new.spent_on is None or new.spent_on <= old.spent_on):
        values["spent_on"] = old.spent_on
        values["spent"] = old.spent + (new.spent if new.spent_on == old.spent_on else 0)
    return {name: value for name, value in values.items() if getattr(new, name) != value}


async def _move_ledgers(connection: AsyncConnection, old: Card, new: Card, *, today: date, uid: UUID, act: Act) -> None:
    """Enter on both cards what moves, oldest day first; neither may be stopped by what it owes meanwhile."""
    days = await replacement_repository.list_days(connection, old.card_id)
    moved = [Entry("turnover", turnover, day, purchases=purchases) for day, turnover, purchases in days]
    moved += [Entry("money", old.balance, today), Entry("points", old.points, today)]
    taken = [Entry(one.ledger, -one.amount, one.business_date, purchases=-one.purchases) for one in moved]
    for card_id, entries in sorted(((old.card_id, taken), (new.card_id, moved)), key=lambda pair: pair[0]):
        await enter(connection, card_id, entries, source=SOURCE, source_uid=uid, now=act.at, may_owe=True)
    await add_points_days(connection, new.card_id, await take_points_days(connection, old.card_id))


async def _hand_over(connection: AsyncConnection, old_id: int, new_id: int) -> None:
    """Hand open holds over; what they hold beyond the new card's money and limit is kept as overdraft."""
    old, new = await load_card(connection, old_id), await load_card(connection, new_id)
    owed = max(0, old.held + new.held - new.balance - new.credit_limit)
    await repository.change_card(connection, new_id, {"overdraft": owed})
    await hand_over_holds(connection, old, new)
    await repository.change_card(connection, old_id, {"overdraft": 0})


async def _retire(connection: AsyncConnection, old: Card, new: Card, *, act: Act) -> None:
    """Let the old card, all that it replaced, and all that spend its money point to the new one."""
    await replacement_repository.redirect(connection, old.card_id, new.card_id)
    gone: dict[str, object] = {
        "own_credit_limit": 0,
        "credit_limit": 0,
        "account_id": None,
        "day_limit": None,
        "successor_id": new.card_id,
    }
    await repository.change_card(connection, old.card_id, gone)
    await repository.change_state(connection, old, "replaced", reason=None, now=act.at)
    moved = {name: getattr(old, name) for name in ("turnover", "purchases", "balance", "points", "held")}
    data = {"old": old.state, "new": "replaced", "successor_id": new.card_id, "moved": moved}
    await record_act(connection, old.card_id, "card.replaced", data, act=act)
