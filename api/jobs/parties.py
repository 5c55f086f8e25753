"""Jobs of parties: looking for duplicates."""

from api.jobs.running import Result, RunningJob
from api.state import Service
from crm.merging.duplicates import search_portion


async def search_duplicates(_: Service, running: RunningJob) -> Result:
    """Look for duplicates among all parties, portion by portion."""
    while not running.job.progress or running.job.total is None or running.job.done < running.job.total:
        await running.portion(search_portion, act=running.act())
    return {"found": running.job.progress["found"]}
