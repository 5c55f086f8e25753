"""The report of a survey: a plot of each question with its table, apart by caller or attribute, and to take along."""

from collections.abc import Iterator, Mapping

from litestar import Response, get
from litestar.exceptions import ClientException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table
from api.pages.edge import act_of
from api.pages.plots import Columns, draw_columns
from api.pages.queries import link, text
from api.pages.renderer import Call, database_of, language_of, page, say_of
from api.pages.survey_words import KINDS, STATES
from api.pages.surveys import PATH
from api.pages.words import mark
from crm.attributes.errors import FilterRefusedError
from crm.attributes.model import Attribute
from crm.surveys.model import Question
from crm.surveys.reporting import CALLER, Calls, Figures, Report, list_groupings, load_report, percent_of
from crm.surveys.repository.answers import Said
from crm.surveys.service import record

HEADER = ("Group", "Question", "Kind", "Answer", "Count", "Percent", "Average", "NPS")


class Shown(Struct, frozen=True):
    """A report and by what it may be apart."""

    report: Report
    attributes: Mapping[str, Attribute]


class Plotted(Struct, frozen=True):
    """A question with its figures; `columns` are the plot of them, but of texts and of long-named choices."""

    question: Question
    figures: Figures
    names: list[str]
    columns: Columns | None
    texts: list[Said]
    groups: list[tuple[str | None, Calls, Figures]]


@get("/surveys/{survey_id:int}/report", opt=dict(allows("surveys.read")))
async def show_report(request: Call, survey_id: FromPath[int]) -> Response[str]:
    """Show what a survey came to."""
    by = text(request, "by")
    shown = await database_of(request).run(_load, survey_id, by=by or None, language=language_of(request))
    report, path = shown.report, f"{PATH}/{survey_id}/report"
    return page(
        request,
        "survey_report.html",
        report=report,
        survey=report.survey,
        plotted=[_plot(request, report, one) for one in report.survey.questions],
        attributes=shown.attributes,
        by=by,
        caller=CALLER,
        states=STATES,
        exports={one: link(f"{path}/{one}", {"by": by}) for one in ("csv", "xlsx")},
    )


@get("/surveys/{survey_id:int}/report/{ending:str}", opt=dict(allows("surveys.read")))
async def export_report(request: Call, survey_id: FromPath[int], ending: FromPath[str]) -> Response[bytes]:
    """Give the report as a file, a row for each answer of each question; who took it along stands in the journal."""
    by = text(request, "by")
    shown = await database_of(request).run(_load, survey_id, by=by or None, language=language_of(request))
    answer = answer_table("survey", ending, [_say(request, one) for one in HEADER], _cells(request, shown.report))
    await database_of(request).run(record, survey_id, "exported", {"by": by or None}, act=act_of(request))
    return answer


async def _load(connection: AsyncConnection, survey_id: int, *, by: str | None, language: str) -> Shown:
    """Load a report. Raises ClientException where it cannot be apart so."""
    try:
        report = await load_report(connection, survey_id, by=by, language=language)
    except FilterRefusedError as error:
        raise ClientException(f"{error.field} {error.detail}") from error
    return Shown(report, await list_groupings(connection))


def _plot(call: Call, report: Report, question: Question) -> Plotted:
    figures = report.figures[question.id]
    has_plot = figures.answers > 0 and question.kind not in {"text", "choice"}
    return Plotted(
        question,
        figures,
        _names(call, question),
        draw_columns(figures.counts) if has_plot else None,
        report.texts.get(question.id, []),
        [(one.name, one.calls, one.figures[question.id]) for one in report.groups],
    )


def _names(call: Call, question: Question) -> list[str]:
    """Name the answers that there are, from the least on."""
    if question.kind == "yes_no":
        return [_say(call, mark("No")), _say(call, mark("Yes"))]
    return list(question.choices) if question.kind == "choice" else [str(score) for score in question.scores]


def _say(call: Call, what: str) -> str:
    return say_of(call)(what)


def _cells(call: Call, report: Report) -> Iterator[list[Cell]]:
    """Give the rows of the whole survey, then those of each group."""
    parts = [("", report.figures), *((one.name or "–", one.figures) for one in report.groups)]
    for group, figures in parts:
        for question in report.survey.questions:
            found, kind = figures[question.id], _say(call, KINDS[question.kind])
            names = _names(call, question) or [""]
            for name, count in zip(names, found.counts or (found.answers,), strict=True):
                share = percent_of(count, found.answers)
                yield [group, question.text, kind, name, count, share, found.average, found.nps]
