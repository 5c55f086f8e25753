"""Receipts and voids at a till: first into the journal, then to the server, and an answer in time in any case.

The key idea: nothing is promised that is not on the disk. A program hears the server's own answer where it comes in
time, and else that its receipt is safe; the same again is answered from the journal. Whether a card has the money is
the server's to say: a closed receipt is a fact and is never refused here for it.
"""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from loyalty.errors import ReceiptUnbalancedError
from loyalty.money import Currency
from pos_adapter.answers import BatchResult, Problem
from pos_adapter.batches import SiftedBatch
from pos_adapter.drafting import draft_receipt, draft_void
from pos_adapter.errors import (
    AlreadyVoidedError,
    JournalUnavailableError,
    ReceiptConflictError,
    ServerUnreachableError,
    UnbalancedError,
)
from pos_adapter.events import ReceiptState
from pos_adapter.exchange import Answer, own_answer, told_answer
from pos_adapter.journal.journal import Journal
from pos_adapter.journal.model import Draft, Entry, JournalState, Kept
from pos_adapter.kept_receipts import KeptVoid, QueuedReceipt, kept_receipt, kept_state
from pos_adapter.lane import Lane
from pos_adapter.link import Link
from pos_adapter.problems import BodyError, problem_of
from pos_adapter.protocol import Posting, VoidRequest
from pos_adapter.sender import Sender
from pos_adapter.upstream import ANSWER_MILLISECONDS, Upstream
from pos_adapter.verdicts import Verdict, read_problem
from pos_adapter.wording import Wording

BATCH_MILLISECONDS_EACH = 10

log = structlog.get_logger()


