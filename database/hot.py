"""The pool of bare asyncpg connections for the way of a receipt.

A handful of statements is prepared once per connection and kept. A generic plan made on young tables would spoil them,
so plans that read more than they need are switched off: sequential scans, merge and hash joins, JIT. jsonb travels as
bytes, so that JSON made once is not made again.
"""

import asyncpg

from database.codecs import keep_dates
from database.engine import SERVICE_ROLE

POOL_SIZE = 20
UNREACHABLE = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # an operation met the end of its connection half-way
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.InsufficientResourcesError,
)
"""What a driver raises when the database is away, going away or coming back: the same call may do in a moment."""

STATEMENT_CACHE = 64


class _Connection(asyncpg.Connection):  # type: ignore[misc] # asyncpg publishes no types
    """A connection that is not reset when it goes back: a reset is a round trip, and hot statements leave nothing."""

    def get_reset_query(self) -> str:
        return ""


async def open_pool(url: str, *, size: int = POOL_SIZE) -> asyncpg.Pool:
    """Open the pool for a libpq URL; connections are made when needed and kept."""

    async def prepare(connection: asyncpg.Connection) -> None:
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", format="binary", encoder=_to_jsonb, decoder=_from_jsonb
        )
        await keep_dates(connection)

    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        max_inactive_connection_lifetime=0,
        max_cached_statement_lifetime=0,
        statement_cache_size=STATEMENT_CACHE,
        connection_class=_Connection,
        init=prepare,
        server_settings={
            "application_name": "tallycard hot",
            "role": SERVICE_ROLE,
            "timezone": "UTC",
            "jit": "off",
            "enable_seqscan": "off",
            "enable_mergejoin": "off",
            "enable_hashjoin": "off",
        },
    )


def _to_jsonb(json: bytes) -> bytes:
    return b"\x01" + json


def _from_jsonb(data: bytes) -> bytes:
    return bytes(data[1:])
