"""The first schema: cards, receipts, ledgers, documents, parties, access."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the schema as it stands in the file beside this one; only the bare driver takes many statements at once."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql("select 1")  # opens the transaction that the script then runs in
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None
    driver.run_async(lambda connection: connection.execute("create extension if not exists citext;" + script))
