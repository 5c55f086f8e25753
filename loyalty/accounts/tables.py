"""Tables of the two ledgers and what is kept beside them."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, ForeignKey, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

ledger = Table(
    "ledger",
    metadata,
    Column("card_id", BigInteger, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("account", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_uid", Uuid, nullable=False),
    Column("corrects", BigInteger),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
card_day = Table(
    "card_day",
    metadata,
    Column("card_id", BigInteger, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("turnover", BigInteger, nullable=False),
    Column("receipts", Integer, nullable=False),
)
operation = Table(
    "operation",
    metadata,
    Column("uid", Uuid, primary_key=True),
    Column("act", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("record", Text, nullable=False),
    Column("answer", JSONB, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
hold = Table(
    "hold",
    metadata,
    Column("uid", Uuid, primary_key=True),
    Column("card_id", BigInteger, ForeignKey("card.card_id"), nullable=False),
    Column("account_id", BigInteger, ForeignKey("card.card_id"), nullable=False),
    Column("receipt_uid", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("captured", BigInteger),
    Column("state", Text, nullable=False),
    Column("store", Text),
    Column("till", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
)
points_term = Table(
    "points_term",
    metadata,
    Column("card_id", BigInteger, ForeignKey("card.card_id"), nullable=False),
    Column("day", Date),
    Column("earned", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("settled", Boolean, nullable=False),
)
