"""The tables as the code knows them and the schema as the migrations make it are the same."""

import importlib
import pkgutil
from typing import Any  # Alembic types its differences as tuples of anything

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.schema import SchemaItem

import api.auth
import crm
import database
import loyalty
from database.engine import make_engine
from database.metadata import metadata

ONLY_IN_THE_SCHEMA = {"index", "unique_constraint", "foreign_key_constraint"}
"""What guards the tables stands in the schema alone; the code needs to know columns."""


def _import_all_tables() -> None:
    for package in (database, loyalty, crm, api.auth):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] in {"tables", "activity", "jobs"}:
                importlib.import_module(module.name)


def _is_known(_: SchemaItem, name: str | None, kind: str, is_reflected: bool, __: SchemaItem | None) -> bool:  # noqa: FBT001 # Alembic calls it so
    """Leave out what the code has no table for: partitions, and the installation's tables of plain SQL."""
    if kind == "table":
        return not is_reflected or name in metadata.tables
    return kind not in ONLY_IN_THE_SCHEMA


def _differences(connection: Connection) -> list[Any]:
    options = {"include_object": _is_known, "compare_type": True}
    found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    return found


async def _compare(url: str, *changes: str) -> list[Any]:
    engine = make_engine(url, role=None, pooled=False)
    try:
        async with engine.connect() as connection:
            for change in changes:
                await connection.execute(text(change))
            return await connection.run_sync(_differences)
    finally:
        await engine.dispose()


async def test_tables_of_the_code_are_those_of_the_schema(database_url: str) -> None:
    _import_all_tables()

    assert {"card", "receipt", "ledger", "document", "party", "access_token"} <= metadata.tables.keys()
    assert await _compare(database_url) == []


async def test_column_that_only_one_side_knows_is_noticed(database_url: str) -> None:
    _import_all_tables()

    missing = await _compare(database_url, "alter table card drop column points")
    other_type = await _compare(database_url, "alter table card alter purchases type text")
    nullable = await _compare(database_url, "alter table card alter purchases drop not null")

    assert [difference[0] for difference in missing] == ["add_column"]
    assert [difference[0][0] for difference in (*other_type, *nullable)] == ["modify_type", "modify_nullable"]
