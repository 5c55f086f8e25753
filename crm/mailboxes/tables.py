"""The table of mailboxes. What ends in `_secret` is sealed, see `crm.mailboxes.secrets`."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, LargeBinary, Table, Text

from database.metadata import metadata

mailbox = Table(
    "mailbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("from_name", Text, nullable=False),
    Column("smtp_host", Text, nullable=False),
    Column("smtp_port", Integer, nullable=False),
    Column("smtp_security", Text, nullable=False),
    Column("smtp_login", Text),
    Column("smtp_secret", LargeBinary),
    Column("imap_host", Text),
    Column("imap_port", Integer),
    Column("imap_security", Text),
    Column("imap_login", Text),
    Column("imap_secret", LargeBinary),
    Column("imap_folder", Text, nullable=False),
    Column("imap_validity", BigInteger),
    Column("imap_last_uid", BigInteger, nullable=False),
    Column("dkim_domain", Text),
    Column("dkim_selector", Text),
    Column("dkim_secret", LargeBinary),
    Column("connections", Integer, nullable=False),
    Column("messages_per_connection", Integer, nullable=False),
    Column("messages_per_minute", Integer),
    Column("domain_per_minute", Integer),
    Column("read_at", DateTime(timezone=True)),
    Column("problem", Text),
    Column("imap_problem", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("archived_at", DateTime(timezone=True)),
)
