"""Brings a database to the schema of this version: migrations under a lock, then partitions for the months ahead.

It refuses to go backwards: a schema made by a newer version is left alone and named.
"""

from datetime import UTC, date, datetime
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from database.engine import make_engine
from database.partitions import ensure_months, months_ahead

_LOCK = 7_316_082_911  # any number, the same for all who migrate


class SchemaTooNewError(Exception):
    """The database was made by a newer version of this software."""


async def migrate(url: str, *, today: date | None = None) -> bool:
    """Bring the database up to date; True if anything was to do. Two at once wait for each other.

    Raises SchemaTooNewError.
    """
    engine = make_engine(url, role=None, pooled=False)
    try:
        async with engine.connect() as guard:
            await guard.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
            async with engine.connect() as connection:
                changed = await connection.run_sync(_upgrade)
                await connection.commit()
            async with engine.begin() as connection:
                await ensure_months(connection, *months_ahead(today or datetime.now(UTC).date()))
            return changed
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> bool:
    config = Config()
    config.set_main_option("script_location", str(files("database") / "migrations"))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    now = MigrationContext.configure(connection).get_current_revision()
    if now is not None and now not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaTooNewError(
            f"the database has schema {now}, which this version does not know: upgrade the software, or restore a copy"
        )
    if now == scripts.get_current_head():
        return False
    command.upgrade(config, "head")
    return True
