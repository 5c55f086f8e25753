"""The journal as the agent holds it: an SQLite file in which a promise is safe before it is given.

The key idea: each act is one transaction that is on the disk when it returns (write-ahead log, `synchronous=FULL`, both
read back when the file is opened). The file belongs to one process. Nothing here talks to a server, and nothing is
forgotten before the server has it and the time to look back is over.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from pos_adapter.journal import repository
from pos_adapter.journal.model import Draft, Entry, JournalState, Kept, KeptSale, Rejected, Settlement
from pos_adapter.journal.schema import STEPS
from pos_adapter.private_files import FileError, make_private

RETENTION: Final = timedelta(days=35)
TILL_INSTANCE: Final = "till_instance"
SERVER_EPOCH: Final = "server_epoch"
_LOCK_MILLISECONDS: Final = 2_000
_FULL: Final = 2


class JournalError(FileError):
    """A journal that cannot be used."""


class Journal:
    """The open journal of one till. Every method blocks for as long as the disk takes; all are called by one thread."""

    def __init__(self, connection: sqlite3.Connection, lock: sqlite3.Connection, till_instance: str) -> None:
        self._connection = connection
        self._lock = lock
        self.till_instance = till_instance

    def keep(self, draft: Draft, *, now: datetime) -> Kept:
        """Put a receipt or a void at the end of the queue, unless it stands in the journal already."""
        with self.transaction() as connection:
            found = repository.find_latest(connection, draft.uid)
            if found is not None:
                return self._keep_again(draft, *found, now=now)
            if (other := self._find_other(draft)) is not None:
                return other
            return Kept("queued", self._insert(draft, was_promised=False, now=now))

    def keep_all(self, drafts: Sequence[Draft], *, now: datetime) -> list[Kept]:
        """Put many receipts there, in one transaction."""
        with self.transaction():
            return [self.keep(draft, now=now) for draft in drafts]

    def list_queued(self, *, most: int) -> list[Entry]:
        """List what is to be sent next, in order."""
        return repository.list_queued(self._connection, most=most)

    def load_entry(self, entry_id: int) -> Entry:
        """Load an entry as it stands."""
        return repository.load_entry(self._connection, entry_id)

    def find_receipt(self, receipt_uid: UUID) -> Entry | None:
        """Find what the till knows of a receipt of its own."""
        return repository.find_receipt(self._connection, receipt_uid)

    def find_sale(self, receipt_uid: UUID | None, natural_key: str | None) -> KeptSale | None:
        """Find a complete sale of this till by its UUID or by its number."""
        with self.transaction() as connection:
            sale = repository.find_complete(connection, receipt_uid, natural_key)
            if sale is None:
                return None
            is_voided = repository.find_void(connection, sale.uid) is not None
            returns = repository.list_returns(connection, after=sale.id)
            left = [one for one in returns if repository.find_void(connection, one.uid) is None]
            return KeptSale(sale, is_voided, left)

    def postpone(self, entry_ids: Sequence[int], behind: Sequence[int]) -> None:
        """Note that entries were sent in vain once more; some of them go to the end of the queue."""
        with self.transaction() as connection:
            repository.count_attempts(connection, entry_ids)
            for entry_id in behind:
                repository.move_to_end(connection, entry_id)

    def settle(self, settlements: Sequence[Settlement], *, now: datetime) -> list[Entry]:
        """Note how entries ended; gives them as they stand then."""
        with self.transaction() as connection:
            repository.settle(connection, settlements, now=now)
            repository.end_settled_grants(connection, settlements, now=now)
            return [repository.load_entry(connection, one.entry_id) for one in settlements]

    def meet_epoch(self, epoch: str) -> int:
        """Note in which life of its data the server is; gives how many entries are to be sent again.

        A server whose data were restored has forgotten what it took since the backup. Which that was nobody knows, so
        all that it ever took goes again: what it still has it answers as before.
        """
        with self.transaction() as connection:
            known = repository.find_setting(connection, SERVER_EPOCH)
            if known == epoch:
                return 0
            repository.save_setting(connection, SERVER_EPOCH, epoch)
            return 0 if known is None else repository.queue_taken(connection)

    def state(self) -> JournalState:
        """Say what waits and what was rejected."""
        return repository.load_state(self._connection)

    def list_rejected(self) -> list[Rejected]:
        """List what the server refused for good."""
        return repository.list_rejected(self._connection)

    def forget_old(self, *, now: datetime) -> int:
        """Forget what is over and past its time; gives how many entries that were."""
        with self.transaction() as connection:
            return repository.delete_old(connection, before=now - RETENTION)

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()
        self._lock.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do what follows in one transaction, on the disk at its end; within another one, as a part of it."""
        if self._connection.in_transaction:
            yield self._connection
            return
        self._connection.execute("begin immediate")
        try:
            yield self._connection
            self._connection.execute("commit")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has ended it already
                self._connection.execute("rollback")
            raise

    def _keep_again(self, draft: Draft, known: Entry, meaning: bytes, *, now: datetime) -> Kept:
        is_same = meaning == draft.meaning and draft.kind == known.kind
        if known.state == "rejected":
            repository.mark_replaced(self._connection, known.id)
            return Kept("queued", self._insert(draft, was_promised=True, now=now))
        if known.is_suspended and draft.kind == "receipt" and not (is_same and draft.is_suspended):
            return Kept("queued", self._insert(draft, was_promised=False, now=now))
        return Kept("known" if is_same else "conflict", known)

    def _find_other(self, draft: Draft) -> Kept | None:
        """Find what holds the place of a draft under another name: the number of a receipt, or the void of one."""
        if draft.kind == "void":
            void = repository.find_void(self._connection, draft.receipt_uid)
            return None if void is None else Kept("conflict", void)
        if draft.natural_key is None:
            return None
        found = repository.find_by_key(self._connection, draft.natural_key, beside=draft.uid)
        if found is None:
            return None
        known, meaning = found
        return Kept("known" if meaning == draft.meaning else "conflict", known)

    def _insert(self, draft: Draft, *, was_promised: bool, now: datetime) -> Entry:
        seq = None
        if draft.kind == "receipt" and not draft.has_seq:
            before = repository.find_seq(self._connection, draft.uid)
            seq = repository.next_seq(self._connection) if before is None else before
        holds = draft.hold_uids
        is_granted = bool(holds) and all(repository.is_granted(self._connection, draft.uid, hold) for hold in holds)
        return repository.insert_entry(
            self._connection, draft, seq=seq, was_promised=was_promised, is_granted=is_granted, now=now
        )


