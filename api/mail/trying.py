"""Incoming mail of a mailbox tried: whether its server lets the mailbox in and has its folder."""

import asyncio

from api.mail.imap import try_folder
from api.state import Service, read_clock
from crm.mailboxes.repository import put_read
from crm.mailboxes.service import load_mailbox, open_incoming


async def try_incoming(service: Service, mailbox_id: int) -> str | None:
    """Sign in and look at the folder; gives the server's words where that fails, which stay with the mailbox then.

    None where all is well, and for a mailbox whose incoming mail is not read. Raises MailboxUnknownError, MailKeyError.
    """
    run = service.database.run
    if (await run(load_mailbox, mailbox_id)).details.imap_host is None:
        return None
    incoming = await run(open_incoming, mailbox_id, key=service.settings.mail_key)
    problem = await asyncio.to_thread(try_folder, incoming.server, incoming.folder)
    if problem is not None:
        await run(put_read, mailbox_id, problem, now=read_clock())
    return problem
