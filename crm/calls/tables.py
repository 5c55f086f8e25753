"""The table of incoming calls."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Table, Text

from database.metadata import metadata

incoming_call = Table(
    "incoming_call",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("number", Text, nullable=False),
    Column("extension", Text),
    Column("at", DateTime(timezone=True), nullable=False),
)
