"""Makes the data folder of a busy company: a journal of so many acts, and the records that its rows are about.

The server makes the rows itself, in a few statements straight into the tables, as the product would have left them: the
newest acts are about the newest records. Indexes are taken away meanwhile and made anew. Of ten acts four are receipts
of tills; the others are spread over every source, and some kinds are as rare as they are in life.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from api.commands.places import POSTGRES_FOLDER
from benchmarks.parties.making import open_company, without_indexes
from database.embedded import running

PARTIES, PROJECTS = 99_991, 4_999
"""Primes, so that each has acts of every kind."""

RECORDS_SHARE = 10
"""There is one task, one event and one work for so many acts, and a business document for four times as many."""

FIRST, LAST = datetime(2024, 11, 1, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
Say = Callable[[str], None]


def make(folder: Path, *, acts: int, say: Say) -> None:
    """Make the folder; it must be empty or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # root's PostgreSQL runs under another account, which must be able to enter
    with running(folder / POSTGRES_FOLDER, say=say, settings={"max_wal_size": "8GB"}) as server:
        asyncio.run(_make(server.dsn, acts=acts, say=say))


async def _make(dsn: str, *, acts: int, say: Say) -> None:
    await open_company(dsn)
    given = {
        "acts": acts,
        "parties": min(PARTIES, acts),
        "projects": min(PROJECTS, acts),
        "records": acts // RECORDS_SHARE,
        "documents": acts // RECORDS_SHARE // 4,
        "first": f"timestamptz '{FIRST.isoformat()}'",
        "step": f"interval '{(LAST - FIRST).total_seconds() / acts:.6f} seconds'",
    }
    connection = await asyncpg.connect(dsn)
    try:
        for table, statement in _TABLES.items():
            async with without_indexes(connection, table):
                await connection.execute(statement.format(**given), timeout=None)
            say(f"{table} is in")
        await connection.execute("vacuum analyze", timeout=None)
    finally:
        await connection.close()


_MOMENT = "{first} + n * ({step} * {acts} / {records})"
_TITLE = (
    "(array['Oak', 'Glass', 'Roof', 'Stairs', 'Door', 'Floor', 'Paint'])[n % 7 + 1] || ' for hall ' || n % 997"
    " || case when n % 1009 = 0 then ' walnut' else '' end || ', lot N' || n"
)
"""A word that every title holds, seven that many hold, one in a thousand, and a number of its own."""

_TABLES = {
    "party": """
insert into party (kind, name, legal_status_id, created_at, changed_at)
select 'organisation', 'Company ' || n || ' of ' || (array['Quay', 'Mill', 'Garden'])[n % 3 + 1],
    (select min(id) from directory_entry where directory = 'legal_status'), {first}, {first}
from generate_series(1, {parties}) n""",
    "card": """
insert into card (card_id, number, series_id, state, holder_id)
select n, '29' || lpad(n::text, 11, '0'), 1, 'active', n from generate_series(1, {parties}) n""",
    "project": """
insert into project (name, kind_id, party_id, created_at, changed_at)
select 'Project ' || n, (select min(id) from directory_entry where directory = 'project_kind'), n, {first}, {first}
from generate_series(1, {projects}) n""",
    "task": f"""
insert into task (kind_id, state_id, state_since, title, author_id, executor_id, due_at, party_id, project_id,
    created_at, changed_at, closed_at)
select s.kind_id, s.id, m.at, {_TITLE}, 1, 1, m.at + n % 9 * interval '1 day', n % {{parties}} + 1,
    n % {{projects}} + 1, m.at, m.at, case when s.stage in ('done', 'dropped') then m.at + n % 11 * interval '1 day' end
from generate_series(1, {{records}}) n cross join lateral (select {_MOMENT}) m (at)
join task_state s on s.kind_id = (select min(id) from task_kind)
    and s.code = case when n % 50 = 0 then 'dropped' when n % 8 = 0 then 'new' else 'done' end""",
    "event": f"""
insert into event (kind_id, topic, zone, starts_at, ends_at, author_id, responsible_id, party_id, project_id,
    completed_at, created_at, changed_at)
select n % 4 + 1, {_TITLE}, 'Europe/Sofia', m.at + n % 5 * interval '1 day',
    m.at + n % 5 * interval '1 day' + interval '1 hour', 1, 1, n % {{parties}} + 1, n % {{projects}} + 1,
    case when n % 6 = 0 then m.at + n % 7 * interval '1 day' end, m.at, m.at
from generate_series(1, {{records}}) n, lateral (select {_MOMENT}) m (at)""",
    "feed_entry": f"""
insert into feed_entry (source, uid, kind, title, status, planned_at, actual_at, number, party_id, project_id, actor,
    at)
select (array['scheduling', 'production', 'finished_goods', 'warehouses'])[n % 4 + 1], gen_random_uuid(),
    'crew_assigned', {_TITLE}, 'agreed', m.at + interval '3 days',
    case when n % 10 > 0 then m.at + n % 5 * interval '1 day' end, 'B-' || n, n % {{parties}} + 1,
    n % {{projects}} + 1, 'token:1', m.at
from generate_series(1, {{records}}) n, lateral (select {_MOMENT}) m (at)""",
    "business_document": """
insert into business_document (kind, number, date, party_id, status, total, planned_on, delivered_on, created_at,
    changed_at)
select 'delivery', 'DEL-' || lpad(n::text, 8, '0'), m.at::date, n % {parties} + 1,
    case when n % 9 = 0 then 'planned' else 'delivered' end, n % 90000, m.at::date + 3,
    case when n % 9 > 0 then m.at::date + n % 5 end, m.at, m.at
from generate_series(1, {documents}) n, lateral (select {first} + n * ({step} * {acts} / {documents})) m (at)""",
    "activity": """
insert into activity (at, actor, act, record, card_id, party_id, project_id, importance)
select {first} + n * {step}, case when n % 20 < 8 then 'till:BER/1' else 'user:u' || n % 17 end, r.act, r.record,
    case when n % 20 < 8 then n % {parties} + 1 end, case when n % 20 > 7 and n % 3 > 0 then n % {parties} + 1 end,
    case when n % 20 between 8 and 17 and n % 3 > 0 then n % {projects} + 1 end,
    case when n % 500 = 9 then 1 when n % 5 = 0 then 3 else 2 end
from generate_series(1::bigint, {acts}) n,
    lateral (select n * {records} / {acts} + 1, n * {documents} / {acts} + 1) k (o, d),
    lateral (select
        case when n % 100003 = 11 then 'dispatcher.pinned' when n % 20003 = 13 then 'survey.made'
            when n % 20 < 8 then 'receipt.posted'
            when n % 20 < 11 then (array['event.made', 'event.changed', 'event.completed'])[n % 3 + 1]
            when n % 20 < 14 then (array['task.made', 'task.changed', 'task.moved'])[n % 3 + 1]
            when n % 20 < 17 then
                (array['scheduling', 'production', 'finished_goods', 'warehouses'])[k.o % 4 + 1] || '.crew_assigned'
            when n % 20 = 17 then 'business_document.changed' when n % 20 = 18 then 'party.changed'
            else 'contact.used' end,
        case when n % 20 < 8 then 'receipt:' || md5(n::text)::uuid
            when n % 20 < 11 then 'event:' || k.o when n % 20 < 14 then 'task:' || k.o
            when n % 20 < 17 then 'feed_entry:' || k.o when n % 20 = 17 then 'business_document:' || k.d
            else 'party:' || n % {parties} + 1 end) r (act, record)""",
}
