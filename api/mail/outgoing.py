"""Messages that people wrote go out of their mailboxes, those of different mailboxes side by side."""

import asyncio
from typing import Final

from msgspec import Struct

from api.mail.reading import surroundings_of
from api.mailing.posting import Line, opened
from api.mailing.writing import sign
from api.state import Service, read_clock
from crm.mail import sending
from crm.mail.model import Message, address_of
from crm.mail.sending import Told
from crm.mailboxes.service import Open, open_mailbox
from crm.recipients.model import WAITS, Said, writable
from database.activity import Act
from loyalty.errors import LoyaltyError

MESSAGE_SECONDS: Final = 150
"""So long a message may take to go out: all that are claimed at once are done before their claim ends."""
ACTOR: Final = "mail"
HUNG: Final = "the mail server said nothing any more"


class Ready(Struct, frozen=True):
    """A message that is about to go, signed, and the addresses as they stand on the wire."""

    message: Message
    content: bytes
    addresses: tuple[str, ...]


async def send_due(service: Service) -> int:
    """Send some of the messages that are due, and tell how many were taken in hand."""
    claimed = await service.database.run(sending.claim, now=read_clock())
    by_box: dict[int, list[Message]] = {}
    for message in claimed:
        by_box.setdefault(message.mailbox_id, []).append(message)
    async with asyncio.TaskGroup() as tasks:
        for mailbox_id, messages in by_box.items():
            tasks.create_task(_send_all(service, mailbox_id, messages))
    return len(claimed)


async def _send_all(service: Service, mailbox_id: int, messages: list[Message]) -> None:
    """Send messages of a mailbox over one connection; one that cannot be opened says why on each of them."""
    run = service.database.run
    try:
        box = await run(open_mailbox, mailbox_id, key=service.settings.mail_key)
    except LoyaltyError as error:
        for message in messages:
            await run(sending.fail, message, error.detail, act=_act())
        return
    async with opened(box.server, most_messages=len(messages) + 1) as line:
        for message in messages:
            await _send(service, line, box, message)


async def _send(service: Service, line: Line, box: Open, message: Message) -> None:
    run = service.database.run
    content = await run(sending.load_bytes, message, box.details, now=read_clock())
    addresses = [writable(address_of(one)) for one in message.recipients]
    known = tuple(one for one in addresses if one is not None)
    if len(known) < len(addresses):
        await run(sending.fail, message, "no mail server can be told one of the addresses", act=_act())
    elif await run(sending.mark, message, now=read_clock()):
        told = await _post(line, box, Ready(message, sign(content, box), known))
        await run(sending.answer, message, told, around=surroundings_of(service), act=_act())


async def _post(line: Line, box: Open, ready: Ready) -> Told:
    """Hand a message over; one that takes too long may have come."""
    try:
        async with asyncio.timeout(MESSAGE_SECONDS):
            said, refused = await line.post_to_all(
                ready.content,
                sender=box.details.address,
                recipients=ready.addresses,
                may_wait=ready.message.tries <= len(WAITS),
            )
    except TimeoutError:
        await line.close()
        return Told(Said("data", None, HUNG))
    return Told(said, refused)


def _act() -> Act:
    return Act(ACTOR, read_clock())
