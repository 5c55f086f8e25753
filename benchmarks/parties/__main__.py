"""The command `python -m benchmarks.parties`: makes a large company, and measures the pages over it."""

import sys
from pathlib import Path

import click

from benchmarks.parties.making import make
from benchmarks.parties.measuring import AnswerError, Reading, measure
from benchmarks.service import ServiceError
from database.embedded import EmbeddedPostgresError

_FOLDER = click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="The data folder."
)
_PARTIES = click.option("--parties", type=click.IntRange(100), default=1_000_000, show_default=True)


@click.group()
def main() -> None:
    """Make a large company and measure the pages over it."""


@main.command("make")
@_FOLDER
@_PARTIES
@click.option("--activities", type=click.IntRange(0), default=10_000_000, show_default=True)
def make_command(*, folder: Path, parties: int, activities: int) -> None:
    """Make a data folder with so many parties and acts in the journal."""
    try:
        make(folder, parties=parties, activities=activities, say=click.echo)
    except EmbeddedPostgresError as error:
        raise click.ClickException(str(error)) from error


@main.command("measure")
@_FOLDER
@_PARTIES
@click.option("--samples", type=click.IntRange(2), default=40, show_default=True, help="Answers of each question.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of the parties that are asked for.")
@click.option("--only", default="", help="Questions whose name holds this.")
def measure_command(*, folder: Path, parties: int, samples: int, seed: int, only: str) -> None:
    """Measure a folder that was made, with the same number of parties."""
    try:
        readings = measure(
            folder, parties=parties, samples=samples, seed=seed, only=only, say=lambda line: click.echo(line, err=True)
        )
    except (AnswerError, ServiceError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(_table(readings))
    sys.exit(0 if all(reading.is_met for reading in readings) else 1)


def _table(readings: list[Reading]) -> str:
    lines = [f"{'what':44} {'p50, ms':>9} {'p95, ms':>9} {'bar, ms':>8} {'bytes':>8}"]
    lines += [
        f"{one.name:44} {one.p50:9.1f} {one.p95:9.1f} {one.bar:8} {one.size:8,}  {'met' if one.is_met else 'not met'}"
        for one in readings
    ]
    return "\n".join(lines)


main()
