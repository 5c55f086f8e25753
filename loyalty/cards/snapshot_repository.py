"""All SQL of tills' snapshots: which cards changed since a look, without missing one.

The key idea: a card remembers the transaction that changed it last. A look goes up to the oldest transaction that is
still open; whatever commits later has that number or a higher one and is seen by the next look. Some cards may come
twice, none is left out, however long a transaction takes.
"""

from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, bindparam, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.cards.model import CardState
from loyalty.cards.tables import card


class Horizon(Struct, frozen=True):
    """A place in the history of a database: which database in which of its lives, and up to which transaction.

    After a restore the numbers of transactions mean something else, and so has the place another `origin`.
    """

    origin: str
    transaction: int


class ChangedCard(Struct, frozen=True):
    """Of a card what a till's snapshot has of it, with the number that its hash is made of."""

    card_id: int
    number: str
    series_id: int
    state: CardState
    state_since: datetime | None
    own_percent: int | None
    own_expires_on: date | None
    frozen_from: date | None
    frozen_until: date | None


_COLUMNS = [card.c[name] for name in ChangedCard.__struct_fields__]


async def load_horizon(connection: AsyncConnection) -> Horizon:
    """Load the place up to which everything has been committed or never will be."""
    origin: ColumnElement[str] = literal_column("concat_ws('-', system_identifier, timeline_id, left(epoch::text, 8))")
    oldest: ColumnElement[int] = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    query = select(origin, oldest).select_from(text("pg_control_system(), pg_control_checkpoint(), installation"))
    return Horizon(*(await connection.execute(query)).one())


async def list_changed(connection: AsyncConnection, *, since: int, after: int, most: int) -> list[ChangedCard]:
    """List cards that a transaction of this number or a higher one changed, by identifier from behind one."""
    # Written into the statement: a plan for any number would read every card to find the few that changed.
    first = bindparam("since", since, type_=BigInteger, literal_execute=True)
    query = select(*_COLUMNS).where(card.c.changed_in >= first, card.c.card_id > after)
    rows = await connection.execute(query.order_by(card.c.card_id).limit(most))
    return [ChangedCard(*row) for row in rows]
