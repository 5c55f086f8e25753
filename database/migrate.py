"""Brings a database to the schema of this version: migrations under a lock, then partitions for the months ahead.

Nearly always nothing is to do, and then Alembic is not even loaded: the files of the migrations begin with their
revision, so the newest one is known by its name.

It refuses to go backwards: a schema made by a newer version is left alone and named.
"""

from datetime import UTC, date, datetime
from importlib.resources import files

from sqlalchemy import Connection, text

from database.engine import make_engine
from database.partitions import ensure_months, months_ahead

_MIGRATIONS = files("database") / "migrations"
_LOCK = 7_316_082_911  # any number, the same for all who migrate

FIND_REVISION = "select version_num from alembic_version"
"""The revision of a schema that there is; also for connections without SQLAlchemy."""


class SchemaTooNewError(Exception):
    """The database was made by a newer version of this software."""


async def migrate(url: str, *, today: date | None = None, revision: str | None = None) -> bool:
    """Bring the database up to date; True if anything was to do. Two at once wait for each other.

    An earlier `revision` than the newest is for a backup of that time. Raises SchemaTooNewError.
    """
    engine = make_engine(url, role=None, pooled=False)
    try:
        async with engine.connect() as guard:
            await guard.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
            async with engine.connect() as connection:
                changed = await connection.run_sync(_upgrade, revision or list_revisions()[-1])
                await connection.commit()
            async with engine.begin() as connection:
                await ensure_months(connection, *months_ahead(today or datetime.now(UTC).date()))
            return changed
    finally:
        await engine.dispose()


def list_revisions() -> list[str]:
    """List the revisions of the schema that this version knows, the oldest first, by the names of their files."""
    names = (file.name for file in (_MIGRATIONS / "versions").iterdir())
    return sorted(name.partition("_")[0] for name in names if name.endswith(".py"))


def _upgrade(connection: Connection, wanted: str) -> bool:
    now, known = _find_revision(connection), list_revisions()
    if now is not None and now in known and now >= wanted:
        return False
    if now is not None and now not in known:
        raise SchemaTooNewError(
            f"the database has schema {now}, which this version does not know: upgrade the software, or restore a copy"
        )
    from alembic import command  # noqa: PLC0415 - a tenth of a second at each start, for once in a release
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)
    return True


def _find_revision(connection: Connection) -> str | None:
    """Find the revision of the schema, where Alembic keeps it; None in an empty database."""
    if connection.execute(text("select to_regclass('alembic_version')")).scalar() is None:
        return None
    revision: str | None = connection.execute(text(FIND_REVISION)).scalar()
    return revision
