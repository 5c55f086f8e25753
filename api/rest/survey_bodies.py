"""What is sent and answered about surveys. An answer is a whole number, or text to a question of the kind text."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct, structs

from api.rest.bodies import Identifier
from crm.surveys.model import MOST_QUESTIONS, Answer, Question, QuestionDraft, QuestionKind, Said, Survey
from crm.surveys.reporting import Calls, Figures, Report
from pos_adapter.protocol import LongText, Text, Wire

Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Executors = Annotated[tuple[Identifier, ...], Meta(max_length=100)]
QuestionText = Annotated[str, Meta(min_length=1, max_length=300)]


class QuestionBody(Wire, frozen=True):
    """A question; `most` is 5 or 10 for a score, `choices` are those of a choice."""

    text: QuestionText
    kind: QuestionKind
    most: int | None = None
    choices: Annotated[tuple[Text, ...], Meta(max_length=20)] = ()


Questions = Annotated[tuple[QuestionBody, ...], Meta(max_length=MOST_QUESTIONS)]


class NewSurvey(Wire, frozen=True, kw_only=True):
    """A new survey: of a template's questions in a language, unless questions are given. The topic is its calls'."""

    name: Text
    topic: Text | None = None
    template: Text = "quality"
    language: Text = "en"
    questions: Questions | None = None
    manager_id: Identifier | None = None


class SurveyChange(Wire, frozen=True, kw_only=True):
    """A survey as it is to be; questions stay once somebody answered."""

    topic: Text
    questions: Questions
    version: Version


class ListBody(Wire, frozen=True, kw_only=True):
    """A calling list of whom `query` finds, the fields of an address of the list of parties: `where=city~is~Sofia`.

    `sample` is how many are drawn at random, all without it; the same `seed` draws the same again.
    """

    query: Annotated[str, Meta(max_length=4_000)] = ""
    sample: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**62)] | None = None
    executors: Executors = ()


class ExecutorsBody(Wire, frozen=True):
    """Who makes the calls that are still to be made; nobody lets whoever asks first make them."""

    executors: Executors


class NextBody(Wire, frozen=True):
    """Who asks for a call: who is signed in, unless a program asks for somebody."""

    user_id: Identifier | None = None


class CallEnd(Wire, frozen=True, kw_only=True):
    """How a call went; answers by the identifiers of their questions."""

    outcome: Said
    answers: Mapping[str, Answer] = {}
    note: LongText | None = None
    again_on: date | None = None
    no_calls: bool = False


class QuestionAnswer(Struct, frozen=True):
    """A question in its place."""

    question_id: int
    text: str
    kind: QuestionKind
    most: int | None
    choices: tuple[str, ...]


class SurveyAnswer(Struct, frozen=True):
    """A survey, which is a project of the same identifier."""

    survey_id: int
    name: str
    topic: str
    version: int
    is_closed: bool
    is_begun: bool
    questions: list[QuestionAnswer]


class SurveyItem(Struct, frozen=True):
    """A survey in a list."""

    survey_id: int
    name: str
    topic: str
    created_at: datetime
    is_closed: bool
    calls: int
    answered: int


class SurveysAnswer(Struct, frozen=True):
    """Surveys, the newest first."""

    surveys: list[SurveyItem]


class ListAnswer(Struct, frozen=True):
    """What a calling list added, and of how many that it found there is none: called already, refusing, no phone."""

    list_id: int
    seed: int
    added: int
    known: int
    refused: int
    no_phone: int


class OpenAnswer(Struct, frozen=True):
    """How many calls each executor has still to make; `unassigned` are whoever's asks first."""

    executors: dict[str, int]
    unassigned: int


class CallAnswer(Struct, frozen=True):
    """A call of a survey: whom, by whom, what was answered so far, and how often nobody was reached."""

    event_id: int
    party_id: int
    responsible_id: int | None
    topic: str
    tries: int
    is_over: bool
    answers: dict[str, Answer]


class NextAnswer(Struct, frozen=True):
    """The next call, null where there is none left for now."""

    call: CallAnswer | None


class CallsAnswer(Struct, frozen=True):
    """How the calls stand; the response rate is who answered of all, in percent."""

    all: int
    answered: int
    refused: int
    not_reached: int
    other: int
    open: int
    response_rate: str | None


class FiguresAnswer(Struct, frozen=True):
    """The answers to a question: how many, how often each score from the least on, the average, the NPS."""

    question_id: int
    answers: int
    counts: tuple[int, ...]
    average: str | None
    nps: str | None


class GroupAnswer(Struct, frozen=True):
    """The figures of one caller, or of the customers of one value."""

    name: str | None
    calls: CallsAnswer
    figures: list[FiguresAnswer]


class ReportAnswer(Struct, frozen=True):
    """The report of a survey."""

    survey: SurveyAnswer
    calls: CallsAnswer
    figures: list[FiguresAnswer]
    texts: dict[str, list[str]]
    groups: list[GroupAnswer]


def read_questions(bodies: Questions) -> list[QuestionDraft]:
    """Read questions."""
    return [QuestionDraft(**structs.asdict(one)) for one in bodies]


def render_survey(survey: Survey) -> SurveyAnswer:
    """Give a survey as it is answered."""
    shared = {name: getattr(survey, name) for name in ("name", "topic", "version", "is_closed", "is_begun")}
    return SurveyAnswer(survey.id, **shared, questions=[_render_question(one) for one in survey.questions])


def render_report(report: Report) -> ReportAnswer:
    """Give a report as it is answered."""
    return ReportAnswer(
        render_survey(report.survey),
        _render_calls(report.calls),
        _render_figures(report.figures),
        {str(one): [said.text for said in texts] for one, texts in report.texts.items()},
        [GroupAnswer(one.name, _render_calls(one.calls), _render_figures(one.figures)) for one in report.groups],
    )


def _render_question(one: Question) -> QuestionAnswer:
    return QuestionAnswer(one.id, one.text, one.kind, one.most, one.choices)


def _render_calls(calls: Calls) -> CallsAnswer:
    rate = calls.response_rate
    return CallsAnswer(**structs.asdict(calls), all=calls.all, response_rate=None if rate is None else str(rate))


def _render_figures(figures: Mapping[int, Figures]) -> list[FiguresAnswer]:
    return [
        FiguresAnswer(
            question_id,
            one.answers,
            one.counts,
            average=None if one.average is None else str(one.average),
            nps=None if one.nps is None else str(one.nps),
        )
        for question_id, one in figures.items()
    ]
