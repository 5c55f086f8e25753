"""The table of signals that somebody dismissed; signals themselves are computed and not kept."""

from sqlalchemy import Column, Date, DateTime, Table, Text

from database.metadata import metadata

signal_dismissal = Table(
    "signal_dismissal",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("last_day", Date, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
