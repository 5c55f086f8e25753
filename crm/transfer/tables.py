"""Tables of files of parties on their way in, and of what their columns meant last time."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from database.metadata import metadata

import_mapping = Table(
    "import_mapping",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("what", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("mapping", JSONB, nullable=False),
    Column("used_at", DateTime(timezone=True), nullable=False),
)
import_upload = Table(
    "import_upload",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("rows", BigInteger),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
)
import_piece = Table(
    "import_piece",
    metadata,
    Column("upload_id", BigInteger, ForeignKey("import_upload.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
import_rejection = Table(
    "import_rejection",
    metadata,
    Column("upload_id", BigInteger, ForeignKey("import_upload.id"), primary_key=True),
    Column("line", BigInteger, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("cells", ARRAY(Text), nullable=False),
)
