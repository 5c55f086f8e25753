"""What a database of an earlier version becomes."""

import secrets
from collections.abc import AsyncIterator
from datetime import date
from importlib.resources import files

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from database.embedded import Server, database_dsn
from database.engine import Database, make_engine
from database.migrate import SchemaTooNewError, list_revisions, migrate
from database.partitions import ensure_months
from loyalty.accounts.verify import verify_ledgers
from tests.conftest import _execute

CARDS, ENTRIES = 7, 40


@pytest.fixture
async def first_schema(postgres: Server) -> AsyncIterator[str]:
    """Give the address of a database with the schema of the first version, some months made."""
    name = f"test_{secrets.token_hex(6)}"
    await _execute(postgres, f"create database {name}")
    url = database_dsn(postgres, name)
    engine = make_engine(url, role=None, pooled=False)
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade_to_first)
        await ensure_months(connection, date(2026, 10, 1), date(2026, 11, 1))
    await engine.dispose()
    yield url
    await _execute(postgres, f"drop database {name} with (force)")


def _upgrade_to_first(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("database") / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


def test_files_of_migrations_are_named_by_their_revisions() -> None:
    scripts = ScriptDirectory(str(files("database") / "migrations"))
    assert list_revisions() == [script.revision for script in scripts.walk_revisions()][::-1]


async def test_schema_of_this_version_is_left_alone_and_of_a_newer_one_refused(database_url: str) -> None:
    assert not await migrate(database_url)
    await _execute_all(database_url, "update alembic_version set version_num = '9999'")
    with pytest.raises(SchemaTooNewError, match="has schema 9999"):
        await migrate(database_url)


async def test_entries_of_the_first_version_are_chained(first_schema: str) -> None:
    """PAP-22."""
    await _execute_all(first_schema, _ENTRIES_OF_FIRST)

    assert await migrate(first_schema)

    database = Database(first_schema)
    verified = await database.run(verify_ledgers)
    await database.close()
    assert (verified.entries, verified.cards) == (CARDS * ENTRIES, CARDS + 1)
    assert [line for line in verified.differences if "entered" in line] == []
    assert await _fetch(first_schema, "select count(*) from card where chain is null") == 1, "the card that is unused"


async def test_entry_altered_after_its_chaining_is_named(first_schema: str) -> None:
    await _execute_all(first_schema, _ENTRIES_OF_FIRST)
    await migrate(first_schema)

    await _execute_all(first_schema, "update ledger set amount = amount + 1 where card_id = 3 and seq = 17")

    database = Database(first_schema)
    verified = await database.run(verify_ledgers)
    await database.close()
    assert [line for line in verified.differences if "entered" in line] == [
        "card 3, entry 17 of points: the entry is not what was entered"
    ]


_ENTRIES_OF_FIRST = f"""
insert into installation (currency, places, timezone) values ('EUR', 2, 'UTC');
insert into series (code, version, definition) values ('GOLD', 1, '{{"name": "Gold", "kind": "credit"}}');
insert into card (card_id, number, series_id, state) select n, 'N' || n, 1, 'active' from generate_series(1, {CARDS} + 1) n;
insert into card_number select number, card_id from card;
insert into ledger (card_id, business_date, seq, account, amount, after, source, source_uid, corrects, at)
select c, date '2026-09-20' + (e * 7 % 60), e, (array['turnover', 'money', 'points'])[e % 3 + 1], e, 0, 'adjust', gen_random_uuid(),
    nullif(e % 5, 0), timestamptz '2026-11-01 10:00:00.123456+02' + make_interval(secs => e)
from generate_series(1, {CARDS}) c, generate_series(1, {ENTRIES}) e;
update card c set version = {ENTRIES} where card_id <= {CARDS};
"""


async def _execute_all(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


async def _fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
