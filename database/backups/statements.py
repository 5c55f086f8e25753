"""All SQL of backups: what a database is made of, and how a transaction lets go of foreign keys and takes them back.

Tables are those of the schema `public` that no extension brought; partitions are left to the table they are parts of.
Alembic's own table is none of them: the revision stands in the manifest.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

import asyncpg
from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from database.backups.model import Kept
from database.partitions import PARTITIONED

ALEMBIC: Final = "alembic_version"
_MONTH: Final = re.compile(rf"(?:{'|'.join(PARTITIONED)})_(\d{{4}})(\d{{2}})")


class ForeignKey(Struct, frozen=True):
    """A foreign key: names as SQL has them, and what comes after `add constraint NAME`."""

    table: str
    name: str
    definition: str


def quoted(name: str) -> str:
    """Write a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


async def settle_forms(connection: asyncpg.Connection) -> None:
    """Let values be written and read in one form, whatever the server's own settings are."""
    await connection.execute(
        "set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601'; set local bytea_output = 'hex';"
        " set local extra_float_digits = 1; set local search_path = public; set local statement_timeout = 0;"
        " set local idle_in_transaction_session_timeout = 0"
    )


async def find_revision(connection: asyncpg.Connection) -> str | None:
    """Find the revision of the schema; None where there are no tables of ours."""
    if await connection.fetchval("select to_regclass('public.alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("select version_num from public.alembic_version")
    return revision


async def has_history(connection: asyncpg.Connection) -> bool:
    """Tell whether anything was ever done in the database: every act leaves its row in the journal."""
    return bool(await connection.fetchval("select exists (select from public.activity)"))


async def lock_history(connection: AsyncConnection) -> None:
    """Let nobody else add to the journal until the transaction ends."""
    await connection.execute(text("lock table public.activity in access exclusive mode"))


async def list_columns(connection: asyncpg.Connection, kept: Kept) -> dict[str, tuple[str, ...]]:
    """List the columns that are to be kept of each table that is, by the table's name."""
    rows = await connection.fetch(_COLUMNS)
    columns: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if row["table"] not in kept.left_out | {ALEMBIC} and (row["table"], row["column"]) not in kept.renewed:
            columns[row["table"]] = (*columns.get(row["table"], ()), row["column"])
    return columns


async def list_months(connection: asyncpg.Connection) -> tuple[date, ...]:
    """List the months that have partitions of their own."""
    names = await connection.fetch("select relname from pg_class where relispartition and relkind = 'r'")
    found = {_MONTH.fullmatch(row["relname"]) for row in names}
    return tuple(sorted(date(int(one[1]), int(one[2]), 1) for one in found if one is not None))


async def list_sequences(connection: asyncpg.Connection) -> dict[str, int]:
    """List the last number that each sequence gave; one that gave none is left out."""
    rows = await connection.fetch(
        "select sequencename, last_value from pg_sequences where schemaname = 'public' and last_value is not null"
    )
    return {row["sequencename"]: row["last_value"] for row in rows}


async def set_sequences(connection: asyncpg.Connection, numbers: Mapping[str, int]) -> None:
    """Let each sequence go on after the last number that it gave."""
    names = [f"public.{quoted(name)}" for name in numbers]
    await connection.execute(
        "select setval(n::regclass, v) from unnest($1::text[], $2::bigint[]) one(n, v)", names, list(numbers.values())
    )


async def empty_tables(connection: asyncpg.Connection) -> None:
    """Remove what migrations put into tables: the backup has it as the shop made it."""
    names = {row["table"] for row in await connection.fetch(_COLUMNS)} - {ALEMBIC}
    await connection.execute(f"truncate {', '.join(f'public.{quoted(name)}' for name in sorted(names))}")


async def drop_foreign_keys(connection: asyncpg.Connection) -> list[ForeignKey]:
    """Drop all foreign keys, so that tables may be filled in any order; gives them to be made again."""
    keys = [ForeignKey(row["table"], row["name"], row["definition"]) for row in await connection.fetch(_FOREIGN_KEYS)]
    await _execute_all(connection, [f"alter table {key.table} drop constraint {key.name}" for key in keys])
    return keys


async def make_foreign_keys(connection: asyncpg.Connection, keys: Sequence[ForeignKey]) -> None:
    """Make foreign keys again: every row is held against them."""
    await connection.execute("set constraints all immediate")
    await _execute_all(
        connection, [f"alter table {key.table} add constraint {key.name} {key.definition}" for key in keys]
    )


async def _execute_all(connection: asyncpg.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        await connection.execute(statement)


_COLUMNS: Final = """
select c.relname as table, a.attname as column
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
order by c.relname, a.attnum
"""

_FOREIGN_KEYS: Final = """
select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
from pg_constraint
where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace
order by conrelid, conname
"""
