"""Tables of users, their sessions and second factors, access tokens, and guesses at cards.

Secrets stand in them only as hashes; that of a second factor, which must be known to check a code, is sealed.
"""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Identity, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import CITEXT

from database.metadata import metadata

app_user = Table(
    "app_user",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", CITEXT, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("theme", Text, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("locked_until", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("disabled_at", DateTime(timezone=True)),
    Column("extension", Text),
    Column("language", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("department_id", BigInteger),
    Column("daily_minutes", Integer, nullable=False),
    Column("email", Text),
    Column("party_id", BigInteger),
)
app_session = Table(
    "app_session",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, ForeignKey("app_user.id"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("id", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("device", Text, nullable=False),
    Column("awaits_code", Boolean, nullable=False),
)
second_factor = Table(
    "second_factor",
    metadata,
    Column("user_id", BigInteger, ForeignKey("app_user.id"), primary_key=True, autoincrement=False),
    Column("secret", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
)
recovery_code = Table(
    "recovery_code",
    metadata,
    Column("user_id", BigInteger, ForeignKey("second_factor.user_id"), primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("used_at", DateTime(timezone=True)),
)
access_policy = Table(
    "access_policy",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("second_factor", Text, nullable=False),
    Column("version", Integer, nullable=False),
)
card_guessing = Table(
    "card_guessing",
    metadata,
    Column("who", Text, primary_key=True),
    Column("refused", Integer, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("last", LargeBinary, nullable=False),
    Column("stopped_until", DateTime(timezone=True)),
)
access_token = Table(
    "access_token",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("store_code", Text),
    Column("till_code", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)
enrolment = Table(
    "enrolment",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("store_code", Text, nullable=False),
    Column("till_code", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("redeemed_at", DateTime(timezone=True)),
)

# For the bare driver, on the way of a receipt.
FIND_PRINCIPAL = "select id, role, store_code, till_code from access_token where hash = $1 and revoked_at is null"
