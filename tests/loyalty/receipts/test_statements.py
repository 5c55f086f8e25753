"""The hot statements fit the migrated schema, and none of them reads a table from end to end."""

import json
import re
from collections.abc import Iterator
from typing import Any  # plans are free in their shapes

from database.hot import open_pool
from loyalty.cards.statements import LOOKUP
from loyalty.receipts import rating, statements

RATING = {name: getattr(rating, name) for name in ("_DAYS", "_POSTED", "_PAST", "_RATE")}
HOT = {name: text for name, text in vars(statements).items() if name.isupper()} | RATING | {"LOOKUP": LOOKUP}
SMALL = {"installation", "awaited_original"}
"""One row, and what waits at the moment."""


def _scans(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give each scan and its table; an index that is read through from end to end is as slow as its table."""
    if "Relation Name" in plan and plan["Node Type"] != "ModifyTable":
        by_key = "Index" not in plan["Node Type"] or "Index Cond" in plan
        yield plan["Node Type"] if by_key else "Whole Index", plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from _scans(part)


async def _explain(database_url: str, statement: str) -> list[tuple[str, str]]:
    """Give the scans of a statement's plan."""
    return list(_scans(await _plan(database_url, statement)))


def _nodes(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["Node Type"]
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


async def _plan(database_url: str, statement: str) -> dict[str, Any]:
    """Give the plan that serves whatever is asked, as a connection keeps it after some runs."""
    nothing = ", ".join(["null"] * max((int(number) for number in re.findall(r"\$(\d+)", statement)), default=0))
    pool = await open_pool(database_url, size=1)
    try:
        async with pool.acquire() as connection:
            await connection.execute(f"set plan_cache_mode = force_generic_plan; prepare hot as {statement}")
            told = await connection.fetchval(f"explain (format json) execute hot{nothing and f'({nothing})'}")
    finally:
        await pool.close()
    plan: dict[str, Any] = json.loads(told)[0]["Plan"]
    return plan


async def test_hot_statements_read_by_keys_only(database_url: str) -> None:
    read_through = {}
    for name, statement in HOT.items():
        scans = await _explain(database_url, statement)
        read_through[name] = {table for node, table in scans if node in {"Seq Scan", "Whole Index"}} - SMALL

    assert {name: tables for name, tables in read_through.items() if tables} == {}
    assert len(read_through) > 10


async def test_statement_that_has_no_key_to_read_by_is_noticed(database_url: str) -> None:
    scans = await _explain(database_url, "select from receipt_line where sku = $1")

    assert {node for node, _ in scans} == {"Seq Scan"}


async def test_statement_that_reads_a_whole_index_is_noticed(database_url: str) -> None:
    either = "uid = $1 or (store, till) in (select * from unnest($2::text[], $3::text[]))"
    scans = await _explain(database_url, f"select uid from receipt_key where {either} order by uid")

    assert {node for node, _ in scans} == {"Whole Index"}


async def test_lookup_reads_rows_by_their_keys_and_holds_only_where_there_are_any(database_url: str) -> None:
    scans = await _explain(database_url, LOOKUP)

    assert sorted(table for _, table in scans) == [
        "card",
        "card",
        "card",
        "card_number",
        "hold",
        "hold",
        "installation",
    ]


async def test_all_that_was_posted_on_a_card_is_grouped_and_not_joined(database_url: str) -> None:
    """Of a card that sold thousands since its tables were last analysed a join would be made row by row."""
    nodes = set(_nodes(await _plan(database_url, RATING["_POSTED"])))

    assert {node for node in nodes if "Join" in node or "Loop" in node} == set()
    assert "Append" in nodes
