"""The worst that tills can do while the server is away is the sum of what they are allowed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_adapter.journal.allowances import Allowances, Outstanding, left_of
from pos_adapter.journal.grants import GRANT_LIFE, end_overdue, find_grant, grant, release
from pos_adapter.journal.journal import Journal, open_journal
from pos_adapter.journal.model import Draft, Settlement

NOW = datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)
LIMITS = Allowances(per_receipt=20_00, per_card=30_00, per_till=100_00)


@pytest.mark.parametrize(
    ("outstanding", "left"),
    [
        (Outstanding(0, 0, 0), 20_00),
        (Outstanding(15_00, 15_00, 15_00), 5_00),
        (Outstanding(0, 25_00, 25_00), 5_00),
        (Outstanding(0, 0, 99_00), 1_00),
        (Outstanding(25_00, 0, 0), 0),
    ],
)
def test_smallest_of_three_limits_counts(outstanding: Outstanding, left: int) -> None:
    assert left_of(LIMITS, outstanding) == left


def test_till_without_allowances_grants_nothing() -> None:
    assert left_of(Allowances(), Outstanding(0, 0, 0)) == 0


asks = st.tuples(
    st.integers(0, 1),  # till
    st.sampled_from([b"a", b"b", b"c"]),  # card
    st.integers(0, 3),  # receipt
    st.integers(1, 25_00),
    st.booleans(),  # whether the last one of the till is released
)


@settings(max_examples=50)
@given(st.lists(asks, max_size=40))
def test_whatever_is_asked_two_tills_grant_no_more_than_the_sum_of_their_allowances(
    asked: list[tuple[int, bytes, int, int, bool]],
) -> None:
    """I5."""
    with TemporaryDirectory() as folder:
        tills = [open_journal(Path(folder) / f"{number}.db", new_instance="x") for number in range(2)]
        receipts = [uuid4() for _ in range(4)]
        open_grants: dict[UUID, tuple[int, bytes, int, int]] = {}
        for till, card, receipt, amount, releases in asked:
            made = _grant(tills[till], card, receipts[receipt], amount)
            if made is not None:
                open_grants[made] = till, card, receipt, amount
                if releases:
                    release(tills[till], made, now=NOW)
                    del open_grants[made]
            _assert_within(list(open_grants.values()))
        for journal in tills:
            journal.close()


def _assert_within(grants: list[tuple[int, bytes, int, int]]) -> None:
    assert sum(amount for *_, amount in grants) <= 2 * LIMITS.per_till
    for till in range(2):
        own = [grant for grant in grants if grant[0] == till]
        assert sum(amount for *_, amount in own) <= LIMITS.per_till
        for card in (b"a", b"b", b"c"):
            assert sum(amount for _, of, _, amount in own if of == card) <= LIMITS.per_card
        for receipt in range(4):
            assert sum(amount for _, _, of, amount in own if of == receipt) <= LIMITS.per_receipt


def _grant(journal: Journal, card: bytes, receipt_uid: UUID, amount: int) -> UUID | None:
    made = grant(journal, LIMITS, hold_uid=uuid4(), card=card, receipt_uid=receipt_uid, amount=amount, now=NOW)
    return None if made is None else made.hold_uid


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path / "journal.db", new_instance="x")


def test_receipt_is_granted_where_all_its_holds_are_open_and_its_own(journal: Journal) -> None:
    uid = uuid4()
    own, other, ended = _grant(journal, b"a", uid, 1), _grant(journal, b"b", uuid4(), 1), _grant(journal, b"c", uid, 1)
    assert own is not None
    assert other is not None
    assert ended is not None
    release(journal, ended, now=NOW)
    granted = []
    for holds in ((own, other), (own, ended), (own, uuid4()), (), (own,)):
        draft = Draft("receipt", uid, uid, b"m", b"{}", is_suspended=True, hold_uids=holds)
        entry = journal.keep(draft, now=NOW).entry
        granted.append(entry.is_granted)
        journal.settle([Settlement(entry.id, "refused", 422, b"{}")], now=NOW)
    assert granted == [False, False, False, False, True]
    journal.close()


def test_grant_counts_until_the_server_has_its_receipt(journal: Journal) -> None:
    uid = uuid4()
    assert _grant(journal, b"a", uid, 20_00) is not None
    entry = journal.keep(Draft("receipt", uid, uid, b"m", b"{}", "1"), now=NOW).entry
    assert _grant(journal, b"a", uuid4(), 20_00) is None
    journal.settle([Settlement(entry.id, "taken", 201, b"{}")], now=NOW)
    assert _grant(journal, b"a", uuid4(), 20_00) is not None
    journal.close()


def test_unused_grant_ends_after_its_time_but_not_under_a_receipt_that_waits(journal: Journal) -> None:
    waiting = uuid4()
    unused, used = _grant(journal, b"a", uuid4(), 10_00), _grant(journal, b"b", waiting, 20_00)
    journal.keep(Draft("receipt", waiting, waiting, b"m", b"{}", "1"), now=NOW)
    end_overdue(journal, now=NOW + GRANT_LIFE + timedelta(seconds=1))
    assert _grant(journal, b"a", uuid4(), 20_00) is not None
    assert _grant(journal, b"b", uuid4(), 20_00) is None
    assert unused is not None
    assert used is not None
    assert find_grant(journal, used) is not None
    journal.close()


def test_grants_outlive_a_restart(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "journal.db", new_instance="x")
    made = _grant(journal, b"a", uuid4(), 20_00)
    journal.close()
    journal = open_journal(tmp_path / "journal.db", new_instance="x")
    assert made is not None
    assert find_grant(journal, made) is not None
    assert _grant(journal, b"a", uuid4(), 20_00) is None
    journal.close()
