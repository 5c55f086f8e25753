"""The activity journal: who did what to which record, written in the transaction of the act.

One append-only table serves audit, timelines and live pages. It never holds a card number or a secret: records are
named by their identifiers.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Identity, Table, Text, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from database.metadata import metadata

activity = Table(
    "activity",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("actor", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("card_id", BigInteger),
    Column("party_id", BigInteger),
    Column("data", JSONB(none_as_null=True)),
)


class Act(msgspec.Struct, frozen=True):
    """Who acts and when; handed down from the edge to every use case that changes something.

    `actor` names a user, a till or the command line: `user:nora`, `till:0007/3`, `command`.
    """

    actor: str
    at: datetime


async def record_activity(
    connection: AsyncConnection,
    *,
    act: Act,
    what: str,
    record: str,
    card_id: int | None = None,
    party_id: int | None = None,
    data: Mapping[str, object] | None = None,
) -> None:
    """Add one row: `what` as `card.blocked`, `record` as `card:17`, `data` with old and new values.

    People's data never stand in it, for a row is kept for ever; `party_change` keeps them where they can be erased.
    """
    row = {
        "at": act.at,
        "actor": act.actor,
        "act": what,
        "record": record,
        "card_id": card_id,
        "party_id": party_id,
        "data": data,
    }
    await connection.execute(insert(activity).values(row))


async def record_activities(
    connection: AsyncConnection,
    *,
    act: Act,
    what: str,
    cards: Sequence[tuple[int, Mapping[str, object]]] = (),
    parties: Sequence[tuple[int, Mapping[str, object]]] = (),
) -> None:
    """Add a row for each of some cards or parties, by identifier, that one act changed."""
    same = {"at": act.at, "actor": act.actor, "act": what}
    rows = [same | {"record": f"card:{one}", "card_id": one, "party_id": None, "data": data} for one, data in cards]
    rows += [same | {"record": f"party:{one}", "card_id": None, "party_id": one, "data": data} for one, data in parties]
    if rows:
        await connection.execute(insert(activity), rows)
