"""Reports: what is kept, counted by what a reader asks."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from litestar import Router, get
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import NotAllowedError
from api.auth.rights import allows, may
from api.rest.bodies import Identifier
from api.rest.calls import Call, context_of, service_of
from api.rest.problems import PROBLEMS
from crm.attributes.model import format_number
from crm.attributes.reports import MOST_CUTS, Group, read_cuts, report_bands
from crm.reports.asking import MOST_NAMED, find_report, read_asked
from crm.reports.model import REPORTS, Answer, Column, Key, Kind, Report
from crm.reports.service import run_report
from crm.segments import service as segments
from crm.views.listing import load_words
from crm.views.model import MOST_FILTERS
from loyalty.cards.listing import Band
from loyalty.money import DecimalError, Scale, format_percent
from pos_adapter.problems import BodyError

DEFAULT_CUTS = ("500", "1000", "5000", "10000")
MOST_SENTENCE = 500

Sentence = Annotated[str | None, QueryParameter(max_length=MOST_SENTENCE)]


class BandAnswer(Struct, frozen=True):
    """The cards whose turnover is at least `lower` and under `upper`, null where there is no bound, and its sum."""

    lower: str | None
    upper: str | None
    cards: int
    turnover: str


class GroupAnswer(Struct, frozen=True):
    """The bands of the cards with one value of the attribute, by its name; null where there is none."""

    name: str | None
    bands: list[BandAnswer]


class BandsAnswer(Struct, frozen=True):
    """Groups in the order of their values, those without one last; one group where nothing is grouped by."""

    groups: list[GroupAnswer]


class ReportName(Struct, frozen=True):
    """A report: its name, its columns, and what it may be grouped by, the usual one first; attributes are more."""

    id: str
    columns: list[str]
    groups: list[str]


class ReportNames(Struct, frozen=True):
    """The reports that whoever asks may read."""

    reports: list[ReportName]


class ReportColumn(Struct, frozen=True):
    """A column of numbers: whole ones, money and percents as decimals, durations in seconds."""

    code: str
    kind: Kind


class ReportRow(Struct, frozen=True):
    """A row: what it is called by each dimension, null for what has no value, and a number for each column."""

    keys: list[str | None]
    names: list[str | None]
    values: list[str | None]


class ReportAnswer(Struct, frozen=True):
    """A report of a period, both days included, with the sum of all rows."""

    report: str
    since: date
    until: date
    dimensions: list[str]
    columns: list[ReportColumn]
    rows: list[ReportRow]
    totals: list[str | None]


@get("/v1/reports", opt=dict(allows("reports.read")), responses=PROBLEMS)
async def list_reports(request: Call) -> ReportNames:
    """List the reports, with what they count and may be grouped by."""
    found = [
        ReportName(one.id, [column.code for column in one.columns], [group or "none" for group in one.groups])
        for one in REPORTS.values()
        if _may_read(request, one)
    ]
    return ReportNames(found)


@get("/v1/reports/{report_id:str}", opt=dict(allows("reports.read")), responses=PROBLEMS)
async def get_report(
    request: Call,
    report_id: FromPath[str],
    *,
    period: Sentence = None,
    days: Sentence = None,
    since: Sentence = None,
    until: Sentence = None,
    by: Sentence = None,
    step: Sentence = None,
    compare: Sentence = None,
    store: Annotated[FromQuery[list[str] | None], QueryParameter(max_items=MOST_NAMED)] = None,
    series: Annotated[FromQuery[list[str] | None], QueryParameter(max_items=MOST_NAMED)] = None,
    where: Annotated[FromQuery[list[str] | None], QueryParameter(max_items=MOST_FILTERS)] = None,
) -> ReportAnswer:
    """Count a report; all that is asked stands in the address as on the report's page, where its link can be copied.

    `period` is today, yesterday, week, month, quarter or year, each with last_ before it too, `days` with so many
    `days`, or own with `since` and `until`. `by` groups, `step` is day, week or month, `compare=yes` adds the period
    before, `where` is a filter as lists of parties have them, such as `city~is~Sofia`, or `card.colour~is~red`.
    """
    report = find_report(report_id)
    if not _may_read(request, report):
        raise NotAllowedError("your role does not see this report")
    words = {"period": period, "days": days, "since": since, "until": until, "by": by, "step": step, "compare": compare}
    fields = [(name, value) for name, value in words.items() if value is not None]
    for name, values in (("store", store), ("series", series), ("where", where)):
        fields += [(name, value) for value in values or ()]
    answer = await service_of(request).reading.run(_run_report, request, report, fields)
    return _render_answer(answer, service_of(request).money)


async def _run_report(
    connection: AsyncConnection, call: Call, report: Report, fields: Sequence[tuple[str, str]]
) -> Answer:
    context = context_of(call, await load_words(connection))
    return await run_report(connection, read_asked(report, fields, today=context.today), context)


def _may_read(call: Call, report: Report) -> bool:
    return may(call.user.role, report.needs, service_of(call).settings.modules_off)


def _render_answer(answer: Answer, money: Scale) -> ReportAnswer:
    def values_of(values: Sequence[int | None]) -> list[str | None]:
        return [_render_value(one, value, money) for one, value in zip(answer.columns, values, strict=True)]

    return ReportAnswer(
        report=answer.asked.report.id,
        since=answer.asked.period.first,
        until=answer.asked.period.last,
        dimensions=list(answer.dimensions),
        columns=[ReportColumn(one.code, one.kind) for one in answer.columns],
        rows=[
            ReportRow(
                [_render_key(key) for key in row.keys],
                [answer.name(place, key) for place, key in enumerate(row.keys)],
                values_of(row.values),
            )
            for row in answer.rows
        ],
        totals=values_of(answer.totals),
    )


def _render_value(column: Column, value: int | None, money: Scale) -> str | None:
    if value is None:
        return None
    if column.kind == "money":
        return money.format(value)
    return format_percent(value) if column.kind == "share" else str(value)


def _render_key(key: Key) -> str | None:
    if key is None or isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "yes" if key else "no"
    if isinstance(key, date):
        return key.isoformat()
    return str(key) if isinstance(key, int) else format_number(key)


@get("/v1/reports/turnover-bands", opt=dict(allows("reports.read")), responses=PROBLEMS)
async def get_turnover_bands(
    request: Call,
    cuts: Annotated[FromQuery[list[str] | None], QueryParameter(max_items=MOST_CUTS)] = None,
    where: Sentence = None,
    by: Sentence = None,
    segment: Annotated[Identifier | None, QueryParameter()] = None,
) -> BandsAnswer:
    """Count cards by turnover in bands between rising amounts, all or those of a segment's parties.

    `where` is a filter by an attribute of the card or of who holds it, such as `party.vip is yes`; `by` an attribute to
    count apart by, such as `party.region`.
    """
    service = service_of(request)
    try:
        bounds = read_cuts(cuts or DEFAULT_CUTS, service.money)
    except DecimalError as error:
        raise BodyError("cuts", str(error)) from error
    if segment is None:
        groups = await service.reading.run(report_bands, bounds, where=where, by=by)
    else:
        groups = await service.reading.run(_report_segment, request, bounds, segment_id=segment, where=where, by=by)
    return BandsAnswer([_render_group(one, service.money) for one in groups])


async def _report_segment(
    connection: AsyncConnection, call: Call, cuts: Sequence[int], *, segment_id: int, where: str | None, by: str | None
) -> list[Group]:
    context = context_of(call, await load_words(connection))
    return await segments.report_bands(connection, cuts, context, segment_id=segment_id, where=where, by=by)


def _render_group(group: Group, money: Scale) -> GroupAnswer:
    return GroupAnswer(group.name, [_render_band(one, money) for one in group.bands])


def _render_band(band: Band, money: Scale) -> BandAnswer:
    lower, upper = (None if bound is None else money.format(bound) for bound in (band.lower, band.upper))
    return BandAnswer(lower, upper, band.cards, money.format(band.turnover))


router = Router("/", route_handlers=[list_reports, get_report, get_turnover_bands], tags=["Reports"])
