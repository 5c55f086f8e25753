"""Tables of own pages: the link of a party, and wrong tokens by sender. Tokens stand here only as hashes or sealed."""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Integer, LargeBinary, SmallInteger, Table, Text

from database.metadata import metadata

own_page_link = Table(
    "own_page_link",
    metadata,
    Column("party_id", BigInteger, ForeignKey("party.id"), primary_key=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("sealed", LargeBinary),
    Column("actor", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("opened_on", Date),
    Column("asked_on", Date),
    Column("asked", SmallInteger, nullable=False),
    Column("letter_address", Text),
    Column("letter_tries", SmallInteger, nullable=False),
    Column("letter_due_at", DateTime(timezone=True)),
    Column("letter_sent_at", DateTime(timezone=True)),
    Column("letter_reason", Text),
)
own_page_refusal = Table(
    "own_page_refusal",
    metadata,
    Column("sender", LargeBinary, primary_key=True),
    Column("refused", Integer, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
)
