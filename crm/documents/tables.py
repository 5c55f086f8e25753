"""The table of business documents."""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

business_document = Table(
    "business_document",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("date", Date, nullable=False),
    Column("party_id", BigInteger, ForeignKey("party.id"), nullable=False),
    Column("parent_id", BigInteger, ForeignKey("business_document.id")),
    Column("status", Text, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("lines", JSONB, nullable=False),
    Column("means", Text),
    Column("due_on", Date),
    Column("planned_on", Date),
    Column("delivered_on", Date),
    Column("address_id", BigInteger, ForeignKey("party_address.id")),
    Column("person_id", BigInteger, ForeignKey("party.id")),
    Column("addressee", JSONB(none_as_null=True)),
    Column("note", Text),
    Column("issued_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
