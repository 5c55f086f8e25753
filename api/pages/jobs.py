"""Jobs as people watch them: a page of all, a page of one, and the row that draws itself anew while the job runs.

The server draws every state, so a reload loses nothing. The row asks again by itself, less and less often, and stops
asking after `MOST_LOOKS`: a page left open over night is no load.
"""

from datetime import datetime
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

from api.auth.rights import allows
from api.pages.edge import act_of
from api.pages.queries import choice, link, whole_number
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.rule_jobs import read_result
from api.pages.words import JOB_KINDS, JOB_REFUSED, JOB_RESULTS
from api.state import read_clock
from crm.views.bulk import KIND as CHANGE_PARTIES
from database.jobs import MOST_LISTED, Job, cancel_job, find_job, list_jobs
from loyalty.cards.mass_changes import KIND as CHANGE_CARDS

PATH = "/jobs"
MOST_LOOKS = 600
SOON_SECONDS, LATER_SECONDS = 1, 5
SOON_LOOKS = 60
LEAST_DONE_TO_FORESEE = 0.02
WHOLE = {"HX-Retarget": "#job", "HX-Reselect": "#job"}
"""Lets htmx put the whole of a job in the place of what it asked for."""


class WatchedJob(Struct, frozen=True):
    """A job, how often it was looked at, and when to look again; None for a job that has ended, or not by itself."""

    job: Job
    looks: int
    seconds_left: int | None

    @property
    def next_look(self) -> int | None:
        """In how many seconds the row asks again."""
        if self.job.has_ended or self.looks >= MOST_LOOKS:
            return None
        return SOON_SECONDS if self.looks < SOON_LOOKS else LATER_SECONDS

    @property
    def title(self) -> str:
        """What the job is called, to be translated with `names`."""
        return JOB_KINDS.get(self.job.kind, "%(kind)s")

    @property
    def names(self) -> dict[str, str]:
        """What stands in the title."""
        plain = {name: str(value) for name, value in self.job.arguments.items() if isinstance(value, str | int)}
        return {"code": "", "series": "", "change": "", **plain, "kind": self.job.kind}


@get(PATH, opt=dict(allows("jobs.read")))
async def show_jobs(request: Call) -> Response[str]:
    """List jobs, the newest first."""
    before = choice(request, "older", whole_number)
    jobs = await database_of(request).run(list_jobs, before=before)
    older = link(PATH, {"older": str(jobs[-1].id)}) if len(jobs) == MOST_LISTED else None
    return page(
        request,
        "jobs.html",
        jobs=[watch(job) for job in jobs],
        newer=PATH if before else None,
        older=older,
    )


@get("/jobs/{job_id:int}", opt=dict(allows("jobs.read")))
async def show_job(request: Call, job_id: FromPath[int]) -> Response[str]:
    """Show one job; `looks` counts how often a row has asked by itself."""
    job = await database_of(request).run(find_job, job_id)
    if job is None:
        raise NotFoundException("there is no such job")
    looks = choice(request, "looks", whole_number) or 0
    answer = page(
        request,
        "job.html",
        here=f"{PATH}/{job_id}",
        watched=watch(job, looks=looks),
        can_undo=job.kind == CHANGE_CARDS and job.has_ended and job.done > 0,
        can_undo_parties=job.kind == CHANGE_PARTIES and job.has_ended and job.done > 0,
        told=_told(job),
        result=read_result(job),
    )
    if job.has_ended and urlsplit(request.headers.get("hx-current-url", "")).path == f"{PATH}/{job_id}":
        answer.headers |= WHOLE  # the row of the job's own page asked: it ended, and there is more to show than the row
    return answer


def _told(job: Job) -> dict[str, int]:
    """Give the counts of what a job did, by what they are called."""
    result = job.result or {}
    counts = {mark: value for name, mark in JOB_RESULTS.items() if isinstance(value := result.get(name), int) and value}
    refused = result.get("refused")
    if isinstance(refused, dict) and refused:
        counts[JOB_REFUSED] = sum(value for value in refused.values() if isinstance(value, int))
    return counts


@post("/jobs/{job_id:int}/stop", opt=dict(allows("jobs.stop")))
async def stop_job(request: Call, job_id: FromPath[int]) -> Response[str]:
    """Stop a job; what it did stays done."""
    await database_of(request).run(cancel_job, job_id, act=act_of(request))
    return redirect(f"{PATH}/{job_id}")


def watch(job: Job, *, looks: int = 0) -> WatchedJob:
    """Give a job as its row shows it."""
    return WatchedJob(job, looks, None if job.has_ended else foresee(job, read_clock()))


def foresee(job: Job, now: datetime) -> int | None:
    """Give in how many seconds a job will be done if it goes on as it went, None while that cannot be told."""
    if job.started_at is None or not job.total or job.done < job.total * LEAST_DONE_TO_FORESEE or not job.done:
        return None
    passed = (now - job.started_at).total_seconds()
    return max(1, round(passed * (job.total - job.done) / job.done))
