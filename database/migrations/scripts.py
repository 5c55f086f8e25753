"""Runs the SQL script that stands beside a migration."""

from pathlib import Path

from alembic import op


def run_script(migration: str, *, before: str = "") -> None:
    """Run the `.sql` file of a migration's name; only the bare driver takes many statements at once."""
    script = before + Path(migration).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql("select 1")  # opens the transaction that the script then runs in
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None
    driver.run_async(lambda connection: connection.execute(script))
