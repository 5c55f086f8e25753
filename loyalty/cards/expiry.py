"""Ends of cards, written down: active cards whose last day has passed become expired, and back when it was moved on.

Whether a card may be used is told by the day itself, at once. This only lets lists and counts say the same, and the
history keep the moment. It touches nothing but cards that are active or expired.
"""

from datetime import date, tzinfo

from sqlalchemy import ColumnElement, Date, and_, cast, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act, record_activities
from loyalty.cards import repository
from loyalty.cards.catalogue.repository import load_zone
from loyalty.cards.model import Card, CardState
from loyalty.cards.tables import card, series

CARDS_AT_ONCE = 1_000


async def end_cards(connection: AsyncConnection, *, after: int, act: Act) -> int | None:
    """Make cards expired whose last day has passed in the installation's time zone, the next ones after a card_id.

    Gives the card_id to go on after, None at the end. Cards that somebody else is changing are left for another time.
    """
    zone = await load_zone(connection)
    today = act.at.astimezone(zone).date()
    has_ended = or_(card.c.own_expires_on < today, and_(card.c.own_expires_on.is_(None), _series_until() < today))
    return await _move(connection, ("active", "expired"), has_ended, after=after, zone=zone, act=act)


async def revive_cards(connection: AsyncConnection, *, after: int, act: Act) -> int | None:
    """Make expired cards active whose last day was moved on, as by a change of their series; as `end_cards`."""
    zone = await load_zone(connection)
    last = func.coalesce(card.c.own_expires_on, _series_until())
    goes_on = or_(last.is_(None), last >= act.at.astimezone(zone).date())
    return await _move(connection, ("expired", "active"), goes_on, after=after, zone=zone, act=act)


def _series_until() -> ColumnElement[date]:
    return cast(series.c.definition["valid_until"].astext, Date)


async def _move(
    connection: AsyncConnection,
    states: tuple[CardState, CardState],
    is_due: ColumnElement[bool],
    *,
    after: int,
    zone: tzinfo,
    act: Act,
) -> int | None:
    old, new = states
    # The state stands in the text of the statement, so that the index of cards in it is used.
    in_state = card.c.state == literal_column(f"'{old}'")
    query = select(*(card.c[name] for name in Card.__struct_fields__)).join(series)
    query = query.where(in_state, is_due, card.c.card_id > after).order_by(card.c.card_id).limit(CARDS_AT_ONCE)
    found = await connection.execute(query.with_for_update(of=card, key_share=True, skip_locked=True))
    cards = [Card(*row) for row in found]
    if cards:
        await repository.change_states(connection, cards, new, reason=None, zone=zone, now=act.at)
        rows = [(one.card_id, {"old": old, "new": new}) for one in cards]
        await record_activities(connection, act=act, what=f"card.{new}", cards=rows)
    return cards[-1].card_id if len(cards) == CARDS_AT_ONCE else None
