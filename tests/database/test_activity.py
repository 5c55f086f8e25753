"""The activity journal keeps what it was given, and nothing where there was nothing."""

import pytest
from sqlalchemy import text

from api.state import Service
from database.activity import record_activity
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
