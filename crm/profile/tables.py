"""The table of layouts: one for a role and a kind of party, or a user's own."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

profile_layout = Table(
    "profile_layout",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("app_user.id")),
    Column("role", Text),
    Column("party_kind", Text, nullable=False),
    Column("panels", JSONB, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
