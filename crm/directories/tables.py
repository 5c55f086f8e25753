"""The table of directories."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

directory_entry = Table(
    "directory_entry",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("directory", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("position", Integer, nullable=False),
    Column("party_kind", Text),
    Column("version", Integer, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
