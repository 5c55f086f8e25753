"""Group commit: receipts that arrive while one flight is in the air form the next one.

A flight is one transaction: load under lock, decide in memory, save. No timer holds a receipt back. Two flights may be
in the air, the second only when enough receipts wait. A race with another process shows as a unique violation: the
flight rolls back and its members are flown one by one, and then see the winner.

A flight carries no two receipts that speak of the same receipt; the later one waits for the next flight and finds what
the earlier one left.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from database.hot import UNREACHABLE
from loyalty.cards.catalogue.cache import CatalogueCache
from loyalty.cards.model import Catalogue, last_instant
from loyalty.errors import LoyaltyError
from loyalty.receipts import repository
from loyalty.receipts.decide import Decision, decide
from loyalty.receipts.facts import Facts, Writes
from loyalty.receipts.means import gather_means, save_means
from loyalty.receipts.model import Receipt, fingerprint
from loyalty.receipts.rating import gather_ratings, save_ratings
from loyalty.receipts.resale import load_resale
from loyalty.receipts.sold import load_sold
from loyalty.receipts.stored import load_stored

MOST_WAITING = 4_096
MOST_PER_FLIGHT = 128
MOST_FLIGHTS = 2
SECOND_FLIGHT_AT = 24
"""Two small flights cost more than one large one; a second one pays where it would be large itself (measured)."""
MOST_TRIES = 3
MOST_ROUNDS = 6
"""So often a flight looks for what it needs: a catalogue, a successor, the main card of its account, its successor."""
IDS_PER_BLOCK = 1_000
ACTOR = "service"


class BusyError(Exception):
    """The queue is full: the caller sends the receipt again a little later."""


class UnavailableError(Exception):
    """The database did not answer: whether the receipt was kept is told by sending it again."""


class Passenger(NamedTuple):
    """A receipt that waits for its flight."""

    receipt: Receipt
    fingerprint: bytes
    actor: str
    landed: "asyncio.Future[Decision]"

    def names(self) -> set[object]:
        """Give all receipts that this one speaks of: itself by UUID and till's key, and the sale it takes back."""
        receipt = self.receipt
        found: set[object] = {receipt.uid, receipt.natural_key}
        original = receipt.original
        if original is not None:
            sale = (original.store, original.till, receipt.till_instance or "", original.shift, original.number, "sale")
            found |= {original.uid} if original.uid is not None else {original, sale}
        return found


