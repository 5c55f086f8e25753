"""The command that prices kept receipts again."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime

import click

from api.commands.progress import showing
from api.commands.running import on_database
from api.commands.saying import Failure
from api.settings import load_settings
from database.engine import Database
from loyalty.cards.catalogue.versions import load_versions
from loyalty.money import Scale
from loyalty.receipts.kept import After, count_kept
from loyalty.receipts.reprice import Repriced, reprice_page

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "since", required=True, type=_DAY, help="The first day of business.")
@click.option("--to", "until", required=True, type=_DAY, help="The last day of business.")
def reprice(since: datetime, until: datetime) -> None:
    """Price kept receipts again as of their own moments, and name the cause of every difference.

    Nothing is changed. Returns are counted and not priced: what they give back is their sales'.
    """
    if until < since:
        raise click.BadParameter("lies before --from", param_hint="--to")
    money = load_settings().currency.scale
    with showing("pricing", "receipts") as report:
        counts = on_database(lambda database: _reprice_all(database, since.date(), until.date(), money, report))
    for line in format_counts(counts):
        click.echo(line)
    if counts["unexplained"]:
        raise Failure(f"receipts that differ for no known cause: {counts['unexplained']:,}; nothing was changed")


async def _reprice_all(
    database: Database, since: date, until: date, money: Scale, report: Callable[[int, int], None]
) -> Counter[str]:
    """Price page after page, naming each difference as it is found; gives how many of each there are."""
    total = await database.run(count_kept, since, until)
    versions = await database.run(load_versions)
    counts: Counter[str] = Counter(priced=0, returns=0)
    after: After | None = None
    while True:
        page = await database.run(reprice_page, versions, since, until, after=after)
        if page.after is None:
            return counts
        after = page.after
        counts.update(priced=page.priced, returns=page.returns)
        for repriced in page.differing:
            counts[repriced.cause or ""] += 1
            click.echo(describe(repriced, money))
        report(counts["priced"] + counts["returns"], total)


def describe(repriced: Repriced, money: Scale) -> str:
    """Give the line of a receipt that differs: its day, its till's key, the cause, the discount given and the due."""
    head = repriced.head
    given, due = money.format(repriced.given), money.format(repriced.priced.discount)
    told = f"{due} by the rules" if given != due else "shared over the lines otherwise by the rules"
    return (
        f"{head.business_date}  {head.uid}  store {head.store}, till {head.till}, receipt {head.number}:"
        f" {repriced.cause}, {given} given, {told}"
    )


def format_counts(counts: Counter[str]) -> list[str]:
    """Give the summary: how many were priced, and how many differ for each cause."""
    causes = sorted(set(counts) - {"priced", "returns"})
    differing = sum(counts[cause] for cause in causes)
    head = f"{counts['priced']:,} receipts priced, {counts['returns']:,} returns left to their sales"
    if not differing:
        return [head, "no difference"]
    return [head, f"{differing:,} differ:", *(f"  {cause}: {counts[cause]:,}" for cause in causes)]


COMMANDS: Sequence[click.Command] = (reprice,)
