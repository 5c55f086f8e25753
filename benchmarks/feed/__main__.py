"""The command `python -m benchmarks.feed`: makes ten million acts, and measures the dispatcher's feed over them."""

import sys
from pathlib import Path

import click

from benchmarks.feed.making import make
from benchmarks.feed.measuring import Reading, measure
from benchmarks.parties.measuring import AnswerError
from benchmarks.service import ServiceError
from database.embedded import EmbeddedPostgresError

_FOLDER = click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="The data folder."
)
_ACTS = click.option("--acts", type=click.IntRange(10_000), default=10_000_000, show_default=True)


@click.group()
def main() -> None:
    """Make a long journal and measure the feed over it."""


@main.command("make")
@_FOLDER
@_ACTS
def make_command(*, folder: Path, acts: int) -> None:
    """Make a data folder with so many acts in the journal."""
    try:
        make(folder, acts=acts, say=click.echo)
    except EmbeddedPostgresError as error:
        raise click.ClickException(str(error)) from error


@main.command("measure")
@_FOLDER
@_ACTS
@click.option("--samples", type=click.IntRange(2), default=40, show_default=True, help="Answers of each question.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of the words and people that are asked for.")
@click.option("--only", default="", help="Questions whose name holds this.")
def measure_command(*, folder: Path, acts: int, samples: int, seed: int, only: str) -> None:
    """Measure a folder that was made, with the same number of acts."""
    click.echo(f"{'what':32} {'p50, ms':>9} {'p95, ms':>9} {'bar, ms':>8} {'/ health':>9} {'rows':>5}")
    try:
        readings = measure(folder, acts=acts, samples=samples, seed=seed, only=only, say=_say)
    except (AnswerError, ServiceError) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0 if all(one.is_met for one in readings) else 1)


def _say(one: Reading) -> None:
    click.echo(
        f"{one.name:32} {one.p50:9.1f} {one.p95:9.1f} {one.bar:8} {one.ratio:9.1f} {one.rows:5}"
        f"  {'met' if one.is_met else 'not met'}"
    )


main()
