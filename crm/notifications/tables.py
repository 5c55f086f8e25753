"""Tables of notifications: rules, and what each told whom."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, ForeignKey, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

notification_rule = Table(
    "notification_rule",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("listens", Text, nullable=False),
    Column("acts", ARRAY(Text), nullable=False),
    Column("kind_id", BigInteger),
    Column("minutes_before", ARRAY(Integer), nullable=False),
    Column("on_occurrence", Boolean, nullable=False),
    Column("by_record", Boolean, nullable=False),
    Column("users", ARRAY(BigInteger), nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("departments", ARRAY(Text), nullable=False),
    Column("parts", ARRAY(Text), nullable=False),
    Column("by_app", Boolean, nullable=False),
    Column("by_mail", Boolean, nullable=False),
    Column("repeat_minutes", Integer),
    Column("is_on", Boolean, nullable=False),
    Column("heard_at", DateTime(timezone=True), nullable=False),
    Column("heard_id", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
notice = Table(
    "notice",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("rule_id", BigInteger, ForeignKey("notification_rule.id")),
    Column("key", Text, nullable=False),
    Column("user_id", BigInteger),
    Column("person_id", BigInteger, ForeignKey("party.id")),
    Column("record", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("data", JSONB),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("by_app", Boolean, nullable=False),
    Column("read_at", DateTime(timezone=True)),
    Column("mail", Text),
    Column("mail_tries", Integer, nullable=False),
    Column("mail_after", DateTime(timezone=True)),
    Column("mail_error", Text),
)
