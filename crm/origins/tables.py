"""The table of origins."""

from sqlalchemy import Column, DateTime, Table, Text

from database.metadata import metadata

origin = Table(
    "origin",
    metadata,
    Column("record", Text, primary_key=True),
    Column("parent", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)
