"""The long journal of the feed's benchmark: made short, and every question answered."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.feed.making import make
from benchmarks.feed.measuring import QUESTIONS, measure

ACTS = 10_000


def test_every_question_is_answered_over_a_short_journal() -> None:
    """PS-27, PS-36: what is measured over ten million acts is asked of ten thousand."""
    with TemporaryDirectory() as name:  # pytest's own folder cannot be entered by root's PostgreSQL
        Path(name).chmod(0o755)
        make(Path(name) / "company", acts=ACTS, say=lambda _: None)
        found = measure(Path(name) / "company", acts=ACTS, samples=2, seed=1, only="", say=lambda _: None)
    rows = {one.name: one.rows for one in found}
    assert len(rows) == len(QUESTIONS)
    assert all(one.p50 > 0 for one in found)
    assert rows["feed"] == rows["source: tasks"] == rows["words: in every title"] == 50
    assert rows["words: in no title"] == 0
