"""Commands that count what is kept."""

from collections.abc import Sequence

import click

from api.commands.running import on_database
from api.commands.signals import signals
from api.settings import load_settings
from crm.attributes.reports import read_cuts, report_bands
from loyalty.cards.listing import Band
from loyalty.errors import LoyaltyError
from loyalty.money import DecimalError, Scale

DEFAULT_BOUNDS = "0,500,1000,5000,10000"


@click.group()
def report() -> None:
    """Count what is kept."""


@report.command("turnover-bands")
@click.option("--bounds", default=DEFAULT_BOUNDS, show_default=True, help="Rising amounts, with commas between them.")
@click.option("--where", help='Only cards of which something holds, such as "party.vip is yes".')
@click.option("--by", help="Count apart by an attribute of the holder or of the card, such as party.region.")
def turnover_bands(bounds: str, where: str | None, by: str | None) -> None:
    """Count cards and their turnover in bands.

    Each band begins with its lower bound. A first bound of 0 is no bound: whoever returned more than was bought belongs
    to the lowest band.
    """
    money = load_settings().currency.scale
    cuts = _read_bounds(bounds, money)
    try:
        groups = on_database(lambda database: database.run(report_bands, cuts, where=where, by=by))
    except LoyaltyError as error:
        raise click.UsageError(error.detail) from error
    for group in groups:
        if by is not None:
            click.echo(f"{by}: {group.name or 'none'}")
        for line in format_bands(group.bands, money):
            click.echo(line)


def format_bands(bands: Sequence[Band], money: Scale) -> list[str]:
    """Give the lines of an aligned table with a total: bounds, number of cards, sum."""
    rows = [(_describe(band, money), f"{band.cards:,}", _group(band.turnover, money)) for band in bands]
    total = (sum(band.cards for band in bands), sum(band.turnover for band in bands))
    table = [("turnover", "cards", "sum"), *rows, ("total", f"{total[0]:,}", _group(total[1], money))]
    widths = [max(len(row[column]) for row in table) for column in range(3)]
    return [f"{name:<{widths[0]}}  {cards:>{widths[1]}}  {amount:>{widths[2]}}" for name, cards, amount in table]


def _describe(band: Band, money: Scale) -> str:
    if band.upper is None:
        return "all" if band.lower is None else f"{_group(band.lower, money)} and over"
    upper = _group(band.upper, money)
    return f"under {upper}" if band.lower is None else f"{_group(band.lower, money)} to {upper}"


def _group(amount: int, money: Scale) -> str:
    """Write an amount with commas between its thousands."""
    whole, point, fraction = money.format(abs(amount)).partition(".")
    return f"{'-' if amount < 0 else ''}{int(whole):,}{point}{fraction}"


def _read_bounds(text: str, money: Scale) -> list[int]:
    try:
        bounds = read_cuts([part.strip() for part in text.split(",")], money)
    except DecimalError as error:
        raise click.BadParameter(f"each bound {error}", param_hint="--bounds") from error
    return bounds[1:] if bounds[0] == 0 and len(bounds) > 1 else bounds


report.add_command(signals)

COMMANDS: Sequence[click.Command] = (report,)
