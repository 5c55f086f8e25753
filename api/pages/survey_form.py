"""The form of a survey: the topic of its calls, and its questions as rows in the order of their places.

A row that says nothing asks nothing. Choices are written in one field, with semicolons between them.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.queries import whole_number
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.survey_words import KINDS, LABELS
from api.pages.surveys import PATH
from api.pages.words import mark
from crm.surveys import service as surveys
from crm.surveys.model import MOST_QUESTIONS, QuestionDraft, QuestionKind, Survey
from loyalty.errors import LoyaltyError

SPARE_ROWS = 2
SCORE_OF_TEN = "score_10"
_KINDS: Mapping[str, tuple[QuestionKind, int | None]] = {
    "score": ("score", 5),
    SCORE_OF_TEN: ("score", 10),
    **{kind: (kind, None) for kind in KINDS if kind != "score"},
}
CHOSEN: Mapping[str, str] = {
    "score": mark("Score, 1 to 5"),
    SCORE_OF_TEN: mark("Score, 1 to 10"),
    **{kind: name for kind, name in KINDS.items() if kind != "score"},
}


class Row(Struct, frozen=True):
    """A question as it was typed; empty in a row that asks nothing."""

    place: str = ""
    text: str = ""
    kind: str = "score"
    choices: str = ""


@get("/surveys/{survey_id:int}/questions", opt=dict(allows("surveys.edit")))
async def show_questions(request: Call, survey_id: FromPath[int]) -> Response[str]:
    """Show the form of the topic and the questions."""
    survey = await database_of(request).run(surveys.load_survey, survey_id)
    return _show(request, survey, Form(_fill(survey)))


@post("/surveys/{survey_id:int}/questions", opt=dict(allows("surveys.edit")))
async def save_questions(request: Call, survey_id: FromPath[int]) -> Response[str]:
    """Save topic and questions, or show the form again with what is wrong."""
    form = await read_form(request)
    survey = await database_of(request).run(surveys.load_survey, survey_id)
    topic, seen = form.need("topic", forms.short_text, ""), form.need("version", forms.count, 0)
    drafts = [one.draft for one in survey.questions] if survey.is_begun else _read(form)
    if not form.problems:
        try:
            await database_of(request).run(
                surveys.change_survey, survey_id, topic=topic, questions=drafts, seen=seen, act=act_of(request)
            )
        except LoyaltyError as error:
            _refuse(form, error)
    return _show(request, survey, form) if form.problems else redirect(f"{PATH}/{survey_id}")


def _fill(survey: Survey) -> dict[str, str | list[str]]:
    kinds = {chosen: code for code, chosen in _KINDS.items()}
    return {
        "topic": survey.topic,
        "version": str(survey.version),
        "question_place": [str(place) for place, _ in enumerate(survey.questions, 1)],
        "question_text": [one.text for one in survey.questions],
        "question_kind": [kinds[one.kind, one.most] for one in survey.questions],
        "question_choices": ["; ".join(one.choices) for one in survey.questions],
    }


def _rows(form: Form) -> list[Row]:
    columns = [form.texts(f"question_{name}") for name in Row.__struct_fields__]
    rows = [Row(*cells) for cells in zip_longest(*columns, fillvalue="")]
    return [row for row in rows if row.text or row.choices]


def _read(form: Form) -> Sequence[QuestionDraft]:
    """Read the questions in the order of their places; one without a place stands behind the others."""
    placed: list[tuple[int, QuestionDraft]] = []
    for number, row in enumerate(_rows(form), 1):
        try:
            place = whole_number(row.place) if row.place else MOST_QUESTIONS + number
            kind, most = _KINDS[row.kind]
        except (ValueError, KeyError):
            told = Problem(mark("Row %(row)s has a place and a kind that there are."), {"row": str(number)})
            form.refuse("questions", told)
            continue
        placed.append((place, QuestionDraft(row.text, kind, most, tuple(row.choices.split(";")))))
    return [draft for _, draft in sorted(placed, key=lambda one: one[0])]


def _refuse(form: Form, error: LoyaltyError) -> None:
    """Put a refusal beside the field; of a question it says which by its place."""
    field, _, place = (error.field or "").partition("[")
    detail = f"question {place.removesuffix(']')} {error.detail}" if place else error.detail
    form.refuse_by(type(error)(detail, field=field), LABELS, "topic")


def _show(call: Call, survey: Survey, form: Form) -> Response[str]:
    return page(
        call,
        "survey_form.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{survey.id}/questions",
        survey=survey,
        form=form,
        labels=LABELS,
        kinds=CHOSEN,
        rows=[*_rows(form), *[Row()] * SPARE_ROWS],
        most=MOST_QUESTIONS,
    )
