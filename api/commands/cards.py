"""Commands of cards: making many of them, and the group that printing belongs to.

Exit codes: 0 all are made; 1 some could not be; 130 ended on a wish, what was made stays.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence

import click

from api.commands.printing import print_command
from api.commands.progress import STOPPED, showing, stopping
from api.commands.running import command_act, migrated_database
from api.commands.saying import Failure
from api.jobs.handlers import HANDLERS
from api.jobs.running import run_job
from api.jobs.watching import watch_job
from api.logs import configure_logging
from api.settings import Settings, load_settings
from api.state import Service, running_service
from database.jobs import Job, cancel_job, claim_job
from loyalty.cards.generation import MOST_GENERATED, ask_for_cards


@click.group()
def cards() -> None:
    """Look after cards."""


@cards.command("make")
@click.argument("series")
@click.argument("count", type=click.IntRange(1, MOST_GENERATED))
def make(series: str, count: int) -> None:
    """Make COUNT cards of SERIES from its number template, going on after the last; again makes as many more."""
    settings = load_settings()
    configure_logging("warning")
    with (
        stopping() as is_stopped,
        migrated_database(settings) as url,
        showing(f"cards of {series}", "cards") as report,
    ):
        job = asyncio.run(_make(settings, url, series, count=count, report=report, is_stopped=is_stopped))
    click.echo(f"{job.done:,} cards of {series} made")
    if job.state == "failed":
        raise Failure(job.error or "the job failed")
    if job.state == "cancelled":
        sys.exit(STOPPED)


async def _make(
    settings: Settings,
    url: str,
    series: str,
    *,
    count: int,
    report: Callable[[int, int], None],
    is_stopped: Callable[[], bool],
) -> Job:
    """Ask for a job and do it here, unless a worker is quicker; give it as it ended."""
    async with running_service(settings, url) as service:
        job_id = await service.database.run(ask_for_cards, series, count=count, act=command_act())
        doing = asyncio.create_task(_do(service, job_id, is_stopped))
        async for job in watch_job(service, job_id):
            report(job.done, count)
            if is_stopped():
                await service.database.run(cancel_job, job_id, act=command_act())
        await doing
        return job


async def _do(service: Service, job_id: int, is_stopped: Callable[[], bool]) -> None:
    job = await service.database.run(claim_job, tuple(HANDLERS), job_id=job_id)
    if job is not None:
        await run_job(service, job, HANDLERS[job.kind], is_stopped=is_stopped)


cards.add_command(print_command)

COMMANDS: Sequence[click.Command] = (cards,)
