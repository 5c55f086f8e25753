"""Notices that the data of the server were restored from a backup, and lets everything be sent again.

The key idea: the server names the life of its data in its health. Another name means that it has forgotten what came
after the backup; the till's journal has it, back to its oldest entry. What the server still has is known by its UUID,
so nothing is doubled.
"""

import sqlite3
from collections.abc import Callable

import structlog

from pos_adapter.journal.journal import Journal
from pos_adapter.lane import Lane
from pos_adapter.upstream import Upstream

log = structlog.get_logger()


class Epochs:
    """Compares what the server says with what the journal remembers; `wake` tells the sender that there is work."""

    def __init__(self, journal: Journal, lane: Lane, upstream: Upstream, *, wake: Callable[[], None]) -> None:
        self._journal = journal
        self._lane = lane
        self._upstream = upstream
        self._wake = wake
        self._known: str | None = None

    async def probe(self) -> None:
        """Ask how the server is, and queue again what it may have forgotten; raises ServerUnreachableError."""
        epoch = await self._upstream.probe()
        if epoch is None or epoch == self._known:
            return
        try:
            again = await self._lane.run(self._journal.meet_epoch, epoch)
        except sqlite3.Error as error:  # a disk that is full: the next answer finds it as it was
            log.warning("journal_failed", kind=type(error).__name__)
            return
        self._known = epoch
        if again:
            log.warning("server_restored", sent_again=again)
            self._wake()
