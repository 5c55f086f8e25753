"""Tables of consent: what holds now, every act that led there, and the addresses that get nothing more."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, LargeBinary, Table, Text

from database.metadata import metadata

subscription = Table(
    "subscription",
    metadata,
    Column("party_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("kind_id", BigInteger, ForeignKey("mailing_kind.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
consent = Table(
    "consent",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id")),
    Column("kind_id", BigInteger, ForeignKey("mailing_kind.id"), nullable=False),
    Column("act", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("wording", Text),
    Column("recipient_id", BigInteger, ForeignKey("mailing_recipient.id")),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
suppression = Table(
    "suppression",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
)
