"""Tables of events: their kinds, series that repeat, events themselves with persons, colleagues, changes and files."""

from sqlalchemy import (
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from database.metadata import metadata

event_kind = Table(
    "event_kind",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("icon", Text, nullable=False),
    Column("is_contact", Boolean, nullable=False),
    Column("needs_party", Boolean, nullable=False),
    Column("is_pinned", Boolean, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("position", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
event_series = Table(
    "event_series",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("rule", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("starts", DateTime, nullable=False),
    Column("minutes", Integer),
    Column("left_out", ARRAY(DateTime), nullable=False),
    Column("made_until", DateTime, nullable=False),
    Column("made_all", Boolean, nullable=False),
    Column("template", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
)
event = Table(
    "event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind_id", BigInteger, ForeignKey("event_kind.id"), nullable=False),
    Column("direction", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("content", Text),
    Column("place", Text),
    Column("starts_at", DateTime(timezone=True)),
    Column("ends_at", DateTime(timezone=True)),
    Column("is_all_day", Boolean, nullable=False),
    Column("zone", Text, nullable=False),
    Column("importance", SmallInteger, nullable=False),
    Column("author_id", BigInteger),
    Column("responsible_id", BigInteger),
    Column("party_id", BigInteger, ForeignKey("party.id")),
    Column("project_id", BigInteger),
    Column("phase_id", BigInteger),
    Column("promised_at", DateTime(timezone=True)),
    Column("completed_at", DateTime(timezone=True)),
    Column("completed_by", BigInteger),
    Column("held_at", DateTime(timezone=True)),
    Column("result_id", BigInteger, ForeignKey("directory_entry.id")),
    Column("result", Text),
    Column("cancelled_at", DateTime(timezone=True)),
    Column("cancel_reason", Text),
    Column("next_on", Date),
    Column("next_event_id", BigInteger),
    Column("remind_days", Integer),
    Column("series_id", BigInteger, ForeignKey("event_series.id")),
    Column("series_start", DateTime),
    Column("is_detached", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("archived_at", DateTime(timezone=True)),
    Column("listed_at", DateTime(timezone=True), Computed("coalesce(starts_at, created_at)"), nullable=False),
    Column(
        "words",
        TSVECTOR,
        Computed(
            "to_tsvector('simple', topic || ' ' || coalesce(content, '') || ' ' || coalesce(result, '') || ' ' || "
            "coalesce(place, ''))"
        ),
    ),
)
"""`listed_at` is the start, or when an event without one was made: lists hold both."""

event_person = Table(
    "event_person",
    metadata,
    Column("event_id", BigInteger, ForeignKey("event.id"), primary_key=True),
    Column("person_id", BigInteger, ForeignKey("party.id"), primary_key=True),
)
event_user = Table(
    "event_user",
    metadata,
    Column("event_id", BigInteger, ForeignKey("event.id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("part", Text, primary_key=True),
)
event_change = Table(
    "event_change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", BigInteger, ForeignKey("event.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
)
event_file = Table(
    "event_file",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", BigInteger, ForeignKey("event.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("is_recording", Boolean, nullable=False),
    Column("hash", LargeBinary, ForeignKey("file_content.hash"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
event_document = Table(
    "event_document",
    metadata,
    Column("event_id", BigInteger, ForeignKey("event.id"), primary_key=True),
    Column("record", Text, primary_key=True),
)
