"""The mail of a worker: each mailbox is looked into every minute, and what people wrote goes out when they say so.

Key idea: mailboxes do not wait for each other. Two workers that look into one keep nothing twice, for each message is
kept under the mailbox's mark; a message that goes out is one worker's by its claim.
"""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from api.errors import is_away
from api.jobs.working import AWAY
from api.mail.outgoing import send_due
from api.mail.reading import read_mailbox
from api.state import Service
from crm.mailboxes.repository import list_read
from database.activity import CHANNEL

MODULE: Final = "mail"
READ_SECONDS: Final = 60
LOOK_SECONDS: Final = 5
"""Tries that are due are looked for so often; acts are heard of when they are done."""
REST_SECONDS: Final = 1

log = structlog.get_logger()


async def keep_mail(service: Service, stopped: asyncio.Event) -> None:
    """Read and send mail until the event is set. A database that is away is waited for."""
    if MODULE in service.settings.modules_off:
        return
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_read_by_the_minute(service, stopped))
        tasks.create_task(_send_as_it_comes(service, stopped))


async def keep_mail_once(service: Service, stopped: asyncio.Event | None = None) -> None:
    """Send what is due now, and look into every mailbox once."""
    if MODULE in service.settings.modules_off:
        return
    while await send_due(service):
        continue
    await _read_all(service, stopped or asyncio.Event())


async def _read_by_the_minute(service: Service, stopped: asyncio.Event) -> None:
    while not stopped.is_set():
        try:
            await _read_all(service, stopped)
        except* AWAY as errors:
            _wait_or_raise(errors)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), READ_SECONDS)


async def _read_all(service: Service, stopped: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as tasks:
        for mailbox_id in await service.database.run(list_read):
            tasks.create_task(read_mailbox(service, mailbox_id, stopped))


async def _send_as_it_comes(service: Service, stopped: asyncio.Event) -> None:
    with service.listener.watching(CHANNEL) as watch:
        while not stopped.is_set():
            watch.rest()
            try:
                while not stopped.is_set() and await send_due(service):
                    continue
            except* AWAY as errors:
                _wait_or_raise(errors)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), REST_SECONDS)
            if not stopped.is_set():
                await watch.wait(LOOK_SECONDS - REST_SECONDS)


def _wait_or_raise(errors: ExceptionGroup[Exception]) -> None:
    """Let a database that is away be waited for; anything else is a fault."""
    if not all(is_away(error) for error in errors.exceptions):
        raise errors
    log.warning("the database is away; mail goes on when it is back", error=type(errors.exceptions[0]).__name__)
