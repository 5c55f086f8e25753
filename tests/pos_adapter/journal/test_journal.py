import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from pos_adapter.journal.journal import RETENTION, Journal, JournalError, open_journal
from pos_adapter.journal.model import Draft, Settlement
from pos_adapter.journal.schema import STEPS
from tests.pos_adapter.full import nothing_can_be_written

NOW = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = open_journal(tmp_path / "journal.db", new_instance="first")
    yield journal
    journal.close()


def draft(uid: UUID | None = None, *, meaning: bytes = b"m", key: str | None = None, suspended: bool = False) -> Draft:
    uid = uid or uuid4()
    return Draft("receipt", uid, uid, meaning, b'{"a":1}', key or str(uid), is_suspended=suspended)


def void(receipt_uid: UUID, void_uid: UUID | None = None) -> Draft:
    return Draft("void", void_uid or uuid4(), receipt_uid, receipt_uid.bytes, b"{}")


def settle(journal: Journal, entry_id: int, state: str = "taken") -> str:
    status = 201 if state == "taken" else 422
    [entry] = journal.settle([Settlement(entry_id, state, status, b'{"state":"posted"}')], now=NOW)  # type: ignore[arg-type] # one of them
    return entry.state


def test_same_receipt_again_is_known_and_another_under_its_name_is_a_conflict(journal: Journal) -> None:
    first = draft()
    assert journal.keep(first, now=NOW).what == "queued"
    assert journal.keep(first, now=NOW).what == "known"
    assert journal.keep(draft(first.uid, meaning=b"other"), now=NOW).what == "conflict"
    assert journal.keep(draft(key=first.natural_key), now=NOW).what == "known"
    assert journal.keep(draft(key=first.natural_key, meaning=b"other"), now=NOW).what == "conflict"
    assert [entry.uid for entry in journal.list_queued(most=10)] == [first.uid]


def test_suspended_receipt_gives_way_until_it_is_complete(journal: Journal) -> None:
    uid = uuid4()
    for meaning in (b"one", b"two"):
        assert journal.keep(draft(uid, meaning=meaning, suspended=True), now=NOW).what == "queued"
    assert journal.keep(draft(uid, meaning=b"two", suspended=True), now=NOW).what == "known"
    assert journal.keep(draft(uid, meaning=b"two"), now=NOW).what == "queued"
    assert journal.keep(draft(uid, meaning=b"three", suspended=True), now=NOW).what == "conflict"
    assert [entry.seq for entry in journal.list_queued(most=10)] == [1, 1, 1]


def test_what_was_refused_at_once_is_forgotten_with_its_number(journal: Journal) -> None:
    refused = journal.keep(draft(key="7"), now=NOW).entry
    assert settle(journal, refused.id, "refused") == "refused"
    again = journal.keep(draft(refused.uid, meaning=b"other", key="7"), now=NOW)
    assert (again.what, again.entry.seq, refused.seq) == ("queued", 1, 1)
    assert journal.state().rejected == 0


def test_number_of_a_receipt_refused_at_once_is_given_again_though_others_came_after_it(journal: Journal) -> None:
    one, two, three, four = (journal.keep(draft(), now=NOW).entry for _ in range(4))
    for refused in (three, two, four):
        settle(journal, refused.id, "refused")
    assert [journal.keep(draft(), now=NOW).entry.seq for _ in range(4)] == [2, 3, 4, 5]
    assert journal.load_entry(one.id).seq == 1


def test_rejected_receipt_stays_in_sight_until_it_is_taken(journal: Journal) -> None:
    """I3."""
    first = journal.keep(draft(), now=NOW).entry
    settle(journal, first.id, "rejected")
    assert (journal.state().queued, journal.state().rejected) == (0, 1)
    second = journal.keep(draft(first.uid), now=NOW)
    assert (second.what, journal.state().rejected, second.entry.seq) == ("queued", 0, first.seq)
    assert settle(journal, second.entry.id, "refused") == "rejected"
    third = journal.keep(draft(first.uid, meaning=b"put right"), now=NOW).entry
    assert settle(journal, third.id) == "taken"
    assert (journal.state().rejected, journal.keep(draft(first.uid), now=NOW).what) == (0, "conflict")


def test_receipt_is_voided_by_one_void(journal: Journal) -> None:
    receipt = journal.keep(draft(), now=NOW).entry
    first = void(receipt.uid)
    assert [journal.keep(one, now=NOW).what for one in (first, first, void(receipt.uid))] == [
        "queued", "known", "conflict",
    ]  # fmt: skip
    assert journal.keep(void(uuid4(), first.uid), now=NOW).what == "conflict"


def test_order_and_numbers_follow_the_journal_whatever_the_clock_says(journal: Journal) -> None:
    """I16."""
    moments = [NOW, NOW + timedelta(days=400), NOW - timedelta(days=9_000)]
    kept = [journal.keep(draft(), now=moment).entry for moment in moments]
    assert [entry.seq for entry in kept] == [1, 2, 3]
    assert [entry.uid for entry in journal.list_queued(most=10)] == [entry.uid for entry in kept]