def open_journal(path: Path, *, new_instance: str) -> Journal:
    """Open the journal, or make it with `new_instance` as the name of this installation of the till.

    Raises JournalError where another process has it, it was made by a newer version, it is damaged, or the file system
    does not keep what it is told to keep; FileError where it cannot be made.
    """
    lock = _take_lock(path)
    connection: sqlite3.Connection | None = None
    try:
        connection = _connect(path)
        _assert_durable(connection)
        _upgrade(path, connection)
        journal = Journal(connection, lock, _instance(connection, new_instance))
    except sqlite3.DatabaseError as error:
        _close(connection, lock)
        raise JournalError(f"the journal {path} cannot be used: {error}") from error
    except BaseException:
        _close(connection, lock)
        raise
    return journal


def _connect(path: Path) -> sqlite3.Connection:
    make_private(path)
    # One thread uses it at a time; which one is the agent's affair.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma fullfsync = on")
    return connection


def _assert_durable(connection: sqlite3.Connection) -> None:
    mode = connection.execute("pragma journal_mode").fetchone()[0]
    synchronous = connection.execute("pragma synchronous").fetchone()[0]
    if (mode, synchronous) != ("wal", _FULL):
        raise JournalError(
            f"the journal must be kept with a write-ahead log and full synchronisation; it is {mode}, {synchronous}:"
            " put it on a local disk"
        )


def _upgrade(path: Path, connection: sqlite3.Connection) -> None:
    version = int(connection.execute("pragma user_version").fetchone()[0])
    if version > len(STEPS):
        raise JournalError(f"the journal {path} was made by a newer version of the till agent: start that one")
    for number, step in enumerate(STEPS[version:], version + 1):
        connection.executescript(f"begin immediate; {step} pragma user_version = {number}; commit;")


def _instance(connection: sqlite3.Connection, new_instance: str) -> str:
    known = repository.find_setting(connection, TILL_INSTANCE)
    if known is None:
        repository.save_setting(connection, TILL_INSTANCE, new_instance)
    return known or new_instance


def _take_lock(path: Path) -> sqlite3.Connection:
    """Hold a file beside the journal for as long as the process lives: two senders would send out of order."""
    lock_path = path.with_name(f"{path.name}.lock")
    make_private(lock_path)
    lock = sqlite3.connect(lock_path, isolation_level=None, check_same_thread=False, timeout=_LOCK_MILLISECONDS / 1000)
    try:
        lock.execute("begin exclusive")
    except sqlite3.OperationalError as error:
        lock.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise JournalError(f"another till agent has the journal {path} open") from error
        raise JournalError(f"the journal {path} cannot be used: {error}") from error
    return lock


def _close(*connections: sqlite3.Connection | None) -> None:
    for connection in connections:
        if connection is not None:
            connection.close()
