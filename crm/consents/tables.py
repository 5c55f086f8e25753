"""Tables of consent: kinds of mailings, what holds now, every act that led there, who asked, who gets nothing more."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

mailing_kind = Table(
    "mailing_kind",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("needs_consent", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
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
subscription_request = Table(
    "subscription_request",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("party_id", BigInteger, ForeignKey("party.id")),
    Column("name", Text),
    Column("address", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("kind_ids", ARRAY(BigInteger), nullable=False),
    Column("source", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("sender", LargeBinary),
    Column("actor", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("tries", SmallInteger, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
)
consent_setting = Table(
    "consent_setting",
    metadata,
    Column("is_here", Boolean, primary_key=True),
    Column("mailbox_id", BigInteger, ForeignKey("mailbox.id")),
    Column("is_form_open", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)
