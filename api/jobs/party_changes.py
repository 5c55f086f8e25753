"""Jobs of changes of parties: changing many at once, and taking such a change back."""

from zoneinfo import ZoneInfo

from api.jobs.running import Result, RunningJob
from api.state import Service, read_clock
from crm.views.bulk import change_portion, undo_portion
from crm.views.listing import load_words
from crm.views.repository.context import Context
from database.jobs import Job


async def change_parties(service: Service, running: RunningJob) -> Result:
    """Change the parties that are meant, portion by portion; those that refuse are counted."""
    context = await _context(service)
    while _goes_on(running.job):
        await running.portion(change_portion, context=context, act=running.act())
    return _told(running.job)


async def undo_changes(service: Service, running: RunningJob) -> Result:
    """Take a change back, portion by portion."""
    context = await _context(service)
    while _goes_on(running.job):
        await running.portion(undo_portion, context=context, act=running.act())
    return _told(running.job)


async def _context(service: Service) -> Context:
    words = await service.database.run(load_words)
    return words.context(now=read_clock(), zone=ZoneInfo(service.settings.timezone), money=service.money)


def _goes_on(job: Job) -> bool:
    """Tell whether a portion is left; the first is done in any case, for parties may have come since the count."""
    return not job.progress or job.total is None or job.done < job.total


def _told(job: Job) -> Result:
    """Give the counts alone, by the names under which they are told; which parties were looked up is left out."""
    return {_NAMES.get(name, name): value for name, value in job.progress.items() if name not in {"after", "ahead"}}


_NAMES = {"changed": "parties_changed", "undone": "parties_put_back"}
