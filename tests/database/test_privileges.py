"""What the service's role may do to what is only ever added to: nothing but add."""

import asyncpg
import pytest

from database.engine import SERVICE_ROLE

APPEND_ONLY = (
    "ledger",
    "activity",
    "series_version",
    "series_rules_version",
    "price_list_version",
    "card_state_change",
    "card_setting_past",
    "rule_run",
    "signal_dismissal",
    "activity_seal",
)
"""Tables whose rows stay as they were written."""


@pytest.fixture
async def tables(database_url: str) -> dict[str, list[str]]:
    """Give each append-only table with its partitions."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(
            """select c.relname as name, array_agg(p.relid::regclass::text) as partitions
            from unnest($1::text[]) t(name) join pg_class c on c.oid = to_regclass(t.name)
            cross join lateral (select c.oid::regclass as relid union select relid from pg_partition_tree(c.oid)) p
            group by 1""",
            list(APPEND_ONLY),
        )
    finally:
        await connection.close()
    return {row["name"]: row["partitions"] for row in rows}


@pytest.mark.parametrize("act", ["update {} set {} = {}", "delete from {}", "truncate {}"])
async def test_rows_are_neither_changed_nor_removed(database_url: str, tables: dict[str, list[str]], act: str) -> None:
    """Append-only is the database's promise: of the tables and of each of their monthly partitions."""
    assert tables.keys() == set(APPEND_ONLY)
    assert {len(tables[name]) > 4 for name in ("ledger", "activity")} == {True}, "a month has partitions of its own"
    connection = await asyncpg.connect(database_url, server_settings={"role": SERVICE_ROLE})
    try:
        for table in [partition for partitions in tables.values() for partition in partitions]:
            column = await connection.fetchval(
                """select attname from pg_attribute where attrelid = to_regclass($1) and attnum > 0
                    and attidentity = '' order by attnum limit 1""",
                table,
            )
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(act.format(table, column, column))
    finally:
        await connection.close()


async def test_rows_are_added_by_the_service_but_for_seals(database_url: str, tables: dict[str, list[str]]) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        query = "select has_table_privilege($1, $2, 'insert')"
        may_add = {table: await connection.fetchval(query, SERVICE_ROLE, table) for table in tables}
    finally:
        await connection.close()
    assert [table for table, may in may_add.items() if not may] == ["activity_seal"]


async def test_service_cannot_change_the_tables_themselves(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, server_settings={"role": SERVICE_ROLE})
    try:
        for act in (
            "drop table ledger",
            "alter table ledger drop column hash",
            "create rule r as on insert to ledger do nothing",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(act)
    finally:
        await connection.close()
