"""The table of reports that are sent by mail; a row is the queue of its letters."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, SmallInteger, Table, Text

from database.metadata import metadata

report_letter = Table(
    "report_letter",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("app_user.id"), nullable=False),
    Column("report", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("every", Text, nullable=False),
    Column("hour", SmallInteger, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("try_after", DateTime(timezone=True), nullable=False),
    Column("claimed_until", DateTime(timezone=True)),
    Column("sent_at", DateTime(timezone=True)),
    Column("error", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
