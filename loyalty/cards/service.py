"""Use cases of cards: making them, giving them settings of their own, and moving them between states."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.cards import repository
from loyalty.cards.model import TRANSITIONS, Card, CardState, Series
from loyalty.cards.terms import last_day
from loyalty.errors import (
    CardNumberTakenError,
    CardUnknownError,
    PaymentCardRefusedError,
    SeriesUnknownError,
    SettingRefusedError,
    TemplateExhaustedError,
    TooManyCardsError,
    TransitionRefusedError,
)
from loyalty.numbering import Template, canonical
from loyalty.payment_cards import looks_like_payment_card

MOST_AT_ONCE = 100
NUMBERS_AT_A_TIME = 1_000
MOST_NUMBERS_AT_ONCE = 5_000


class OwnSettings(Struct, frozen=True):
    """Changes of a card's own settings: unset stays, None goes back to the series."""

    percent: int | UnsetType | None = UNSET
    credit_limit: int | UnsetType | None = UNSET
    expires_on: date | UnsetType | None = UNSET
    holder_id: int | UnsetType | None = UNSET


async def make_cards(connection: AsyncConnection, code: str, *, count: int, act: Act) -> list[tuple[int, str]]:
    """Make so many cards from a series' template, going on after the last; gives card_id and number of each.

    Numbers that exist already are passed over. Raises SeriesUnknownError, SettingRefusedError, TooManyCardsError,
    TemplateExhaustedError; then nothing is made.
    """
    if count > MOST_AT_ONCE:
        raise TooManyCardsError(f"at most {MOST_AT_ONCE} cards are made at once", field="count")
    series = await _lock_series(connection, code)
    template = series.template
    if template is None:
        raise SettingRefusedError(f"series {code} has no number template: give the number", field="count")
    last = await repository.lock_counter(connection, series.id)
    made: dict[str, int] = {}
    while len(made) < count:
        portion = _next_numbers(template, last)
        if not portion:
            raise TemplateExhaustedError(
                f"the template of series {code} has {len(made)} numbers left, {count} were asked for", field="count"
            )
        taken = await repository.find_taken_numbers(connection, [number.kept for number in portion])
        free = [number for number in portion if number.kept not in taken]
        chosen = free[: count - len(made)]
        last = chosen[-1].counter if len(chosen) < len(free) else portion[-1].counter
        pairs = [(number.kept, number.shown) for number in chosen]
        made |= await repository.insert_cards(connection, pairs, of=series, state=_first_state(series), now=act.at)
    await repository.save_counter(connection, series.id, last)
    await _record_made(connection, series, made, act=act)
    return [(card_id, number) for number, card_id in sorted(made.items())]


class _Number(NamedTuple):
    """A number that may be given to a card: as it is kept, and as it is shown."""

    counter: int
    kept: str
    shown: str


def _next_numbers(template: Template, last: int) -> list[_Number]:
    start = max(last + 1, template.first)
    counters = range(start, min(start + NUMBERS_AT_A_TIME, template.last + 1))
    numbers = [(counter, template.number(counter)) for counter in counters]
    return [_Number(counter, canonical(number), number) for counter, number in numbers]


async def make_card(connection: AsyncConnection, code: str, *, number: str, act: Act) -> tuple[int, str]:
    """Make the card of one given number. Raises SeriesUnknownError, PaymentCardRefusedError, CardNumberTakenError."""
    made = await make_cards_with_numbers(connection, code, numbers=[number], act=act)
    if not made:
        raise CardNumberTakenError("another card has this number already", field="number")
    return made[number], number


async def make_cards_with_numbers(
    connection: AsyncConnection, code: str, *, numbers: Sequence[str], act: Act
) -> dict[str, int]:
    """Make cards of given numbers, leaving out those that exist; gives card_id by number of the new ones.

    Raises SeriesUnknownError, PaymentCardRefusedError; then none is made.
    """
    assert len(numbers) <= MOST_NUMBERS_AT_ONCE, "the caller sends numbers in portions"
    if any(looks_like_payment_card(number) for number in numbers):
        raise PaymentCardRefusedError("a number looks like a payment card: no card of ours may have it", field="number")
    series = await _lock_series(connection, code)
    pairs = list({canonical(number): number for number in numbers}.items())
    made = await repository.insert_cards(connection, pairs, of=series, state=_first_state(series), now=act.at)
    await _record_made(connection, series, made, act=act)
    return made


async def _record_made(connection: AsyncConnection, series: Series, made: dict[str, int], *, act: Act) -> None:
    if made:
        data = {"count": len(made), "first": min(made.values()), "last": max(made.values())}
        await record_activity(connection, act=act, what="cards.made", record=f"series:{series.code}", data=data)


