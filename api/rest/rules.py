"""The rules of a series: what changes its cards' percent, receipts and balances."""

from litestar import Response, Router, get, post, put
from litestar.params import FromPath, JSONBody

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, load_series, read_code, service_of
from api.rest.problems import PROBLEMS, repeated
from api.rest.rule_answers import RunsAnswer, render_listed_runs
from api.rest.rule_bodies import (
    RehearsalBody,
    RulesAnswer,
    RulesBody,
    RunBody,
    read_rules,
    read_turnover,
    render_rules,
)
from loyalty.cards.series_rules import put_rules
from loyalty.tiers.late import list_runs
from loyalty.tiers.rehearsal import RehearsalWish, ask_for_rehearsal
from loyalty.tiers.runs import ask_for_run
from pos_adapter.answers import JobStarted
from pos_adapter.problems import BodyError


@put("/v1/series/{code:str}/rules", dto=Body, return_dto=None, status_code=201, responses=repeated(RulesAnswer))
async def save_rules(request: Call, code: FromPath[str], data: JSONBody[RulesBody]) -> Response[RulesAnswer]:
    """Make or replace the rules of a series. The same again changes nothing."""
    service, code = service_of(request), read_code(code)
    rules = read_rules(data, service.money)
    series, is_new = await service.database.run(put_rules, code, rules, act=act_of(request))
    return Response(render_rules(series, service.money), status_code=201 if is_new else 200)


@get("/v1/series/{code:str}/rules", opt=dict(allows("cards.read")), responses=PROBLEMS)
async def get_rules(request: Call, code: FromPath[str]) -> RulesAnswer:
    """Read the rules of a series as they stand."""
    service = service_of(request)
    return render_rules(await load_series(service, read_code(code)), service.money)


@post("/v1/series/{code:str}/rule-runs", dto=Body, return_dto=None, status_code=202, responses=PROBLEMS)
async def start_run(request: Call, code: FromPath[str], data: JSONBody[RunBody]) -> JobStarted:
    """Run the tables of a series for a period, or tell what a run would do. The same period again changes nothing."""
    job_id = await service_of(request).database.run(
        ask_for_run, read_code(code), period=data.period, preview=data.preview is True, act=act_of(request)
    )
    return JobStarted(job_id)


@post("/v1/series/{code:str}/rehearsals", dto=Body, return_dto=None, status_code=202, responses=PROBLEMS)
async def start_rehearsal(request: Call, code: FromPath[str], data: JSONBody[RehearsalBody]) -> JobStarted:
    """Tell what a changed table of percents would have made of the past, and change nothing."""
    service = service_of(request)
    if data.until < data.since:
        raise BodyError("until", "lies before from")
    wish = RehearsalWish(read_code(code), read_turnover(data.turnover, service.money), data.since, data.until)
    return JobStarted(await service.database.run(ask_for_rehearsal, wish, act=act_of(request)))


@get("/v1/series/{code:str}/rule-runs", opt=dict(allows("cards.read")), responses=PROBLEMS)
async def get_runs(request: Call, code: FromPath[str]) -> RunsAnswer:
    """List the newest runs of a series, with the cards whose tier would have differed by what came late."""
    service = service_of(request)
    runs = await service.database.run(list_runs, read_code(code))
    return render_listed_runs(runs, service.money)


router = Router(
    "/",
    route_handlers=[save_rules, get_rules, start_run, get_runs, start_rehearsal],
    opt=dict(allows("prices.edit")),
    tags=["Rules"],
)
