"""Measures the signals: how much of the misuse in an invented month is told, and how much of what is told is misuse.

    python -m benchmarks.misuse [--seed 7] [--cards 3000]

The month goes the way of a till's receipts; the signals are those that the service computes.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import click
import msgspec
from msgspec import Struct

from api.settings import load_settings
from api.state import Service, running_service
from benchmarks.month import DAYS, FIRST_DAY, THRESHOLDS, Month, Size, Ticket, Truth, make_month
from database.activity import Act
from database.embedded import running
from database.engine import Database
from database.migrate import migrate
from database.partitions import ensure_months
from loyalty.cards.model import SeriesSettings
from loyalty.cards.rules import SeriesRules, TurnoverEntry, TurnoverTable
from loyalty.cards.series import put_series
from loyalty.cards.series_rules import put_rules
from loyalty.cards.service import make_cards_with_numbers
from loyalty.signals.model import KINDS, Kind, Period, Signal, Thresholds
from loyalty.signals.service import list_signals
from pos_adapter.parsing import parse_posting
from pos_adapter.protocol import Posting

AT_ONCE = 400
PERIOD = Period(FIRST_DAY, FIRST_DAY.replace(day=DAYS))
SERIES = "CLUB"


class Measured(Struct, frozen=True):
    """What became of one kind: how much was put in, how much was told, how much of that is misuse."""

    kind: Kind
    put_in: int
    told: int
    right: int

    @property
    def precision(self) -> float:
        """The share of what was told that is misuse."""
        return self.right / self.told if self.told else 1.0

    @property
    def recall(self) -> float:
        """The share of the misuse that was told."""
        return self.right / self.put_in if self.put_in else 1.0


async def measure(service: Service, month: Month, *, cards: int, act: Act) -> list[Measured]:
    """Post a month and compare the signals with what was put in."""
    numbers = await prepare(service, cards, act=act)
    await post_month(service, month, numbers)
    signals = await service.database.run(list_signals, PERIOD, Thresholds())
    return compare(month.truths, signals, {card_id: place for place, (card_id, _) in enumerate(numbers)})


async def prepare(service: Service, cards: int, *, act: Act) -> list[tuple[int, str]]:
    """Make the month's partitions, a series with thresholds, and its cards; gives identifiers and numbers."""
    owner = Database(service.database.url, role=None)
    await owner.run(ensure_months, PERIOD.first, PERIOD.last)
    await owner.close()
    settings = SeriesSettings(name="Club", kind="discount", number_template="290%09^")
    await service.database.run(put_series, SERIES, settings, act=act)
    steps = zip((0, *THRESHOLDS), (*THRESHOLDS, None), range(len(THRESHOLDS) + 1), strict=True)
    entries = [TurnoverEntry(since, until, change="set", value=10_000 * step) for since, until, step in steps]
    rules = SeriesRules(turnover=TurnoverTable("lifetime", entries=tuple(entries)))
    series, _ = await service.database.run(put_rules, SERIES, rules, act=act)
    template = series.template
    assert template is not None, "it was just made with one"
    numbers = [template.number(place) for place in range(1, cards + 1)]
    made = await service.database.run(make_cards_with_numbers, SERIES, numbers=numbers, act=act)
    return sorted((card_id, number) for number, card_id in made.items())


async def post_month(service: Service, month: Month, numbers: Sequence[tuple[int, str]]) -> None:
    """Post all tickets, those of a moment together."""
    for start in range(0, len(month.tickets), AT_ONCE):
        posted = [
            service.flights.post(parse_posting(_posting(ticket, numbers), 2, service.money), actor="benchmark")
            for ticket in month.tickets[start : start + AT_ONCE]
        ]
        await asyncio.gather(*posted)


def _posting(ticket: Ticket, numbers: Sequence[tuple[int, str]]) -> Posting:
    amount = f"{ticket.cents // 100}.{ticket.cents % 100:02}"
    body = {
        "receipt_uid": str(ticket.uid),
        "kind": "sale" if ticket.sale is None else "return",
        "store": ticket.store,
        "till": ticket.till,
        "shift": 1,
        "number": ticket.uid.hex,
        "business_date": ticket.at.date().isoformat(),
        "closed_at": ticket.at.isoformat(),
        "cashier": ticket.cashier,
        "card": None if ticket.card is None else {"number": numbers[ticket.card][1], "entry": ticket.entry},
        # A hundredth of a piece for each cent: so any part of a sale can be returned.
        "lines": [{"line": 1, "sku": "1", "quantity": amount, "price": "1.00", "net": amount}],
        "payments": [{"kind": "cash", "amount": amount}],
        "total": amount,
        "original": None if ticket.sale is None else {"receipt_uid": str(ticket.sale)},
    }
    return msgspec.convert(body, Posting)


def compare(truths: set[Truth], signals: Iterable[Signal], places: dict[int, int]) -> list[Measured]:
    """Count for each kind what was told and right."""
    told = {_told(signal, places) for signal in signals}
    return [
        Measured(
            kind,
            put_in=sum(truth[0] == kind for truth in truths),
            told=sum(one[0] == kind for one in told),
            right=sum(one[0] == kind for one in told & truths),
        )
        for kind in KINDS
    ]


def _told(signal: Signal, places: dict[int, int]) -> Truth:
    subject = signal.subject
    if subject.kind == "keyed":
        return "keyed", subject.store or "", subject.cashier or f"till {subject.till}"
    return subject.kind, places[subject.card_id or 0], subject.cashier


def show(measured: Sequence[Measured]) -> list[str]:
    """Give the lines of a table."""
    head = f"{'kind':<18}{'put in':>7}{'told':>6}{'right':>7}{'precision':>11}{'recall':>8}"
    rows = [f"{m.kind:<18}{m.put_in:>7}{m.told:>6}{m.right:>7}{m.precision:>11.2f}{m.recall:>8.2f}" for m in measured]
    return [head, *rows]


async def _run(url: str, month: Month, size: Size) -> list[Measured]:
    await migrate(url, today=FIRST_DAY)
    async with running_service(load_settings({}), url) as service:
        act = Act("benchmark", month.tickets[0].at)
        return await measure(service, month, cards=size.cards, act=act)


@click.command()
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same month.")
@click.option("--cards", default=Size().cards, show_default=True, help="How many cards there are.")
def main(seed: int, cards: int) -> None:
    """Print precision and recall of each kind of signal over an invented month."""
    size = Size(cards=cards)
    month = make_month(Random(seed), size)  # noqa: S311 - invented receipts, no secrets
    click.echo(f"seed {seed}: {len(month.tickets):,} receipts, {cards:,} cards, {size.stores} stores")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with running(Path(folder) / "data") as server:
            for row in show(asyncio.run(_run(server.dsn, month, size))):
                click.echo(row)


if __name__ == "__main__":
    main()
