"""The table of scores; a party that bought nothing within the year has no row."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Integer, SmallInteger, Table

from database.metadata import metadata

party_score = Table(
    "party_score",
    metadata,
    Column("party_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("recency", SmallInteger, nullable=False),
    Column("frequency", SmallInteger, nullable=False),
    Column("monetary", SmallInteger, nullable=False),
    Column("last_purchase", Date, nullable=False),
    Column("receipts", Integer, nullable=False),
    Column("turnover", BigInteger, nullable=False),
    Column("scored_on", Date, nullable=False),
)
