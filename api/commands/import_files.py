"""What all commands that take files in have in common: their arguments, and how they end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from api.commands.progress import STOPPED
from api.commands.saying import Failure
from loyalty.errors import SeriesUnknownError
from loyalty.imports.mapping import MappingError
from loyalty.imports.progress import StoppedError
from loyalty.imports.receipts import SeriesTakenError
from loyalty.imports.rejections import Rejection, rejected_file, write_rejected
from loyalty.imports.tabular import TableError
from loyalty.receipts.flights import UnavailableError

MOST_SHOWN = 5

FILE = click.argument("file", type=click.Path(path_type=Path))
MAPPING = click.option("--mapping", help="A ready mapping's name, or a file of yours; left out, the header decides.")


@contextmanager
def explained() -> Iterator[None]:
    """Say what ends an import in words that a person can act on."""
    try:
        yield
    except StoppedError:
        end_early("nothing is in yet")
    except (TableError, MappingError, SeriesTakenError, SeriesUnknownError) as error:
        raise Failure(f"{error}; nothing was imported") from error
    except UnavailableError as error:
        raise Failure("the database went away; what is in stays in: import the same file again to go on") from error


def end_early(what_is_in: str) -> NoReturn:
    """End the process where somebody asked for it, saying what is in."""
    click.echo(f"ended early, {what_is_in}: the same command goes on from there", err=True)
    sys.exit(STOPPED)


def give_back(file: Path, rejections: list[Rejection], *, delimiter: str) -> None:
    """Name the first rows that stay out with their reasons, and write all of them to a file."""
    if not rejections:
        return
    rejections = sorted(rejections, key=lambda rejection: rejection.line)
    leading = [rejection for rejection in rejections if rejection.led_by is None]
    for rejection in leading[:MOST_SHOWN]:
        click.echo(f"line {rejection.line:,}: {rejection.reason}", err=True)
    if len(leading) > MOST_SHOWN:
        click.echo(f"and {len(leading) - MOST_SHOWN:,} more", err=True)
    target = rejected_file(file, Path.cwd())
    try:
        write_rejected(file, target, rejections, delimiter=delimiter)
    except (OSError, TableError) as error:
        raise Failure(f"{len(rejections):,} rows stay out, and {target} cannot be written: {error}") from error
    raise Failure(f"{len(rejections):,} rows stay out, with their reasons in {target.name}; the rest is in")
