"""Tables of tasks: kinds with their business cycles, tasks, and what is kept of each."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from database.metadata import metadata

task_kind = Table(
    "task_kind",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("is_request", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
task_state = Table(
    "task_state",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind_id", BigInteger, ForeignKey("task_kind.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("stage", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
task_transition = Table(
    "task_transition",
    metadata,
    Column("kind_id", BigInteger, ForeignKey("task_kind.id"), nullable=False),
    Column("from_id", BigInteger, ForeignKey("task_state.id"), primary_key=True),
    Column("to_id", BigInteger, ForeignKey("task_state.id"), primary_key=True),
    Column("roles", ARRAY(Text), nullable=False),
    Column("parts", ARRAY(Text), nullable=False),
)
task = Table(
    "task",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind_id", BigInteger, ForeignKey("task_kind.id"), nullable=False),
    Column("state_id", BigInteger, ForeignKey("task_state.id"), nullable=False),
    Column("state_since", DateTime(timezone=True), nullable=False),
    Column("title", Text, nullable=False),
    Column("content", Text),
    Column("author_id", BigInteger, nullable=False),
    Column("executor_id", BigInteger, nullable=False),
    Column("department_id", BigInteger, ForeignKey("directory_entry.id")),
    Column("priority", SmallInteger, nullable=False),
    Column("percent", SmallInteger, nullable=False),
    Column("starts_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("planned_minutes", Integer),
    Column("remind_minutes", Integer),
    Column("party_id", BigInteger, ForeignKey("party.id")),
    Column("person_id", BigInteger, ForeignKey("party.id")),
    Column("project_id", BigInteger),
    Column("phase_id", BigInteger),
    Column("source_id", BigInteger, ForeignKey("directory_entry.id")),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("archived_at", DateTime(timezone=True)),
    Column("words", TSVECTOR, Computed("to_tsvector('simple', title || ' ' || coalesce(content, ''))")),
)
task_person_part = Table(
    "task_person_part",
    metadata,
    Column("task_id", BigInteger, ForeignKey("task.id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("part", Text, primary_key=True),
)
task_seen = Table(
    "task_seen",
    metadata,
    Column("task_id", BigInteger, ForeignKey("task.id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)
task_state_change = Table(
    "task_state_change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("task_id", BigInteger, ForeignKey("task.id"), nullable=False),
    Column("from_id", BigInteger, ForeignKey("task_state.id")),
    Column("to_id", BigInteger, ForeignKey("task_state.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("comment", Text),
)
task_change = Table(
    "task_change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("task_id", BigInteger, ForeignKey("task.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
)
task_resource = Table(
    "task_resource",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("task_id", BigInteger, ForeignKey("task.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("planned", BigInteger, nullable=False),
    Column("actual", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
)
task_time = Table(
    "task_time",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("task_id", BigInteger, ForeignKey("task.id"), nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("on_date", Date, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("note", Text),
    Column("at", DateTime(timezone=True), nullable=False),
)
task_comment = Table(
    "task_comment",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("task_id", BigInteger, ForeignKey("task.id"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("text", Text, nullable=False),
    Column("mentions", ARRAY(BigInteger), nullable=False),
)
task_file = Table(
    "task_file",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("task_id", BigInteger, ForeignKey("task.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("hash", LargeBinary, ForeignKey("file_content.hash"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
task_document = Table(
    "task_document",
    metadata,
    Column("task_id", BigInteger, ForeignKey("task.id"), primary_key=True),
    Column("record", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
)
task_bulk = Table(
    "task_bulk",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("act", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("refused", Integer, nullable=False),
    Column("kept", JSONB, nullable=False),
    Column("undone_at", DateTime(timezone=True)),
)
