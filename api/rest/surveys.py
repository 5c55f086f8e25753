"""Surveys by phone: questions, calling lists, the next call of a caller, and the report of what was answered."""

import secrets
from urllib.parse import parse_qsl

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows, holders_of
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, context_of, service_of
from api.rest.problems import PROBLEMS
from api.rest.survey_bodies import (
    CallAnswer,
    CallEnd,
    ExecutorsBody,
    ListAnswer,
    ListBody,
    NewSurvey,
    NextAnswer,
    NextBody,
    OpenAnswer,
    ReportAnswer,
    SurveyAnswer,
    SurveyChange,
    SurveyItem,
    SurveysAnswer,
    read_questions,
    render_report,
    render_survey,
)
from crm.events.keeping import load_event
from crm.surveys import answering, calling
from crm.surveys import service as surveys
from crm.surveys.answering import Ended
from crm.surveys.calling import Added, Wanted
from crm.surveys.reporting import load_report
from crm.surveys.templates import TEMPLATES
from crm.views.address import parse_view
from crm.views.listing import load_words
from crm.views.model import ViewError
from database.activity import Act
from pos_adapter.problems import BodyError

SEEDS = 2**31
"""A seed is one of so many."""
_ANSWERING = dict(allows("surveys.call"))


@get("/v1/surveys", opt=dict(allows("surveys.read")), responses=PROBLEMS)
async def get_surveys(request: Call) -> SurveysAnswer:
    """List surveys, the newest first."""
    found = await service_of(request).database.run(surveys.list_surveys)
    shared = [name for name in SurveyItem.__struct_fields__ if name != "survey_id"]
    return SurveysAnswer([SurveyItem(one.id, **{name: getattr(one, name) for name in shared}) for one in found])


@post("/v1/surveys", opt=dict(allows("surveys.edit")), dto=Body, return_dto=None, responses=PROBLEMS)
async def make_survey(request: Call, data: JSONBody[NewSurvey]) -> SurveyAnswer:
    """Make a survey with its project, of a template or of questions of its own."""
    template = TEMPLATES.get(data.template)
    if template is None:
        raise BodyError("template", f"is one of {', '.join(TEMPLATES)}")
    drafts = template.drafts(data.language) if data.questions is None else read_questions(data.questions)
    made = await service_of(request).database.run(
        surveys.make_survey,
        data.name,
        topic=data.topic or data.name,
        questions=drafts,
        manager_id=data.manager_id,
        act=act_of(request),
    )
    return render_survey(made)


@get("/v1/surveys/{survey_id:int}", opt=dict(allows("surveys.read")), responses=PROBLEMS)
async def get_survey(request: Call, survey_id: FromPath[int]) -> SurveyAnswer:
    """Read a survey."""
    return render_survey(await service_of(request).database.run(surveys.load_survey, survey_id))


@put("/v1/surveys/{survey_id:int}", opt=dict(allows("surveys.edit")), dto=Body, return_dto=None, responses=PROBLEMS)
async def change_survey(request: Call, survey_id: FromPath[int], data: JSONBody[SurveyChange]) -> SurveyAnswer:
    """Change the topic and the questions of a survey; calls that are still to be made take the topic."""
    changed = await service_of(request).database.run(
        surveys.change_survey,
        survey_id,
        topic=data.topic,
        questions=read_questions(data.questions),
        seen=data.version,
        act=act_of(request),
    )
    return render_survey(changed)