class Flights:
    """The queue of receipts of one process and its flights; `kept` and `refused` count what became of receipts."""

    def __init__(self, pool: asyncpg.Pool, catalogue: CatalogueCache, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._catalogue = catalogue
        self._clock = clock
        self._waiting: deque[Passenger] = deque()
        self._in_air: dict[asyncio.Task[None], set[object]] = {}
        self._ids: list[int] = []
        self.kept = 0
        self.refused = 0

    @property
    def waiting(self) -> int:
        """How many receipts wait for a flight."""
        return len(self._waiting)

    async def post(self, receipt: Receipt, *, actor: str) -> Decision:
        """Post a receipt and wait until it is safe. Raises its refusal, BusyError or UnavailableError."""
        if len(self._waiting) >= MOST_WAITING:
            raise BusyError
        landed: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._waiting.append(Passenger(receipt, fingerprint(receipt), actor, landed))
        self._launch()
        return await landed

    async def close(self) -> None:
        """Wait until all that was taken is decided."""
        while self._in_air:
            await asyncio.wait(self._in_air)

    def _launch(self) -> None:
        while self._waiting and (
            not self._in_air or (len(self._in_air) < MOST_FLIGHTS and len(self._waiting) >= SECOND_FLIGHT_AT)
        ):
            members, names = self._board()
            if not members:
                return
            flight = asyncio.create_task(self._fly(members))
            self._in_air[flight] = names
            flight.add_done_callback(self._land)

    def _land(self, flight: "asyncio.Task[None]") -> None:
        del self._in_air[flight]
        self._launch()

    def _board(self) -> tuple[list[Passenger], set[object]]:
        """Take the next members in order, and the names of the receipts that they speak of.

        Whoever speaks of a receipt that is on board or in the air already stays for later.
        """
        members: list[Passenger] = []
        stay: list[Passenger] = []
        named: set[object] = set()
        boarded: set[object] = set()
        for names in self._in_air.values():
            named |= names
        while self._waiting and len(members) < MOST_PER_FLIGHT:
            passenger = self._waiting.popleft()
            names = passenger.names()
            if named.isdisjoint(names):
                members.append(passenger)
                boarded |= names
            else:
                stay.append(passenger)
            named |= names
        self._waiting.extendleft(reversed(stay))
        return members, boarded

    async def _fly(self, members: list[Passenger]) -> None:
        try:
            await self._fly_together(members)
        except UNREACHABLE as error:
            _fail(members, UnavailableError(type(error).__name__))
        except Exception:  # noqa: BLE001 # a race that was lost, or a fault: each alone hears only of his own
            for member in members:
                await self._fly_alone(member)

    async def _fly_alone(self, member: Passenger) -> None:
        """Fly one of those that met a race; what it lost to is seen by the next try."""
        for attempt in range(1, MOST_TRIES + 1):
            try:
                return await self._fly_together([member])
            except (asyncpg.UniqueViolationError, *UNREACHABLE) as error:
                if attempt == MOST_TRIES:
                    _fail([member], UnavailableError(type(error).__name__))
            except Exception as error:  # noqa: BLE001 # the edge of the task: whoever waits must hear of any fault
                return _fail([member], error)
        return None

    async def _fly_together(self, members: list[Passenger]) -> None:
        decisions, waiting = await self._decide_and_save(members)
        for uid in waiting:
            await self.unpark(uid)
        for member, decision in zip(members, decisions, strict=True):
            if isinstance(decision, LoyaltyError):
                self.refused += 1
                _fail([member], decision)
                continue
            self.kept += 1
            if not member.landed.done():
                member.landed.set_result(decision)

    async def _decide_and_save(self, members: Sequence[Passenger]) -> tuple[list[Decision | LoyaltyError], list[UUID]]:
        """Run the flight's transaction, again where PostgreSQL reports a deadlock or a serialization failure."""
        for _ in range(MOST_TRIES - 1):
            try:
                return await self._transact(members)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                continue
        return await self._transact(members)

    async def _transact(self, members: Sequence[Passenger]) -> tuple[list[Decision | LoyaltyError], list[UUID]]:
        """Load, decide and save; what is found to be needed under the locks is fetched without them, and then again."""
        needed = _Needed(frozenset(), 0)
        for _ in range(MOST_ROUNDS):
            catalogue = await self._catalogue.at_least(needed.version)
            async with self._pool.acquire() as connection, connection.transaction():
                gathered = await self._gather(connection, members, needed.cards, catalogue)
                if isinstance(gathered, _Needed):
                    needed = gathered
                    continue
                facts, waiting = gathered
                writes = Writes(facts.now)
                await gather_means(connection, facts, [member.receipt for member in members], writes)
                facts.ratings = await gather_ratings(connection, facts, [member.receipt for member in members])
                decisions = [decide(member.receipt, member.fingerprint, facts, writes) for member in members]
                if writes.receipts:
                    await self._save(connection, facts, writes, {m.receipt.uid: m.actor for m in members})
            has_come = any(row.answer.state in {"posted", "voided"} for row in writes.receipts)
            return decisions, waiting if has_come else []
        raise UnavailableError("cards and catalogue changed with every look")

    async def _gather(
        self,
        connection: asyncpg.Connection,
        members: Sequence[Passenger],
        behind: frozenset[int],
        catalogue: Catalogue,
    ) -> "tuple[Facts, list[UUID]] | _Needed":
        """Load the facts, or say what else is needed: cards behind the named ones, or a newer catalogue.

        The cards are then locked in a new transaction together with the named ones: locks are taken in one order. And
        nobody waits for a catalogue, which comes over another pool, while others wait for his cards.
        """
        receipts = [member.receipt for member in members]
        marked = [(member.receipt, member.fingerprint) for member in members]
        originals = list({receipt.original for receipt in receipts if receipt.original is not None})
        found = await repository.find_originals(connection, originals, lock=True) if originals else {}
        further = behind.union(row.card_id for row in found.values() if row.card_id)
        loaded = await repository.load(connection, marked, further_cards=sorted(further))
        missing = loaded.behind().difference(loaded.cards)
        if missing or catalogue.version < loaded.version:
            return _Needed(behind | missing, loaded.version)
        facts = repository.gather_facts(loaded, catalogue, now=self._clock())
        await self._gather_history(connection, facts, receipts)
        sold = {row.uid: await load_sold(connection, row) for row in found.values()}
        for sale in sold.values():
            sale.resale = await load_resale(connection, sale, facts.catalogue)
        facts.sold = {original: sold[row.uid] for original, row in found.items()}
        waiting: list[UUID] = []
        if loaded.is_awaited:
            waiting, facts.voids = await repository.load_awaited(connection, receipts)
        return facts, waiting

    async def _gather_history(self, connection: asyncpg.Connection, facts: Facts, receipts: list[Receipt]) -> None:
        moments = [moment for receipt in receipts for moment in (receipt.closed_at, receipt.priced_at) if moment]
        earliest = min(map(last_instant, moments))
        changed = [card_id for card_id, account in facts.accounts.items() if account.needs_history(earliest)]
        if changed:
            for card_id, states in (await repository.load_states(connection, changed)).items():
                facts.accounts[card_id].states = states

    async def _save(
        self, connection: asyncpg.Connection, facts: Facts, writes: Writes, actors: dict[UUID, str]
    ) -> None:
        gone = [known.uid for known in writes.replaced] + writes.voided
        if gone:
            await repository.forget(connection, gone)
        if writes.has_means:
            await save_means(connection, writes)
        ids = await self._take_ids(connection, len(writes.receipts))
        await repository.save(connection, facts, writes, ids=ids, actors=actors)
        if facts.ratings is not None:
            await save_ratings(connection, facts, actor=ACTOR)
        if writes.activations:
            await repository.activate(connection, writes.activations, now=facts.now, actor=ACTOR)

    async def _take_ids(self, connection: asyncpg.Connection, count: int) -> list[int]:
        while len(self._ids) < count:
            first = await repository.take_receipt_ids(connection)
            self._ids += range(first, first + IDS_PER_BLOCK)
        taken, self._ids = self._ids[:count], self._ids[count:]
        return taken

    async def unpark(self, uid: UUID) -> None:
        """Fly a parked return whose sale has come; nobody waits for its answer. Does nothing for any other receipt."""
        stored = await load_stored(self._pool, uid)
        if stored is not None and stored.state == "parked":
            nobody: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
            await self._decide_and_save([Passenger(stored.receipt, fingerprint(stored.receipt), ACTOR, nobody)])


class _Needed(NamedTuple):
    """What a flight needs beside the cards that its receipts name, and the version of the catalogue it is judged by."""

    cards: frozenset[int]
    version: int


def _fail(members: Sequence[Passenger], error: Exception) -> None:
    for member in members:
        if not member.landed.done():
            member.landed.set_exception(error)
