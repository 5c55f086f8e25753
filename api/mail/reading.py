"""One look into a mailbox: what came since the last one is fetched, understood and kept, message by message.

Key idea: the server's answers are waited for on a thread; each message is a transaction of its own together with the
mark of how far the mailbox was read. A look is bounded: what is left over is there at the next one, and a message that
was fetched and not kept is fetched again.
"""

import asyncio
from imaplib import IMAP4
from typing import Final

import structlog

from api.mail import imap
from api.state import Service, read_clock
from crm.mail.receiving import begin_count, take_message, understand
from crm.mail.registering import Surroundings
from crm.mailboxes.model import Incoming
from crm.mailboxes.repository import put_read
from crm.mailboxes.service import open_incoming
from database.activity import Act
from loyalty.errors import LoyaltyError

MOST_AT_ONCE: Final = 500
"""So many messages of a mailbox one look keeps at most."""

log = structlog.get_logger()


def surroundings_of(service: Service) -> Surroundings:
    """Give where the shop is, and which journals it keeps."""
    settings = service.settings
    off = settings.modules_off
    return Surroundings(settings.timezone, has_letters="letters" not in off, has_events="events" not in off)


async def read_mailbox(service: Service, mailbox_id: int, stopped: asyncio.Event) -> int:
    """Read what came to a mailbox and tell how much; a server that cannot be read is noted with its words."""
    run = service.database.run
    try:
        incoming = await run(open_incoming, mailbox_id, key=service.settings.mail_key)
        kept = await _read(service, incoming, stopped)
    except imap.FAILED as error:
        await run(put_read, mailbox_id, imap.told(error), now=read_clock())
        log.warning("a mailbox cannot be read", mailbox=mailbox_id, error=type(error).__name__)
        return 0
    except LoyaltyError as error:
        await run(put_read, mailbox_id, error.detail, now=read_clock())
        return 0
    await run(put_read, mailbox_id, None, now=read_clock())
    return kept


async def _read(service: Service, incoming: Incoming, stopped: asyncio.Event) -> int:
    client = await asyncio.to_thread(imap.connect, incoming.server)
    try:
        return await _read_folder(service, client, incoming, stopped)
    finally:
        await asyncio.to_thread(imap.close, client)


async def _read_folder(service: Service, client: IMAP4, incoming: Incoming, stopped: asyncio.Event) -> int:
    run, around = service.database.run, surroundings_of(service)
    reader = await asyncio.to_thread(imap.open_folder, client, incoming.folder)
    behind = await run(begin_count, incoming.id, reader.validity)
    kept = 0
    for uid in (await asyncio.to_thread(reader.list_behind, behind))[:MOST_AT_ONCE]:
        if stopped.is_set():
            break
        arrived = await asyncio.to_thread(reader.fetch, uid, now=read_clock())
        if arrived is not None:
            came = await asyncio.to_thread(understand, arrived, now=read_clock())
            act = Act(f"mailbox:{incoming.id}", read_clock())
            kept += await run(take_message, incoming.id, came, around=around, act=act) is not None
    return kept
