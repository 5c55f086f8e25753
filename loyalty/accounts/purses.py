"""Whose money a card spends: its own, or that of the card whose account it shares.

Several cards may share one account: the money is on the main card, turnover stays with each. A card that shares an
account has no money of its own, and a main card shares nobody's, so that there are no chains. All cards concerned are
locked in the order of their identifiers, the main card with them.
"""

from collections.abc import Mapping, Sequence

from msgspec import UNSET, Struct, UnsetType, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from database.identifiers import MOST_ID
from loyalty.accounts import repository
from loyalty.cards.catalogue.repository import load_series
from loyalty.cards.model import Card
from loyalty.cards.repository import change_card, find_card, find_card_id
from loyalty.cards.service import OwnSettings, load_card, record_act, refuse_unseen
from loyalty.cards.service import change_card as change_own_settings
from loyalty.errors import AlreadyReplacedError, CardUnknownError, SettingRefusedError
from loyalty.numbering import canonical

MOST_TRIES = 4
"""So often the cards behind a card are looked for, until they are the ones that were locked."""


class Sharing(Struct, frozen=True):
    """Changes of how a card spends: `account` is the main card's number; None is its own money, and no limit by day."""

    account: str | UnsetType | None = UNSET
    day_limit: int | UnsetType | None = UNSET


async def lock_purse(connection: AsyncConnection, card_id: int) -> tuple[Card, Card]:
    """Lock a card and the card whose money it spends, which may be itself; of replaced cards the last is meant.

    Raises CardUnknownError.
    """
    if abs(card_id) > MOST_ID:
        raise CardUnknownError("no card has this identifier")
    return (await lock_purses(connection, [card_id]))[0]


async def lock_purses(connection: AsyncConnection, card_ids: Sequence[int]) -> list[tuple[Card, Card]]:
    """Lock many cards as `lock_purse` does each of them, all in the order of their identifiers.

    Raises CardUnknownError.
    """
    for _ in range(MOST_TRIES):
        cards = await repository.lock_cards(connection, await repository.find_purse_ids(connection, card_ids))
        if not cards.keys() >= set(card_ids):
            raise CardUnknownError("no card has this identifier")
        if await repository.find_purse_ids(connection, card_ids) <= cards.keys():
            return [_read_purse(cards, card_id) for card_id in card_ids]
    raise AssertionError("a card changes its account with every look")


def _read_purse(cards: Mapping[int, Card], card_id: int) -> tuple[Card, Card]:
    own = last_of(cards, card_id)
    return own, own if own.account_id is None else last_of(cards, own.account_id)


def last_of(cards: Mapping[int, Card], card_id: int) -> Card:
    """Give a card, or the last of its chain where it was replaced, out of cards that hold both."""
    card = cards[card_id]
    return card if card.successor_id is None else cards[card.successor_id]


async def change_settings(
    connection: AsyncConnection, card_id: int, changes: OwnSettings, sharing: Sharing, *, act: Act
) -> Card:
    """Change a card's own settings and how it spends, all or nothing. Raises what each of the two raises."""
    if sharing != Sharing():
        await share_account(connection, card_id, sharing, act=act)
    return await change_own_settings(connection, card_id, changes, act=act)


async def share_account(
    connection: AsyncConnection, card_id: int, changes: Sharing, *, act: Act, seen: str | None = None
) -> Card:
    """Let a card spend another card's money, or its own again; and bound what it spends a day.

    `seen` is the edition of the card that whoever changes it was shown. Raises CardUnknownError, AlreadyReplacedError,
    CardChangedError, SettingRefusedError.
    """
    main = None if not isinstance(changes.account, str) else await _find_main(connection, changes.account)
    wanted = {card_id} if main is None else {card_id, main.card_id}
    locked = {one: await load_card(connection, one, lock=True) for one in sorted(wanted)}
    card = locked[card_id]
    if card.state == "replaced":
        raise AlreadyReplacedError("another card took its place: change that one")
    asked: dict[str, object] = {}
    if changes.day_limit is not UNSET:
        asked["day_limit"] = changes.day_limit
    if changes.account is not UNSET:
        asked["account_id"] = None if main is None else main.card_id
    values = {name: value for name, value in asked.items() if getattr(card, name) != value}
    if not values:
        return card
    refuse_unseen(card, seen)
    await _check(connection, card, None if main is None else locked[main.card_id], values)
    await change_card(connection, card_id, values)
    after = structs.replace(card, **values)
    await _record(connection, card, after, act=act)
    return after


async def _record(connection: AsyncConnection, before: Card, after: Card, *, act: Act) -> None:
    """Record how a card spends now, and with the main cards who came to their accounts and who left them."""
    names = [name for name in ("account_id", "day_limit") if getattr(before, name) != getattr(after, name)]
    data = {which: {name: getattr(card, name) for name in names} for which, card in (("old", before), ("new", after))}
    await record_act(connection, before.card_id, "card.changed", data, act=act)
    if before.account_id == after.account_id:
        return
    for main_id, what in ((before.account_id, "card.account_left"), (after.account_id, "card.account_joined")):
        if main_id is not None:
            await record_act(connection, main_id, what, {"card_id": before.card_id}, act=act)


async def take_in(connection: AsyncConnection, main_id: int, number: str, *, day_limit: int | None, act: Act) -> Card:
    """Let the card of a number spend a main card's money, None leaving its daily limit as it is; gives that card.

    One that spends the money of a third card is to leave that first. Raises what `share_account` raises.
    """
    main = await load_card(connection, main_id)
    card_id = await find_card_id(connection, canonical(number))
    if card_id is None:
        raise CardUnknownError("no card has this number", field="account.number")
    other = await load_card(connection, card_id)
    if other.account_id not in (None, main_id):
        raise SettingRefusedError("it spends another card's money: let it leave that account first", field="account")
    changes = Sharing(account=main.number, day_limit=UNSET if day_limit is None else day_limit)
    return await share_account(connection, card_id, changes, act=act, seen=other.edition)


async def _find_main(connection: AsyncConnection, number: str) -> Card:
    card_id = await find_card_id(connection, canonical(number))
    found = None if card_id is None else await find_card(connection, card_id)
    if found is None:
        raise CardUnknownError("no card has this number", field="account.number")
    return found if found.successor_id is None else await load_card(connection, found.successor_id)


async def _check(connection: AsyncConnection, card: Card, main: Card | None, values: dict[str, object]) -> None:
    """Check that a card may share a main card's account. Raises SettingRefusedError."""
    if (await load_series(connection, card.series_id)).settings.kind != "credit":
        raise SettingRefusedError("only cards of credit series spend money", field=next(iter(values)).split("_id")[0])
    if "account_id" not in values or main is None:
        return
    if main.card_id == card.card_id:
        raise SettingRefusedError("a card spends its own money without being told", field="account")
    if (await load_series(connection, main.series_id)).settings.kind != "credit":
        raise SettingRefusedError("the main card must be of a credit series", field="account")
    if main.account_id is not None or await repository.has_sharing_cards(connection, card.card_id):
        raise SettingRefusedError("a main card spends nobody else's money: accounts make no chains", field="account")
    if main.state in {"replaced", "closed"}:
        raise SettingRefusedError(f"the main card is {main.state}", field="account")
    if card.balance or card.held or await repository.list_open_holds(connection, [card.card_id]):
        raise SettingRefusedError("the card has money or holds of its own: bring them to an end first", field="account")
