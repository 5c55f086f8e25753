"""What came of jobs of rules, for the job's page and as a table: runs and rehearsals with their plot."""

from collections.abc import Sequence

import msgspec
from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

from api.auth.rights import allows
from api.pages.downloads import answer_table
from api.pages.plots import widths
from api.pages.renderer import Call, currency_of, database_of
from database.jobs import Job, find_job
from loyalty.tiers.bonuses import BonusRun
from loyalty.tiers.rehearsal import KIND as REHEARSE
from loyalty.tiers.rehearsal import Rehearsal, rehearsal_rows
from loyalty.tiers.runs import KIND as RUN_RULES
from loyalty.tiers.runs import TierCount, TurnoverRun


class TierBar(Struct, frozen=True):
    """The cards of one percent before and after, and the lengths of their bars."""

    tier: TierCount
    before: str
    after: str


class RuleResult(Struct, frozen=True):
    """What a run or a rehearsal came to; the parts that it has not are None."""

    bars: tuple[TierBar, ...]
    is_preview: bool
    turnover: TurnoverRun | None = None
    bonus: BonusRun | None = None
    rehearsal: Rehearsal | None = None


def read_result(job: Job) -> RuleResult | None:
    """Read what came of a job of rules that is done; None for every other job."""
    if job.state != "done":
        return None
    if job.kind == REHEARSE:
        rehearsal = msgspec.convert(job.progress, Rehearsal)
        return RuleResult(_bars(rehearsal.tiers), is_preview=True, rehearsal=rehearsal)
    if job.kind != RUN_RULES:
        return None
    turnover = msgspec.convert(job.progress["turnover"], TurnoverRun) if "turnover" in job.progress else None
    bonus = msgspec.convert(job.progress["bonus"], BonusRun) if "bonus" in job.progress else None
    bars = _bars(turnover.tiers) if turnover is not None else ()
    return RuleResult(bars, is_preview=job.arguments.get("preview") is True, turnover=turnover, bonus=bonus)


def _bars(tiers: Sequence[TierCount]) -> tuple[TierBar, ...]:
    lengths = widths([count for tier in tiers for count in (tier.before, tier.after)]) if tiers else []
    pairs = zip(lengths[::2], lengths[1::2], strict=True)
    return tuple(TierBar(tier, *pair) for tier, pair in zip(tiers, pairs, strict=True))


@get("/jobs/{job_id:int}/table/{ending:str}", opt=dict(allows("jobs.read")))
async def export_rehearsal(request: Call, job_id: FromPath[int], ending: FromPath[str]) -> Response[bytes]:
    """Give a rehearsal as a file."""
    job = await database_of(request).run(find_job, job_id)
    result = None if job is None else read_result(job)
    if result is None or result.rehearsal is None:
        raise NotFoundException("there is no such rehearsal")
    header, *rows = rehearsal_rows(result.rehearsal, currency_of(request).scale)
    return answer_table(f"rehearsal-{job_id}", ending, header, rows)
