"""The signals find what was put into a small month, and hardly anything else."""

from random import Random

from api.state import Service
from benchmarks.misuse import compare, measure, show
from benchmarks.month import Size, make_month
from loyalty.signals.model import KINDS
from tests.conftest import ACT

SEED = 20
SIZE = Size(stores=4, cards=500, strangers_a_shift=3, misuses=6)
LEAST_PRECISION, LEAST_RECALL = 0.75, 0.75


async def test_precision_and_recall_of_a_small_month_are_above_their_bounds(service: Service) -> None:
    """The seed is fixed: the same month every time."""
    month = make_month(Random(SEED), SIZE)

    measured = await measure(service, month, cards=SIZE.cards, act=ACT)

    assert [one.kind for one in measured] == list(KINDS)
    for one in measured:
        assert one.put_in >= 4, f"seed {SEED}: {one}"
        assert one.precision >= LEAST_PRECISION, f"seed {SEED}: {one}"
        assert one.recall >= LEAST_RECALL, f"seed {SEED}: {one}"


def test_month_of_a_seed_is_always_the_same() -> None:
    size = Size(stores=2, cards=20, misuses=2)

    assert make_month(Random(1), size) == make_month(Random(1), size)
    assert make_month(Random(1), size) != make_month(Random(2), size)


def test_kind_of_which_nothing_was_told_has_no_false_alarm_and_no_recall() -> None:
    measured = compare({("own_card", 1, "a")}, [], {})

    assert [(one.precision, one.recall) for one in measured] == [(1.0, 0.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)]
    assert show(measured)[1].split() == ["own_card", "1", "0", "0", "1.00", "0.00"]
