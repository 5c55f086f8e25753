"""How each row of the table is measured: one function gives the ratios of one round."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from msgspec import Struct, structs

from benchmarks.bench import PER_BATCH, Bench, Target
from benchmarks.bodies import Kind
from benchmarks.cards import make_by_copy, make_by_job, settle
from benchmarks.rules import Tiers, count_tiers, rate_by_hand, rate_by_run, rated_at_posting, spread_turnovers
from benchmarks.service import peak_megabytes
from benchmarks.shift import RECEIPTS, make_shift, post_shift

Measure = Callable[[Bench, Target], Mapping[str, float]]
BATCH_SENDERS = 2


class Experiment(Struct, frozen=True):
    """The rows that one measurement gives, and how it is made; what has no rounds is read once."""

    rows: tuple[str, ...]
    measure: Measure
    has_rounds: bool = True


def _against_script(row: str, kind: Kind, connections: int, *, script: str) -> Experiment:
    def measure(bench: Bench, target: Target) -> Mapping[str, float]:
        subject = partial(bench.rate, target, kind, connections)
        return {row: bench.paired(subject, partial(bench.script, target, script))}

    return Experiment((row,), measure)


def _scripts(bench: Bench, target: Target) -> Mapping[str, float]:
    full, plain = (partial(bench.script, target, name) for name in ("post_full", "post_tx"))
    return {"full-tx": bench.paired(full, plain)}


def _calculation_over_health(bench: Bench, target: Target) -> Mapping[str, float]:
    kinds: tuple[Kind, Kind] = ("health", "calculate") if bench.round % 2 else ("calculate", "health")
    outcomes = {kind: bench.load(target, kind, 1) for kind in kinds}
    calculation, health = outcomes["calculate"], outcomes["health"]
    return {"calculate-p50": calculation.p50 / health.p50, "calculate-p99": calculation.p99 / health.p99}


def _driver(bench: Bench, target: Target) -> Mapping[str, float]:
    """Tell how far the driver itself is from being what limits the service's cheapest answer."""
    return {"driver": bench.load(target, "health", 64).driver_share}


def _shift(bench: Bench, target: Target) -> Mapping[str, float]:
    """Send a shift twice in each way; of HTTP it is one till that sends batch after batch."""
    bench.say("    making two shifts")
    shift = make_shift(bench.rng, cards=target.peer.cards)
    load = structs.replace(bench.prepare(target, "batch", 1), count=RECEIPTS // PER_BATCH)
    ratios = {}
    for row, status in (("shift", 201), ("shift-again", 200)):
        sql_seconds = post_shift(target.peer.dsn, shift)
        bench.say(f"    set-based SQL: {sql_seconds:.2f} s")
        outcome = bench.run(structs.replace(load, status=status))
        ratios[row] = outcome.seconds / sql_seconds
    return ratios


def _rated_posts(bench: Bench, target: Target) -> Mapping[str, float]:
    """Post while every receipt re-rates its card by its turnover of the month; the script does the same."""
    with rated_at_posting(target.peer.dsn):
        subject = partial(bench.rate, target, "post", 64)
        return {"post-64-rated": bench.paired(subject, partial(bench.script, target, "post_full_rated"))}


def _rules(bench: Bench, target: Target) -> Mapping[str, float]:
    """Re-rate all cards of the shop in each way, from the same start to the same end."""
    dsn, seconds, ends = target.peer.dsn, dict[str, float](), list[Tiers]()
    ways: dict[str, Callable[[], float]] = {
        "by a run": partial(rate_by_run, dsn, bench.round),
        "by one UPDATE that keeps the past": partial(rate_by_hand, dsn, "keeping"),
        "by one bare UPDATE": partial(rate_by_hand, dsn, "bare"),
    }
    for way in _in_turn(ways, bench.round):
        spread_turnovers(dsn)
        seconds[way] = ways[way]()
        ends.append(count_tiers(dsn))
        bench.say(f"    {target.peer.cards:,} cards rated {way}: {seconds[way]:.2f} s")
    assert ends[0] == ends[1] == ends[2], ends
    spread_turnovers(dsn)  # cards give the discount again that receipts of other rows are posted with
    run, keeping, bare = (seconds[way] for way in ways)
    return {"rules": run / keeping, "rules-bare": run / bare}


def _cards(bench: Bench, target: Target) -> Mapping[str, float]:
    """Make as many cards as the shop has in each way."""
    count, seconds = target.peer.cards, dict[str, float]()
    ways = {"by a job": make_by_job, "by Python and COPY": make_by_copy}
    for way in _in_turn(ways, bench.round):
        settle(target.peer.dsn)
        seconds[way] = ways[way](target.peer.dsn, count)
        bench.say(f"    {count:,} cards {way}: {seconds[way]:.2f} s")
    return {"cards": seconds["by a job"] / seconds["by Python and COPY"]}


def _in_turn(ways: Iterable[str], number: int) -> list[str]:
    """Give the ways of a round in an order of which each way is the first in its turn."""
    names = list(ways)
    start = number % len(names)
    return names[start:] + names[:start]


def _memory(bench: Bench, target: Target) -> Mapping[str, float]:
    """Read the peak after all loads, and load it once more in case that this is the only row."""
    bench.load(target, "post", 64)
    megabytes = peak_megabytes(target.pid)
    return {} if megabytes is None else {"memory": megabytes}


EXPERIMENTS = (
    _against_script("post-64", "post", 64, script="post_full"),
    _against_script("post-16", "post", 16, script="post_full"),
    _against_script("post-1", "post", 1, script="post_full"),
    _against_script("batch", "batch", BATCH_SENDERS, script="post_full"),
    Experiment(("post-64-rated",), _rated_posts),
    _against_script("post-64-tx", "post", 64, script="post_tx"),
    Experiment(("full-tx",), _scripts),
    Experiment(("calculate-p50", "calculate-p99"), _calculation_over_health),
    _against_script("calculate-16", "calculate", 16, script="post_fn"),
    _against_script("calculate-64", "calculate", 64, script="post_fn"),
    *(_against_script(f"lookup-{count}", "lookup", count, script="lookup") for count in (1, 16, 64)),
    Experiment(("driver",), _driver),
    Experiment(("shift", "shift-again"), _shift),
)
"""What is measured on a database of many cards."""

LAST = (
    Experiment(("memory",), _memory, has_rounds=False),
    Experiment(("rules", "rules-bare"), _rules),
    Experiment(("cards",), _cards),
)
"""What is read when all loads are over, and what makes the database another one."""

SLOW_EXPERIMENTS = (
    _against_script("slow-post-64", "post", 64, script="post_full"),
    _against_script("slow-post-16", "post", 16, script="post_full"),
)
"""What is measured again on the same database with slow flushes."""


def compare_sizes(few: Target) -> tuple[Experiment, ...]:
    """Give the experiments that compare a database of many cards with one of few."""
    return tuple(_among_many(kind, few) for kind in ("lookup", "calculate", "post"))


def _among_many(kind: Kind, few: Target) -> Experiment:
    row = f"many-{kind}"

    def measure(bench: Bench, many: Target) -> Mapping[str, float]:
        ratio = bench.paired(partial(bench.rate, many, kind, 16), partial(bench.rate, few, kind, 16))
        return {row: 1 / ratio}

    return Experiment((row,), measure)
