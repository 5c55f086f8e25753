"""Tables of attributes: definitions, their choices and the values."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, ForeignKey, Identity, Integer, Numeric, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

attribute = Table(
    "attribute",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("directory", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("kind", Text, nullable=False),
    Column("refers_to", Text),
    Column("position", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
attribute_choice = Table(
    "attribute_choice",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("attribute_id", BigInteger, ForeignKey("attribute.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("position", Integer, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
attribute_value = Table(
    "attribute_value",
    metadata,
    Column("attribute_id", BigInteger, ForeignKey("attribute.id"), primary_key=True),
    Column("record_id", BigInteger, primary_key=True),
    Column("item", Integer, primary_key=True),
    Column("text_value", Text),
    Column("number_value", Numeric),
    Column("date_value", Date),
    Column("flag_value", Boolean),
    Column("choice_id", BigInteger, ForeignKey("attribute_choice.id")),
    Column("reference_id", BigInteger),
)
