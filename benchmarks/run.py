"""The whole comparison in order: make the shop, measure in rounds, again with slow flushes, and starts from cold.

Key idea: everything lives in one folder that goes when the run ends, however it ends, and every process is started in a
context that stops it.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from benchmarks.bench import Bench, Target
from benchmarks.bodies import Kind, Till
from benchmarks.pgbench import Peer
from benchmarks.quiet import wait_for_quiet
from benchmarks.rows import EXPERIMENTS, LAST, SLOW_EXPERIMENTS, Experiment, compare_sizes
from benchmarks.service import serving
from benchmarks.shop import make_shop
from benchmarks.slow_flush import build_slow_flush
from database.embedded import Server, database_dsn, running

POSTGRES_SETTINGS = {"max_connections": "200"}
"""All else is as the embedded PostgreSQL is run for a shop."""

WARM_UP: Sequence[tuple[Kind, int]] = (("post", 64), ("calculate", 16))
"""Loads that count nowhere: a session plans each of its statements anew five times before it keeps a plan."""


class Shop(Struct, frozen=True):
    """A database made ready: its name, how many cards it has, and its tills."""

    name: str
    cards: int
    tills: Sequence[Till]


def compare(bench: Bench) -> None:
    """Measure the rows that were asked for; results gather in the bench, also when it is left early."""
    with TemporaryDirectory(prefix="tallycard-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # root's PostgreSQL runs under another account, which must be able to enter
        _compare_on_one_server(bench, folder)
        if _is_wanted(bench, ("start",)):
            _start_cold(bench, folder)


def _compare_on_one_server(bench: Bench, folder: Path) -> None:
    sizes = sorted(set(bench.options.cards))
    is_sized = len(sizes) > 1 and _is_wanted(bench, ("many-lookup", "many-calculate", "many-post"))
    usual = [experiment for experiment in EXPERIMENTS if _is_wanted(bench, experiment.rows)]
    last = [experiment for experiment in LAST if _is_wanted(bench, experiment.rows)]
    slow = [experiment for experiment in SLOW_EXPERIMENTS if _is_wanted(bench, experiment.rows)]
    if not usual and not last and not slow and not is_sized:
        return
    data = folder / "postgres"
    with running(data, say=bench.say, settings=POSTGRES_SETTINGS) as server, ExitStack() as stack:
        many = _make_shop(bench, server, sizes[-1])
        if usual or last or is_sized:
            target = stack.enter_context(_served(server, many))
            if is_sized:
                few = stack.enter_context(_served(server, _make_shop(bench, server, sizes[0])))
                usual += compare_sizes(few)
            _run(bench, target, [*usual, *last])
    if slow:
        _compare_with_slow_flushes(bench, folder, many, slow)


def _compare_with_slow_flushes(bench: Bench, folder: Path, shop: Shop, experiments: Sequence[Experiment]) -> None:
    library = build_slow_flush(folder, bench.options.flush_ms)
    if library is None:
        bench.say("No C compiler (cc) on a Linux: the rows with slow flushes are left out")
        return
    bench.say(f"Starting PostgreSQL again with {bench.options.flush_ms:g} ms added to every flush")
    with (
        running(folder / "postgres", say=bench.say, settings=POSTGRES_SETTINGS, preload=library) as server,
        _served(server, shop) as target,
    ):
        _run(bench, target, experiments)


def _make_shop(bench: Bench, server: Server, cards: int) -> Shop:
    name = f"shop_{cards}"
    bench.say(f"Making a shop of {cards:,} cards, and the same in the comparators' tables")
    return Shop(name, cards, make_shop(server, name, cards))


@contextmanager
def _served(server: Server, shop: Shop) -> Iterator[Target]:
    dsn = database_dsn(server, shop.name)
    with serving(DATABASE_URL=dsn) as service:
        yield Target(service.port, service.pid, shop.tills, Peer(server.binaries, dsn, shop.cards))


def _run(bench: Bench, target: Target, experiments: Sequence[Experiment]) -> None:
    bench.row, bench.round = "warm-up", 0
    bench.say("warm-up: connections are opened, statements planned")
    bench.script(target, "post_full")
    for kind, connections in WARM_UP:
        bench.load(target, kind, connections)
    for experiment in experiments:
        bench.row = experiment.rows[0]
        bench.say(f"{', '.join(experiment.rows)}")
        for number in range(1, 1 + (bench.options.rounds if experiment.has_rounds else 1)):
            _begin_round(bench, number)
            for row, value in experiment.measure(bench, target).items():
                bench.results.setdefault(row, []).append(value)


def _begin_round(bench: Bench, number: int) -> None:
    bench.round, bench.is_quiet = number, wait_for_quiet(bench.options.quiet_seconds)
    bench.say(f"  round {number}{'' if bench.is_quiet else ', although the machine is not quiet'}")


def _start_cold(bench: Bench, folder: Path) -> None:
    """Measure from the command to the first answer, each time with a data folder that does not exist yet."""
    bench.row = "start"
    bench.say("start")
    for number in range(1, 1 + bench.options.rounds):
        _begin_round(bench, number)
        begin = time.perf_counter()
        with serving(DATA=str(folder / f"cold-{number}")):
            seconds = time.perf_counter() - begin
        bench.say(f"    first answer after {seconds:.2f} s")
        bench.results.setdefault("start", []).append(seconds)


def _is_wanted(bench: Bench, rows: Sequence[str]) -> bool:
    return not set(rows).isdisjoint(bench.options.rows)
