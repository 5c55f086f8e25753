"""The command `python -m benchmarks.segments`: makes a large company that buys, and measures counts of segments."""

import sys
from pathlib import Path

import click

from benchmarks.parties.measuring import AnswerError
from benchmarks.segments.making import make
from benchmarks.segments.measuring import Count, measure
from benchmarks.service import ServiceError
from database.embedded import EmbeddedPostgresError

_FOLDER = click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="The data folder."
)


@click.group()
def main() -> None:
    """Make a large company that buys and measure counts of segments."""


@main.command("make")
@_FOLDER
@click.option("--parties", type=click.IntRange(100), default=1_000_000, show_default=True)
@click.option("--lines", type=click.IntRange(1_000), default=50_000_000, show_default=True, help="Lines of receipts.")
def make_command(*, folder: Path, parties: int, lines: int) -> None:
    """Make a data folder with so many parties and lines of receipts."""
    try:
        make(folder, parties=parties, lines=lines, say=click.echo)
    except EmbeddedPostgresError as error:
        raise click.ClickException(str(error)) from error


@main.command("measure")
@_FOLDER
@click.option("--samples", type=click.IntRange(2), default=20, show_default=True, help="Counts of each segment.")
def measure_command(*, folder: Path, samples: int) -> None:
    """Measure a folder that was made."""
    try:
        counts = measure(folder, samples=samples, say=lambda line: click.echo(line, err=True))
    except (AnswerError, ServiceError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(_table(counts))
    sys.exit(0 if all(one.is_met for one in counts) else 1)


def _table(counts: list[Count]) -> str:
    lines = [f"{'segment':44} {'parties':>9} {'p50, ms':>9} {'p95, ms':>9}"]
    lines += [
        f"{one.name:44} {one.parties:9,} {one.p50:9.1f} {one.p95:9.1f}  {'met' if one.is_met else 'not met'}"
        for one in counts
    ]
    return "\n".join(lines)


main()
