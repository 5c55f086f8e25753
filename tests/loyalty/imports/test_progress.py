import pytest

from loyalty.imports.progress import Sample, describe, describe_end, describe_seconds, within_window


def test_progress_says_share_rate_and_time_left() -> None:
    samples = [Sample(0, 0), Sample(2_000, 5_000)]
    assert describe(samples, 20_000, "receipts") == "5,000 of 20,000 receipts (25 %), 2,500/s, 6 s left"


def test_progress_without_a_rate_promises_nothing() -> None:
    assert describe([Sample(0, 0)], 20_000, "receipts") == "0 of 20,000 receipts (0 %)"
    assert describe([Sample(0, 0), Sample(0, 0)], 0, "receipts") == "0 of 0 receipts (100 %)"


def test_rate_forgets_what_lies_before_its_window() -> None:
    samples = [Sample(0, 0), Sample(1_000, 90_000), Sample(15_000, 91_000)]
    kept = within_window(samples, Sample(17_000, 92_000))
    assert kept == [Sample(15_000, 91_000), Sample(17_000, 92_000)]


def test_long_pause_leaves_one_sample_to_reckon_from() -> None:
    assert within_window([Sample(0, 10)], Sample(60_000, 20)) == [Sample(0, 10), Sample(60_000, 20)]


def test_end_says_the_rate_in_all() -> None:
    assert describe_end(Sample(500, 0), Sample(10_500, 25_000), "receipts") == "25,000 receipts in 10 s, 2,500/s"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59, "59 s"), (60, "1 min 00 s"), (187, "3 min 07 s")])
def test_time_is_said_in_minutes_and_seconds(seconds: int, text: str) -> None:
    assert describe_seconds(seconds) == text
