"""Tables of letters: their kinds, who is to hear of them, their files and their changes."""

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from database.metadata import metadata

letter_kind = Table(
    "letter_kind",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("parent_id", BigInteger, ForeignKey("letter_kind.id")),
    Column("code", Text, nullable=False),
    Column("names", JSONB, nullable=False),
    Column("position", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
letter = Table(
    "letter",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("flow", Text, nullable=False),
    Column("medium", Text, nullable=False),
    Column("kind_id", BigInteger, ForeignKey("letter_kind.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("document_number", Text),
    Column("document_date", Date),
    Column("registered_on", Date, nullable=False),
    Column("topic", Text, nullable=False),
    Column("content", Text),
    Column("priority", SmallInteger, nullable=False),
    Column("party_id", BigInteger, ForeignKey("party.id")),
    Column("person_id", BigInteger, ForeignKey("party.id")),
    Column("user_id", BigInteger),
    Column("department_id", BigInteger, ForeignKey("directory_entry.id")),
    Column("message_id", BigInteger),
    Column("author_id", BigInteger),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("archived_at", DateTime(timezone=True)),
    Column(
        "words",
        TSVECTOR,
        Computed(
            "to_tsvector('simple', topic || ' ' || translate(number || ' ' || coalesce(document_number, ''), '-/.:_',"
            " '     ') || ' ' || ltrim(split_part(number, '-', 2), '0') || ' ' || left(coalesce(content, ''), 100000))"
        ),
    ),
)
"""A higher priority is the more urgent one."""
letter_notice = Table(
    "letter_notice",
    metadata,
    Column("letter_id", BigInteger, ForeignKey("letter.id"), primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("read_at", DateTime(timezone=True)),
)
letter_file = Table(
    "letter_file",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("letter_id", BigInteger, ForeignKey("letter.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("hash", LargeBinary, ForeignKey("file_content.hash"), nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
letter_change = Table(
    "letter_change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("letter_id", BigInteger, ForeignKey("letter.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
)
