"""The next call of a survey: whom to ring and when, the questions, and how it went, in one form."""

from collections.abc import Mapping
from datetime import timedelta

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows, holders_of
from api.pages import forms
from api.pages.edge import act_of, today_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form
from api.pages.party_rows import Persons, Reached, load_contacts, load_persons
from api.pages.queries import whole_number
from api.pages.renderer import Call, database_of, page, principal_of, redirect, user_id_of
from api.pages.survey_words import LABELS, OUTCOMES
from api.pages.surveys import PATH
from api.pages.words import mark
from api.state import read_clock
from crm.events.keeping import load_event
from crm.events.model import Event
from crm.parties.listing import load_names
from crm.surveys import answering
from crm.surveys.answering import Ended, load_call
from crm.surveys.model import Answer, Said, Survey
from crm.surveys.repository.calls import SurveyCall
from crm.surveys.service import load_survey
from loyalty.errors import LoyaltyError

_OUTCOMES: Mapping[str, Said] = {one: one for one in OUTCOMES}
_NO_ANSWER = Problem(mark("This is none of the answers."))


class Shown(Struct, frozen=True):
    """A call with whom it reaches."""

    survey: Survey
    call: SurveyCall
    event: Event
    party: str
    contacts: list[Reached]
    persons: Persons
    answers: Mapping[int, Answer]


@post("/surveys/{survey_id:int}/next", opt=dict(allows("surveys.call")))
async def take_next_call(request: Call, survey_id: FromPath[int]) -> Response[str]:
    """Take the next call and show it; back to the survey where there is none left for now."""
    return await _go_on(request, survey_id)


@get("/surveys/{survey_id:int}/calls/{event_id:int}", opt=dict(allows("surveys.read")))
async def show_survey_call(request: Call, survey_id: FromPath[int], event_id: FromPath[int]) -> Response[str]:
    """Show a call with its questions."""
    shown = await database_of(request).run(_load, survey_id, event_id)
    tomorrow = today_of(request) + timedelta(days=1)
    outcome = shown.event.result_code if shown.event.result_code in OUTCOMES else "answered"
    typed = {f"answer.{one}": str(said) for one, said in shown.answers.items()}
    note = shown.event.result or ""
    return _show(
        request, shown, Form({**typed, "outcome": outcome or "", "note": note, "again_on": tomorrow.isoformat()})
    )


@post("/surveys/{survey_id:int}/calls/{event_id:int}", opt=dict(allows("surveys.call")))
async def end_survey_call(request: Call, survey_id: FromPath[int], event_id: FromPath[int]) -> Response[str]:
    """Keep how a call went and go on to the next one, or show the form again with what is wrong."""
    form = await read_form(request)
    shown = await database_of(request).run(_load, survey_id, event_id)
    ended = _read(form, shown)
    if not form.problems:
        user_id = principal_of(request).user_id
        try:
            await database_of(request).run(
                answering.end_call, survey_id, event_id, ended, user_id=user_id, act=act_of(request)
            )
        except LoyaltyError as error:
            _refuse(form, error)
    if form.problems:
        return _show(request, shown, form)
    if form.text("then") == "next":
        return await _go_on(request, survey_id)
    return redirect(f"{PATH}/{survey_id}")


async def _go_on(call: Call, survey_id: int) -> Response[str]:
    event_id = await database_of(call).run(
        answering.take_next, survey_id, user_id_of(call), callers=holders_of("surveys.call"), act=act_of(call)
    )
    return redirect(f"{PATH}/{survey_id}?none=left" if event_id is None else f"{PATH}/{survey_id}/calls/{event_id}")


async def _load(connection: AsyncConnection, survey_id: int, event_id: int) -> Shown:
    survey = await load_survey(connection, survey_id)
    call = await load_call(connection, survey_id, event_id)
    names = await load_names(connection, [call.party_id])
    return Shown(
        survey,
        call,
        await load_event(connection, event_id),
        names.get(call.party_id, f"#{call.party_id}"),
        await load_contacts(connection, call.party_id),
        await load_persons(connection, call.party_id, read_clock()),
        await answering.list_answers(connection, event_id),
    )


def _read(form: Form, shown: Shown) -> Ended:
    outcome = form.need("outcome", forms.one_of(_OUTCOMES), _OUTCOMES["answered"])
    answers: dict[int, Answer] = {}
    for one in shown.survey.questions if outcome == "answered" else ():
        name = f"answer.{one.id}"
        said = form.read(name, forms.long_text if one.kind == "text" else _read_score, None)
        if said is not None:
            answers[one.id] = said
    again_on = form.read("again_on", forms.day, None) if outcome == "not_reached" else None
    note = form.read("note", forms.long_text, None)
    return Ended(outcome=outcome, answers=answers, note=note, again_on=again_on, no_calls=form.is_ticked("no_calls"))


def _read_score(typed: str) -> int:
    try:
        return whole_number(typed)
    except ValueError as error:
        raise WrongError(_NO_ANSWER) from error


def _refuse(form: Form, error: LoyaltyError) -> None:
    field = error.field or ""
    name = f"answer.{field.removeprefix('answers[').removesuffix(']')}" if field.startswith("answers[") else field
    form.refuse_by(type(error)(error.detail, field=name), (*LABELS, name), "outcome")


def _show(call: Call, shown: Shown, form: Form) -> Response[str]:
    return page(
        call,
        "survey_call.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{shown.survey.id}/calls/{shown.event.id}",
        shown=shown,
        survey=shown.survey,
        event=shown.event,
        is_over=shown.event.completed_at is not None or shown.event.cancelled_at is not None,
        form=form,
        labels={**LABELS, **{f"answer.{one.id}": one.text for one in shown.survey.questions}},
        outcomes=OUTCOMES,
    )
