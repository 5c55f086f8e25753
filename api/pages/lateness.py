"""The report of lateness: of what was promised for a period, what came in time, and what is late by how much."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from litestar import Response, get
from litestar.exceptions import ClientException
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Principal
from api.auth.rights import allows
from api.feed_sources import OWN_FAMILIES, families_of, readable_sources
from api.pages.audit_words import PATHS
from api.pages.dispatcher_filters import PATH
from api.pages.downloads import Cell, answer_table, headings
from api.pages.edge import today_of
from api.pages.plots import draw_columns
from api.pages.queries import choice, link, text
from api.pages.renderer import Call, database_of, formats_of, has, modules_off_of, page, principal_of, say_of, zone_of
from api.pages.words import Word, mark
from api.state import read_clock
from crm.dispatcher.lateness import tally_all, tally_kinds, tally_times
from crm.dispatcher.model import Known
from crm.dispatcher.repository.lateness import KINDS, LateDay, Period, count_late, list_late
from crm.dispatcher.telling import list_sources

REPORT = f"{PATH}/lateness"
DAYS = 30
MOST_DAYS = 3_660
MOST_SHOWN = 100
MOST_EXPORTED = 10_000
MOST_NAMED = 8
NAMES: Mapping[str, Word] = {
    "task": Word(mark("Tasks"), "ok"),
    "event": Word(mark("Events"), "calendar"),
    "business_document": Word(mark("Deliveries"), "truck"),
    "feed_entry": Word(mark("Works of other programs"), "register"),
}
_TOLD = "feed_entry"


class _Late(Struct, frozen=True):
    days: list[LateDay]
    worst: list[Known]


@get(REPORT, opt=dict(allows("dispatcher.read")))
async def show_lateness(request: Call) -> Response[str] | Response[bytes]:
    """Show planned against actual of a period; today and what is due until tonight are included."""
    today, now = today_of(request), read_clock()
    since = choice(request, "since", date.fromisoformat) or today - timedelta(days=DAYS)
    until = choice(request, "until", date.fromisoformat) or today
    period = _period(request, since, until)
    ending, kind = text(request, "as"), text(request, "kind")
    late = await database_of(request).run(
        _load,
        period,
        principal_of(request),
        kind=kind,
        now=now,
        modules_off=modules_off_of(request),
        most=MOST_EXPORTED if ending else MOST_SHOWN,
    )
    if ending:
        return answer_table("lateness", ending, [*map(say_of(request), _HEADER)], _cells(late.worst, now))
    times = tally_times(late.days, since, until)
    chosen = {"since": since.isoformat(), "until": until.isoformat(), "kind": kind if kind in KINDS else ""}
    return page(
        request,
        "lateness.html",
        chosen=chosen,
        names=NAMES,
        total=tally_all(late.days),
        kinds=tally_kinds(late.days),
        times=times,
        columns=draw_columns([one.late for one in times.values()]),
        named=_named(request, list(times)),
        worst=late.worst,
        spans={one.record: _span(request, one, now) for one in late.worst},
        links={one.record: _link(request, one.record) for one in late.worst},
        csv=link(REPORT, chosen | {"as": "csv"}),
        xlsx=link(REPORT, chosen | {"as": "xlsx"}),
    )


_HEADER = headings("record", "name", "planned", "came", "late seconds")


async def _load(
    connection: AsyncConnection,
    period: Period,
    user: Principal,
    *,
    kind: str,
    now: datetime,
    modules_off: frozenset[str],
    most: int,
) -> _Late:
    readable = families_of(readable_sources(user, await list_sources(connection), modules_off))
    kinds = {one for one in KINDS if one in readable or (one == _TOLD and readable - OWN_FAMILIES)}
    asked = kinds & {kind} if kind else kinds
    days = await count_late(connection, period, asked, now=now)
    return _Late(days, await list_late(connection, period, asked, now=now, most=most))


def _period(call: Call, since: date, until: date) -> Period:
    zone = zone_of(call)
    if not 0 <= (until - since).days <= MOST_DAYS or date.max - until < timedelta(days=1):
        raise ClientException("the period ends before it begins, or is longer than ten years")
    first, behind = (datetime.combine(day, time(), zone) for day in (since, until + timedelta(days=1)))
    return Period(first, behind, zone.key)


def _named(call: Call, days: list[date]) -> dict[date, str]:
    """Name the columns of a chart, as many as there is room for."""
    formats, step = formats_of(call), max(1, len(days) // MOST_NAMED)
    return {day: f"{day.day} {formats.month(day)}" for day in days[::step]}


def _span(call: Call, known: Known, now: datetime) -> str:
    late = known.late_by(now)
    return "" if late is None else formats_of(call).span(late.total_seconds())


def _link(call: Call, record: str) -> str | None:
    kind, _, key = record.partition(":")
    path, right = PATHS.get(kind, ("", "home"))
    return path + key if path and has(call, right) else None


def _cells(rows: list[Known], now: datetime) -> Iterator[list[Cell]]:
    for row in rows:
        late = row.late_by(now)
        assert late is not None, "they were asked for as late"
        assert row.planned_at is not None, "as above"
        came = None if row.actual_at is None else row.actual_at.isoformat()
        yield [row.record, row.name, row.planned_at.isoformat(), came, int(late.total_seconds())]
