"""Jobs of scores: how well parties buy, for all at once."""

from zoneinfo import ZoneInfo

from api.jobs.running import Result, RunningJob
from api.state import Service, read_clock
from crm.scores.service import score_parties as score_portion


async def score_parties(service: Service, running: RunningJob) -> Result:
    """Score all parties, in one piece."""
    if not running.job.progress:
        today = read_clock().astimezone(ZoneInfo(service.settings.timezone)).date()
        await running.portion(score_portion, today=today)
    return {"scored": running.job.progress["scored"]}
