"""Waiting for a quiet machine: it ends at once when it is, and within its bound when it is not."""

from benchmarks.quiet import read_times, wait_for_quiet


def test_busy_ticks_are_all_but_idle_and_waiting_ones() -> None:
    text = "cpu  100 10 50 800 40 1 2 3 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"
    assert read_times(text) == (1006, 166)


def test_wait_ends_with_the_first_quiet_look() -> None:
    looks = iter([0.9, 0.5, 0.02])
    assert wait_for_quiet(60, look=lambda: next(looks))
    assert list(looks) == []


def test_wait_for_a_busy_machine_ends_within_its_bound() -> None:
    assert not wait_for_quiet(0, look=lambda: 0.9)
