"""The database as the rest of the service sees it: one pool, and transactions that belong to the edge.

`Database.run(use_case, ...)` opens a transaction, hands the connection to the use case, commits, and repeats the whole
when PostgreSQL asks for it. Services never commit; whatever they raise rolls back.

The service connects in the role `tallycard_service`, which cannot change the ledgers; migrations connect without it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

from sqlalchemy import NullPool, QueuePool, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from database.codecs import keep_dates

P = ParamSpec("P")
T = TypeVar("T")

SERVICE_ROLE = "tallycard_service"
RANDOM_PAGE_COST = "1.1"
"""Of a sequential one: data lie in memory or on a disk without a head, so a few thousand rows are not read by scanning
a million."""

POOL_SIZE = 8
MOST_TRIES = 3
_REPEATABLE = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_AWAY = frozenset({"08", "53", "57"})  # connection exception, insufficient resources, operator intervention


class Use(NamedTuple):
    """How much of a pool is in use."""

    used: int
    idle: int


class Database:
    """A pool of connections and the one way to run a use case on it."""

    def __init__(self, url: str, *, role: str | None = SERVICE_ROLE) -> None:
        self.url = url
        self.role = role
        self._engine = make_engine(url, role=role)

    async def run(
        self, use_case: Callable[Concatenate[AsyncConnection, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a use case in one transaction, at most three times where PostgreSQL reports a conflict."""
        for attempt in range(1, MOST_TRIES + 1):
            try:
                async with self._engine.begin() as connection:
                    return await use_case(connection, *args, **kwargs)
            except DBAPIError as error:
                if attempt == MOST_TRIES or sqlstate(error) not in _REPEATABLE:
                    raise
        raise AssertionError("the loop returns or raises")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection outside any transaction, for what must outlive one (advisory locks)."""
        async with self._engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def kept_connection(self) -> AsyncIterator[AsyncConnection]:
        """Give one connection for many transactions, begun by who holds it; its advisory locks outlive them."""
        async with self._engine.connect() as connection:
            yield connection

    def use(self) -> Use:
        """Tell how many connections of the pool are in use, and how many are kept for the next."""
        pool = self._engine.pool
        assert isinstance(pool, QueuePool)
        return Use(pool.checkedout(), pool.checkedin())

    async def close(self) -> None:
        """Close every connection of the pool."""
        await self._engine.dispose()


def make_engine(url: str, *, role: str | None, pooled: bool = True) -> AsyncEngine:
    """Make a SQLAlchemy engine over asyncpg for a libpq URL such as `postgresql://user@host/name`.

    Parameters of statements are kept out of its errors: they may hold card numbers.
    """
    settings = {"jit": "off", "timezone": "UTC", "application_name": "tallycard", "random_page_cost": RANDOM_PAGE_COST}
    if role is not None:
        settings["role"] = role
    target = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    pool: dict[str, Any] = {"poolclass": NullPool}  # the keyword arguments of two kinds of pool
    if pooled:
        pool = {"pool_size": POOL_SIZE, "max_overflow": POOL_SIZE, "pool_pre_ping": True}
    engine = create_async_engine(target, connect_args={"server_settings": settings}, hide_parameters=True, **pool)
    event.listen(engine.sync_engine, "connect", lambda connection, _: connection.run_async(keep_dates))
    return engine


def is_unreachable(error: DBAPIError) -> bool:
    """Tell whether the database was away, going away or coming back: the same call may do in a moment."""
    return error.connection_invalidated or sqlstate(error)[:2] in _AWAY


def sqlstate(error: DBAPIError) -> str:
    """Give the five characters by which PostgreSQL names an error."""
    return str(getattr(error.orig, "sqlstate", "") or "")
