"""What the commands share: the database they work on, and the errors that a person can act on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError

from api.auth.errors import AuthError
from api.commands.places import POSTGRES_FOLDER, data_folder
from api.commands.saying import Failure, say
from api.settings import SettingError, Settings, load_settings
from database.activity import Act
from database.embedded import EmbeddedPostgresError, kept_running, running
from database.engine import Database, is_unreachable
from database.hot import UNREACHABLE
from database.migrate import SchemaTooNewError, migrate
from devices.printing.errors import PrintingError
from loyalty.errors import LoyaltyError
from loyalty.installation import CurrencyFixedError, ensure_installation
from pos_adapter.problems import BodyError

T = TypeVar("T")
ACTOR = "command"
PATIENCE_SECONDS = 30


_SAYING = (
    Failure,
    SettingError,
    EmbeddedPostgresError,
    SchemaTooNewError,
    CurrencyFixedError,
    BodyError,
    PermissionError,
)
"""Errors whose own text says what to do."""


def explain(error: Exception) -> str | None:
    """Say in one line what a person can do about an error; None for a fault of ours, whose trace is needed."""
    if isinstance(error, LoyaltyError | AuthError | PrintingError):
        return error.detail
    if isinstance(error, _SAYING):
        return str(error)
    if isinstance(error, asyncpg.InvalidCatalogNameError | asyncpg.InvalidAuthorizationSpecificationError):
        return f"the database refuses us: {error}; look at TALLYCARD_DATABASE_URL"
    if isinstance(error, UNREACHABLE) or (isinstance(error, DBAPIError) and is_unreachable(error)):
        return f"the database does not answer ({type(error).__name__}); look at TALLYCARD_DATABASE_URL"
    return None


@contextmanager
def database_url(settings: Settings, *, for_long: bool = False) -> Iterator[str]:
    """Give the address of the database of the settings, starting a PostgreSQL of our own where none is named.

    A program that runs for long starts it again when it was killed.
    """
    if settings.database_url:
        yield settings.database_url
        return
    start = kept_running if for_long else running
    with start(data_folder(settings) / POSTGRES_FOLDER, say=say) as server:
        yield server.dsn


@contextmanager
def migrated_database(settings: Settings, *, patience_seconds: int = 0) -> Iterator[str]:
    """Give the address of a database that has this version's schema and the settings' currency.

    What runs for long has patience with a database that is still coming up.
    """
    with database_url(settings, for_long=patience_seconds > 0) as url:
        asyncio.run(_prepare(settings, url, patience_seconds))
        yield url


async def _prepare(settings: Settings, url: str, patience_seconds: int) -> None:
    for _ in range(patience_seconds):
        try:
            await migrate(url)
            break
        except (DBAPIError, *UNREACHABLE) as error:
            if isinstance(error, DBAPIError) and not is_unreachable(error):
                raise
            say(f"the database does not answer yet ({type(error.__cause__ or error).__name__}); waiting for it")
            await asyncio.sleep(1)
    else:
        await migrate(url)
    database = Database(url)
    try:
        await database.run(ensure_installation, currency=settings.currency, timezone=settings.timezone)
    finally:
        await database.close()


def on_database(work: Callable[[Database], Awaitable[T]]) -> T:
    """Run some work on the migrated database of the environment's settings."""
    settings = load_settings()

    async def run(url: str) -> T:
        database = Database(url)
        try:
            return await work(database)
        finally:
            await database.close()

    with migrated_database(settings) as url:
        return asyncio.run(run(url))


def command_act() -> Act:
    """Give the act of a command, now."""
    return Act(ACTOR, datetime.now(UTC))
