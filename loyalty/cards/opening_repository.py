"""The SQL of opening cards that were just made: what they get of their own, in one statement."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.model import Card


class OpenedRow(NamedTuple):
    """What a card gets of its own; None is inherited."""

    card_id: int
    own_percent: int | None
    own_credit_limit: int | None
    own_expires_on: date | None
    holder_id: int | None
    activated_on: date | None


async def open_cards(connection: AsyncConnection, rows: Sequence[OpenedRow]) -> list[Card]:
    """Give cards that nothing happened to yet settings of their own; gives the cards as they are then."""
    by_column = dict(zip(OpenedRow._fields, map(list, zip(*rows, strict=True)), strict=True))
    return [Card(*row) for row in await connection.execute(text(_OPEN_CARDS), by_column)]


_OPEN_CARDS = f"""
    update card c
    set own_percent = o.own_percent, own_credit_limit = o.own_credit_limit,
        credit_limit = coalesce(o.own_credit_limit, c.credit_limit), own_expires_on = o.own_expires_on,
        holder_id = o.holder_id, activated_on = o.activated_on
    from unnest(cast(:card_id as bigint[]), cast(:own_percent as bigint[]), cast(:own_credit_limit as bigint[]),
        cast(:own_expires_on as date[]), cast(:holder_id as bigint[]), cast(:activated_on as date[]))
        as o(card_id, own_percent, own_credit_limit, own_expires_on, holder_id, activated_on)
    where c.card_id = o.card_id
    returning {", ".join(f"c.{name}" for name in Card.__struct_fields__)}
"""
