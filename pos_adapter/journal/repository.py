"""All SQL of the journal. Functions over one SQLite connection, within the transaction of their caller."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import convert

from pos_adapter.journal.allowances import Outstanding
from pos_adapter.journal.model import Draft, Entry, JournalState, Rejected, Settlement

MOST_LISTED = 100
_A_RETURN = b'"kind":"return"'  # as `drafting` writes bodies: a name, a colon and the value without a blank
_COLUMNS = ", ".join(Entry.__struct_fields__)


def insert_entry(
    connection: sqlite3.Connection,
    draft: Draft,
    *,
    seq: int | None,
    was_promised: bool,
    is_granted: bool,
    now: datetime,
) -> Entry:
    """Put a draft at the end of the queue."""
    row = connection.execute(
        "insert into entry (kind, uid, receipt_uid, natural_key, meaning, seq, body, is_suspended, was_promised,"
        f" is_granted, queued_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning {_COLUMNS}",
        (
            draft.kind,
            str(draft.uid),
            str(draft.receipt_uid),
            draft.natural_key,
            draft.meaning,
            seq,
            draft.body,
            draft.is_suspended,
            was_promised,
            is_granted,
            now.isoformat(),
        ),
    ).fetchone()
    return _entry(row)


def find_latest(connection: sqlite3.Connection, uid: UUID) -> tuple[Entry, bytes] | None:
    """Find the entry that holds a UUID now, with its meaning; what was refused at once holds nothing."""
    query = (
        f"select {_COLUMNS}, meaning from entry where uid = ? and state in ('queued', 'taken', 'rejected')"
        " order by id desc limit 1"
    )
    return _with_meaning(connection.execute(query, (str(uid),)).fetchone())


def find_by_key(connection: sqlite3.Connection, natural_key: str, *, beside: UUID) -> tuple[Entry, bytes] | None:
    """Find the complete receipt that holds a natural key under another UUID, with its meaning."""
    query = (
        f"select {_COLUMNS}, meaning from entry where natural_key = ? and uid <> ? and state in ('queued', 'taken')"
        " and not is_suspended order by id limit 1"
    )
    return _with_meaning(connection.execute(query, (natural_key, str(beside))).fetchone())


def find_complete(connection: sqlite3.Connection, uid: UUID | None, natural_key: str | None) -> Entry | None:
    """Find a complete receipt that waits or was taken, by its UUID or by its natural key."""
    query = (
        f"select {_COLUMNS} from entry where (uid = ? or natural_key = ?) and kind = 'receipt'"
        " and state in ('queued', 'taken') and not is_suspended order by id desc limit 1"
    )
    row = connection.execute(query, (None if uid is None else str(uid), natural_key)).fetchone()
    return None if row is None else _entry(row)


def list_returns(connection: sqlite3.Connection, *, after: int) -> list[Entry]:
    """List the complete returns that wait or were taken and came after an entry, in order."""
    query = (
        f"select {_COLUMNS} from entry where id > ? and kind = 'receipt' and state in ('queued', 'taken')"
        " and not is_suspended and instr(body, ?) > 0 order by id"
    )
    return [_entry(row) for row in connection.execute(query, (after, _A_RETURN))]


def find_void(connection: sqlite3.Connection, receipt_uid: UUID) -> Entry | None:
    """Find the void of a receipt that waits or was taken."""
    query = (
        f"select {_COLUMNS} from entry where receipt_uid = ? and kind = 'void' and state in ('queued', 'taken')"
        " order by id desc limit 1"
    )
    row = connection.execute(query, (str(receipt_uid),)).fetchone()
    return None if row is None else _entry(row)


def find_receipt(connection: sqlite3.Connection, receipt_uid: UUID) -> Entry | None:
    """Find the newest entry of a receipt, whatever its state but refused."""
    query = (
        f"select {_COLUMNS} from entry where uid = ? and kind = 'receipt' and state <> 'refused'"
        " order by id desc limit 1"
    )
    row = connection.execute(query, (str(receipt_uid),)).fetchone()
    return None if row is None else _entry(row)


def load_entry(connection: sqlite3.Connection, entry_id: int) -> Entry:
    """Load an entry as it stands."""
    return _entry(connection.execute(f"select {_COLUMNS} from entry where id = ?", (entry_id,)).fetchone())


def list_queued(connection: sqlite3.Connection, *, most: int) -> list[Entry]:
    """List what is to be sent next, in order."""
    query = f"select {_COLUMNS} from entry where state = 'queued' order by id limit ?"
    return [_entry(row) for row in connection.execute(query, (most,))]


def next_seq(connection: sqlite3.Connection) -> int:
    """Give the number after the last one that a receipt has; before it, again, those of receipts refused at once."""
    free = connection.execute(
        "delete from free_seq where seq = (select min(seq) from free_seq) returning seq"
    ).fetchone()
    if free is not None:
        return int(free[0])
    return int(connection.execute("select coalesce(max(seq), 0) + 1 from entry").fetchone()[0])


def find_seq(connection: sqlite3.Connection, uid: UUID) -> int | None:
    """Find the number that a receipt was given before."""
    row = connection.execute("select max(seq) from entry where uid = ?", (str(uid),)).fetchone()
    return None if row is None else row[0]


def mark_replaced(connection: sqlite3.Connection, entry_id: int) -> None:
    """Note that another row has taken the place of an entry."""
    connection.execute(
        "update entry set state = 'replaced', settled_at = coalesce(settled_at, queued_at) where id = ?", (entry_id,)
    )


def count_attempts(connection: sqlite3.Connection, entry_ids: Iterable[int]) -> None:
    """Note that entries were sent in vain once more."""
    connection.executemany("update entry set attempts = attempts + 1 where id = ?", [(one,) for one in entry_ids])


def move_to_end(connection: sqlite3.Connection, entry_id: int) -> None:
    """Put an entry behind all others; its row stays, as replaced by the new one."""
    columns = (
        "kind, uid, receipt_uid, natural_key, meaning, seq, body, is_suspended, was_promised, is_granted, attempts,"
        " queued_at"
    )
    connection.execute(
        f"insert into entry ({columns}) select {columns} from entry where id = ? and state = 'queued'", (entry_id,)
    )
    mark_replaced(connection, entry_id)


def settle(connection: sqlite3.Connection, settlements: Iterable[Settlement], *, now: datetime) -> None:
    """Note how entries ended. What was promised before and is refused stays in sight as rejected.

    The number of what is refused at once is free, unless it was the last one.
    """
    connection.executemany(
        "insert into free_seq select seq from entry where id = ? and not was_promised"
        " and seq < (select max(seq) from entry)",
        [(one.entry_id,) for one in settlements if one.state == "refused"],
    )
    connection.executemany(
        "update entry set status = ?2, answer = ?3, settled_at = ?4,"
        " state = case when ?5 = 'refused' and was_promised then 'rejected' else ?5 end,"
        " seq = case when ?5 = 'refused' and not was_promised then null else seq end where id = ?1",
        [(one.entry_id, one.status, one.answer, now.isoformat(), one.state) for one in settlements],
    )


def queue_taken(connection: sqlite3.Connection) -> int:
    """Queue what the server took once more, each in its old place; gives how many.

    Of a receipt that was suspended the last word alone goes. Who sent them was promised them long ago.
    """
    query = (
        "update entry set state = 'queued', was_promised = 1, attempts = 0, status = null, answer = null,"
        " settled_at = null where state = 'taken' and not exists (select 1 from entry newer where"
        " newer.uid = entry.uid and newer.kind = entry.kind and newer.id > entry.id"
        " and newer.state in ('queued', 'taken', 'rejected'))"
    )
    return connection.execute(query).rowcount


def delete_old(connection: sqlite3.Connection, *, before: datetime) -> int:
    """Forget what the server has, or its program was told, long ago; the newest row keeps the sequence."""
    query = (
        "delete from entry where state in ('taken', 'refused', 'replaced') and settled_at < ?"
        " and id < (select max(id) from entry) and (seq is null or seq < (select max(seq) from entry))"
    )
    return connection.execute(query, (before.isoformat(),)).rowcount


def load_state(connection: sqlite3.Connection) -> JournalState:
    """Count what waits and what was rejected."""
    queued, rejected = connection.execute(
        "select count(*) filter (where state = 'queued'), count(*) filter (where state = 'rejected') from entry"
        " where state in ('queued', 'rejected')"
    ).fetchone()
    oldest = connection.execute("select queued_at from entry where state = 'queued' order by id limit 1").fetchone()
    return JournalState(queued, None if oldest is None else datetime.fromisoformat(oldest[0]), rejected)


def list_rejected(connection: sqlite3.Connection) -> list[Rejected]:
    """List what the server refused for good, the newest first."""
    query = "select kind, receipt_uid, answer from entry where state = 'rejected' order by id desc limit ?"
    return [Rejected(kind, UUID(uid), answer) for kind, uid, answer in connection.execute(query, (MOST_LISTED,))]


def find_grant(connection: sqlite3.Connection, hold_uid: UUID) -> tuple[UUID, bytes, UUID, int, int, datetime] | None:
    """Find a grant by its hold, open or not."""
    query = "select hold_uid, card, receipt_uid, amount, available, expires_at from grant_offline where hold_uid = ?"
    row = connection.execute(query, (str(hold_uid),)).fetchone()
    return None if row is None else convert(row, tuple[UUID, bytes, UUID, int, int, datetime])


def insert_grant(
    connection: sqlite3.Connection, made: tuple[UUID, bytes, UUID, int, int, datetime], *, now: datetime
) -> None:
    """Keep a grant."""
    hold_uid, card, receipt_uid, amount, available, expires_at = made
    connection.execute(
        "insert into grant_offline (hold_uid, card, receipt_uid, amount, available, granted_at, expires_at)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        (str(hold_uid), card, str(receipt_uid), amount, available, now.isoformat(), expires_at.isoformat()),
    )


def load_outstanding(connection: sqlite3.Connection, *, card: bytes, receipt_uid: UUID) -> Outstanding:
    """Sum what is granted and open: for a receipt, for a card, and in all."""
    query = (
        "select coalesce(sum(amount) filter (where receipt_uid = ?), 0),"
        " coalesce(sum(amount) filter (where card = ?), 0), coalesce(sum(amount), 0)"
        " from grant_offline where ended_at is null"
    )
    return Outstanding(*connection.execute(query, (str(receipt_uid), card)).fetchone())


def is_granted(connection: sqlite3.Connection, receipt_uid: UUID, hold_uid: UUID) -> bool:
    """Say whether a hold is an open grant for a receipt."""
    query = "select 1 from grant_offline where hold_uid = ? and receipt_uid = ? and ended_at is null"
    return connection.execute(query, (str(hold_uid), str(receipt_uid))).fetchone() is not None


def end_grant(connection: sqlite3.Connection, hold_uid: UUID, *, now: datetime) -> None:
    """End an open grant."""
    connection.execute(
        "update grant_offline set ended_at = ? where hold_uid = ? and ended_at is null",
        (now.isoformat(), str(hold_uid)),
    )


def end_settled_grants(connection: sqlite3.Connection, settlements: Iterable[Settlement], *, now: datetime) -> None:
    """End the grants of receipts that the server has, or will never have."""
    connection.executemany(
        "update grant_offline set ended_at = ? where ended_at is null"
        " and receipt_uid = (select receipt_uid from entry where id = ? and kind = 'receipt' and not is_suspended)",
        [(now.isoformat(), one.entry_id) for one in settlements if one.state != "refused"],
    )


def end_overdue_grants(connection: sqlite3.Connection, *, now: datetime) -> None:
    """End grants past their time that no receipt in the queue speaks of."""
    connection.execute(
        "update grant_offline set ended_at = ?1 where ended_at is null and expires_at < ?1"
        " and receipt_uid not in (select receipt_uid from entry where state = 'queued')",
        (now.isoformat(),),
    )


def find_setting(connection: sqlite3.Connection, name: str) -> str | None:
    """Find a setting of the journal."""
    row = connection.execute("select value from setting where name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


def save_setting(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Keep a setting of the journal, in the place of what it was."""
    connection.execute("insert or replace into setting (name, value) values (?, ?)", (name, value))


def _with_meaning(row: Sequence[object] | None) -> tuple[Entry, bytes] | None:
    if row is None:
        return None
    *columns, meaning = row
    assert isinstance(meaning, bytes), "the column is a blob"
    return _entry(columns), meaning


def _entry(row: Sequence[object]) -> Entry:
    return convert(dict(zip(Entry.__struct_fields__, row, strict=True)), Entry, strict=False)  # lax: 0 and 1 are bools
