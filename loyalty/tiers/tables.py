"""The table of runs: a table of a series is run once for a period."""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

rule_run = Table(
    "rule_run",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("series_id", BigInteger, ForeignKey("series.id"), nullable=False),
    Column("rule_table", Text, nullable=False),
    Column("first_day", Date),
    Column("last_day", Date, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("ran_at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("job_id", BigInteger, ForeignKey("job.id")),
    Column("summary", JSONB, nullable=False),
)
