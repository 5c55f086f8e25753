"""Tables of what was bought by group of goods, card and day, and of how far sums of the journal have come."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

card_group_day = Table(
    "card_group_day",
    metadata,
    Column("item_group", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("card_id", BigInteger, primary_key=True),
    Column("net", BigInteger, nullable=False),
    Column("lines", Integer, nullable=False),
)
aggregate_mark = Table(
    "aggregate_mark",
    metadata,
    Column("name", Text, primary_key=True),
    Column("upto", JSONB, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
