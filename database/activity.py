"""The activity journal: who did what to which record, written in the transaction of the act.

One append-only table serves audit, timelines and live pages. It never holds a card number or a secret: records are
named by their identifiers.

Whoever watches `CHANNEL` is told that there are new acts. PostgreSQL lets transactions that tell something commit one
after the other; so what tills do and mailings send, by the thousand, tells nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec
from sqlalchemy import BigInteger, Column, DateTime, Identity, SmallInteger, Table, Text, func, insert, text
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
    Column("project_id", BigInteger),
    Column("importance", SmallInteger, nullable=False),
)

CHANNEL: Final = "tallycard_act"
"""Told nothing but that the journal has new acts; see `database.live` for what else it tells."""
SILENT_ACTORS: Final = ("till:", "mailing:")

Importance = Literal[1, 2, 3]
"""High, normal, low: what a dispatcher who looks at what is important alone gets to see is high."""


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
    project_id: int | None = None,
    importance: Importance = 2,
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
        "project_id": project_id,
        "importance": importance,
    }
    statement = insert(activity).values(row)
    if _is_told(act):
        statement = statement.returning(func.pg_notify(CHANNEL, ""))
    await connection.execute(statement)


async def record_activities(
    connection: AsyncConnection,
    *,
    act: Act,
    what: str,
    cards: Sequence[tuple[int, Mapping[str, object]]] = (),
    parties: Sequence[tuple[int, Mapping[str, object]]] = (),
) -> None:
    """Add a row for each of some cards or parties, by identifier, that one act changed, told as one."""
    of_cards = [(f"card:{one}", one, None, msgspec.json.encode(data).decode()) for one, data in cards]
    of_parties = [(f"party:{one}", None, one, msgspec.json.encode(data).decode()) for one, data in parties]
    rows = of_cards + of_parties
    if rows:
        statement = _INSERT_MANY_AND_TELL if _is_told(act) else _INSERT_MANY
        channel = {"channel": CHANNEL} if _is_told(act) else {}
        by_column = zip(("records", "card_ids", "party_ids", "data"), map(list, zip(*rows, strict=True)), strict=True)
        shared = {"at": act.at, "actor": act.actor, "act": what}
        await connection.execute(text(statement), shared | dict(by_column) | channel)


def _is_told(act: Act) -> bool:
    """Tell whether whoever watches is told of an act."""
    return not act.actor.startswith(SILENT_ACTORS)


_INSERT_MANY = """
    insert into activity (at, actor, act, record, card_id, party_id, data)
    select cast(:at as timestamptz), cast(:actor as text), cast(:act as text), r.record, r.card_id, r.party_id,
        cast(r.data as jsonb)
    from unnest(cast(:records as text[]), cast(:card_ids as bigint[]), cast(:party_ids as bigint[]),
        cast(:data as text[])) as r(record, card_id, party_id, data)
"""
_INSERT_MANY_AND_TELL = f"""
    with made as ({_INSERT_MANY} returning id)
    select pg_notify(:channel, '') from (select count(*) from made) one
"""
