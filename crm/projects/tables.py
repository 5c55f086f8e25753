"""Tables of projects, their phases and their changes."""

from sqlalchemy import BigInteger, Column, Computed, Date, DateTime, ForeignKey, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from database.metadata import metadata

project = Table(
    "project",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind_id", BigInteger, ForeignKey("directory_entry.id"), nullable=False),
    Column("party_id", BigInteger, ForeignKey("party.id")),
    Column("manager_id", BigInteger),
    Column("starts_on", Date),
    Column("due_on", Date),
    Column("note", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("archived_at", DateTime(timezone=True)),
    Column("words", TSVECTOR, Computed("to_tsvector('simple', name || ' ' || coalesce(note, ''))")),
)
project_phase = Table(
    "project_phase",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("project_id", BigInteger, ForeignKey("project.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("starts_on", Date),
    Column("due_on", Date),
    Column("closed_at", DateTime(timezone=True)),
)
project_change = Table(
    "project_change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("project_id", BigInteger, ForeignKey("project.id"), nullable=False),
    Column("phase_id", BigInteger),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
)
"""Without a phase it is a change of the project's own fields."""
