"""The table of what files hold."""

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Table

from database.metadata import metadata

file_content = Table(
    "file_content",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
