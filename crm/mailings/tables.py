"""Tables of mailings: templates, mailings themselves, their variants, files and links."""

from sqlalchemy import (
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
    Time,
)
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

mailing_template = Table(
    "mailing_template",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
mailing = Table(
    "mailing",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind_id", BigInteger, ForeignKey("mailing_kind.id"), nullable=False),
    Column("mailbox_id", BigInteger, ForeignKey("mailbox.id")),
    Column("state", Text, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("audience", JSONB, nullable=False),
    Column("trigger", JSONB(none_as_null=True)),
    Column("triggered_to", DateTime(timezone=True)),
    Column("send_at", DateTime(timezone=True)),
    Column("window_from", Time),
    Column("window_until", Time),
    Column("rate_per_minute", Integer),
    Column("control_percent", SmallInteger, nullable=False),
    Column("prepared_to", BigInteger, nullable=False),
    Column("prepared_at", DateTime(timezone=True)),
    Column("is_tracked", Boolean, nullable=False),
    Column("errors_in_row", Integer, nullable=False),
    Column("problem", Text),
    Column("author_id", BigInteger, ForeignKey("app_user.id")),
    Column("started_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
mailing_variant = Table(
    "mailing_variant",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("mailing_id", BigInteger, ForeignKey("mailing.id"), nullable=False),
    Column("letter", Text, nullable=False),
    Column("share", SmallInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
)
mailing_file = Table(
    "mailing_file",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("mailing_id", BigInteger, ForeignKey("mailing.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("hash", LargeBinary, ForeignKey("file_content.hash"), nullable=False),
    Column("position", Integer, nullable=False),
)
mailing_address = Table(
    "mailing_address",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("mailing_id", BigInteger, ForeignKey("mailing.id"), nullable=False),
    Column("address", Text, nullable=False),
    Column("party_id", BigInteger, ForeignKey("party.id")),
    Column("given", JSONB(none_as_null=True)),
    Column("is_agreed", Boolean, nullable=False),
    Column("is_chosen", Boolean, nullable=False),
)
mailing_link = Table(
    "mailing_link",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("mailing_id", BigInteger, ForeignKey("mailing.id"), nullable=False),
    Column("url", Text, nullable=False),
)
