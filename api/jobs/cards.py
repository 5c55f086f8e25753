"""Jobs of cards: making them, changing many at once, and taking such a change back."""

from api.jobs.running import Result, RunningJob
from api.state import Service
from loyalty.cards.generation import make_portion
from loyalty.cards.mass_changes import change_portion
from loyalty.cards.mass_undo import undo_portion


async def generate_cards(_: Service, running: RunningJob) -> Result:
    """Make the cards that were asked for, portion by portion."""
    while running.job.total is None or running.job.done < running.job.total:
        await running.portion(make_portion, act=running.act())
    return running.job.progress


async def change_cards(_: Service, running: RunningJob) -> Result:
    """Change the cards that are meant, portion by portion; those that refuse are counted."""
    await running.portion(change_portion, act=running.act())
    while running.job.total is None or running.job.done < running.job.total:
        await running.portion(change_portion, act=running.act())
    return running.job.progress


async def undo_changes(_: Service, running: RunningJob) -> Result:
    """Take a mass change back, portion by portion."""
    await running.portion(undo_portion, act=running.act())
    while running.job.total is None or running.job.done < running.job.total:
        await running.portion(undo_portion, act=running.act())
    return running.job.progress
