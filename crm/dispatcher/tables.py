"""Tables of the feed: what other programs tell, and what stays on top. The feed itself is the journal."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from database.metadata import metadata

feed_source = Table(
    "feed_source",
    metadata,
    Column("code", Text, primary_key=True),
    Column("names", JSONB, nullable=False),
    Column("is_on", Boolean, nullable=False),
)
feed_entry = Table(
    "feed_entry",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, ForeignKey("feed_source.code"), nullable=False),
    Column("uid", Uuid, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("status", Text),
    Column("planned_at", DateTime(timezone=True)),
    Column("actual_at", DateTime(timezone=True)),
    Column("number", Text),
    Column("party_id", BigInteger, ForeignKey("party.id")),
    Column("project_id", BigInteger),
    Column("importance", SmallInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column(
        "words",
        TSVECTOR,
        Computed(
            "to_tsvector('simple', title || ' ' || coalesce(number, '') || ' ' || coalesce(status, ''))", persisted=True
        ),
    ),
)
feed_pin = Table(
    "feed_pin",
    metadata,
    Column("activity_id", BigInteger, primary_key=True),
    Column("activity_at", DateTime(timezone=True), nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
