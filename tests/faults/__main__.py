"""The command `python -m tests.faults`: a whole shop at work while everything fails, and the proofs of what must hold."""

import asyncio
import secrets
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec import json

from tests.faults.whole.campaign import Orders, Report, campaign
from tests.faults.whole.strikes import NotWellError


@click.command()
@click.option("--minutes", type=click.FloatRange(0.1), default=20.0, show_default=True, help="How long faults come.")
@click.option("--tills", type=click.IntRange(2, 9), default=3, show_default=True, help="How many tills there are.")
@click.option("--seed", type=int, help="Seed of the plan of faults; left out, one is made and printed.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the report there too."
)
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="Work in this empty folder, and keep its logs."
)
def main(*, minutes: float, tills: int, seed: int | None, json_file: Path | None, keep: Path | None) -> None:
    """Kill, stop, cut off, fill up and confuse everything in turn; exit 1 if an invariant did not hold."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    click.echo(f"seed {seed}")
    orders = Orders(seed=seed, tills=tills, seconds=minutes * 60)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name) if keep is None else keep
        folder.mkdir(exist_ok=True)
        if any(folder.iterdir()):
            raise click.UsageError(f"{folder} is not empty")
        folder.chmod(0o755)  # root's PostgreSQL runs under another account, which must be able to enter
        report = asyncio.run(_run(folder, orders))
    for line in _tell(report):
        click.echo(line)
    if json_file is not None:
        json_file.write_bytes(json.format(json.encode(report)))
    sys.exit(not report.is_well)


async def _run(folder: Path, orders: Orders) -> Report:
    try:
        async with campaign(folder, orders, click.echo) as (report, _):
            return report
    except NotWellError as error:
        raise click.ClickException(f"seed {orders.seed}: {error}") from error


def _tell(report: Report) -> Iterator[str]:
    yield f"seed {report.seed}, {report.seconds:.0f} s, {sum(report.faults.values())} faults"
    yield "done: " + ", ".join(f"{what} {number:,}" for what, number in sorted(report.operations.items()))
    yield "started again: " + ", ".join(f"{what} {number}" for what, number in sorted(report.restarts.items()))
    yield "drained after: " + ", ".join(f"{what} {seconds:.1f} s" for what, seconds in report.drained.items())
    for name, seconds in sorted(report.recoveries.items()):
        middle, longest = statistics.median(seconds), max(seconds)
        yield f"{name}: {len(seconds)} times, well again after {middle:.1f} s (median), {longest:.1f} s (longest)"
    for invariant, problems in report.verdicts.items():
        yield f"{invariant}: {'holds' if not problems else 'BROKEN'}"
        yield from (f"    {problem}" for problem in problems)


if __name__ == "__main__":
    main()
