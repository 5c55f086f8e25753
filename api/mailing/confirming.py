"""The worker's part that asks: letters with a link to confirm by go out for requests, each of which is its own queue.

Key idea: a letter is claimed, sent and noted; whoever is killed in between leaves a claim that ends, and the letter
goes out again under the same identity. Twice is no harm: both lead to one page, and confirming twice changes nothing.
"""

from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from babel.dates import format_date
from sqlalchemy.ext.asyncio import AsyncConnection

from api.mailing.posting import Line
from api.mailing.public_words import words_of
from api.mailing.writing import sign
from api.state import Service, read_clock
from crm.consents.asking import KEPT_FOR
from crm.consents.kinds import list_kinds
from crm.consents.links import sign_request
from crm.consents.model import Kind
from crm.consents.repository import requests
from crm.consents.repository.requests import Request, RequestState
from crm.mailboxes.secrets import link_key
from crm.mailboxes.service import Open, open_mailbox
from crm.mailings.content.placeholders import one_line
from crm.recipients.model import PERMANENT, WAITS, Said, writable
from loyalty.errors import LoyaltyError

CONFIRM_PATH: Final = "/confirm/"
LETTERS_AT_ONCE: Final = 50
CLAIMED_FOR: Final = timedelta(minutes=30)
"""Longer than so many letters take on the slowest server, each of which may hang for a minute at several steps."""
_PUT_OFF: Final = timedelta(minutes=5)

log = structlog.get_logger()


async def ask_to_confirm(service: Service) -> None:
    """Send the letters of requests that are due, and forget old requests."""
    run, now = service.database.run, read_clock()
    claimed = await run(requests.claim_requests, most=LETTERS_AT_ONCE, now=now, until=now + CLAIMED_FOR)
    if claimed:
        await _send(service, claimed)
    await run(requests.forget_requests, before=now - KEPT_FOR)


def write_letter(request: Request, kinds: list[Kind], box: Open, *, url: str, zone: ZoneInfo) -> bytes:
    """Write the letter of a request in its language; one that is sent twice has one identity."""
    words, sender = words_of(request.language), box.details.from_name or box.details.address
    named = "\n".join(f"- {one.name(request.language)}" for one in kinds if one.id in request.kind_ids)
    until = format_date(request.expires_at.astimezone(zone).date(), "long", locale=request.language)
    message = EmailMessage()
    message["From"] = Address(one_line(box.details.from_name), addr_spec=box.details.address)
    message["To"] = writable(request.address) or request.address
    message["Subject"] = one_line(words.letter_subject.format(shop=sender))
    message["Date"] = format_datetime(request.asked_at)
    domain = box.details.address.rpartition("@")[2]
    message["Message-ID"] = f"<confirm.{request.id}.{int(request.asked_at.timestamp())}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    name = request.name or request.address
    text = words.letter.format(name=name, shop=sender, kinds=named, url=url, until=until)
    message.set_content(text, cte="quoted-printable")
    return message.as_bytes(policy=SMTP)


async def _send(service: Service, claimed: list[Request]) -> None:
    """Send letters over one connection; where the server is away, those behind are left for later."""
    run, settings = service.database.run, service.settings
    try:
        box, kinds = await run(_load, key=settings.mail_key)
        key = link_key(settings.mail_key)
    except LoyaltyError as refusal:
        log.warning("letters to confirm by cannot go out", reason=str(refusal))
        await run(requests.put_back, [one.id for one in claimed], due_at=read_clock() + _PUT_OFF)
        return
    line = Line(box.server, most_messages=box.details.messages_per_connection)
    try:
        for at, one in enumerate(claimed):
            url = f"{settings.public_url}{CONFIRM_PATH}{sign_request(key, one.id)}"
            letter = write_letter(one, kinds, box, url=url, zone=ZoneInfo(settings.timezone))
            recipient = writable(one.address) or one.address
            said = await line.post(sign(letter, box), sender=box.details.address, recipient=recipient)
            state, due_at = _judge(one, said, read_clock())
            await run(requests.note_letter, one.id, state, reason=_reason(said), due_at=due_at)
            if said.code is None:
                await run(requests.put_back, [other.id for other in claimed[at + 1 :]], due_at=due_at)
                return
    finally:
        await line.close()


async def _load(connection: AsyncConnection, *, key: str) -> tuple[Open, list[Kind]]:
    """Open the mailbox from which to ask. Raises MailboxUnknownError, MailKeyError."""
    setting = await requests.load_setting(connection)
    return await open_mailbox(connection, setting.mailbox_id or 0, key=key), await list_kinds(connection)


def _judge(request: Request, said: Said, now: datetime) -> tuple[RequestState, datetime]:
    """Decide what becomes of a letter, and when it is due again."""
    if said.is_taken:
        return "sent", now
    if (said.code in PERMANENT and said.step != "sender") or request.tries > len(WAITS):
        return "failed", now
    return "queued", now + WAITS[request.tries - 1]


def _reason(said: Said) -> str | None:
    return None if said.is_taken else f"{said.code or ''} {said.text}".strip()