async def _lock_series(connection: AsyncConnection, code: str) -> Series:
    series = await repository.lock_series(connection, code)
    if series is None:
        raise SeriesUnknownError("there is no series of this code")
    return series


def _first_state(series: Series) -> CardState:
    return "active" if series.settings.activation == "none" else "issued"


async def load_card(connection: AsyncConnection, card_id: int, *, lock: bool = False) -> Card:
    """Load a card by its identifier. Raises CardUnknownError."""
    card = await repository.find_card(connection, card_id, lock=lock)
    if card is None:
        raise CardUnknownError("no card has this identifier")
    return card


async def change_card(connection: AsyncConnection, card_id: int, changes: OwnSettings, *, act: Act) -> Card:
    """Give a card settings of its own, or take them back. Raises CardUnknownError, SettingRefusedError."""
    card = await load_card(connection, card_id, lock=True)
    columns = {
        "own_percent": changes.percent,
        "own_credit_limit": changes.credit_limit,
        "own_expires_on": changes.expires_on,
        "holder_id": changes.holder_id,
    }
    asked = {name: value for name, value in columns.items() if value is not UNSET}
    values: dict[str, object] = {name: value for name, value in asked.items() if getattr(card, name) != value}
    if not values:
        return card
    old = {name: getattr(card, name) for name in values}
    if "own_credit_limit" in values:
        values |= await _limit_values(connection, card, changes)
    await repository.change_card(connection, card_id, values)
    await _record(
        connection, card_id, "card.changed", {"old": old, "new": {name: values[name] for name in old}}, act=act
    )
    return await load_card(connection, card_id)


async def _limit_values(connection: AsyncConnection, card: Card, changes: OwnSettings) -> dict[str, object]:
    """Give the limit that acts and the overdraft that keeps what is owed beyond a lowered one."""
    limit = changes.credit_limit
    if limit is None or limit is UNSET:
        catalogue = await repository.load_catalogue(connection)
        limit = catalogue.series[card.series_id].settings.credit_limit
    return {"credit_limit": limit, "overdraft": max(0, card.held - card.balance - limit)}


async def block_card(connection: AsyncConnection, card_id: int, *, reason: str, act: Act) -> Card:
    """Block a card. Blocking a blocked card changes nothing. Raises CardUnknownError, TransitionRefusedError."""
    return await _move(connection, card_id, "blocked", reason=reason, act=act)


async def close_card(connection: AsyncConnection, card_id: int, *, reason: str | None, act: Act) -> Card:
    """Close a card for good. Raises CardUnknownError, TransitionRefusedError."""
    return await _move(connection, card_id, "closed", reason=reason, act=act)


async def unblock_card(connection: AsyncConnection, card_id: int, *, reason: str | None, act: Act) -> Card:
    """Give a blocked card back to use. Raises CardUnknownError, TransitionRefusedError."""
    card = await load_card(connection, card_id, lock=True)
    if card.state != "blocked":
        raise TransitionRefusedError(f"the card is {card.state}, not blocked")
    catalogue = await repository.load_catalogue(connection)
    waits = catalogue.series[card.series_id].settings.activation != "none" and card.activated_on is None
    return await _move(connection, card_id, "issued" if waits else "active", reason=reason, act=act)


async def activate_card(connection: AsyncConnection, card_id: int, *, today: date, act: Act) -> Card:
    """Activate an issued card and start its term. Raises CardUnknownError, TransitionRefusedError."""
    card = await load_card(connection, card_id, lock=True)
    if card.state == "active":
        return card
    if card.state != "issued":
        raise TransitionRefusedError(f"the card is {card.state} and cannot be activated")
    catalogue = await repository.load_catalogue(connection)
    term = catalogue.series[card.series_id].settings.term
    values: dict[str, object] = {"activated_on": today}
    if term is not None and card.own_expires_on is None:
        values["own_expires_on"] = last_day(today, term)
    await repository.change_card(connection, card_id, values)
    return await _move(connection, card_id, "active", reason=None, act=act)


async def _move(connection: AsyncConnection, card_id: int, state: CardState, *, reason: str | None, act: Act) -> Card:
    card = await load_card(connection, card_id, lock=True)
    if card.state == state:
        return card
    if state not in TRANSITIONS[card.state]:
        raise TransitionRefusedError(f"the card is {card.state} and cannot become {state}")
    await repository.change_state(connection, card, state, reason=reason, now=act.at)
    await _record(connection, card_id, f"card.{state}", {"old": card.state, "new": state, "reason": reason}, act=act)
    return await load_card(connection, card_id)


async def _record(connection: AsyncConnection, card_id: int, what: str, data: dict[str, object], *, act: Act) -> None:
    plain = {key: _plain(value) for key, value in data.items()}
    await record_activity(connection, act=act, what=what, record=f"card:{card_id}", card_id=card_id, data=plain)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value
