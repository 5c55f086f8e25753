"""The table of recipients. `data_at` is written before a message's bytes go out, `sent_at` behind the server's 250."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

mailing_recipient = Table(
    "mailing_recipient",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("mailing_id", BigInteger, ForeignKey("mailing.id"), nullable=False),
    Column("party_id", BigInteger, ForeignKey("party.id")),
    Column("occurrence", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("zone", Text),
    Column("given", JSONB(none_as_null=True)),
    Column("variant_id", BigInteger),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("tries", SmallInteger, nullable=False),
    Column("doubts", SmallInteger, nullable=False),
    Column("claimed_until", DateTime(timezone=True)),
    Column("data_at", DateTime(timezone=True)),
    Column("sent_at", DateTime(timezone=True)),
    Column("answer", Text),
    Column("opened_at", DateTime(timezone=True)),
    Column("clicked_at", DateTime(timezone=True)),
    Column("replied_at", DateTime(timezone=True)),
    Column("bounced_at", DateTime(timezone=True)),
)
