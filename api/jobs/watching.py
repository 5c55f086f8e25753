"""A job as it goes on, for whoever looks on: the API's server-sent events and the pages."""

from collections.abc import AsyncIterator

from api.state import Service
from database.jobs import CHANGED_CHANNEL, Job, find_job

LOOK_SECONDS = 15
"""Without any news the job is read and given again so often, which also finds out that nobody looks any more."""


async def watch_job(service: Service, job_id: int) -> AsyncIterator[Job]:
    """Give a job as it stands, and again after each change, until it or the process ends; nothing if there is none."""
    with service.listener.watching(CHANGED_CHANNEL, str(job_id)) as watch:
        while not service.is_stopping:
            watch.rest()
            job = await service.database.run(find_job, job_id)
            if job is None:
                return
            yield job
            if job.has_ended:
                return
            await watch.wait(LOOK_SECONDS)
