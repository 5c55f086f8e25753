"""Sends drafts on their way: what is kept already is passed over, the rest flies, as many at once as flights take.

The key idea: identity makes a second run right. Receipts are looked up in large portions and known by their
fingerprints, so that a run goes on where another one ended, and a file imported again changes nothing. The same number
with another content is a rejection, never a change.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from msgspec import Struct

from database.activity import Act
from database.engine import Database
from loyalty.errors import LoyaltyError
from loyalty.imports import repository
from loyalty.imports.building import Place, build_adjustment, build_receipt, identify
from loyalty.imports.drafts import Draft
from loyalty.imports.progress import Watch
from loyalty.imports.rejections import Rejection
from loyalty.receipts.documents import DocumentContent, put_document
from loyalty.receipts.flights import Flights
from loyalty.receipts.model import Receipt, fingerprint

RECEIPTS_AT_ONCE = 1_000
"""How many are looked up at once, and how many may wait for their flights."""

_OTHER_CONTENT = "its receipt is kept already, with another content"
_VERSION = 1

T = TypeVar("T")


class Posted(Struct, frozen=True):
    """What became of drafts: `new` and `known` count receipts and adjustments, `rejections` are rows."""

    new: int
    known: int
    rejections: list[Rejection]
    is_complete: bool


class Posting:
    """One run over the drafts of a file; where the watch asks for the end, what is in the air lands first."""

    def __init__(self, place: Place, *, database: Database, flights: Flights, act: Act, watch: Watch) -> None:
        self._place = place
        self._database = database
        self._flights = flights
        self._act = act
        self._watch = watch
        self._room = asyncio.Semaphore(RECEIPTS_AT_ONCE)
        self._in_air: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None
        self._new = self._known = self._refused = 0
        self._rejections: list[Rejection] = []
        self._total = 0

    async def run(self, drafts: Sequence[Draft]) -> Posted:
        """Post what is not kept. Raises UnavailableError, and what the database raises; then again is what to do."""
        self._total = len(drafts)
        try:
            for portion in _portions(drafts):
                if self._watch.is_stopped() or self._fault is not None:
                    break
                await self._put_adjustments([draft for draft in portion if draft.kind == "adjustment"])
                await self._post_receipts(sorted((d for d in portion if d.kind != "adjustment"), key=_by_card))
        finally:
            if self._in_air:
                await asyncio.wait(self._in_air)
        if self._fault is not None:
            raise self._fault
        decided = self._new + self._known + self._refused
        return Posted(self._new, self._known, self._rejections, decided == self._total)

    async def _post_receipts(self, drafts: Sequence[Draft]) -> None:
        uids = [identify(self._place.mapping.source, draft.number) for draft in drafts]
        kept = await self._database.run(repository.find_fingerprints, uids)
        for draft, uid in zip(drafts, uids, strict=True):
            receipt = build_receipt(draft, self._place)
            if uid in kept:
                self._pass_over(draft, is_same=kept[uid] == fingerprint(receipt))
                continue
            await self._room.acquire()
            flying = asyncio.create_task(self._post(draft, receipt))
            self._in_air.add(flying)
            flying.add_done_callback(self._land)

    async def _post(self, draft: Draft, receipt: Receipt) -> None:
        try:
            decision = await self._flights.post(receipt, actor=self._act.actor)
        except LoyaltyError as error:
            self._refuse(draft, error.detail)
        else:
            self._count(is_new=decision.is_new)

    def _land(self, flown: "asyncio.Task[None]") -> None:
        self._in_air.discard(flown)
        self._room.release()
        if not flown.cancelled():
            self._fault = self._fault or flown.exception()

    async def _put_adjustments(self, drafts: Sequence[Draft]) -> None:
        """Put documents one by one: there are few. A deleted one stays deleted."""
        uids = [identify(self._place.mapping.source, draft.number) for draft in drafts]
        kept = await self._database.run(repository.find_documents, uids) if uids else {}
        for draft, uid in zip(drafts, uids, strict=True):
            content = build_adjustment(draft, self._place)
            if uid in kept:
                self._pass_over(draft, is_same=kept[uid] == _as_known(content))
                continue
            try:
                await self._database.run(put_document, uid, content, version=_VERSION, act=self._act)
            except LoyaltyError as error:
                self._refuse(draft, error.detail)
            else:
                self._count(is_new=True)

    def _pass_over(self, draft: Draft, *, is_same: bool) -> None:
        if is_same:
            self._count(is_new=False)
        else:
            self._refuse(draft, _OTHER_CONTENT)

    def _count(self, *, is_new: bool) -> None:
        if is_new:
            self._new += 1
        else:
            self._known += 1
        self._report()

    def _refuse(self, draft: Draft, reason: str) -> None:
        self._rejections += draft.reject(reason)
        self._refused += 1
        self._report()

    def _report(self) -> None:
        self._watch.report(self._new + self._known + self._refused, self._total)


def _by_card(draft: Draft) -> tuple[int, datetime, str]:
    """Keep a card's receipts together, in order: two flights in the air then seldom wait for each other's cards."""
    return (draft.customer or 0, draft.closed_at, draft.number)


def _as_known(content: DocumentContent) -> repository.KnownDocument:
    return repository.KnownDocument(content.kind, content.number, content.date, content.card, content.total)


def _portions(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while portion := list(islice(rest, RECEIPTS_AT_ONCE)):
        yield portion
