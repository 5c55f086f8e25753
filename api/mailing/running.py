"""The mailings of a worker: those whose time has come are prepared, and each mailbox that has work is sent for.

Key idea: mailboxes do not wait for each other, so each is sent for by a task of its own; a mailbox that another worker
has in hand is left to it.
"""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from api.errors import is_away
from api.jobs.working import AWAY
from api.mailing import books
from api.mailing.books import ACTOR
from api.mailing.confirming import ask_to_confirm
from api.mailing.office import office_of
from api.mailing.own_page_letters import send_own_page_links
from api.mailing.sending import send_for
from api.state import Service, read_clock
from crm.mailings.repository.mailings import list_due
from crm.mailings.repository.sending import list_busy_mailboxes
from crm.mailings.service import prepare
from crm.mailings.triggering import list_running, run_trigger
from database.activity import CHANNEL, Act
from loyalty.errors import LoyaltyError

LOOK_SECONDS: Final = 5
"""Times that are due are looked for so often; acts are heard of when they are done."""
REST_SECONDS: Final = 1
ASKING: Final = 0
"""Letters to confirm by go out beside those of mailboxes, whose numbers begin at 1."""

log = structlog.get_logger()


async def send_mailings(service: Service, stopped: asyncio.Event) -> None:
    """Send mailings until the event is set. A database that is away is waited for."""
    running: dict[int, asyncio.Task[None]] = {}
    with service.listener.watching(CHANNEL) as watch:
        while not stopped.is_set():
            watch.rest()
            try:
                await _begin(service, stopped, running)
            except AWAY as error:
                if not is_away(error):
                    raise
                log.warning("the database is away; mailings go on when it is back", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), REST_SECONDS)
            if not stopped.is_set():
                await watch.wait(LOOK_SECONDS - REST_SECONDS)
    await asyncio.gather(*running.values())


async def send_mailings_once(service: Service, stopped: asyncio.Event | None = None) -> None:
    """Send all that is due now."""
    if "mailings" in service.settings.modules_off:
        return
    await _prepare(service)
    await _trigger(service)
    await ask_to_confirm(service)
    await send_own_page_links(service)
    for mailbox_id in await service.database.run(list_busy_mailboxes):
        await _send(service, mailbox_id, stopped or asyncio.Event())


async def _begin(service: Service, stopped: asyncio.Event, running: dict[int, asyncio.Task[None]]) -> None:
    """Begin to send for mailboxes that have work and are not being sent for."""
    if "mailings" in service.settings.modules_off:
        return
    for mailbox_id in [one for one, task in running.items() if task.done()]:
        running.pop(mailbox_id).result()
    if ASKING not in running:
        running[ASKING] = asyncio.create_task(_ask(service))
    await _prepare(service)
    await _trigger(service)
    for mailbox_id in await service.database.run(list_busy_mailboxes):
        if mailbox_id not in running:
            running[mailbox_id] = asyncio.create_task(_send(service, mailbox_id, stopped))


async def _prepare(service: Service) -> None:
    """Choose the recipients of mailings whose time has come, portion by portion; who cannot be named pauses one."""
    run = service.database.run
    for mailing_id in await run(list_due, now=read_clock()):
        try:
            while await run(prepare, mailing_id, office_of(service), act=Act(ACTOR, read_clock())):
                continue
        except LoyaltyError as error:
            await run(books.pause, mailing_id, f"{error.field}: {error.detail}", errors=0, now=read_clock())


async def _trigger(service: Service) -> None:
    """Add to mailings that send themselves whom they concern by now; one that cannot be told any more is paused."""
    run = service.database.run
    for mailing_id in await run(list_running):
        try:
            while await run(run_trigger, mailing_id, office_of(service), act=Act(ACTOR, read_clock())):
                continue
        except LoyaltyError as error:
            await run(books.pause, mailing_id, f"{error.field}: {error.detail}", errors=0, now=read_clock())


async def _ask(service: Service) -> None:
    """Send letters to confirm by, and links to own pages; a database that is away is left to the next look."""
    try:
        await ask_to_confirm(service)
        await send_own_page_links(service)
    except AWAY as error:
        if not is_away(error):
            raise
        log.warning("the database is away; letters go on when it is back", error=type(error).__name__)


async def _send(service: Service, mailbox_id: int, stopped: asyncio.Event) -> None:
    """Send for a mailbox; a database that is away is left to the next look."""
    try:
        await send_for(service, mailbox_id, stopped)
    except* LoyaltyError as refusals:
        log.warning("a mailbox cannot be opened", mailbox=mailbox_id, reason=str(refusals.exceptions[0]))
    except* AWAY as errors:
        log.warning("the database is away; mailings go on when it is back", error=type(errors.exceptions[0]).__name__)
