"""Cards at a till: looking one up, pricing with one, holding its money; from the server in time, or by itself.

The key idea: the server's answer is the answer, and the till's own comes where there is none, always within the limit.
A till that knows the server to be away does not wait for it again. Money is granted without the server within the
till's allowances alone, which are nothing unless somebody set them.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from msgspec import Struct

from loyalty.cards.model import Catalogue
from loyalty.money import Scale
from loyalty.receipts.model import Original
from pos_adapter.answers import CalculationAnswer, HoldAnswer
from pos_adapter.config import OfflineCredit
from pos_adapter.errors import (
    CardNotUsableError,
    CardUnknownError,
    HoldConflictError,
    JournalUnavailableError,
    OfflineCreditRefusedError,
    ServerUnreachableError,
)
from pos_adapter.exchange import Answer, own_answer
from pos_adapter.journal.allowances import Allowances
from pos_adapter.journal.grants import Grant, end_overdue, find_grant, grant, release
from pos_adapter.journal.journal import Journal
from pos_adapter.lane import Lane
from pos_adapter.link import Link
from pos_adapter.offline import KnownCard, know_card, price_offline, refuse_card, show_card
from pos_adapter.offline_returns import KnownSale, natural_key_of, price_return, read_sale
from pos_adapter.parsing import parse_calculation_original, parse_money
from pos_adapter.protocol import Calculation, HoldRequest, Lookup
from pos_adapter.snapshot.sealing import hash_number
from pos_adapter.snapshot.shelf import Shelf, SnapshotRefusedError
from pos_adapter.upstream import Upstream
from pos_adapter.wedge import read_wedge
from pos_adapter.wording import Wording

log = structlog.get_logger()


class Place(Struct, frozen=True):
    """Which till it is, the heads of its own numbers, and what it may grant by itself."""

    store: str
    own_prefixes: tuple[str, ...]
    credit: OfflineCredit


class Cards:
    """The cards of one till."""

    def __init__(
        self,
        upstream: Upstream,
        link: Link,
        shelf: Shelf,
        journal: Journal,
        lane: Lane,
        *,
        place: Place,
        wording: Wording,
        key: bytes,
        now: Callable[[], datetime],
    ) -> None:
        self._upstream = upstream
        self._link = link
        self._shelf = shelf
        self._journal = journal
        self._lane = lane
        self._place = place
        self._wording = wording
        self._key = key
        self._now = now

    async def look_up(self, body: bytes, asked: Lookup) -> Answer:
        """Find a card. Raises CardUnknownError, ServerUnreachableError."""
        answer = await self._ask(self._upstream.lookup(body) if not self._link.is_offline else None)
        if answer is not None and (not answer.is_servers_fault or self._shelf.refusal is not None):
            return self._wording.explain_card(answer)
        number = asked.number
        if asked.raw is not None:
            number = read_wedge(asked.raw, self._place.own_prefixes)
        if number is None:
            raise ServerUnreachableError("a phone can only be looked up at the server: ask for the card")
        known, at = self._find(number), self._now()
        assert self._shelf.catalogue is not None, "a card was found with it"
        reason = refuse_card(known, self._shelf.catalogue, at=at, store=self._place.store)
        shown = show_card(
            known,
            self._shelf.catalogue,
            at=at,
            store=self._place.store,
            as_of=self._shelf.as_of or at,
            messages=self._wording.messages(["offline", reason]),
        )
        return own_answer(200, shown)

    async def calculate(self, body: bytes, asked: Calculation) -> Answer:
        """Price an open receipt. Raises BodyError, CardUnknownError, NothingLeftError, ServerUnreachableError."""
        answer = await self._ask(self._upstream.calculate(body) if not self._link.is_offline else None)
        if answer is not None and (not answer.is_servers_fault or self._shelf.catalogue is None):
            return self._wording.explain_price(answer)
        return own_answer(200, await self._price(asked))

    async def hold(self, body: bytes, asked: HoldRequest) -> Answer:
        """Hold money for a receipt, once per hold_uid.

        Raises OfflineCreditRefusedError, CardUnknownError, CardNotUsableError, HoldConflictError, BodyError,
        ServerUnreachableError, JournalUnavailableError.
        """
        known = await self._lane.run(find_grant, self._journal, asked.hold_uid)
        if known is not None:
            return self._repeat(known, asked)
        answer = await self._ask(self._upstream.hold(body) if not self._link.is_offline else None)
        if answer is not None and not answer.is_servers_fault:
            await self._end_overdue()
            return answer
        return own_answer(201, self._render(await self._grant(asked)))

    async def release_hold(self, hold_uid: UUID) -> Answer:
        """Let held money be spent again. Raises ServerUnreachableError."""
        known = await self._lane.run(find_grant, self._journal, hold_uid)
        if known is None:
            return await self._upstream.release_hold(hold_uid)
        released = self._render(known)
        await self._lane.run(release, self._journal, hold_uid, now=self._now())
        return own_answer(200, released)

    async def _end_overdue(self) -> None:
        """Let go of grants that nobody used; a disk that does not take it leaves them for the next time."""
        try:
            await self._lane.run(end_overdue, self._journal, now=self._now())
        except sqlite3.Error as error:
            log.warning("journal_failed", kind=type(error).__name__)

    async def _ask(self, question: Awaitable[Answer] | None) -> Answer | None:
        """Ask the server; None where it gives no answer, or is known to give none."""
        if question is None:
            return None
        try:
            return await question
        except ServerUnreachableError:
            return None

    def _find(self, number: str) -> KnownCard:
        """Find a card of the snapshot. Raises CardUnknownError, ServerUnreachableError."""
        try:
            kept = self._shelf.find(number)
        except SnapshotRefusedError as error:
            raise ServerUnreachableError(_WITHOUT[error.reason]) from error
        catalogue = self._shelf.catalogue
        known = None if kept is None or catalogue is None else know_card(kept, number, catalogue)
        if known is None:
            raise CardUnknownError("no card has this number, as far as the till knows without the server")
        return known

    async def _price(self, asked: Calculation) -> CalculationAnswer:
        catalogue = self._shelf.catalogue
        if catalogue is None or self._shelf.refusal == "altered":
            raise ServerUnreachableError(_WITHOUT["missing" if catalogue is None else "altered"])
        known = None if asked.card is None else self._find(asked.card.number)
        original = parse_calculation_original(asked)
        if original is None:
            priced = price_offline(asked, known, catalogue, calculation_id=str(uuid4()), now=self._now())
        else:
            priced = await self._price_return(asked, original, known, catalogue)
        return self._wording.explain_offline(priced)

    async def _price_return(
        self, asked: Calculation, original: Original, known: KnownCard | None, catalogue: Catalogue
    ) -> CalculationAnswer:
        """Say what is given back for a sale of this till's journal. Raises NothingLeftError, ServerUnreachableError."""
        key = natural_key_of(original, self._journal.till_instance)
        kept = await self._lane.run(self._journal.find_sale, original.uid, key)
        sale = None if kept is None else read_sale(kept, catalogue.currency)
        if kept is None or sale is None or self._is_priced_anew(sale, catalogue):
            raise ServerUnreachableError(
                "only the server knows this sale: go by its printed receipt, or try again later"
            )
        return price_return(asked, sale, known, catalogue, calculation_id=str(uuid4()), now=self._now())

    def _is_priced_anew(self, sale: KnownSale, catalogue: Catalogue) -> bool:
        """Whether what is kept of a sale is priced anew, by the rules of then, which the server alone has."""
        if sale.card is None or all(one.settings.return_policy != "reprice" for one in catalogue.series.values()):
            return False
        try:
            return self._find(sale.card).series.settings.return_policy == "reprice"
        except (CardUnknownError, ServerUnreachableError):
            return True

    async def _grant(self, asked: HoldRequest) -> Grant:
        catalogue = self._shelf.catalogue
        if catalogue is None or not self._place.credit.is_on:
            raise OfflineCreditRefusedError("the server did not answer in time: take another payment")
        amount = parse_money(catalogue.currency.scale, asked.amount, "amount", least=1)
        known = self._find(asked.card.number)
        reason = refuse_card(known, catalogue, at=self._now(), store=self._place.store)
        if reason is not None:
            raise CardNotUsableError(f"the card may not be used: {reason}", field="card.number")
        if known.series.settings.kind != "credit":
            raise OfflineCreditRefusedError("the money of this card only the server knows: take another payment")
        try:
            made = await self._lane.run(
                grant,
                self._journal,
                self._allowances(catalogue.currency.places),
                hold_uid=asked.hold_uid,
                card=hash_number(self._key, asked.card.number),
                receipt_uid=asked.receipt_uid,
                amount=amount,
                now=self._now(),
            )
        except sqlite3.Error as error:
            raise JournalUnavailableError("the disk of the till does not take it: nothing is held") from error
        if made is None:
            raise OfflineCreditRefusedError("it is more than the till may grant without the server")
        return made

    def _allowances(self, places: int) -> Allowances:
        credit = self._place.credit
        return Allowances(
            per_receipt=credit.minor(credit.per_receipt, places),
            per_card=credit.minor(credit.per_card, places),
            per_till=credit.minor(credit.per_till, places),
        )

    def _repeat(self, known: Grant, asked: HoldRequest) -> Answer:
        amount = parse_money(self._money(), asked.amount, "amount", least=1)
        card = hash_number(self._key, asked.card.number)
        if not known.is_same(asked.hold_uid, card, asked.receipt_uid, amount):
            raise HoldConflictError("the hold is known with another card, receipt or amount")
        return own_answer(200, self._render(known))

    def _money(self) -> Scale:
        """Give how the currency is written; a snapshot that a grant was made with may be gone since."""
        if self._shelf.currency is None:
            raise ServerUnreachableError(_WITHOUT["missing"])
        return self._shelf.currency.scale

    def _render(self, made: Grant) -> HoldAnswer:
        money = self._money()
        return HoldAnswer(made.hold_uid, money.format(made.amount), money.format(made.available), made.expires_at)


_WITHOUT = {
    "missing": "the server did not answer in time, and the till has no snapshot of the cards yet",
    "altered": "the server did not answer in time, and the till's snapshot of the cards was altered",
    "too_old": "the server did not answer in time, and the till's snapshot of the cards is too old",
}
