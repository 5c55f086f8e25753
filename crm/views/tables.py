"""Tables of views: those that people saved, segments, and what changes of many parties at once did."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Identity, Integer, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("page", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("shortcut", SmallInteger),
)
segment = Table(
    "segment",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("definition", JSONB, nullable=False),
    Column("note", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
party_bulk_change = Table(
    "party_bulk_change",
    metadata,
    Column("job_id", BigInteger, ForeignKey("job.id"), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
)
