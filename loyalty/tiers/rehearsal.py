"""Rehearsal: what a changed table of percents would have made of real months, before anything is applied.

The cards begin as they were before the first period was run, go through every period in order with the changed table in
the place of the one that acted, and keep what people gave them by hand on the way. Where a period was run, the table
acts at the moment of that run, else at the period's end. So rehearsing the table that acted ends in today's state.

Discounts are those of the sales since the first period's first day. A sale whose card had the same percent keeps its
discount; any other's moves by the difference of the percents on the goods that take the card's percent.

It changes nothing, and moves of cards into other series are not followed by the tables of those.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo

import msgspec
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from database.activity import Act
from database.jobs import enqueue_job
from loyalty.cards.catalogue.repository import load_all_series, load_zone
from loyalty.cards.model import Series
from loyalty.cards.rules import TurnoverTable
from loyalty.cards.series_rules import check_turnover
from loyalty.cards.service import load_series_by_code
from loyalty.errors import SettingRefusedError
from loyalty.money import Scale, format_percent
from loyalty.numbering import mask
from loyalty.tiers.periods import Span, span_of
from loyalty.tiers.repository import rehearsal as repository
from loyalty.tiers.repository import runs as kept_runs
from loyalty.tiers.repository.rehearsal import Difference, StandingCount, StoreSum
from loyalty.tiers.runs import TierCount
from loyalty.tiers.thresholds import read_tiers

KIND = "rules.rehearse"
MOST_PERIODS = 400


class RehearsalWish(Struct, frozen=True):
    """What is rehearsed: a table on a series, over the periods that end between two days."""

    series: str
    table: TurnoverTable
    first: date
    last: date


class CardDifference(Struct, frozen=True):
    """A card that wins or loses: its number masked, the percent that acts now and the one by the rehearsal."""

    card_id: int
    masked: str
    percent: int
    rehearsed: int


class StoreMoney(Struct, frozen=True):
    """Sales of a store, the discount that they gave, and the one that they would have given, in minor units."""

    store: str
    receipts: int
    discount: int
    rehearsed: int


class Rehearsal(Struct, frozen=True):
    """What a table would have made: `tiers` count cards now (`before`) and by it (`after`)."""

    periods: tuple[str, ...]
    cards: int
    tiers: tuple[TierCount, ...]
    stores: tuple[StoreMoney, ...]
    winners: int
    losers: int
    first_winners: tuple[CardDifference, ...]
    first_losers: tuple[CardDifference, ...]


async def ask_for_rehearsal(connection: AsyncConnection, wish: RehearsalWish, *, act: Act) -> int:
    """Put a job into the queue that rehearses a table; gives its identifier.

    Raises SeriesUnknownError, SettingRefusedError.
    """
    series = await load_series_by_code(connection, wish.series)
    check_turnover(wish.table, series, await load_all_series(connection))
    if len(_spans(wish, today=wish.last)) > MOST_PERIODS:
        raise SettingRefusedError(f"at most {MOST_PERIODS} periods are rehearsed at once", field="from")
    if not _spans(wish, today=wish.last):
        raise SettingRefusedError("no period of the table ends between these days", field="until")
    return await enqueue_job(connection, KIND, msgspec.to_builtins(wish), act=act)


async def rehearse(connection: AsyncConnection, wish: RehearsalWish, *, now: datetime) -> Rehearsal:
    """Rehearse a table; nothing is changed. Raises SeriesUnknownError."""
    series, all_series = await load_series_by_code(connection, wish.series), await load_all_series(connection)
    zone = await load_zone(connection)
    spans = _spans(wish, today=now.astimezone(zone).date())
    moments = await _moments(connection, series, spans, zone=zone, now=now)
    stores = await _go_through(connection, wish, series, all_series, moments=moments, now=now)
    inherited = _inherited(all_series)
    winners, first_winners = await repository.list_differences(connection, inherited, is_more=True)
    losers, first_losers = await repository.list_differences(connection, inherited, is_more=False)
    standings = await repository.count_standings(connection)
    return Rehearsal(
        periods=tuple(span.name for span in spans),
        cards=sum(one.cards for one in standings if one.is_now),
        tiers=tuple(_count_tiers(standings, all_series)),
        stores=tuple(_by_store(stores)),
        winners=winners,
        losers=losers,
        first_winners=tuple(map(_masked, first_winners)),
        first_losers=tuple(map(_masked, first_losers)),
    )


def _spans(wish: RehearsalWish, *, today: date) -> list[Span]:
    """List the periods that end between the days, oldest first; a lifetime is looked at once, today."""
    if wish.table.period == "lifetime":
        return [span_of("lifetime", today)]
    spans: list[Span] = []
    span = span_of(wish.table.period, wish.first)
    while span.last <= wish.last and len(spans) <= MOST_PERIODS:
        spans.append(span)
        span = span_of(wish.table.period, span.last + timedelta(days=1))
    return spans


async def _moments(
    connection: AsyncConnection, series: Series, spans: Sequence[Span], *, zone: tzinfo, now: datetime
) -> list[tuple[datetime, Span]]:
    """Give the moment at which each period's table acts: that of its run, else its end; in order."""
    moments = []
    for span in spans:
        run = await kept_runs.find_run(connection, series.id, "turnover", span)
        end = datetime.combine(span.last + timedelta(days=1), time(), zone)
        moments.append((run.ran_at if run is not None else min(end, now), span))
    return sorted(moments, key=lambda moment: (moment[0], moment[1].last))


