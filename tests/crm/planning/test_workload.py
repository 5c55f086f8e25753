"""The workload in the database: whose days, in a fixed number of queries that read their period alone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.planning.errors import WorkloadRefusedError
from crm.planning.workload import load_workload
from tests.api.people import add_person, statements
from tests.conftest import Caller

SOFIA = ZoneInfo("Europe/Sofia")
MONDAY, SUNDAY = date(2025, 6, 2), date(2025, 6, 8)
_TASKS = """
    insert into task (kind_id, state_id, state_since, title, author_id, executor_id, planned_minutes, starts_at, due_at,
        created_at, changed_at)
    select s.kind_id, s.id, :now, 'Saw', :user, :user, 30,
        case when n % 4 > 0 then timestamptz '2025-01-01' + n * interval '1 hour' end,
        case when n % 4 < 3 and n % 40 > 0 then timestamptz '2025-01-01' + n * interval '1 hour' end, :now, :now
    from generate_series(1, 20000) n, (select id, kind_id from task_state order by id limit 1) s
"""
_READ = "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'task'"


async def test_week_among_years_of_tasks_reads_its_own_and_what_has_no_day(caller: Caller) -> None:
    """PAP-39: by two indexes, with as many queries for one colleague as for many."""
    users = [await add_person(caller.service.database, login=login) for login in ("ann", "bob")]

    async def fill(connection: AsyncConnection) -> None:
        await connection.execute(text(_TASKS), {"user": users[0], "now": datetime(2026, 11, 22, tzinfo=UTC)})

    async def read(connection: AsyncConnection) -> tuple[list[int], int]:
        loads = await load_workload(connection, MONDAY, SUNDAY, zone=SOFIA)
        return [load.planned + load.undated for load in loads], (await connection.execute(text(_READ))).scalar_one()

    await caller.service.database.run(fill)
    with statements(caller.service.database) as run:
        planned, rows_read = await caller.service.database.run(read)

    assert planned == [(7 * 24 - 4) * 30 + 500 * 30, 0]
    assert rows_read < 1_000
    assert len(run) == 5, "colleagues, tasks, events, what has no day, and the count of what was read"


async def test_period_of_a_calendar_quarter_is_refused(caller: Caller) -> None:
    with pytest.raises(WorkloadRefusedError):
        await caller.service.database.run(load_workload, MONDAY, date(2025, 9, 1), zone=SOFIA)
