"""The worker's part that brings customers the links to their own pages, each of which is its own queue.

Key idea: as letters to confirm by: a letter is claimed, sent and noted; whoever is killed in between leaves a claim
that ends, and the letter goes out again under the same identity. Its token is unsealed in the moment of writing and
stands in no log.
"""

from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from api.mailing.own_page_words import own_words_of
from api.mailing.posting import Line
from api.mailing.writing import sign
from api.state import Service, read_clock
from crm.consents.setting import load_setting
from crm.mailboxes.service import Open, open_mailbox
from crm.mailings.content.placeholders import one_line
from crm.own_pages import repository
from crm.own_pages.model import DueLetter
from crm.own_pages.service import unsealed_address
from crm.recipients.model import PERMANENT, WAITS, Said, writable
from loyalty.errors import LoyaltyError

LETTERS_AT_ONCE: Final = 50
CLAIMED_FOR: Final = timedelta(minutes=30)
"""Longer than so many letters take on the slowest server."""
_PUT_OFF: Final = timedelta(minutes=5)

log = structlog.get_logger()


async def send_own_page_links(service: Service) -> None:
    """Send the letters with links that are due."""
    if "own_page" in service.settings.modules_off or not service.settings.can_link:
        return
    now = read_clock()
    claimed = await service.database.run(
        repository.claim_letters, most=LETTERS_AT_ONCE, now=now, until=now + CLAIMED_FOR
    )
    if claimed:
        await _send(service, claimed)


def write_letter(letter: DueLetter, box: Open, *, url: str) -> bytes:
    """Write a letter in the party's language; one that is sent twice has one identity."""
    words, sender = own_words_of(letter.language), box.details.from_name or box.details.address
    message = EmailMessage()
    message["From"] = Address(one_line(box.details.from_name), addr_spec=box.details.address)
    message["To"] = writable(letter.letter_address) or letter.letter_address
    message["Subject"] = one_line(words.letter_subject.format(shop=sender))
    message["Date"] = format_datetime(read_clock())
    domain = box.details.address.rpartition("@")[2]
    message["Message-ID"] = f"<own-page.{letter.party_id}.{int(letter.made_at.timestamp())}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words.letter.format(name=one_line(letter.name), url=url), cte="quoted-printable")
    return message.as_bytes(policy=SMTP)


async def _send(service: Service, claimed: list[DueLetter]) -> None:
    """Send letters over one connection; where the server is away, those behind are left for later."""
    run, key = service.database.run, service.settings.mail_key
    try:
        box = await run(_open_mailbox, key=key)
        urls = [unsealed_address(service.settings.public_url, key, one.sealed) for one in claimed]
    except LoyaltyError as refusal:
        log.warning("links to own pages cannot go out", reason=refusal.code)
        await _put_back(service, claimed)
        return
    line = Line(box.server, most_messages=box.details.messages_per_connection)
    try:
        for at, one in enumerate(claimed):
            letter = sign(write_letter(one, box, url=urls[at]), box)
            recipient = writable(one.letter_address) or one.letter_address
            said = await line.post(letter, sender=box.details.address, recipient=recipient)
            await run(repository.note_letter, one.party_id, _judge(one, said))
            if said.code is None:
                await _put_back(service, claimed[at + 1 :])
                return
    finally:
        await line.close()


async def _put_back(service: Service, letters: list[DueLetter]) -> None:
    """Put letters back that were taken in hand and not tried."""
    for one in letters:
        values = {"letter_tries": one.letter_tries - 1, "letter_due_at": read_clock() + _PUT_OFF}
        await service.database.run(repository.note_letter, one.party_id, values)


async def _open_mailbox(connection: AsyncConnection, *, key: str) -> Open:
    """Open the mailbox from which the shop writes to customers. Raises MailboxUnknownError, MailKeyError."""
    return await open_mailbox(connection, (await load_setting(connection)).mailbox_id or 0, key=key)


def _judge(letter: DueLetter, said: Said) -> dict[str, object]:
    """Decide what becomes of a letter: it went out, will not, or is due again."""
    now = read_clock()
    if said.is_taken:
        return {"letter_sent_at": now, "letter_due_at": None, "letter_reason": None}
    reason = f"{said.code or ''} {said.text}".strip()
    is_over = (said.code in PERMANENT and said.step != "sender") or letter.letter_tries > len(WAITS)
    due_at = None if is_over else now + WAITS[letter.letter_tries - 1]
    return {"letter_due_at": due_at, "letter_reason": reason}
