"""The snapshot as the agent holds it: an SQLite file in which nothing can be changed unseen.

The key idea: each row has a seal, the sum of all seals stands in a sealed row of its own, and that row has a date. So a
row that was changed, taken away, put in or brought back from an older copy is noticed, and one key is enough. What is
altered or too old is not used; what is missing is fetched anew, so that the file need not outlive a power cut.

It refuses to say what a price is; it gives a card and a catalogue, or says why it gives none.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from loyalty.cards.model import Catalogue
from loyalty.money import Currency
from pos_adapter.private_files import FileError, make_private
from pos_adapter.snapshot import repository
from pos_adapter.snapshot.model import NOTHING_YET, SnapshotCard, SnapshotPage
from pos_adapter.snapshot.repository import SealedRow
from pos_adapter.snapshot.sealing import hash_number, seal

Refusal = Literal["missing", "altered", "too_old"]
_STATE: Final = "state"
_CATALOGUE: Final = "catalogue"
_SEAL_BITS: Final = 64
_MILLISECOND: Final = timedelta(milliseconds=1)
# Codes of SQLite: the lowest byte says what kind it is, and these kinds say nothing of what stands in the file.
_PRIMARY_CODE: Final = 0xFF
_OF_THE_DISK: Final = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY}
)


class SnapshotRefusedError(Exception):
    """There is no snapshot that may be used."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason = reason


class SnapshotState(Struct, frozen=True):
    """Up to where the snapshot is, as of when by the server's clock, and fetched when by the till's.

    `seals` and `cards` are the sum of all cards' seals, modulo 2^64, and their number; `catalogue_seal` is that of the
    catalogue they go with. `is_complete` is false while a first fetch is under way.
    """

    cursor: str = NOTHING_YET
    as_of: datetime | None = None
    fetched_at: datetime | None = None
    seals: int = 0
    cards: int = 0
    catalogue_seal: int = 0
    is_complete: bool = False


