"""What a backup says of itself: which schema it fits, and of each table how many rows with which digest."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from msgspec import Struct

FORMAT: Final = 1
"""How the file is laid out; a file of another layout is refused."""


class Kept(Struct, frozen=True):
    """What of a database is worth keeping: all of it but what can be made anew.

    Rows of the tables `left_out` are not in a backup. Columns `renewed`, as (table, column), get the default of the
    database that they come back into: they mean something in one life of a database only.
    """

    left_out: frozenset[str]
    renewed: frozenset[tuple[str, str]]


class TableCopy(Struct, frozen=True):
    """The rows of one table as PostgreSQL's text COPY has them: columns in their order, SHA-256 in hexadecimal."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """The last part of a backup: a file that has one was written to its end.

    `revision` is that of the schema, `months` are those that have partitions of their own, `sequences` the last numbers
    that were given.
    """

    format: int
    software: str
    server: str
    revision: str
    made_at: datetime
    months: tuple[date, ...]
    sequences: Mapping[str, int]
    tables: tuple[TableCopy, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables)