def test_only_what_is_over_and_old_is_forgotten(journal: Journal) -> None:
    entries = [journal.keep(draft(), now=NOW).entry for _ in range(4)]
    settle(journal, entries[0].id)
    settle(journal, entries[1].id, "rejected")
    settle(journal, entries[3].id)
    assert journal.forget_old(now=NOW + RETENTION - timedelta(days=1)) == 0
    assert journal.forget_old(now=NOW + RETENTION + timedelta(days=1)) == 1
    assert (journal.state().queued, journal.state().rejected) == (1, 1)
    assert journal.keep(draft(), now=NOW).entry.seq == 5


def test_journal_is_kept_with_full_synchronisation_and_readable_by_its_user_alone(
    tmp_path: Path, journal: Journal
) -> None:
    assert journal._connection.execute("pragma journal_mode").fetchone()[0] == "wal"
    assert journal._connection.execute("pragma synchronous").fetchone()[0] == 2
    journal.keep(draft(), now=NOW)
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def test_full_disk_keeps_nothing_half_and_the_journal_goes_on_when_there_is_room(journal: Journal) -> None:
    """I3."""
    pages = journal._connection.execute("pragma page_count").fetchone()[0]
    journal._connection.execute(f"pragma max_page_count = {pages}")
    large = Draft("receipt", uuid4(), uuid4(), b"m", b"x" * 100_000, "large")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        journal.keep_all([draft(), large], now=NOW)
    assert journal.state().queued == 0
    journal._connection.execute("pragma max_page_count = 1000000")
    assert journal.keep(large, now=NOW).entry.seq == 1


@pytest.mark.usefixtures("journal")
def test_second_agent_is_refused_the_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="another till agent has the journal"):
        open_journal(tmp_path / "journal.db", new_instance="second")


def test_full_disk_is_named_and_not_taken_for_another_agent(tmp_path: Path) -> None:
    with nothing_can_be_written(), pytest.raises(JournalError, match=r"journal\.db cannot be used: disk"):
        open_journal(tmp_path / "journal.db", new_instance="first")
    open_journal(tmp_path / "journal.db", new_instance="first").close()


def test_name_of_the_till_outlives_a_restart_and_a_new_journal_has_another(tmp_path: Path) -> None:
    names = []
    for name, file in (("a", "one.db"), ("b", "one.db"), ("c", "two.db")):
        journal = open_journal(tmp_path / file, new_instance=name)
        names.append(journal.till_instance)
        journal.close()
    assert names == ["a", "a", "c"]


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_journal_of_an_older_version_is_taken_over_with_its_queue(tmp_path: Path, version: int) -> None:
    old = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    for step in STEPS[:version]:
        old.executescript(step)
    old.execute(f"pragma user_version = {version}")
    waiting = [str(uuid4()) for _ in range(500)]
    rows = [(uid, uid, uid, b"m", seq, b"{}", NOW.isoformat()) for seq, uid in enumerate(waiting, 1)]
    old.executemany(
        "insert into entry (kind, uid, receipt_uid, natural_key, meaning, seq, body, queued_at)"
        " values ('receipt', ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    old.close()

    journal = open_journal(tmp_path / "journal.db", new_instance="new")

    assert [str(entry.uid) for entry in journal.list_queued(most=1_000)] == waiting
    assert journal.keep(draft(), now=NOW).entry.seq == 501
    journal.close()


def test_journal_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    open_journal(tmp_path / "journal.db", new_instance="a").close()
    newer = sqlite3.connect(tmp_path / "journal.db")
    newer.execute(f"pragma user_version = {len(STEPS) + 1}")
    newer.close()
    with pytest.raises(JournalError, match="newer version"):
        open_journal(tmp_path / "journal.db", new_instance="a")


def test_damaged_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"this is no database, whatever it was once" * 200)
    with pytest.raises(JournalError, match=r"journal\.db cannot be used"):
        open_journal(tmp_path / "journal.db", new_instance="a")


def test_restored_server_is_sent_again_what_it_took_in_the_old_order(journal: Journal) -> None:
    taken, refused, rejected, waiting = (journal.keep(draft(), now=NOW).entry for _ in range(4))
    for meaning in (b"one", b"two"):
        last = journal.keep(draft(waiting.uid, meaning=meaning), now=NOW)
    suspended = uuid4()
    for is_open in (True, False):
        complete = journal.keep(draft(suspended, suspended=is_open), now=NOW).entry
        settle(journal, complete.id)
    settle(journal, taken.id)
    settle(journal, refused.id, "refused")
    settle(journal, rejected.id, "rejected")

    assert [journal.meet_epoch(epoch) for epoch in ("first", "first", "second", "second")] == [0, 0, 2, 0]

    assert last.what == "conflict"
    assert [entry.id for entry in journal.list_queued(most=10)] == [taken.id, waiting.id, complete.id]
    assert settle(journal, taken.id, "refused") == "rejected", "its program was told long ago that it is posted"
