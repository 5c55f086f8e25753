"""Tables of mail: messages and their files. `data_at` is written before a message's bytes go out."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from database.metadata import metadata

mail_message = Table(
    "mail_message",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("mailbox_id", BigInteger, ForeignKey("mailbox.id"), nullable=False),
    Column("flow", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("message_id", Text),
    Column("in_reply_to", Text),
    Column("thread_id", BigInteger, ForeignKey("mail_message.id")),
    Column("party_id", BigInteger, ForeignKey("party.id")),
    Column("event_id", BigInteger, ForeignKey("event.id")),
    Column("author_id", BigInteger),
    Column("from_address", Text, nullable=False),
    Column("from_name", Text, nullable=False),
    Column("reply_to", Text),
    Column("to_addresses", ARRAY(Text), nullable=False),
    Column("cc_addresses", ARRAY(Text), nullable=False),
    Column("bcc_addresses", ARRAY(Text), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text),
    Column("raw", LargeBinary, ForeignKey("file_content.hash")),
    Column("imap_uid", BigInteger),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("read_at", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("data_at", DateTime(timezone=True)),
    Column("problem", Text),
    Column("version", Integer, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
    Column(
        "words",
        TSVECTOR,
        Computed(
            "to_tsvector('simple', subject || ' ' || from_name || ' ' || translate(from_address, '@.-_', '    ')"
            " || ' ' || left(text, 100000))"
        ),
    ),
)
mail_file = Table(
    "mail_file",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("message_id", BigInteger, ForeignKey("mail_message.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("hash", LargeBinary, ForeignKey("file_content.hash"), nullable=False),
    Column("content_id", Text),
    Column("position", Integer, nullable=False),
)
