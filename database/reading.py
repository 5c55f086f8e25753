"""Where what only reads, and need not see its reader's last change, is read: from a replica while that is fresh.

Key idea: how far behind a replica is, is told by places in the log, which need no clocks that agree. Now and then the
primary is asked where its log ends; what the replica has replayed by the next look says as of when it is. A replica
that is away, further behind than MOST_LAG_SECONDS or not known to be nearer is passed over, and the primary is read.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from database.engine import Database, is_unreachable, sqlstate
from database.hot import UNREACHABLE

P = ParamSpec("P")
T = TypeVar("T")

MOST_LAG_SECONDS: Final = 10
LOOK_SECONDS: Final = 2
ANSWER_SECONDS: Final = 2
"""A replica that takes longer to say how far it is counts as away until the next look."""
_READ_ONLY: Final = "25006"


class Reading:
    """Reads from `replica` where there is one. `clock` gives seconds that never jump."""

    def __init__(
        self, primary: Database, replica: Database | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._primary = primary
        self._replica = replica
        self._clock = clock
        self._looked_at = -float(LOOK_SECONDS)
        self._as_of: float | None = None
        self._ends: deque[tuple[float, int]] = deque()
        self._looking = asyncio.Lock()

    async def run(
        self, use_case: Callable[Concatenate[AsyncConnection, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a use case that only reads; what it reads is at most MOST_LAG_SECONDS old."""
        replica = self._replica
        if replica is not None and await self.is_fresh():
            try:
                return await replica.run(use_case, *args, **kwargs)
            except (DBAPIError, *UNREACHABLE) as error:
                if isinstance(error, DBAPIError) and not (is_unreachable(error) or sqlstate(error) == _READ_ONLY):
                    raise
                self._as_of = None
        return await self._primary.run(use_case, *args, **kwargs)

    async def is_fresh(self) -> bool:
        """Tell whether the replica is there and near enough; looks anew after LOOK_SECONDS."""
        if self._replica is not None and self._clock() - self._looked_at >= LOOK_SECONDS and not self._looking.locked():
            async with self._looking:
                await self._look(self._replica)
        return self._as_of is not None and self._clock() - self._as_of <= MOST_LAG_SECONDS

    async def close(self) -> None:
        """Close the replica's pool."""
        if self._replica is not None:
            await self._replica.close()

    async def _look(self, replica: Database) -> None:
        """Ask where the primary's log ends, and then up to where the replica has replayed it."""
        self._looked_at = now = self._clock()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._ends.append((now, await self._primary.run(_read_end)))
                replayed = await replica.run(_read_replayed)
        except (DBAPIError, *UNREACHABLE):
            self._as_of = None
            return
        while self._ends and self._ends[0][0] < now - MOST_LAG_SECONDS - LOOK_SECONDS:
            self._ends.popleft()
        reached = [at for at, end in self._ends if replayed is not None and end <= replayed]
        self._as_of = max(reached, default=None)


async def _read_end(connection: AsyncConnection) -> int:
    end: int = (await connection.execute(text("select (pg_current_wal_insert_lsn() - '0/0')::bigint"))).scalar_one()
    return end


async def _read_replayed(connection: AsyncConnection) -> int | None:
    """Read up to where a replica is; None of a server that is none, which may hold anything."""
    query = "select case when pg_is_in_recovery() then (pg_last_wal_replay_lsn() - '0/0')::bigint end"
    replayed: int | None = (await connection.execute(text(query))).scalar_one()
    return replayed