async def _go_through(
    connection: AsyncConnection,
    wish: RehearsalWish,
    series: Series,
    all_series: Mapping[int, Series],
    *,
    moments: Sequence[tuple[datetime, Span]],
    now: datetime,
) -> list[StoreSum]:
    """Take the cards through all periods, and sum the discounts of the sales between them."""
    tiers, inherited = read_tiers(wish.table, series, all_series), _inherited(all_series)
    first = min(span.first or span.last for _, span in moments)
    began = moments[0][0]
    await repository.begin(connection, series.id, at=began)
    earliest = datetime.min.replace(year=2, tzinfo=now.tzinfo)
    sums = await repository.sum_discounts(connection, inherited, first=first, after=earliest, until=began)
    ends = [moment for moment, _ in moments[1:]] + [now]
    for (moment, span), end in zip(moments, ends, strict=True):
        await repository.apply_span(connection, tiers, span, only_posted=False)
        await repository.apply_people(connection, after=moment, until=end)
        sums += await repository.sum_discounts(connection, inherited, first=first, after=moment, until=end)
    if wish.table.at_posting and wish.table.period != "lifetime":
        current = span_of(wish.table.period, now.date())
        await repository.apply_span(connection, tiers, current, only_posted=True)
    return sums


def _inherited(all_series: Mapping[int, Series]) -> dict[int, int]:
    return {one.id: one.settings.percent for one in all_series.values()}


def _count_tiers(standings: Iterable[StandingCount], all_series: Mapping[int, Series]) -> list[TierCount]:
    counts: dict[tuple[str, int], list[int]] = {}
    for one in standings:
        series = all_series[one.series_id]
        count = counts.setdefault((series.code, series.acting_percent(one.own_percent)), [0, 0])
        count[0 if one.is_now else 1] += one.cards
    return [TierCount(code, percent, *count) for (code, percent), count in sorted(counts.items())]


def _by_store(sums: Iterable[StoreSum]) -> list[StoreMoney]:
    found: dict[str, list[int]] = {}
    for one in sums:
        total = found.setdefault(one.store, [0, 0, 0])
        for place, amount in enumerate((one.receipts, one.discount, one.rehearsed)):
            total[place] += amount
    return [StoreMoney(store, *total) for store, total in sorted(found.items())]


def _masked(one: Difference) -> CardDifference:
    return CardDifference(one.card_id, mask(one.number), one.percent, one.rehearsed)


def rehearsal_rows(rehearsal: Rehearsal, money: Scale) -> list[tuple[str, ...]]:
    """Give a rehearsal as rows of text under a heading, as a CSV file holds them.

    The first column tells what a row is: a `tier` counts cards, a `store` has discounts, and a `winner` or `loser` is a
    card with its percents.
    """
    rows: list[tuple[str, ...]] = [("what", "name", "percent", "now", "rehearsed")]
    rows += [
        ("tier", one.series, format_percent(one.percent), str(one.before), str(one.after)) for one in rehearsal.tiers
    ]
    rows += [
        ("store", one.store, "", money.format(one.discount), money.format(one.rehearsed)) for one in rehearsal.stores
    ]
    for what, cards in (("winner", rehearsal.first_winners), ("loser", rehearsal.first_losers)):
        rows += [(what, one.masked, "", format_percent(one.percent), format_percent(one.rehearsed)) for one in cards]
    return rows
