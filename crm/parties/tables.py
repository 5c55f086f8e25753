"""Tables of parties: people and organisations, their addresses and ways of contact."""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Identity, SmallInteger, Table, Text

from database.metadata import metadata

party = Table(
    "party",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("birth_date", Date),
    Column("source", Text),
    Column("source_key", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
party_address = Table(
    "party_address",
    metadata,
    Column("party_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("country", Text),
    Column("region", Text),
    Column("city", Text),
    Column("postal_code", Text),
    Column("line", Text),
)
party_contact = Table(
    "party_contact",
    metadata,
    Column("party_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("canonical", Text, nullable=False),
)
