"""The first schema: cards, receipts, ledgers, documents, parties, access."""

from database.migrations.scripts import run_script

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the schema as it stands in the file beside this one."""
    run_script(__file__, before="create extension if not exists citext;")