@post(
    "/v1/surveys/{survey_id:int}/lists",
    opt=dict(allows("surveys.edit")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def make_list(request: Call, survey_id: FromPath[int], data: JSONBody[ListBody]) -> ListAnswer:
    """Plan a call of each customer whom a filter finds, or of a random sample; who is called already is not twice."""
    seed = secrets.randbelow(SEEDS) if data.seed is None else data.seed
    try:
        view = parse_view(parse_qsl(data.query, keep_blank_values=True))
        wanted = Wanted(view=view, query=data.query, seed=seed, sample=data.sample, executors=data.executors)
        added = await service_of(request).database.run(_add_calls, request, survey_id, wanted, act=act_of(request))
    except ViewError as error:
        raise BodyError("query", str(error)) from error
    return ListAnswer(**structs.asdict(added), seed=seed)


async def _add_calls(connection: AsyncConnection, call: Call, survey_id: int, wanted: Wanted, *, act: Act) -> Added:
    context = context_of(call, await load_words(connection))
    return await calling.add_calls(
        connection, survey_id, wanted, context, callers=holders_of("surveys.call"), user_id=call.user.user_id, act=act
    )


@put(
    "/v1/surveys/{survey_id:int}/executors",
    opt=dict(allows("surveys.edit")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def put_executors(request: Call, survey_id: FromPath[int], data: JSONBody[ExecutorsBody]) -> OpenAnswer:
    """Share the calls that are still to be made out evenly among executors."""
    database = service_of(request).database
    found = await database.run(
        calling.entrust_calls, survey_id, data.executors, callers=holders_of("surveys.call"), act=act_of(request)
    )
    named = {str(one): count for one, count in found.items() if one is not None}
    return OpenAnswer(named, found.get(None, 0))


@post(
    "/v1/surveys/{survey_id:int}/next",
    opt=_ANSWERING,
    dto=Body,
    return_dto=None,
    status_code=200,
    responses=PROBLEMS,
)
async def take_next(request: Call, survey_id: FromPath[int], data: JSONBody[NextBody]) -> NextAnswer:
    """Take the next call, which nobody else gets from then on."""
    user_id = data.user_id or request.user.user_id
    if user_id is None:
        raise BodyError("user_id", "must say who calls")
    database = service_of(request).database
    event_id = await database.run(
        answering.take_next, survey_id, user_id, callers=holders_of("surveys.call"), act=act_of(request)
    )
    return NextAnswer(None if event_id is None else await database.run(_load_call, survey_id, event_id))


@get("/v1/surveys/{survey_id:int}/calls/{event_id:int}", opt=dict(allows("surveys.read")), responses=PROBLEMS)
async def get_call(request: Call, survey_id: FromPath[int], event_id: FromPath[int]) -> CallAnswer:
    """Read a call with what was answered."""
    return await service_of(request).database.run(_load_call, survey_id, event_id)


@put(
    "/v1/surveys/{survey_id:int}/calls/{event_id:int}/outcome",
    opt=_ANSWERING,
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def end_call(
    request: Call, survey_id: FromPath[int], event_id: FromPath[int], data: JSONBody[CallEnd]
) -> CallAnswer:
    """Keep how a call went, and what was answered; or put it off to another day."""
    if any(not (one.isascii() and one.isdigit() and len(one) <= 18) for one in data.answers):  # noqa: PLR2004 # a BIGINT
        raise BodyError("answers", "are by the identifiers of their questions")
    answers = {int(one): said for one, said in data.answers.items()}
    ended = Ended(**structs.asdict(data) | {"answers": answers})
    service, user_id = service_of(request), request.user.user_id
    await service.database.run(answering.end_call, survey_id, event_id, ended, user_id=user_id, act=act_of(request))
    return await service.database.run(_load_call, survey_id, event_id)


@get("/v1/surveys/{survey_id:int}/report", opt=dict(allows("surveys.read")), responses=PROBLEMS)
async def get_report(request: Call, survey_id: FromPath[int], by: FromQuery[str | None] = None) -> ReportAnswer:
    """Read what a survey came to, apart by `caller` or an attribute such as `party.region` where it is asked for."""
    return render_report(await service_of(request).database.run(load_report, survey_id, by=by))


async def _load_call(connection: AsyncConnection, survey_id: int, event_id: int) -> CallAnswer:
    call = await answering.load_call(connection, survey_id, event_id)
    event = await load_event(connection, event_id)
    answers = await answering.list_answers(connection, event_id)
    return CallAnswer(
        event_id,
        call.party_id,
        event.responsible_id,
        event.topic,
        call.tries,
        is_over=event.completed_at is not None or event.cancelled_at is not None,
        answers={str(one): said for one, said in answers.items()},
    )


router = Router(
    "/",
    route_handlers=[
        get_surveys,
        make_survey,
        get_survey,
        change_survey,
        make_list,
        put_executors,
        take_next,
        get_call,
        end_call,
        get_report,
    ],
    tags=["Surveys"],
)
