"""Jobs of cards: making them, changing many at once, and taking such a change back."""

from api.jobs.running import Result, RunningJob
from api.state import Service
from database.jobs import Job
from loyalty.cards.generation import make_portion
from loyalty.cards.mass_changes import change_portion
from loyalty.cards.mass_undo import undo_portion


async def generate_cards(_: Service, running: RunningJob) -> Result:
    """Make the cards that were asked for, portion by portion."""
    while _goes_on(running.job):
        await running.portion(make_portion, act=running.act())
    return running.job.progress


async def change_cards(_: Service, running: RunningJob) -> Result:
    """Change the cards that are meant, portion by portion; those that refuse are counted."""
    while _goes_on(running.job):
        await running.portion(change_portion, act=running.act())
    return running.job.progress


async def undo_changes(_: Service, running: RunningJob) -> Result:
    """Take a mass change back, portion by portion."""
    while _goes_on(running.job):
        await running.portion(undo_portion, act=running.act())
    return running.job.progress


def _goes_on(job: Job) -> bool:
    """Tell whether a portion is left; the first is done in any case, for cards may have come since the count."""
    return not job.progress or job.total is None or job.done < job.total
