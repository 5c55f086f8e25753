"""What the database tells: one connection per process hears NOTIFY on its channels and wakes who watches.

A notice is only a hint to read again: it may come late, twice, or not at all while the connection is away. So whoever
watches is also woken when the connection comes back, and looks by itself from time to time. Nothing may be correct only
because a notice arrived.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import asyncpg
import structlog

from database.hot import UNREACHABLE

RECONNECTED = "*"
"""What a watch hears when the connection is back: anything may have been told meanwhile."""
RECONNECT_SECONDS = 1
CONNECT_SECONDS = 10

log = structlog.get_logger()


class Listener:
    """Hears the channels of a database; connects when somebody first watches, and again when the connection is lost."""

    def __init__(self, url: str, channels: Sequence[str]) -> None:
        self._url = url
        self._channels = channels
        self._watches: set[Watch] = set()
        self._listening: asyncio.Task[None] | None = None
        self._was_connected = False

    @contextmanager
    def watching(self, channel: str, key: str = "") -> Iterator["Watch"]:
        """Give a watch of a channel's notices with that text, of all of them where it is empty."""
        assert channel in self._channels, "the listener was made for its channels"
        watch = Watch(channel, key)
        self._watches.add(watch)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        try:
            yield watch
        finally:
            self._watches.remove(watch)

    def wake_all(self) -> None:
        """Let every wait end, as if something had been told."""
        for watch in self._watches:
            watch.wake("")

    async def close(self) -> None:
        """End the connection."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (TimeoutError, asyncpg.PostgresError, *UNREACHABLE) as error:
                log.warning("the listener's connection is away; tried again soon", error=type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        """Hear until the connection ends. What came before it began was not heard: everyone looks again."""
        ended = asyncio.Event()
        settings = {"application_name": "tallycard listener"}
        connection = await asyncpg.connect(self._url, timeout=CONNECT_SECONDS, server_settings=settings)
        try:
            connection.add_termination_listener(lambda _: ended.set())
            for channel in self._channels:
                await connection.add_listener(channel, self._hear)
            for watch in self._watches:
                watch.wake(RECONNECTED if self._was_connected else "")
            self._was_connected = True
            await ended.wait()
        finally:
            await connection.close()

    def _hear(self, _connection: asyncpg.Connection, _process: int, channel: str, text: str) -> None:
        for watch in self._watches:
            if watch.channel == channel and watch.key in ("", text):
                watch.wake(text)


class Watch:
    """One who watches. Call `rest` before reading, so that what changes while it reads wakes it again."""

    def __init__(self, channel: str, key: str) -> None:
        self.channel = channel
        self.key = key
        self._heard: set[str] = set()
        self._news = asyncio.Event()

    def wake(self, text: str) -> None:
        """Let the wait end."""
        self._heard.add(text)
        self._news.set()

    def rest(self) -> set[str]:
        """Forget the news so far, for they are read now; gives the texts that were heard."""
        heard, self._heard = self._heard, set()
        self._news.clear()
        return heard

    async def wait(self, seconds: int) -> bool:
        """Wait for news, at most so long; tells whether there were any."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        return True
