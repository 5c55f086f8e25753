"""Jobs: how far they are, once or live until they end."""

from collections.abc import AsyncIterator

import msgspec
from litestar import Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from api.auth.rights import allows
from api.jobs.watching import watch_job
from api.rest.calls import Call, act_of, service_of
from api.rest.lists import read_place
from api.rest.problems import PROBLEMS
from api.state import Service
from database.jobs import MOST_LISTED, Job, cancel_job, find_job, list_jobs
from loyalty.errors import JobUnknownError
from pos_adapter.answers import JobAnswer, JobPage

EVENTS = "text/event-stream"
_ONE = ResponseSpec(
    JobAnswer,
    generate_examples=False,
    description=f"The job. With `Accept: {EVENTS}` it comes as an event again after each change, until it has ended.",
)


@get("/v1/jobs/{job_id:int}", responses={**PROBLEMS, 200: _ONE})
async def get_job(request: Call, job_id: FromPath[int]) -> Response[JobAnswer] | Stream:
    """Read a job; asked for events, follow it to its end."""
    service = service_of(request)
    job = _known(await service.database.run(find_job, job_id))
    if request.accept.best_match(["application/json", EVENTS]) == EVENTS:
        return Stream(_events(service, job_id), media_type=EVENTS, headers={"Cache-Control": "no-store"})
    return Response(_render(job))


@post("/v1/jobs/{job_id:int}/cancel", opt=dict(allows("jobs.stop")), status_code=200, responses=PROBLEMS)
async def cancel(request: Call, job_id: FromPath[int]) -> JobAnswer:
    """End a job that waits or runs; what it did stays. One that has ended is answered as it is."""
    database = service_of(request).database
    await database.run(cancel_job, job_id, act=act_of(request))
    return _render(_known(await database.run(find_job, job_id)))


async def _events(service: Service, job_id: int) -> AsyncIterator[bytes]:
    """Give each state as one message of WHATWG HTML, 9.2; who connects again begins with the state as it is then."""
    async for job in watch_job(service, job_id):
        yield b"data: %s\n\n" % msgspec.json.encode(_render(job))


@get("/v1/jobs", responses=PROBLEMS)
async def get_jobs(request: Call, after: FromQuery[str | None] = None) -> JobPage:
    """List jobs, the newest first, page by page."""
    place = read_place(after)
    before = None if place is None else int(str(place.key[0]))
    jobs = await service_of(request).database.run(list_jobs, before=before)
    return JobPage([_render(job) for job in jobs], str(jobs[-1].id) if len(jobs) == MOST_LISTED else None)


def _known(job: Job | None) -> Job:
    if job is None:
        raise JobUnknownError("no job has this identifier")
    return job


def _render(job: Job) -> JobAnswer:
    return JobAnswer(
        job_id=job.id,
        kind=job.kind,
        state=job.state,
        done=job.done,
        total=job.total,
        created=job.created_at,
        started=job.started_at,
        finished=job.finished_at,
        result=job.result,
        error=job.error,
    )


router = Router("/", route_handlers=[get_job, get_jobs, cancel], opt=dict(allows("jobs.read")), tags=["Jobs"])
