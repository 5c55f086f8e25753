"""Use cases of cards: making them, giving them settings of their own, and moving them between states."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activity
from loyalty.cards import repository
from loyalty.cards.catalogue.repository import find_series, load_series, load_zone, lock_series
from loyalty.cards.model import TRANSITIONS, Card, CardState, Series
from loyalty.cards.terms import last_day
from loyalty.errors import (
    AlreadyReplacedError,
    CardChangedError,
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
PRICING_COLUMNS = frozenset({"series_id", "own_percent", "own_expires_on"})
"""What of a card tells its price: each change keeps what was before."""


class OwnSettings(Struct, frozen=True):
    """Changes of a card's own settings: unset stays, None goes back to the series; `series` is another one's code."""

    percent: int | UnsetType | None = UNSET
    credit_limit: int | UnsetType | None = UNSET
    expires_on: date | UnsetType | None = UNSET
    holder_id: int | UnsetType | None = UNSET
    series: str | UnsetType = UNSET


async def make_cards(connection: AsyncConnection, code: str, *, count: int, act: Act) -> list[tuple[int, str]]:
    """Make so many cards from a series' template, going on after the last; gives card_id and number of each.

    Numbers that exist already are passed over. Raises SeriesUnknownError, SettingRefusedError, TooManyCardsError,
    TemplateExhaustedError; then nothing is made.
    """
    if count > MOST_AT_ONCE:
        raise TooManyCardsError(f"at most {MOST_AT_ONCE} cards are made at once", field="count")
    series = await load_series_by_code(connection, code, lock=True)
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
        made |= await repository.insert_cards(connection, pairs, of=series, state=first_state(series), now=act.at)
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
    series = await load_series_by_code(connection, code, lock=True)
    pairs = list({canonical(number): number for number in numbers}.items())
    made = await repository.insert_cards(connection, pairs, of=series, state=first_state(series), now=act.at)
    await _record_made(connection, series, made, act=act)
    return made


async def _record_made(connection: AsyncConnection, series: Series, made: dict[str, int], *, act: Act) -> None:
    if made:
        data = {"count": len(made), "first": min(made.values()), "last": max(made.values())}
        await record_activity(connection, act=act, what="cards.made", record=f"series:{series.code}", data=data)


async def load_series_by_code(
    connection: AsyncConnection, code: str, *, field: str | None = None, lock: bool = False
) -> Series:
    """Load a series, and lock it against changes if asked to. Raises SeriesUnknownError."""
    find = lock_series if lock else find_series
    series = await find(connection, code)
    if series is None:
        raise SeriesUnknownError("there is no series of this code", field=field)
    return series


def first_state(series: Series) -> CardState:
    """Give the state of a new card: usable at once, unless its series wants it activated."""
    return "active" if series.settings.activation == "none" else "issued"


async def load_card(connection: AsyncConnection, card_id: int, *, lock: bool = False) -> Card:
    """Load a card by its identifier. Raises CardUnknownError."""
    card = await repository.find_card(connection, card_id, lock=lock)
    if card is None:
        raise CardUnknownError("no card has this identifier")
    return card


async def change_card(
    connection: AsyncConnection, card_id: int, changes: OwnSettings, *, act: Act, seen: str | None = None
) -> Card:
    """Give a card settings of its own, take them back, or move it to another series of its kind; own values stay.

    An expired card whose last day is moved on is active again. `seen` is the edition that whoever changes it was shown.
    Raises CardUnknownError, AlreadyReplacedError, CardChangedError, SeriesUnknownError, SettingRefusedError.
    """
    card = await load_card(connection, card_id, lock=True)
    if card.state == "replaced":
        raise AlreadyReplacedError("another card took its place: change that one")
    before = await load_series(connection, card.series_id)
    series = before if changes.series is UNSET else await _load_target(connection, before, changes.series)
    columns = {
        "series_id": series.id,
        "own_percent": changes.percent,
        "own_credit_limit": changes.credit_limit,
        "own_expires_on": changes.expires_on,
        "holder_id": changes.holder_id,
    }
    asked = {name: value for name, value in columns.items() if value is not UNSET}
    values: dict[str, object] = {name: value for name, value in asked.items() if getattr(card, name) != value}
    if not values:
        return card
    refuse_unseen(card, seen)
    old: dict[str, object] = {name: getattr(card, name) for name in values}
    new = dict(values)
    if "series_id" in values:  # people know it by its code
        old["series"], new["series"] = before.code, series.code
        del old["series_id"], new["series_id"]
    if not PRICING_COLUMNS.isdisjoint(values):
        await repository.keep_past(connection, card, cause="card.changed", now=act.at)
    await repository.change_card(connection, card_id, values | _limit_values(card, series, changes))
    await record_act(connection, card_id, "card.changed", {"old": old, "new": new}, act=act)
    if "holder_id" in values:
        await _record_holders(connection, card, changes.holder_id, act=act)
    return await _revive(connection, await load_card(connection, card_id), series, act=act)


async def _record_holders(
    connection: AsyncConnection, card: Card, holder_id: int | UnsetType | None, *, act: Act
) -> None:
    """Let the journal of whoever held the card and of whoever holds it now tell so."""
    for what, party_id in (("card.unlinked", card.holder_id), ("card.linked", holder_id)):
        if isinstance(party_id, int):
            data = {"card": card.card_id}
            record = f"party:{party_id}"
            await record_activity(connection, act=act, what=what, record=record, party_id=party_id, data=data)


def refuse_unseen(card: Card, seen: str | None) -> None:
    """Raise CardChangedError where a locked card's settings are not those that were shown; None are any."""
    if seen not in (None, card.edition):
        raise CardChangedError("somebody else changed the card's settings meanwhile: look at them and try again")


