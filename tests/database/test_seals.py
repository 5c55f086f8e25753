"""Seals on the journal: a changed, missing or added row of a past day breaks the seal of its day."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from database.activity import Act, record_activity
from database.engine import Database
from database.seals import find_seal, list_broken_seals, seal_days, settled_day

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FIRST = date(2026, 11, 10)


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[Database]:
    """Give the database as its owner, with three acts on each day from the tenth to the nineteenth but the fifteenth."""
    found = Database(database_url, role=None)
    for day in (FIRST + timedelta(days=count) for count in range(10)):
        for hour in (0, 12, 23) if day.day != 15 else ():
            at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=hour, minutes=59)
            await found.run(
                record_activity, act=Act("user:nora", at), what="card.blocked", record="card:1", data={"a": 1}
            )
    yield found
    await found.close()


async def broken(owner: Database) -> list[str]:
    """Name the broken seals."""
    return await owner.run(list_broken_seals, most=20)


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_settled_days_are_sealed_once_empty_ones_too(owner: Database) -> None:
    sealed = await owner.run(seal_days, now=NOW)

    assert (sealed[0], sealed[-1], len(sealed)) == (FIRST, date(2026, 11, 18), 9)
    assert settled_day(NOW) == date(2026, 11, 19)
    assert await owner.run(seal_days, now=NOW) == []
    assert await owner.run(seal_days, now=NOW + timedelta(days=1)) == [date(2026, 11, 19)]
    assert await broken(owner) == []


async def test_journal_without_rows_has_nothing_to_seal(database_url: str) -> None:
    empty = Database(database_url, role=None)
    assert await empty.run(seal_days, now=NOW) == []
    assert await broken(empty) == []
    await empty.close()


async def test_rows_of_days_that_are_not_settled_may_still_come(owner: Database) -> None:
    await owner.run(seal_days, now=NOW)
    await owner.run(
        record_activity, act=Act("user:nora", NOW - timedelta(days=1)), what="card.blocked", record="card:1"
    )

    assert await broken(owner) == []


ON_THE_TWELFTH = "where at >= '2026-11-12 12:00' and at < '2026-11-12 13:00'"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (f"update activity set actor = 'user:olga' {ON_THE_TWELFTH}", "activity of 2026-11-12: a row, or the seal, is not what was sealed"),
        (f"update activity set data = '{{\"a\": 2}}' {ON_THE_TWELFTH}", "activity of 2026-11-12: a row, or the seal, is not what was sealed"),
        (f"update activity set card_id = 7 {ON_THE_TWELFTH}", "activity of 2026-11-12: a row, or the seal, is not what was sealed"),
        (f"delete from activity {ON_THE_TWELFTH}", "activity of 2026-11-12: 3 rows were sealed, there are 2"),
        ("delete from activity where at < '2026-11-11'", "activity of 2026-11-10: 3 rows were sealed, there are 0"),
        (
            "insert into activity (at, actor, act, record) values ('2026-11-15 10:00', 'x', 'y', 'z')",
            "activity of 2026-11-15: 0 rows were sealed, there are 1",
        ),
        (
            "insert into activity (at, actor, act, record) values ('2026-11-01 10:00', 'x', 'y', 'z')",
            "activity of 2026-11-01: 1 rows on a day before the first seal",
        ),
        ("delete from activity_seal where day = '2026-11-13'", "activity of 2026-11-14: the seal of the day before is missing"),
        (
            "update activity_seal set hash = sha256('forged') where day = '2026-11-18'",
            "activity of 2026-11-18: a row, or the seal, is not what was sealed",
        ),
    ],
)  # fmt: skip
async def test_changed_missing_or_added_row_of_a_sealed_day_is_found(
    owner: Database, database_url: str, change: str, expected: str
) -> None:
    """A changed or missing row of the journal is detected, and its day named."""
    await owner.run(seal_days, now=NOW)

    await execute(database_url, change)

    assert expected in await broken(owner)


async def test_seal_covers_the_day_before(owner: Database, database_url: str) -> None:
    """Whoever seals a changed day anew breaks the day after it."""
    await owner.run(seal_days, now=NOW)
    before = await owner.run(find_seal, date(2026, 11, 12))
    await execute(
        database_url, f"delete from activity {ON_THE_TWELFTH}; delete from activity_seal where day >= '2026-11-12'"
    )
    await owner.run(seal_days, now=NOW)
    assert await broken(owner) == []

    assert await owner.run(find_seal, date(2026, 11, 12)) != before, "the log remembers another one"
