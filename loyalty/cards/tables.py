"""Tables of series, cards and price lists. What a column means stands in the model; what must hold, in the schema."""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

series = Table(
    "series",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("definition", JSONB, nullable=False),
    Column("last_counter", BigInteger, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("rules", JSONB(none_as_null=True)),
)
series_rules_version = Table(
    "series_rules_version",
    metadata,
    Column("series_id", BigInteger, ForeignKey("series.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("rules", JSONB, nullable=False),
)
series_version = Table(
    "series_version",
    metadata,
    Column("series_id", BigInteger, ForeignKey("series.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("definition", JSONB, nullable=False),
)
price_list = Table(
    "price_list",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("definition", JSONB, nullable=False),
)
price_list_version = Table(
    "price_list_version",
    metadata,
    Column("price_list_id", BigInteger, ForeignKey("price_list.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("definition", JSONB, nullable=False),
)
card_number = Table(
    "card_number",
    metadata,
    Column("number", Text(collation="C"), primary_key=True),
    Column("card_id", BigInteger, nullable=False),
)
card = Table(
    "card",
    metadata,
    Column("card_id", BigInteger, primary_key=True),
    Column("number", Text(collation="C"), nullable=False),
    Column("series_id", BigInteger, ForeignKey("series.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("state_since", DateTime(timezone=True)),
    Column("own_percent", BigInteger),
    Column("own_credit_limit", BigInteger),
    Column("own_expires_on", Date),
    Column("activated_on", Date),
    Column("holder_id", BigInteger, ForeignKey("party.id")),
    Column("successor_id", BigInteger, ForeignKey("card.card_id")),
    Column("turnover", BigInteger, nullable=False),
    Column("purchases", Integer, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("credit_limit", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("overdraft", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("frozen_from", Date),
    Column("frozen_until", Date),
    Column("account_id", BigInteger, ForeignKey("card.card_id")),
    Column("day_limit", BigInteger),
    Column("spent_on", Date),
    Column("spent", BigInteger, nullable=False),
    Column("chain", Text),
    Column("changed_in", BigInteger, nullable=False),
)
card_setting_past = Table(
    "card_setting_past",
    metadata,
    Column("card_id", BigInteger, ForeignKey("card.card_id"), primary_key=True),
    Column("until", DateTime(timezone=True), primary_key=True),
    Column("series_id", BigInteger, ForeignKey("series.id"), nullable=False),
    Column("own_percent", BigInteger),
    Column("own_expires_on", Date),
    Column("cause", Text, nullable=False),
)
card_change = Table(
    "card_change",
    metadata,
    Column("job_id", BigInteger, ForeignKey("job.id"), primary_key=True),
    Column("card_id", BigInteger, ForeignKey("card.card_id"), primary_key=True),
    Column("old", JSONB, nullable=False),
    Column("new", JSONB, nullable=False),
)
card_state_change = Table(
    "card_state_change",
    metadata,
    Column("card_id", BigInteger, ForeignKey("card.card_id"), primary_key=True),
    Column("since", DateTime(timezone=True), primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text),
)
