"""The SQL of changes of many parties: which are meant, and what was done to each."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.tables import party
from crm.views.model import View
from crm.views.repository.conditions import conditions_of
from crm.views.repository.context import Context
from crm.views.tables import party_bulk_change


class Changed(Struct, frozen=True):
    """What a change did to a party, as plain JSON values."""

    party_id: int
    before: dict[str, object]
    after: dict[str, object]


async def count_meant(connection: AsyncConnection, view: View, context: Context) -> int:
    """Count all parties that a view means, however many."""
    query = select(func.count()).select_from(party).where(*conditions_of(view, context))
    return int((await connection.execute(query)).scalar_one())


async def list_meant(connection: AsyncConnection, view: View, context: Context, *, after: int, limit: int) -> list[int]:
    """List the next parties that a view means, in the order of their identifiers."""
    query = select(party.c.id).where(*conditions_of(view, context), party.c.id > after)
    return list((await connection.execute(query.order_by(party.c.id).limit(limit))).scalars())


async def list_names(connection: AsyncConnection, ids: Sequence[int]) -> list[str]:
    """Give the names of parties in the order of their identifiers."""
    return list(
        (await connection.execute(select(party.c.name).where(party.c.id.in_(ids)).order_by(party.c.id))).scalars()
    )


async def keep_changes(connection: AsyncConnection, job_id: int, changes: Sequence[Changed]) -> None:
    """Keep what a portion of a change did."""
    rows = [{"job_id": job_id, "party_id": one.party_id, "before": one.before, "after": one.after} for one in changes]
    if rows:
        await connection.execute(insert(party_bulk_change), rows)


async def list_changes(connection: AsyncConnection, job_id: int, *, after: int, limit: int) -> list[Changed]:
    """List what a change did, in the order of the parties' identifiers."""
    change = party_bulk_change.c
    query = select(change.party_id, change.before, change.after).where(change.job_id == job_id)
    query = query.where(change.party_id > after).order_by(change.party_id).limit(limit)
    return [Changed(*row) for row in await connection.execute(query)]


async def count_changes(connection: AsyncConnection, job_id: int) -> int:
    """Count the parties that a change changed."""
    query = select(func.count()).where(party_bulk_change.c.job_id == job_id)
    return int((await connection.execute(query)).scalar_one())
