"""The one sender of the journal: what was promised goes to the server, in order, until the journal is empty.

The key idea: there is one queue and one way out of it. A program that posts waits for its own entry no longer than it
may; who waits is told the server's word, and nobody is told a word twice. What the server refuses for good is set aside
and the rest goes on; anything else is tried again after a pause that grows, and what the server itself fails at goes
behind the others. Who was told that a receipt is safe is not refused it afterwards for the money of a card: it goes
again, marked as offline.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from pos_adapter.drafting import body_to_send
from pos_adapter.errors import ServerUnreachableError
from pos_adapter.events import ReceiptState
from pos_adapter.journal.journal import Journal
from pos_adapter.journal.model import Entry, Settlement
from pos_adapter.lane import Lane
from pos_adapter.upstream import Upstream
from pos_adapter.verdicts import MOST_DEFECTS, Verdict, judge, judge_batch, pause_ms

MOST_PORTION: Final = 100
MOST_PORTION_BYTES: Final = 1024 * 1024

log = structlog.get_logger()


class Sender:
    """Sends what stands in the journal; `chance` gives a number of 0 to 1000."""

    def __init__(
        self,
        journal: Journal,
        lane: Lane,
        upstream: Upstream,
        *,
        publish: Callable[[ReceiptState], None],
        now: Callable[[], datetime],
        new_uid: Callable[[], UUID],
        chance: Callable[[], int],
    ) -> None:
        self._journal = journal
        self._lane = lane
        self._upstream = upstream
        self._publish = publish
        self._now = now
        self._new_uid = new_uid
        self._chance = chance
        self._has_work = asyncio.Event()
        self._try_now = asyncio.Event()
        self._waiting: dict[int, _Waiter] = {}
        self._failures = 0
        self._one_by_one_up_to = 0

    def wake(self) -> None:
        """Look into the journal: something was put there."""
        self._has_work.set()

    def try_now(self) -> None:
        """Wait no longer after a failure: the server is there again."""
        self._try_now.set()

    async def wait_for(
        self, entry_ids: Sequence[int], *, limit_ms: int, as_batch: bool = False
    ) -> list[Verdict | None]:
        """Give the server's word on entries of the journal; None for each of which nothing is heard in time.

        Those count as promised from then on. A batch needs to know no more of each than what became of it.
        """
        waiters = {entry_id: self._join(entry_id, as_batch=as_batch) for entry_id in entry_ids}
        self.wake()
        try:
            await asyncio.wait([waiter.told for waiter in waiters.values()], timeout=limit_ms / 1000)
            for waiter in waiters.values():
                if not waiter.is_claimed:
                    waiter.tell(None)
            return [await waiters[entry_id].told for entry_id in entry_ids]
        finally:
            for entry_id, waiter in waiters.items():
                if self._waiting.get(entry_id) is waiter:
                    del self._waiting[entry_id]

    def _join(self, entry_id: int, *, as_batch: bool) -> "_Waiter":
        """Wait for an entry with whoever waits for it already: all of them are told the same."""
        waiter = self._waiting.get(entry_id)
        if waiter is None or waiter.told.done():
            waiter = self._waiting[entry_id] = _Waiter(is_of_batch=as_batch)
        return waiter

    async def run(self) -> None:
        """Send for as long as the till runs."""
        while True:
            self._has_work.clear()
            retry_after = None
            try:
                portion = self._portion(await self._lane.run(self._journal.list_queued, most=MOST_PORTION))
                if not portion:
                    await self._has_work.wait()
                    continue
                retry_after = await self._send(portion)
            except ServerUnreachableError:
                self._fail()
            except sqlite3.Error as error:  # a disk that is full or fails: nothing is lost, and it is tried again
                log.warning("journal_failed", kind=type(error).__name__)
                self._fail()
            if self._failures:
                await self._pause(retry_after)

    def _fail(self) -> None:
        """Count a failure; whoever waits need not wait for the next try."""
        self._failures += 1
        for waiter in self._waiting.values():
            waiter.tell(None)

    async def _pause(self, retry_after: str | None) -> None:
        self._try_now.clear()
        limit_ms = pause_ms(self._failures, retry_after=retry_after, chance=self._chance())
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_ms / 1000):
                await self._try_now.wait()

    def _portion(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Give what goes at once: receipts that are not too large together, or one whose answer is waited for."""
        size = 0
        for place, entry in enumerate(entries):
            size += len(entry.body)
            if self._goes_alone(entry) or size > MOST_PORTION_BYTES:
                return entries[: place or 1]
        return entries

    def _goes_alone(self, entry: Entry) -> bool:
        waiter = self._awaiting(entry)
        is_asked = waiter is not None and not waiter.is_of_batch
        return is_asked or entry.kind == "void" or entry.id <= self._one_by_one_up_to

    async def _send(self, portion: Sequence[Entry]) -> str | None:
        """Send a portion and settle what can be; gives when the server wants to be asked again."""
        if len(portion) == 1:
            return await self._send_one(portion[0])
        bodies = [body_to_send(entry, is_offline=self._awaiting(entry) is None) for entry in portion]
        answer = await self._upstream.send_batch(bodies)
        verdicts = judge_batch(answer, size=len(portion))
        if verdicts is None:
            # Whatever it is that the server cannot answer: one by one shows at which it cannot.
            self._one_by_one_up_to = portion[-1].id
            self._failures += 1
        else:
            await self._settle(list(zip(portion, verdicts, strict=True)))
        return answer.retry_after

    async def _send_one(self, entry: Entry) -> str | None:
        is_offline = self._awaiting(entry) is None
        answer = await self._upstream.send(entry.kind, entry.receipt_uid, body_to_send(entry, is_offline=is_offline))
        verdict = judge(answer)
        is_promised = self._awaiting(entry) is None
        if verdict.what == "refused" and entry.kind == "receipt" and is_promised and not is_offline:
            return await self._send_one(entry)  # it was promised meanwhile: it is offline now
        await self._settle([(entry, verdict)])
        return answer.retry_after

    async def _settle(self, judged: Sequence[tuple[Entry, Verdict]]) -> None:
        """Write down what is over, then tell it; who is told a refusal can no longer be promised anything."""
        over = [(entry, verdict) for entry, verdict in judged if verdict.what in _LAST_WORDS]
        open_ids = [entry.id for entry, verdict in judged if verdict.what not in _LAST_WORDS]
        behind = [entry.id for entry, verdict in judged if _is_hopeless(entry, verdict)]
        settlements = [self._settlement(entry, verdict) for entry, verdict in over]
        if open_ids:
            await self._lane.run(self._journal.postpone, open_ids, behind)
        entries = await self._lane.run(self._journal.settle, settlements, now=self._now()) if settlements else []
        self._failures = self._failures + 1 if open_ids else 0
        for entry, (_, verdict) in zip(entries, over, strict=True):
            if (waiter := self._awaiting(entry)) is not None:
                waiter.tell(verdict)
            self._tell(entry, verdict)

    def _settlement(self, entry: Entry, verdict: Verdict) -> Settlement:
        waiter = self._awaiting(entry)
        if waiter is not None:
            waiter.is_claimed = True
        if verdict.what == "taken":
            return Settlement(entry.id, "taken", verdict.status, verdict.body)
        return Settlement(entry.id, "rejected" if waiter is None else "refused", verdict.status, verdict.body)

    def _awaiting(self, entry: Entry) -> "_Waiter | None":
        """Find the program that waits for the word on an entry and was told nothing yet."""
        waiter = self._waiting.get(entry.id)
        return None if waiter is None or waiter.told.done() else waiter

    def _tell(self, entry: Entry, verdict: Verdict) -> None:
        if entry.state == "rejected":
            log.warning("receipt_rejected", receipt_uid=str(entry.receipt_uid), status=verdict.status)
        state = verdict.state if entry.state == "taken" else entry.state
        if state is not None and state != "refused":
            self._publish(
                ReceiptState(event_id=self._new_uid(), receipt_uid=entry.receipt_uid, state=state, at=self._now())
            )


class _Waiter:
    """A program that waits for the server's word on one entry; once claimed it will be told one."""

    def __init__(self, *, is_of_batch: bool) -> None:
        self.told: asyncio.Future[Verdict | None] = asyncio.get_running_loop().create_future()
        self.is_of_batch = is_of_batch
        self.is_claimed = False

    def tell(self, verdict: Verdict | None) -> None:
        """Tell it, unless it was told."""
        if not self.told.done():
            self.told.set_result(verdict)


_LAST_WORDS: Final = frozenset({"taken", "refused"})


def _is_hopeless(entry: Entry, verdict: Verdict) -> bool:
    return verdict.what == "defect" and entry.attempts + 1 >= MOST_DEFECTS