class Receipts:
    """The receipts of one till. `currency` gives the installation's, None as long as the till does not know it."""

    def __init__(
        self,
        journal: Journal,
        lane: Lane,
        sender: Sender,
        upstream: Upstream,
        link: Link,
        *,
        wording: Wording,
        currency: Callable[[], Currency | None],
        publish: Callable[[ReceiptState], None],
        now: Callable[[], datetime],
        new_uid: Callable[[], UUID],
    ) -> None:
        self._journal = journal
        self._lane = lane
        self._sender = sender
        self._upstream = upstream
        self._link = link
        self._wording = wording
        self._currency = currency
        self._publish = publish
        self._now = now
        self._new_uid = new_uid

    async def post(self, body: bytes, posting: Posting) -> Answer:
        """Take a closed receipt: the server's answer, 200 where it is known, 202 where it is safe here.

        Raises BodyError, UnbalancedError, ReceiptConflictError, JournalUnavailableError.
        """
        [kept] = await self._keep([self._draft(body, posting)])
        if kept.what == "conflict":
            raise ReceiptConflictError("the UUID or the number of the receipt is known with another meaning")
        if kept.entry.state == "taken":
            return told_answer(200, kept.entry.answer or b"null")
        return await self._answer(kept.entry)

    async def void(self, receipt_uid: UUID, body: bytes, asked: VoidRequest) -> Answer:
        """Take a receipt back, once. Raises AlreadyVoidedError, JournalUnavailableError."""
        [kept] = await self._keep([draft_void(body, asked.void_uid, receipt_uid)])
        if kept.what == "conflict":
            raise AlreadyVoidedError("another void of this receipt, or this void of another one, is known")
        if kept.entry.state == "taken":
            return told_answer(200, kept.entry.answer or b"null")
        return await self._answer(kept.entry)

    async def post_batch(self, batch: SiftedBatch) -> list[BatchResult]:
        """Take many closed receipts, each on its own; the results come in the order of the batch.

        Raises JournalUnavailableError, and then none was taken.
        """
        results = dict(batch.refused)
        drafts: dict[int, Draft] = {}
        for place, (body, posting) in batch.passed.items():
            try:
                drafts[place] = self._draft(body, posting)
            except (BodyError, UnbalancedError) as error:
                problem = problem_of(error) if isinstance(error, BodyError) else error.problem()
                results[place] = _refused(posting.receipt_uid, problem)
        kept = await self._keep(list(drafts.values())) if drafts else []
        results |= dict(zip(drafts, await self._batch_results(kept), strict=True))
        return [results[place] for place in sorted(results)]

    async def load_receipt(self, receipt_uid: UUID) -> Answer:
        """Say what became of a receipt: the journal while it waits here, else the server, else the journal again.

        Raises ServerUnreachableError.
        """
        entry = await self._lane.run(self._journal.find_receipt, receipt_uid)
        if entry is not None and entry.state in {"queued", "rejected", "replaced"}:
            return own_answer(200, kept_receipt(entry))
        try:
            if not self._link.is_offline:
                return await self._upstream.load_receipt(receipt_uid)
        except ServerUnreachableError:
            log.info("receipt_read_offline")
        if entry is None:
            raise ServerUnreachableError("the receipt is not of this till's journal, and the server does not answer")
        return own_answer(200, kept_receipt(entry))

    async def state(self) -> JournalState:
        """Say what waits."""
        return await self._lane.run(self._journal.state)

    def _draft(self, body: bytes, posting: Posting) -> Draft:
        try:
            return draft_receipt(body, posting, till_instance=self._journal.till_instance, currency=self._currency())
        except ReceiptUnbalancedError as error:
            raise UnbalancedError(error.detail, field=error.field) from error

    async def _keep(self, drafts: Sequence[Draft]) -> list[Kept]:
        try:
            kept = await self._lane.run(self._journal.keep_all, drafts, now=self._now())
        except sqlite3.Error as error:
            log.warning("journal_failed", kind=type(error).__name__)
            raise JournalUnavailableError("the disk of the till does not take it: nothing was kept") from error
        return kept

    async def _answer(self, entry: Entry) -> Answer:
        """Wait for the server's word on an entry for as long as a customer may wait."""
        [verdict] = await self._wait([entry], limit_ms=ANSWER_MILLISECONDS, as_batch=False)
        kind = QueuedReceipt if entry.kind == "receipt" else KeptVoid
        if verdict is None:
            self._tell_queued(entry)
            return own_answer(202, kind(entry.receipt_uid, "queued", messages=self._wording.messages(["queued"])))
        if verdict.state is None and entry.was_promised:
            problem = read_problem(verdict)
            messages = self._wording.messages(["rejected", problem.code])
            return own_answer(202, kind(entry.receipt_uid, "rejected", problem, messages))
        return told_answer(verdict.status, verdict.body)

    async def _batch_results(self, kept: Sequence[Kept]) -> list[BatchResult]:
        open_entries = [one.entry for one in kept if one.what != "conflict" and one.entry.state != "taken"]
        limit_ms = ANSWER_MILLISECONDS + BATCH_MILLISECONDS_EACH * len(open_entries)
        verdicts = await self._wait(open_entries, limit_ms=limit_ms, as_batch=True)
        told = dict(zip((entry.id for entry in open_entries), verdicts, strict=True))
        return [self._batch_result(one, told.get(one.entry.id)) for one in kept]

    def _batch_result(self, kept: Kept, verdict: Verdict | None) -> BatchResult:
        entry, uid = kept.entry, str(kept.entry.receipt_uid)
        if kept.what == "conflict":
            detail = "the UUID or the number of the receipt is known with another meaning"
            return _refused(entry.receipt_uid, ReceiptConflictError(detail).problem())
        if entry.state == "taken":
            return BatchResult(uid, 200, kept_state(entry), None)
        if verdict is None:
            self._tell_queued(entry)
            return BatchResult(uid, 202, "queued", None)
        if verdict.state is not None:
            return BatchResult(uid, verdict.status, verdict.state, None)
        return _refused(entry.receipt_uid, read_problem(verdict))

    async def _wait(self, entries: Sequence[Entry], *, limit_ms: int, as_batch: bool) -> list[Verdict | None]:
        if not entries:
            return []
        if self._link.is_offline:
            self._sender.wake()
            return [None] * len(entries)
        return await self._sender.wait_for([entry.id for entry in entries], limit_ms=limit_ms, as_batch=as_batch)

    def _tell_queued(self, entry: Entry) -> None:
        self._publish(
            ReceiptState(event_id=self._new_uid(), receipt_uid=entry.receipt_uid, state="queued", at=self._now())
        )


def _refused(receipt_uid: UUID, problem: Problem) -> BatchResult:
    return BatchResult(str(receipt_uid), problem.status, None, problem)
