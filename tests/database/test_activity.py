"""The activity journal keeps what it was given, and nothing where there was nothing."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from api.state import Service
from database.activity import CHANNEL, Act, record_activities, record_activity
from tests.conftest import ACT


@pytest.mark.parametrize(("data", "is_null"), [(None, True), ({}, False), ({"old": None, "new": 1}, False)])
async def test_absent_data_is_null_to_sql_and_not_to_json(
    service: Service, data: dict[str, object] | None, *, is_null: bool
) -> None:
    await service.database.run(record_activity, act=ACT, what="card.opened", record="card:1", data=data)
    async with service.database.connection() as connection:
        kept = (
            await connection.execute(text("select data is null, data from activity where act = 'card.opened'"))
        ).one()
    assert tuple(kept) == (is_null, data)


@pytest.mark.parametrize("actor", ["user:nora", "till:0007/3"])
async def test_what_tills_do_tells_nobody_one_by_one_or_many_at_once(
    service: Service, database_url: str, actor: str
) -> None:
    """Transactions that tell something commit one after the other: tills do not wait for each other."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(database_url)
    await connection.add_listener(CHANNEL, lambda *told: heard.put_nowait(told[-1]))
    act = Act(actor, ACT.at)
    await service.database.run(record_activity, act=act, what="card.blocked", record="card:1")
    await service.database.run(record_activities, act=act, what="card.blocked", cards=[(1, {}), (2, {})])
    await connection.execute("select pg_notify($1, 'last')", CHANNEL)

    told = [await heard.get()]
    while told[-1] != "last":
        told.append(await heard.get())
    await connection.close()

    assert len(told) - 1 == (2 if actor.startswith("user") else 0)
