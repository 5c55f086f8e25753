"""The command `python -m benchmarks`: measures, tells its progress, prints the table of ratios."""

import os
import platform
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from benchmarks.bench import Bench, Options
from benchmarks.load import LoadFailedError
from benchmarks.pgbench import PgbenchError
from benchmarks.run import compare
from benchmarks.service import ServiceError
from benchmarks.table import render_table
from benchmarks.targets import choose_rows
from database.embedded import EmbeddedPostgresError

STOPPED = 130
_FAILURES = (LoadFailedError, PgbenchError, ServiceError, EmbeddedPostgresError)


@click.command()
@click.option("--seconds", type=click.FloatRange(0.5), default=3, show_default=True, help="Length of one measurement.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Pairs of each row.")
@click.option("--only", multiple=True, metavar="ROW", help="Rows to measure, such as post-*; may be repeated.")
@click.option("--cards", default="10000,1000000", show_default=True, help="Few and many cards; all else uses the many.")
@click.option("--flush-ms", type=click.FloatRange(0), default=2, show_default=True, help="Delay of a slow flush.")
@click.option(
    "--quiet-seconds",
    type=click.FloatRange(0),
    default=20,
    show_default=True,
    help="Longest wait for a quiet machine before a round.",
)
@click.option("--seed", type=int, help="Seed of everything random; left out, one is made and printed.")
@click.option("--json", "raw", type=click.Path(dir_okay=False, path_type=Path), help="File for all raw figures.")
def main(
    *,
    seconds: float,
    rounds: int,
    only: tuple[str, ...],
    cards: str,
    flush_ms: float,
    quiet_seconds: float,
    seed: int | None,
    raw: Path | None,
) -> None:
    """Measure the service against SQL written by hand, on one PostgreSQL of its own, and print a table of ratios."""
    options = Options(
        seconds=seconds,
        rounds=rounds,
        cards=_read_cards(cards),
        flush_ms=flush_ms,
        quiet_seconds=quiet_seconds,
        seed=secrets.randbits(32) if seed is None else seed,
        rows=_read_rows(only),
    )
    bench = Bench(options, lambda line: click.echo(line, err=True))
    bench.say(f"{_machine()}; seed {options.seed}")
    code = _measure(bench)
    if bench.results:
        click.echo(render_table(bench.results))
    if raw is not None:
        raw.write_bytes(msgspec.json.format(msgspec.json.encode(_raw(bench))))
    sys.exit(code)


def _measure(bench: Bench) -> int:
    """Measure; give the exit code. What was measured before a failure or Ctrl-C is kept."""
    try:
        compare(bench)
    except KeyboardInterrupt:
        bench.say("stopped: these rows were measured")
        return STOPPED
    except _FAILURES as error:
        bench.say(f"benchmarks: {error}")
        return 1
    return 0


def _read_cards(text: str) -> tuple[int, ...]:
    try:
        cards = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter("must be numbers such as 10000,1000000") from error
    if min(cards) < 1:
        raise click.BadParameter("must be positive")
    return cards


def _read_rows(patterns: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(choose_rows(patterns))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _machine() -> str:
    return f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"


def _raw(bench: Bench) -> dict[str, object]:
    return {
        "at": datetime.now(UTC),
        "machine": _machine(),
        "options": bench.options,
        "ratios": bench.results,
        "readings": bench.readings,
    }


main()
