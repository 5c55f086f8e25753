"""The report of signals of misuse, as CSV."""

from datetime import datetime

import click

from api.commands.running import on_database
from api.settings import load_settings
from database.engine import Database
from loyalty.signals.model import KINDS, Kind, Signal, Thresholds, make_period
from loyalty.signals.service import list_signals

HEADER = ("kind", "score", "card", "store", "till", "cashier", "last_day", "reason", "receipts")

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("signals")
@click.option("--from", "first", type=_DAY, required=True, help="The first business date.")
@click.option("--to", "last", type=_DAY, required=True, help="The last business date.")
@click.option("--kind", type=click.Choice(KINDS), help="One kind alone.")
def signals(first: datetime, last: datetime, kind: Kind | None) -> None:
    """Write the signals of a period as CSV, the most unusual first, each with the receipts behind it."""
    from api.pages.downloads import write_csv  # noqa: PLC0415 - the pages' libraries are loaded for this report alone

    period = make_period(first.date(), last.date())
    limits = Thresholds(distant_minutes=load_settings().signal_minutes)
    kinds = KINDS if kind is None else (kind,)

    async def run(database: Database) -> list[Signal]:
        return await database.run(list_signals, period, limits, kinds=kinds)

    click.echo(write_csv(HEADER, [_cells(signal) for signal in on_database(run)]), nl=False)


def _cells(signal: Signal) -> list[str | int | None]:
    subject = signal.subject
    whom = (signal.masked, subject.store, subject.till, subject.cashier)
    receipts = " ".join(str(uid) for uid in signal.receipts)
    return [subject.kind, signal.score, *whom, signal.last_day.isoformat(), signal.reason, receipts]
