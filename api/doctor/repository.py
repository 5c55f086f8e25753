"""The SQL of the doctor: what a database says of itself, read in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct, convert
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.queues.repository import TillSign, list_tills
from database.partitions import PARTITIONED, months_ahead, next_month
from database.signs import SignOfLife, list_signs


class Server(Struct, frozen=True):
    """How the PostgreSQL is set up; `version` is such as 180006."""

    version: int
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    now: datetime
    knows_zone: bool
    may_serve: bool


class Facts(Struct, frozen=True):
    """What the database holds of the service's own state."""

    signs: Mapping[str, SignOfLife]
    tills: Sequence[TillSign]
    missing_partitions: Sequence[str]
    stale_jobs: int
    waiting_jobs: int
    mailboxes: int


async def load_server(connection: AsyncConnection, *, timezone: str) -> Server:
    """Load how the server is set up; needs no table of ours."""
    row = (await connection.execute(text(_SERVER), {"zone": timezone})).one()
    return convert(row._asdict(), Server)


async def is_replica(connection: AsyncConnection) -> bool:
    """Tell whether the server is a replica that follows another one."""
    return bool((await connection.execute(text("select pg_is_in_recovery()"))).scalar_one())


async def find_revision(connection: AsyncConnection) -> str | None:
    """Find the revision of the schema; None where there are no tables."""
    if (await connection.execute(text("select to_regclass('alembic_version')"))).scalar() is None:
        return None
    revision: str | None = (await connection.execute(text("select version_num from alembic_version"))).scalar()
    return revision


async def load_facts(connection: AsyncConnection, *, today: date) -> Facts:
    """Load everything else; the schema has to be this version's."""
    row = (await connection.execute(text(_COUNTS))).one()
    return Facts(
        signs=await list_signs(connection),
        tills=await list_tills(connection),
        missing_partitions=await _list_missing(connection, today),
        stale_jobs=row.stale,
        waiting_jobs=row.waiting,
        mailboxes=row.mailboxes,
    )


async def _list_missing(connection: AsyncConnection, today: date) -> list[str]:
    """List partitions of this month and the next that are not there: their rows go to the default partition."""
    this, _ = months_ahead(today)
    names = [f"{table}_{month:%Y%m}" for table in PARTITIONED for month in (this, next_month(this))]
    query = text("select name from unnest(cast(:names as text[])) n(name) where to_regclass(name) is null")
    return list((await connection.execute(query, {"names": names})).scalars())


_SERVER = """
select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync,
    current_setting('full_page_writes') as full_page_writes,
    (select reset_val from pg_settings where name = 'synchronous_commit') as synchronous_commit,
    clock_timestamp() as now,
    exists (select from pg_timezone_names where name = :zone) as knows_zone,
    coalesce((select pg_has_role(oid, 'member') from pg_roles where rolname = 'tallycard_service'), false) as may_serve
"""

_COUNTS = """
select
    (select count(*) from job where state = 'running' and heartbeat_at < now() - interval '2 minutes') as stale,
    (select count(*) from job where state = 'queued' and created_at < now() - interval '10 minutes') as waiting,
    (select count(*) from mailbox) as mailboxes
"""