class Shelf:
    """The open snapshot of one till: one thread keeps what comes, while another one finds cards.

    `clock` gives monotonic milliseconds, `now` the till's time.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        reader: sqlite3.Connection,
        key: bytes,
        *,
        most_age: timedelta,
        clock: Callable[[], int],
        now: Callable[[], datetime],
    ) -> None:
        self._connection = connection
        self._reader = reader
        self._key = key
        self._most_age = most_age
        self._clock = clock
        self._state = SnapshotState()
        self.catalogue: Catalogue | None = None
        self._is_altered = not self._load()
        # A clock that jumps while the till runs makes nothing older; one that was set back makes it no younger.
        since = timedelta() if self._state.fetched_at is None else max(timedelta(), now() - self._state.fetched_at)
        self._fetched_ms = clock() - since // _MILLISECOND

    @property
    def cursor(self) -> str:
        """From where to ask for changes."""
        return NOTHING_YET if self._is_altered or not self._state.is_complete else self._state.cursor

    @property
    def refusal(self) -> Refusal | None:
        """Why nothing of it may be used; None where it may."""
        if self._is_altered:
            return "altered"
        if not self._state.is_complete or self.catalogue is None:
            return "missing"
        age = timedelta(milliseconds=self._clock() - self._fetched_ms)
        return "too_old" if age > self._most_age else None

    @property
    def as_of(self) -> datetime | None:
        """Of when it is; None where it may not be used."""
        return self._state.as_of if self.refusal is None else None

    @property
    def currency(self) -> Currency | None:
        """The installation's currency, if it was ever told."""
        return None if self.catalogue is None else self.catalogue.currency

    @property
    def cards(self) -> int:
        """How many cards it has."""
        return self._state.cards

    def find(self, number: str) -> SnapshotCard | None:
        """Find a card by its number. Raises SnapshotRefusedError."""
        if self.refusal is not None:
            raise SnapshotRefusedError(self.refusal)
        name = hash_number(self._key, number)
        try:
            row = repository.find_card(self._reader, name)
        except sqlite3.DatabaseError as error:
            self._is_altered = True
            raise SnapshotRefusedError("altered") from error
        if row is None:
            return None
        if not self._is_sealed(row):
            self._is_altered = True
            raise SnapshotRefusedError("altered")
        series_id, state, own = _CONTENT.decode(row.content)
        return msgspec.convert((name, series_id, state, own), SnapshotCard)

    def take(self, page: SnapshotPage, *, first: SnapshotPage, now: datetime) -> None:
        """Keep a part of a snapshot; with the last one the whole is as of its first part."""
        with self._transaction() as connection:
            state, catalogue = self._state, page.catalogue
            if page.is_whole and page.after == 0:
                repository.delete_all(connection)
                state, self._is_altered = SnapshotState(), False
            if catalogue is not None:
                row = self._sealed(_CATALOGUE, msgspec.json.encode(catalogue))
                repository.save_part(connection, row)
                state = msgspec.structs.replace(state, catalogue_seal=row.seal)
            rows = sorted((self._sealed_card(card) for card in page.cards), key=lambda row: row.name)
            seals, more = repository.save_cards(connection, rows)
            state = msgspec.structs.replace(
                state, seals=(state.seals + seals) % (1 << _SEAL_BITS), cards=state.cards + more
            )
            if page.next is None:
                state = msgspec.structs.replace(
                    state, cursor=first.cursor, as_of=first.as_of, fetched_at=now, is_complete=True
                )
            repository.save_part(connection, self._sealed(_STATE, msgspec.json.encode(state)))
        self._state = state
        self.catalogue = catalogue or self.catalogue
        if page.next is None:
            self._fetched_ms = self._clock()

    def close(self) -> None:
        """Let the file go."""
        self._reader.close()
        self._connection.close()

    def _load(self) -> bool:
        """Read what is there; tells whether every seal is whole."""
        state = repository.find_part(self._connection, _STATE)
        if state is None:
            return repository.sum_seals(self._connection) == (0, 0)
        if not self._is_sealed(state):
            return False
        self._state = msgspec.json.decode(state.content, type=SnapshotState)
        seals, cards = repository.sum_seals(self._connection)
        if (seals % (1 << _SEAL_BITS), cards) != (self._state.seals, self._state.cards):
            return False
        return self._load_catalogue()

    def _load_catalogue(self) -> bool:
        catalogue = repository.find_part(self._connection, _CATALOGUE)
        if catalogue is None:
            return not self._state.is_complete
        if not self._is_sealed(catalogue) or catalogue.seal != self._state.catalogue_seal:
            return False
        try:
            self.catalogue = msgspec.json.decode(catalogue.content, type=Catalogue)
        except msgspec.ValidationError:  # it was kept by another version of the agent
            return False
        return True

    def _is_sealed(self, row: SealedRow) -> bool:
        return row.seal == seal(self._key, row.name, row.content)

    def _sealed(self, name: str, content: bytes) -> SealedRow:
        return SealedRow(name.encode(), content, seal(self._key, name.encode(), content))

    def _sealed_card(self, card: SnapshotCard) -> SealedRow:
        content = _encode((card.series_id, card.state, card.own))
        return SealedRow(card.hash, content, seal(self._key, card.hash, content))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("begin immediate")
        try:
            yield self._connection
            self._connection.execute("commit")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has ended it already
                self._connection.execute("rollback")
            raise


_CONTENT: Final = msgspec.json.Decoder(tuple[int, str, dict[str, object] | None])
_encode: Final = msgspec.json.Encoder().encode


def open_shelf(
    path: Path, key: bytes, *, most_age: timedelta, clock: Callable[[], int], now: Callable[[], datetime]
) -> Shelf:
    """Open the snapshot, or make an empty one; a file that is no database, or another version's, is made anew.

    Raises FileError where the disk is full or fails, and then the snapshot stays as it is.
    """

    def make() -> Shelf:
        make_private(path)
        connection, reader = _connect(path)
        try:
            return Shelf(connection, reader, key, most_age=most_age, clock=clock, now=now)
        except BaseException:
            connection.close()
            reader.close()
            raise

    try:
        try:
            return make()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE in _OF_THE_DISK:
                raise
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return make()
    except sqlite3.DatabaseError as error:
        raise FileError(f"the snapshot {path} cannot be used: {error}") from error


def _connect(path: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    """Give a connection that keeps and one that finds."""
    connection, reader = (sqlite3.connect(path, isolation_level=None, check_same_thread=False) for _ in range(2))
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute("begin immediate")
        repository.make_tables(connection)
        connection.execute("commit")
    except BaseException:
        connection.close()
        reader.close()
        raise
    return connection, reader
