"""Reports on pages: the index of all of them, and one page for each of the one shape, with its picture and its table.

The address carries all that was asked, so it can be kept, sent and asked again. Every page has its table as a file.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from urllib.parse import parse_qsl, urlencode

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import NotAllowedError
from api.auth.rights import allows
from api.pages import report_words
from api.pages.downloads import answer_table
from api.pages.edge import act_of, service_of, today_of
from api.pages.forms import REFUSED
from api.pages.party_list import context_of
from api.pages.party_list_filters import Chip, Reader
from api.pages.renderer import Call, database_of, formats_of, has, language_of, page, say_of, user_id_of
from api.pages.report_plots import (
    OTHER,
    Lying,
    Matrix,
    Stacks,
    draw_lying,
    draw_matrix,
    draw_over_time,
    names_every,
)
from api.pages.report_table import Shown, Writer, write_cells
from api.pages.words import mark
from crm.attributes.model import Attribute
from crm.attributes.reports import list_usable
from crm.reports.asking import MOST_QUERY, find_report, print_asked, read_asked
from crm.reports.errors import ReportRefusedError, ReportUnknownError
from crm.reports.letters import Letter, list_letters
from crm.reports.model import REPORTS, Answer, Asked, Key, Report
from crm.reports.service import run_report
from crm.views.address import parse_filter
from crm.views.listing import Words, load_words
from crm.views.repository.surroundings import SegmentWord
from database.activity import record_activity
from loyalty.receipts.listing import StoreRow, list_stores

PATH = "/reports"
PROBLEMS: Mapping[str, str] = {
    "period": mark("There is no such period. Nothing was counted."),
    "days": mark("Say how many days, from 1 to 3660. Nothing was counted."),
    "since": mark("This is no day. Nothing was counted."),
    "until": mark("The period ends before it begins, or is longer than ten years. Nothing was counted."),
    "by": mark("It cannot be grouped so, or there are too many groups. Nothing was counted."),
    "where": mark("A condition means nothing, or asks for a word that is gone. Nothing was counted."),
}
_OTHERWISE = mark("This cannot be counted. Nothing was counted.")


class Removable(Struct, frozen=True):
    """Something that narrows a report, in words or as a filter, and the address of the report without it."""

    text: str
    chip: Chip | None
    without: str


class Loaded(Struct, frozen=True):
    """What a page of a report needs: the answer or what is wrong, and what may be chosen."""

    asked: Asked
    answer: Answer | None
    problem: str | None
    words: Words
    stores: list[StoreRow]
    attributes: Mapping[str, Attribute]


class Drawn(Struct, frozen=True):
    """The picture of an answer, of which one kind is there, and what its groups, columns and rows are called."""

    lying: Sequence[Lying] = ()
    stacks: Stacks | None = None
    matrix: Matrix | None = None
    groups: Sequence[str] = ()
    names: Sequence[str] = ()
    sides: Sequence[str] = ()


@get(PATH, opt=dict(allows("reports.read")))
async def show_reports(request: Call) -> Response[str]:
    """Show all reports that the reader may see, and those that are sent to the reader."""
    letters: list[Letter] = await database_of(request).run(list_letters, user_id_of(request))
    return page(
        request,
        "reports.html",
        sections={title: _readable(request, found) for title, found in report_words.SECTIONS.items()},
        titles=report_words.TITLES,
        short=report_words.SHORT,
        letters=letters,
    )


@get(f"{PATH}/{{report_id:str}}", opt=dict(allows("reports.read")))
async def show_report(request: Call, report_id: FromPath[str]) -> Response[str]:
    """Show a report as its address asks."""
    report = report_of(request, report_id)
    loaded = await service_of(request).reading.run(load_report, request, report)
    writer = writer_of(request, loaded.asked, loaded.attributes)
    shown = None if loaded.answer is None else writer.write(loaded.answer)
    return page(
        request,
        "report.html",
        status=200 if loaded.answer is not None else REFUSED,
        report=report,
        asked=loaded.asked,
        answer=loaded.answer,
        problem=loaded.problem,
        shown=shown,
        drawn=None if loaded.answer is None or shown is None else _draw(loaded.answer, shown, writer),
        write=None if loaded.answer is None else _writing(writer, loaded.answer),
        rough=None if loaded.answer is None else _writing(writer, loaded.answer, is_rough=True),
        w=report_words,
        stores=loaded.stores,
        series=loaded.words.series,
        segments=_segments(loaded) if has(request, "segments.read") else [],
        attributes=loaded.attributes,
        narrowed=_narrowed(request, loaded),
        kept=[(name, value) for name, value in print_asked(loaded.asked) if name in {"store", "series", "where"}],
        link=address(loaded.asked),
        csv=address(loaded.asked, "/export/csv"),
        xlsx=address(loaded.asked, "/export/xlsx"),
        hours=range(24),
    )


@get(f"{PATH}/{{report_id:str}}/export/{{ending:str}}", opt=dict(allows("reports.read")))
async def export_report(request: Call, report_id: FromPath[str], ending: FromPath[str]) -> Response[bytes]:
    """Give a report as a file; who took it along stands in the journal."""
    report = report_of(request, report_id)
    loaded = await service_of(request).reading.run(load_report, request, report)
    if loaded.answer is None:
        raise NotFoundException("nothing was counted")
    header, rows = write_cells(writer_of(request, loaded.asked, loaded.attributes), loaded.answer)
    answer = answer_table(report.id, ending, header, rows)
    await database_of(request).run(_record_export, request, report, rows=len(rows))
    return answer


def report_of(call: Call, report_id: str) -> Report:
    """Find a report that the reader may see. Raises NotFoundException, NotAllowedError."""
    try:
        report = find_report(report_id)
    except ReportUnknownError as error:
        raise NotFoundException(error.detail) from error
    if not has(call, report.needs):
        raise NotAllowedError("your role does not see this report")
    return report


async def load_report(connection: AsyncConnection, call: Call, report: Report) -> Loaded:
    """Count what an address asks, or say what is wrong with it."""
    words = await load_words(connection)
    asked, answer, problem = read_asked(report, [], today=today_of(call)), None, None
    try:
        asked = read_asked(report, _fields(call), today=today_of(call))
        answer = await run_report(connection, asked, context_of(call, words), language=language_of(call))
    except ReportRefusedError as error:
        problem = PROBLEMS.get(error.field or "", _OTHERWISE)
    return Loaded(asked, answer, problem, words, await list_stores(connection), await list_usable(connection))


def writer_of(call: Call, asked: Asked, attributes: Mapping[str, Attribute]) -> Writer:
    """Give how the reader reads a report."""
    attribute = attributes.get(asked.by)
    group = "" if attribute is None else attribute.name(language_of(call))
    return Writer(formats_of(call), say_of(call), group)


def address(asked: Asked, path: str = "") -> str:
    """Give the address of a report, or of something below it, that asks the same."""
    return f"{PATH}/{asked.report.id}{path}?{urlencode(print_asked(asked))}"


def _fields(call: Call) -> list[tuple[str, str]]:
    query = call.scope["query_string"].decode("latin-1")
    if len(query) > MOST_QUERY:
        raise ReportRefusedError("the address is too long", field="where")
    return parse_qsl(query)


def _readable(call: Call, found: Sequence[str | report_words.Elsewhere]) -> list[tuple[str, str, str]]:
    """Give title, text and path of the reports of a section that the reader may see."""
    rows = []
    for one in found:
        if isinstance(one, report_words.Elsewhere):
            rows += [(one.title, one.text, one.path)] * has(call, one.right)
        elif has(call, REPORTS[one].needs):
            rows.append((report_words.TITLES[one], report_words.SHORT[one], f"{PATH}/{one}"))
    return rows


def _segments(loaded: Loaded) -> list[SegmentWord]:
    return [one for one in loaded.words.named.segments if one.archived_at is None]


def _narrowed(call: Call, loaded: Loaded) -> list[Removable]:
    """Name what narrows a report, each with the way back."""
    asked, found = loaded.asked, []
    fields = print_asked(asked)
    names = {("series", one.code): one.name for one in loaded.words.series}
    names |= {("store", one.code): one.name for one in loaded.stores}
    words = Reader(loaded.words, language_of(call), formats_of(call))
    for place, (name, value) in enumerate(fields):
        if name not in {"store", "series", "where"}:
            continue
        without = f"{PATH}/{asked.report.id}?{urlencode(fields[:place] + fields[place + 1 :])}"
        chip = words.chip(parse_filter(value), {}) if name == "where" else None
        found.append(Removable(names.get((name, value), value), chip, without))
    return found


def _draw(answer: Answer, shown: Shown, writer: Writer) -> Drawn | None:
    """Draw what was counted, where there is more than one figure."""
    if not answer.rows or not answer.dimensions:
        return None
    if answer.asked.report.plot == "matrix":
        matrix = draw_matrix(answer)
        columns = [writer.head(answer, 1, key) for key in matrix.columns]
        return Drawn(matrix=matrix, names=columns, sides=[writer.head(answer, 0, key) for key in matrix.rows])
    group = len(answer.dimensions) - 1
    if answer.asked.step is None:
        heads = dict(zip((row.keys[-1] for row in answer.rows), (row.heads for row in shown.rows), strict=True))
        lying = draw_lying(answer)
        return Drawn(lying=lying, names=[_name(writer, heads, one.key) for one in lying])
    steps = answer.asked.period.steps(answer.asked.step)
    groups, stacks = draw_over_time(answer, steps)
    every = names_every(len(steps))
    names = [_step_name(writer, answer, step) if not place % every else "" for place, step in enumerate(steps)]
    known = {row.keys[-1]: (writer.head(answer, group, row.keys[-1]),) for row in answer.rows}
    said = [_name(writer, known, one) for one in groups] if answer.asked.by else []
    return Drawn(stacks=stacks, groups=said, names=names)


def _name(writer: Writer, heads: Mapping[Key, tuple[str, ...]], key: object) -> str:
    return writer.say(mark("Others")) if key is OTHER else " · ".join(heads[key])  # type: ignore[index] # a key


def _step_name(writer: Writer, answer: Answer, step: date) -> str:
    month = writer.f.month(step)
    return month if answer.asked.step == "month" else f"{step.day} {month}"


def _writing(writer: Writer, answer: Answer, *, is_rough: bool = False) -> Callable[[int | None], str]:
    """Give what writes a number of the column that is drawn, roughly for the lines of a grid."""
    column, f = answer.columns[answer.plotted], writer.f
    if is_rough and column.kind == "money":
        return lambda value: f.rough(value or 0)
    return lambda value: writer.number(column, value)


async def _record_export(connection: AsyncConnection, call: Call, report: Report, *, rows: int) -> None:
    data = {"rows": rows}
    await record_activity(connection, act=act_of(call), what="report.exported", record=f"report:{report.id}", data=data)
