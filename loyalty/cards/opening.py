"""Opening cards that were just made in this transaction: settings of their own, a holder, and the state they begin in.

The key idea: nothing happened to such a card yet, so nothing can refuse and no past is to be kept. What one act at a
time would do to each card is done by one statement for all, and the journal tells the same of each.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activities
from loyalty.cards import opening_repository, repository
from loyalty.cards.catalogue.repository import load_zone
from loyalty.cards.model import Card, Series
from loyalty.cards.opening_repository import OpenedRow
from loyalty.cards.terms import last_day

OpeningState = Literal["active", "blocked", "closed"]


class Opening(Struct, frozen=True):
    """What a new card gets of its own, None being inherited; percent in 1/10000 of a percent, limit in minor units."""

    percent: int | None = None
    credit_limit: int | None = None
    expires_on: date | None = None
    holder_id: int | None = None
    state: OpeningState = "active"


async def open_cards(
    connection: AsyncConnection,
    opened: Mapping[int, Opening],
    series: Series,
    *,
    today: date,
    reason: str,
    act: Act,
) -> None:
    """Open new cards of a series, by identifier; `reason` stands with those that begin blocked or closed."""
    if opened:
        cards = await _give_settings(connection, opened, series, today=today, act=act)
        await _give_states(connection, cards, opened, reason=reason, act=act)


async def _give_settings(
    connection: AsyncConnection, opened: Mapping[int, Opening], series: Series, *, today: date, act: Act
) -> list[Card]:
    """Give cards their settings, and begin the term of those to be active; gives them as they are then."""
    rows = [_row(card_id, one, series, today=today) for card_id, one in opened.items()]
    cards = await opening_repository.open_cards(connection, rows)
    changed = [(row.card_id, _change(row)) for row in rows if any(value is not None for value in row[1:])]
    await record_activities(connection, act=act, what="card.changed", cards=changed)
    held = [(row.holder_id, {"card": row.card_id}) for row in rows if row.holder_id is not None]
    await record_activities(connection, act=act, what="card.linked", parties=held)
    return cards


def _row(card_id: int, opening: Opening, series: Series, *, today: date) -> OpenedRow:
    begins = opening.state == "active" and series.settings.activation != "none"
    last, term = opening.expires_on, series.settings.term
    if begins and last is None and term is not None:
        last = last_day(today, term)
    activated_on = today if begins else None
    return OpenedRow(card_id, opening.percent, opening.credit_limit, last, opening.holder_id, activated_on)


def _change(row: OpenedRow) -> dict[str, object]:
    """Give what the journal says of a card: old and new values, days as ISO 8601."""
    given = {name: value for name, value in row._asdict().items() if name != "card_id" and value is not None}
    new = {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}
    return {"old": dict.fromkeys(new), "new": new}


async def _give_states(
    connection: AsyncConnection, cards: Iterable[Card], opened: Mapping[int, Opening], *, reason: str, act: Act
) -> None:
    moved: dict[OpeningState, list[Card]] = {}
    for card in cards:
        state = opened[card.card_id].state
        if card.state != state:
            moved.setdefault(state, []).append(card)
    zone = await load_zone(connection)
    for state, found in moved.items():
        why = None if state == "active" else reason
        await repository.change_states(connection, found, state, reason=why, zone=zone, now=act.at)
        rows = [(card.card_id, {"old": card.state, "new": state, "reason": why}) for card in found]
        await record_activities(connection, act=act, what=f"card.{state}", cards=rows)
