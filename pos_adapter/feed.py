"""Keeps the snapshot fresh: asks the server for what changed, part by part, for as long as the till runs.

The key idea: a look is done when its last part is kept; one that is cut off begins again where the last whole look
ended. A part that is not signed for this till, answers another question or is older than what is there is thrown away.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Final

import msgspec
import structlog

from pos_adapter.errors import ServerUnreachableError
from pos_adapter.journal.model import JournalState
from pos_adapter.lane import Lane
from pos_adapter.snapshot.model import SnapshotPage
from pos_adapter.snapshot.sealing import is_signed
from pos_adapter.snapshot.shelf import Shelf
from pos_adapter.upstream import Upstream

LOOK_SECONDS: Final = 5

log = structlog.get_logger()


class Feed:
    """Fetches snapshots; `who` is the store and till they have to be for, `state` what the server is told waits."""

    def __init__(
        self,
        shelf: Shelf,
        lane: Lane,
        upstream: Upstream,
        *,
        key: bytes,
        who: tuple[str, str],
        now: Callable[[], datetime],
        state: Callable[[], Awaitable[JournalState]],
    ) -> None:
        self._shelf = shelf
        self._lane = lane
        self._upstream = upstream
        self._key = key
        self._who = who
        self._now = now
        self._state = state
        self._look_now = asyncio.Event()

    def look_now(self) -> None:
        """Look at once: the server is there again."""
        self._look_now.set()

    async def run(self) -> None:
        """Look for as long as the till runs."""
        while True:
            self._look_now.clear()
            try:
                await self._look()
            except ServerUnreachableError:
                log.info("snapshot_not_fetched")
            except sqlite3.Error as error:
                log.warning("snapshot_not_kept", kind=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._look_now.wait()

    async def _look(self) -> None:
        since, after = self._shelf.cursor, 0
        first: SnapshotPage | None = None
        while True:
            page = await self._fetch(since, after)
            if page is None:
                return
            first = first or page
            await self._lane.run(self._shelf.take, page, first=first, now=self._now())
            if page.next is None:
                log.debug("snapshot_fetched", cards=self._shelf.cards)
                return
            after = page.next

    async def _fetch(self, since: str, after: int) -> SnapshotPage | None:
        journal = await self._state()
        answer = await self._upstream.snapshot(since=since, after=after, journal=journal)
        if answer.status != HTTPStatus.OK or not is_signed(self._key, answer.body, answer.signature):
            log.warning("snapshot_refused", status=answer.status)
            return None
        try:
            page = await asyncio.to_thread(_PAGE.decode, answer.body)
        except msgspec.MsgspecError:
            log.warning("snapshot_not_understood")
            return None
        is_ours = (page.store, page.till) == self._who and (page.since, page.after) == (since, after)
        known = self._shelf.as_of
        if not is_ours or (known is not None and page.as_of < known):
            log.warning("snapshot_of_another_question")
            return None
        return page


_PAGE: Final = msgspec.json.Decoder(SnapshotPage)