async def _load_target(connection: AsyncConnection, before: Series, code: str) -> Series:
    """Load the series that a card moves to. Raises SeriesUnknownError, SettingRefusedError."""
    series = await load_series_by_code(connection, code, field="series")
    if series.settings.kind != before.settings.kind:
        raise SettingRefusedError(f"a {before.settings.kind} card stays in series of its kind", field="series")
    return before if series.id == before.id else series


def _limit_values(card: Card, series: Series, changes: OwnSettings) -> dict[str, object]:
    """Give the limit that acts and the overdraft that keeps what is owed beyond a lowered one; nothing if it stays."""
    own = card.own_credit_limit if changes.credit_limit is UNSET else changes.credit_limit
    limit = series.settings.credit_limit if own is None else own
    if limit == card.credit_limit:
        return {}
    return {"credit_limit": limit, "overdraft": max(0, card.held - card.balance - limit)}


async def _revive(connection: AsyncConnection, card: Card, series: Series, *, act: Act) -> Card:
    """Make an expired card active again whose last day was moved on."""
    if card.state != "expired":
        return card
    today = act.at.astimezone(await load_zone(connection)).date()
    last = card.expires_on(series)
    if last is not None and last < today:
        return card
    return await _move(connection, card.card_id, "active", reason=None, act=act)


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
    series = await load_series(connection, card.series_id)
    waits = series.settings.activation != "none" and card.activated_on is None
    return await _move(connection, card_id, "issued" if waits else "active", reason=reason, act=act)


async def activate_card(connection: AsyncConnection, card_id: int, *, today: date, act: Act) -> Card:
    """Activate an issued card and start its term. Raises CardUnknownError, TransitionRefusedError."""
    card = await load_card(connection, card_id, lock=True)
    if card.state == "active":
        return card
    if card.state != "issued":
        raise TransitionRefusedError(f"the card is {card.state} and cannot be activated")
    term = (await load_series(connection, card.series_id)).settings.term
    values: dict[str, object] = {"activated_on": today}
    if term is not None and card.own_expires_on is None:
        values["own_expires_on"] = last_day(today, term)
        await repository.keep_past(connection, card, cause="card.active", now=act.at)
    await repository.change_card(connection, card_id, values)
    old = {name: getattr(card, name) for name in values}
    await record_act(connection, card_id, "card.changed", {"old": old, "new": values}, act=act)
    return await _move(connection, card_id, "active", reason=None, act=act)


async def _move(connection: AsyncConnection, card_id: int, state: CardState, *, reason: str | None, act: Act) -> Card:
    card = await load_card(connection, card_id, lock=True)
    if card.state == state:
        return card
    if state not in TRANSITIONS[card.state]:
        raise TransitionRefusedError(f"the card is {card.state} and cannot become {state}")
    await repository.change_state(connection, card, state, reason=reason, now=act.at)
    await record_act(connection, card_id, f"card.{state}", {"old": card.state, "new": state, "reason": reason}, act=act)
    return await load_card(connection, card_id)


async def record_act(
    connection: AsyncConnection, card_id: int, what: str, data: Mapping[str, object], *, act: Act
) -> None:
    """Record what was done to a card, with old and new values; dates are written as ISO 8601."""
    plain = {key: _plain(value) for key, value in data.items()}
    await record_activity(connection, act=act, what=what, record=f"card:{card_id}", card_id=card_id, data=plain)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value
