"""What follows from what a mail server said: sent behind a 250 alone, and a doubt where it cannot be known."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.recipients.model import DOUBT_WAIT, WAITS, Claimed, Said, State, Step, judge, writable

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def claimed(tries: int = 1) -> Claimed:
    return Claimed(7, 1, 3, "a@example.com", "example.com", None, None, 1, tries)


@pytest.mark.parametrize(
    ("step", "code", "state", "wait", "doubts"),
    [
        ("data", 250, "sent", None, 0),
        ("data", 451, "deferred", WAITS[0], 0),
        ("data", 554, "failed", None, 0),
        ("data", None, "deferred", DOUBT_WAIT, 1),
        ("recipient", 450, "deferred", WAITS[0], 0),
        ("recipient", 550, "failed", None, 0),
        ("recipient", 250, "deferred", WAITS[0], 0),
        ("recipient", None, "queued", None, 0),
        ("sender", 553, "deferred", WAITS[0], 0),
        ("sender", None, "queued", None, 0),
        ("connect", None, "queued", None, 0),
        ("connect", 535, "queued", None, 0),
    ],
)
def test_outcome_of_each_step(step: Step, code: int | None, state: State, wait: timedelta | None, doubts: int) -> None:
    found = judge(claimed(), Said(step, code, "words"), now=NOW)
    assert (found.state, found.doubts) == (state, doubts)
    assert found.due_at == (None if wait is None else NOW + wait)


def test_waits_grow_and_end() -> None:
    put_off = Said("data", 451, "busy")
    waits = [judge(claimed(tries), put_off, now=NOW).due_at for tries in range(1, len(WAITS) + 1)]
    assert waits == [NOW + wait for wait in WAITS]
    last = judge(claimed(len(WAITS) + 1), put_off, now=NOW)
    assert (last.state, last.reason) == ("failed", "given up after 7 tries: 451 busy")


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("anna@example.com", "anna@example.com"),
        ("anna@пример.бг", "anna@xn--e1afmkfd.xn--90ae"),
        ("анна@example.com", None),
        ("a b@example.com", None),
        ("a@example.com>\r\nRCPT TO:<b@example.com", None),
        ("<a@example.com>", None),
        ("a@", None),
        ("@example.com", None),
        ("nothing", None),
        (f"{'a' * 250}@example.com", None),
    ],
)
def test_only_what_a_server_can_be_told_is_written(address: str, written: str | None) -> None:
    assert writable(address) == written
