"""Putting a till agent together: every part made once, with the clock and the source of identifiers it is to use.

The key idea: what runs beside the local API (the sender, the feed, the watch over the link, the readers) begins and
ends with it. None of it may end early: what fails by a mistake of ours is logged and begins again, because a till
without its sender would promise what it does not keep.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import uuid4

import structlog
from litestar import Litestar
from msgspec import Struct

from pos_adapter.app import Till, make_app
from pos_adapter.cards import Cards, Place
from pos_adapter.config import TillConfig
from pos_adapter.epochs import Epochs
from pos_adapter.event_stream import EventStream
from pos_adapter.events import LinkState, TillEvent
from pos_adapter.feed import Feed
from pos_adapter.journal.journal import Journal, open_journal
from pos_adapter.lane import Lane
from pos_adapter.link import Link
from pos_adapter.readers import Readers
from pos_adapter.receipts import Receipts
from pos_adapter.sender import Sender
from pos_adapter.snapshot.sealing import derive_key
from pos_adapter.snapshot.shelf import Shelf, open_shelf
from pos_adapter.upstream import Upstream, open_client
from pos_adapter.wording import Wording

AFTER_DEFECT_SECONDS: Final = 5
FORGET_SECONDS: Final = 6 * 3_600

log = structlog.get_logger()


class Files(Struct, frozen=True):
    """What a till keeps on its disk, and the threads that work on it: one for what is promised, one for cards."""

    journal: Journal
    shelf: Shelf
    key: bytes
    journal_lane: Lane
    shelf_lane: Lane


@contextmanager
def open_files(config: TillConfig, server_token: str) -> Iterator[Files]:
    """Open the till's files; they are closed when nothing uses them any more. Raises FileError."""
    with ExitStack() as stack:
        key = derive_key(server_token)
        journal = open_journal(config.journal_file, new_instance=str(uuid4()))
        stack.callback(journal.close)
        most_age = timedelta(hours=config.snapshot_hours)
        shelf = open_shelf(config.snapshot_file, key, most_age=most_age, clock=read_milliseconds, now=_now)
        stack.callback(shelf.close)
        journal_lane, shelf_lane = Lane("journal"), Lane("snapshot")
        stack.callback(journal_lane.close)
        stack.callback(shelf_lane.close)
        yield Files(journal, shelf, key, journal_lane, shelf_lane)


def make_till(config: TillConfig, stream: EventStream, files: Files, *, token: str, server_token: str) -> Litestar:
    """Make the local API of a till with all that runs beside it."""
    publisher = _Publisher(stream)
    link = Link(publisher.publish, now=_now, new_uid=uuid4)
    http = open_client(config.server, server_token)
    upstream = Upstream(http, link, now=_now)
    sender = _make_sender(files, upstream, publisher)
    epochs = Epochs(files.journal, files.journal_lane, upstream, wake=sender.wake)
    who = (config.store, config.till)
    state = partial(files.journal_lane.run, files.journal.state)
    feed = Feed(files.shelf, files.shelf_lane, upstream, key=files.key, who=who, now=_now, state=state)
    publisher.wake_when_online = (sender.try_now, feed.look_now)
    till = _make_parts(config, stream, files, publisher, link, upstream, sender, token=token)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        acts = (lambda: link.watch(epochs.probe), sender.run, feed.run, lambda: _forget_old(files))
        async with http:
            tasks = [asyncio.create_task(_keep_running(act)) for act in acts]
            till.readers.open()
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await till.readers.close()

    return make_app(till, lifespan)


def read_milliseconds() -> int:
    """Read the clock that never jumps."""
    return time.monotonic_ns() // 1_000_000


class _Publisher:
    """Tells events to the till's programs, and to those parts that wait for the server."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self.wake_when_online: tuple[Callable[[], None], ...] = ()

    def publish(self, event: TillEvent) -> None:
        """Tell an event."""
        self._stream.publish(event)
        if isinstance(event, LinkState) and event.state == "online":
            for wake in self.wake_when_online:
                wake()


def _make_sender(files: Files, upstream: Upstream, publisher: _Publisher) -> Sender:
    return Sender(
        files.journal,
        files.journal_lane,
        upstream,
        publish=publisher.publish,
        now=_now,
        new_uid=uuid4,
        chance=lambda: secrets.randbelow(1_001),
    )


def _make_parts(
    config: TillConfig,
    stream: EventStream,
    files: Files,
    publisher: _Publisher,
    link: Link,
    upstream: Upstream,
    sender: Sender,
    *,
    token: str,
) -> Till:
    wording = Wording(config.language)
    receipts = Receipts(
        files.journal,
        files.journal_lane,
        sender,
        upstream,
        link,
        wording=wording,
        currency=lambda: files.shelf.currency,
        publish=publisher.publish,
        now=_now,
        new_uid=uuid4,
    )
    cards = Cards(
        upstream,
        link,
        files.shelf,
        files.journal,
        files.journal_lane,
        place=Place(config.store, config.own_prefixes, config.offline_credit),
        wording=wording,
        key=files.key,
        now=_now,
    )
    readers = Readers(config.readers, publisher.publish, now=_now, new_uid=uuid4)
    return Till(
        config=config,
        token=token,
        receipts=receipts,
        cards=cards,
        shelf=files.shelf,
        wording=wording,
        stream=stream,
        link=link,
        readers=readers,
    )


async def _keep_running(act: Callable[[], Awaitable[None]]) -> None:
    """Do what never ends; after a mistake of ours it begins again."""
    while True:
        try:
            await act()
        except Exception as error:  # noqa: BLE001 - the outermost edge of what runs beside the local API
            log.error("defect", kind=type(error).__name__)  # noqa: TRY400 - its text may hold what was sent
        await asyncio.sleep(AFTER_DEFECT_SECONDS)


async def _forget_old(files: Files) -> None:
    while True:
        await files.journal_lane.run(files.journal.forget_old, now=_now())
        await asyncio.sleep(FORGET_SECONDS)


def _now() -> datetime:
    return datetime.now(UTC)
