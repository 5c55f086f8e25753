"""All SQL of the snapshot at a till, and its tables. Functions over one SQLite connection."""

import sqlite3
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

SCHEMA: Final = """
    create table if not exists card (
        hash blob primary key,
        content blob not null,
        seal integer not null
    ) strict, without rowid;
    create table if not exists part (
        name text primary key,
        content blob not null,
        seal integer not null
    ) strict, without rowid;
"""
"""A snapshot can be fetched anew: what has another version is made anew, empty."""

VERSION: Final = 1


class SealedRow(Struct, frozen=True):
    """A row with its seal."""

    name: bytes
    content: bytes
    seal: int


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables where they are missing, and anew where they are another version's."""
    if connection.execute("pragma user_version").fetchone()[0] != VERSION:
        connection.execute("drop table if exists card")
        connection.execute("drop table if exists part")
    for statement in SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute(f"pragma user_version = {VERSION}")


def find_card(connection: sqlite3.Connection, name: bytes) -> SealedRow | None:
    """Find a card by the hash of its number."""
    row = connection.execute("select hash, content, seal from card where hash = ?", (name,)).fetchone()
    return None if row is None else SealedRow(*row)


def save_cards(connection: sqlite3.Connection, rows: Iterable[SealedRow]) -> tuple[int, int]:
    """Keep cards in the place of those of the same hash; gives how the sum of all seals and their number change."""
    total = more = 0
    for row in rows:
        before = connection.execute("select seal from card where hash = ?", (row.name,)).fetchone()
        connection.execute(
            "insert into card (hash, content, seal) values (?1, ?2, ?3)"
            " on conflict do update set content = ?2, seal = ?3",
            (row.name, row.content, row.seal),
        )
        total += row.seal - (0 if before is None else int(before[0]))
        more += before is None
    return total, more


def sum_seals(connection: sqlite3.Connection) -> tuple[int, int]:
    """Give the sum of the seals of all cards and their number."""
    row = connection.execute(
        "select coalesce(sum(seal & 4294967295), 0), coalesce(sum(seal >> 32), 0), count(*) from card"
    ).fetchone()
    low, high, count = map(int, row)
    return low + (high << 32), count


def delete_all(connection: sqlite3.Connection) -> None:
    """Forget everything."""
    connection.execute("delete from card")
    connection.execute("delete from part")


def find_part(connection: sqlite3.Connection, name: str) -> SealedRow | None:
    """Find a part that is no card."""
    row = connection.execute("select content, seal from part where name = ?", (name,)).fetchone()
    return None if row is None else SealedRow(name.encode(), *row)


def save_part(connection: sqlite3.Connection, part: SealedRow) -> None:
    """Keep a part in the place of the one of the same name."""
    connection.execute(
        "insert into part (name, content, seal) values (?1, ?2, ?3) on conflict do update set content = ?2, seal = ?3",
        (part.name.decode(), part.content, part.seal),
    )
