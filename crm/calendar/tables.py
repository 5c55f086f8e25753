"""The table of feeds: each a secret, of which the hash is kept, and what its calendar shows."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

calendar_feed = Table(
    "calendar_feed",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("layers", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("content_hash", LargeBinary),
    Column("content_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
)
"""`content_hash` is that of what was given last, and `content_at` since when it has been given."""
