"""What has just changed, for pages that stay open: the acts of the journal as they come, told by what they are about.

Key idea: one reader in each process. A notice of the database wakes it, it reads the newest acts and tells those who
follow their topics: the record (`task:7`), all records of its kind (`task`), the party and the project of the act; and
`me:5` for whatever user 5 alone is to look at again. A topic says where to look and never what was changed.

An act shows when its transaction ends, which may be after that of a later one: so what was read lately is read again,
and what was told is not told twice. What tills do by the thousand is told to nobody, see `database.activity`.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import CHANNEL, SILENT_ACTORS, activity
from database.engine import Database
from database.hot import UNREACHABLE
from database.journal import OF_PEOPLE
from database.listening import RECONNECTED, Listener

LOOK_SECONDS: Final = 15
"""Without any notice the journal is looked at so often."""
AGAIN_SECONDS: Final = 1
OVERLAP: Final = timedelta(seconds=20)
"""So long a transaction may last whose act is told at once; that of a longer one shows when its page is opened next."""
WINDOW: Final = OVERLAP + timedelta(seconds=LOOK_SECONDS)
MOST_BACK: Final = timedelta(hours=1)
"""Who was away for longer looks at everything again."""
MOST_ACTS: Final = 1_000
EVERYTHING: Final = "*"
"""A topic for all who follow: more was changed than is told one by one."""

log = structlog.get_logger()


class News(Struct, frozen=True):
    """What some may follow: an act or, of several, the newest one's identifier and the topics of all."""

    id: int
    topics: frozenset[str]


class Follower:
    """One who follows topics. What was told is taken once; `last_id` is the newest act that was told."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.last_id = 0
        self._followed = frozenset(topics)
        self._told: set[str] = set()
        self._news = asyncio.Event()

    def tell(self, topics: Collection[str], last_id: int = 0) -> None:
        """Tell what changed; what is not followed is forgotten."""
        self.last_id = max(self.last_id, last_id)
        wanted = self._followed if EVERYTHING in topics else self._followed.intersection(topics)
        self._told |= wanted
        if wanted:
            self._news.set()

    def wake(self) -> None:
        """Let the wait end without news."""
        self._news.set()

    async def take(self, seconds: int) -> frozenset[str]:
        """Wait for news at most so long, and give the topics that changed; none when the time is over."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return frozenset()
        told, self._told = frozenset(self._told), set()
        self._news.clear()
        return told


class Live:
    """The reader of a process; it begins when somebody first follows."""

    def __init__(self, database: Database, listener: Listener) -> None:
        self._database = database
        self._listener = listener
        self._followers: set[Follower] = set()
        self._told: set[int] = set()
        self._last_id = 0
        self._reading: asyncio.Task[None] | None = None

    @contextmanager
    def following(self, topics: Iterable[str]) -> Iterator[Follower]:
        """Follow topics from now on."""
        follower = Follower(topics)
        self._followers.add(follower)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_on())
        try:
            yield follower
        finally:
            self._followers.remove(follower)

    def wake_all(self) -> None:
        """Let everybody's wait end without news."""
        for follower in self._followers:
            follower.wake()

    async def close(self) -> None:
        """End the reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def _read_on(self) -> None:
        since = datetime.now(UTC)
        with self._listener.watching(CHANNEL) as watch:
            while True:
                heard = watch.rest()
                self._tell({EVERYTHING} if RECONNECTED in heard else heard)
                try:
                    await self._read(since)
                except (DBAPIError, *UNREACHABLE) as error:
                    log.warning("the database is away; open pages are told when it is back", error=type(error).__name__)
                    await asyncio.sleep(AGAIN_SECONDS)
                    continue
                await watch.wait(LOOK_SECONDS)

    async def _read(self, since: datetime) -> None:
        """Tell the acts that were not told yet."""
        found = await self._database.run(list_news, since=max(since, datetime.now(UTC) - WINDOW))
        new = [news for news in found if news.id not in self._told]
        self._told = {news.id for news in found}
        if new:
            self._last_id = max(self._last_id, *(news.id for news in new))
            is_much = len(found) > MOST_ACTS
            self._tell({EVERYTHING} if is_much else {topic for news in new for topic in news.topics})

    def _tell(self, topics: Collection[str]) -> None:
        for follower in self._followers:
            follower.tell(topics, self._last_id)


async def list_news(connection: AsyncConnection, *, since: datetime) -> list[News]:
    """List acts since a moment, the newest first; one more than is told one by one where there are more."""
    column = activity.c
    columns = (column.id, column.record, column.party_id, column.project_id)
    loud = [column.actor.not_like(f"{name}%") for name in SILENT_ACTORS]
    query = select(*columns).where(OF_PEOPLE, column.at >= since, *loud)
    rows = await connection.execute(query.order_by(column.at.desc(), column.id.desc()).limit(MOST_ACTS + 1))
    return [News(row.id, _topics(row.record, row.party_id, row.project_id)) for row in rows]


async def read_missed(connection: AsyncConnection, *, after: int | None, since: datetime, now: datetime) -> News:
    """Read what changed behind an act that was known, or since a moment where none was; with the newest act's id."""
    column = activity.c
    newest = int((await connection.execute(select(func.coalesce(func.max(column.id), 0)))).scalar_one())
    if after is not None:
        found = await connection.execute(select(column.at).where(column.id == after).limit(1))
        since = (found.scalar_one_or_none() or now - MOST_BACK) - OVERLAP
    if since <= now - MOST_BACK:
        return News(newest, frozenset({EVERYTHING}))
    news = await list_news(connection, since=since)
    topics = {EVERYTHING} if len(news) > MOST_ACTS else {topic for one in news for topic in one.topics}
    return News(newest, frozenset(topics))


async def tell_person(connection: AsyncConnection, user_id: int) -> None:
    """Let the open pages of a user look again at what is theirs alone, when the transaction commits."""
    await connection.execute(select(func.pg_notify(CHANNEL, f"me:{user_id}")))


def _topics(record: str, party_id: int | None, project_id: int | None) -> frozenset[str]:
    around = {"party": party_id, "project": project_id}
    more = [f"{name}:{value}" for name, value in around.items() if value is not None]
    return frozenset({record, record.partition(":")[0], *more})
