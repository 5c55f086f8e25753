"""Pairs alternate, and every row of the table has exactly one way of being measured."""

from pathlib import Path

from benchmarks.bench import Bench, Options, Target
from benchmarks.pgbench import Peer
from benchmarks.rows import EXPERIMENTS, LAST, SLOW_EXPERIMENTS, compare_sizes
from benchmarks.targets import ROWS

OPTIONS = Options(seconds=1, rounds=1, cards=(1,), flush_ms=2, quiet_seconds=0, seed=7, rows=())
NOBODY = Target(port=0, pid=0, tills=(), peer=Peer(binaries=Path(), dsn="", cards=1))
MEASURED_APART = {"start"}


def test_each_of_a_pair_goes_first_in_every_other_round() -> None:
    bench, order = Bench(OPTIONS, say=lambda _: None), list[str]()

    def give(name: str, rate: float) -> float:
        order.append(name)
        return rate

    ratios = []
    for bench.round in (1, 2):
        ratios.append(bench.paired(lambda: give("ours", 30), lambda: give("theirs", 60)))
    assert ratios == [0.5, 0.5]
    assert order == ["theirs", "ours", "ours", "theirs"]


def test_every_row_is_measured_once() -> None:
    experiments = [*EXPERIMENTS, *LAST, *SLOW_EXPERIMENTS, *compare_sizes(NOBODY)]
    measured = [row for experiment in experiments for row in experiment.rows]
    assert sorted([*measured, *MEASURED_APART]) == sorted(row.key for row in ROWS)


def test_same_seed_makes_the_same_loads() -> None:
    first, again = (Bench(OPTIONS, say=lambda _: None).rng.getrandbits(63) for _ in range(2))
    assert first == again
