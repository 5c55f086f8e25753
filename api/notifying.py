"""The worker's part that notifies: runs the rules as acts come and as times are due, and sends what goes by e-mail.

Key idea: every rule is run in a transaction of its own, and a notice is the queue of its letter: claimed, sent, and
noted as sent only behind the mail server's 250. A server that is away is tried again later and later; what it refuses
for good is noted with its reason.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import aiosmtplib
import structlog
from msgspec import Struct

from api.errors import is_away
from api.jobs.working import AWAY
from api.languages.catalogues import LOCALES, translations_of
from api.languages.negotiation import known_language
from api.pages.formats import Formats
from api.pages.notice_words import moment_of, name_of
from api.settings import Settings
from api.state import Service, read_clock
from crm.notifications import service as notifications
from crm.notifications.model import Letter, next_try
from crm.notifications.repository import letters
from crm.notifications.repository.letters import LETTERS_AT_ONCE
from crm.notifications.repository.notices import forget_old, name_records
from crm.notifications.repository.rules import list_rules
from database.activity import CHANNEL

LOOK_SECONDS: Final = 5
"""Times that are due are looked for so often; acts are heard of when they are done."""
REST_SECONDS: Final = 1
SMTP_SECONDS: Final = 30
KEPT_FOR: Final = timedelta(days=400)
"""So long a notice is kept: longer than the longest time before that a rule tells of anything."""
PERMANENT: Final = range(500, 600)

log = structlog.get_logger()


class Mail(Struct, frozen=True):
    """A letter that can be sent, and its message."""

    letter: Letter
    message: EmailMessage


async def notify(service: Service, stopped: asyncio.Event) -> None:
    """Notify until the event is set. A database that is away is waited for."""
    with service.listener.watching(CHANNEL) as watch:
        while not stopped.is_set():
            watch.rest()
            try:
                await notify_once(service)
            except AWAY as error:
                if not is_away(error):
                    raise
                log.warning("the database is away; notices are made when it is back", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), REST_SECONDS)
            if not stopped.is_set():
                await watch.wait(LOOK_SECONDS - REST_SECONDS)


async def notify_once(service: Service) -> None:
    """Make the notices that are due now, and send the letters that are."""
    if "notifications" in service.settings.modules_off:
        return
    run, zone = service.database.run, ZoneInfo(service.settings.timezone)
    for rule in await run(list_rules, is_on=True):
        if rule.listens + "s" not in service.settings.modules_off:
            await run(notifications.run_rule, rule.id, now=read_clock(), zone=zone)
    await run(notifications.repeat_unread, now=read_clock())
    while await send_letters(service) == LETTERS_AT_ONCE:
        continue
    await run(forget_old, before=read_clock() - KEPT_FOR)


async def send_letters(service: Service) -> int:
    """Send some of the letters that are due; tells how many it took in hand."""
    claimed = await service.database.run(letters.claim_letters, now=read_clock())
    if not claimed:
        return 0
    names = await service.database.run(name_records, [letter.record for letter in claimed])
    ready = []
    for letter in claimed:
        refused = _why_not(letter, service.settings)
        if refused is not None:
            await service.database.run(letters.mark_failed, letter.id, refused, again_at=None)
        else:
            name = names.get(letter.record, letter.record)
            ready.append(Mail(letter, compose(letter, name, service.settings)))
    await _send(service, ready)
    return len(claimed)


def compose(letter: Letter, name: str, settings: Settings) -> EmailMessage:
    """Write a letter: what is told of which record, and when that is. A letter that is sent twice has one identity."""
    language = known_language(letter.language)
    formats = Formats(LOCALES[language], settings.currency, ZoneInfo(settings.timezone))
    say = translations_of(language).gettext
    what, when = say(name_of(letter.what, letter.data, letter.at)), moment_of(letter.data, formats)
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_from, letter.address
    message["Subject"] = " ".join(f"{what}: {name}".split())
    message["Date"] = format_datetime(letter.at)
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    message["Message-ID"] = f"<notice.{letter.id}.{int(letter.at.timestamp())}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(line for line in (name, what, when) if line) + "\n")
    return message


def _why_not(letter: Letter, settings: Settings) -> str | None:
    if not settings.smtp_url or not settings.mail_from:
        return "no mail server is set: TALLYCARD_SMTP_URL and TALLYCARD_MAIL_FROM"
    return None if letter.address else "the recipient has no e-mail address"


async def _send(service: Service, mails: Sequence[Mail]) -> None:
    """Send letters over one connection; whatever befalls one of them, the next is tried."""
    if not mails:
        return
    try:
        async with connect(service.settings.smtp_url) as smtp:
            for mail in mails:
                await _send_one(service, smtp, mail)
    except (aiosmtplib.SMTPException, OSError) as error:
        log.warning("the mail server is away; letters go out later", error=type(error).__name__)
        for mail in mails:
            await _put_off(service, mail.letter, type(error).__name__)


async def _send_one(service: Service, smtp: aiosmtplib.SMTP, mail: Mail) -> None:
    try:
        await smtp.send_message(mail.message)
    except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused) as error:
        codes = (
            [one.code for one in error.recipients]
            if isinstance(error, aiosmtplib.SMTPRecipientsRefused)
            else [error.code]
        )
        if all(code in PERMANENT for code in codes):
            await service.database.run(letters.mark_failed, mail.letter.id, f"refused: {codes[0]}", again_at=None)
        else:
            await _put_off(service, mail.letter, f"put off: {codes[0]}")
    except (aiosmtplib.SMTPNotSupported, ValueError):
        reason = "the mail server cannot take this address"
        await service.database.run(letters.mark_failed, mail.letter.id, reason, again_at=None)
    else:
        await service.database.run(letters.mark_sent, mail.letter.id)


async def _put_off(service: Service, letter: Letter, reason: str) -> None:
    again_at = next_try(letter.tries, read_clock())
    await service.database.run(letters.mark_failed, letter.id, reason, again_at=again_at)


def connect(url: str) -> aiosmtplib.SMTP:
    """Give a client for a mail server; TLS from the start with smtps, else as soon as the server offers it."""
    address = urlsplit(url)
    return aiosmtplib.SMTP(
        hostname=address.hostname,
        port=address.port,
        username=None if address.username is None else unquote(address.username),
        password=None if address.password is None else unquote(address.password),
        use_tls=address.scheme == "smtps",
        timeout=SMTP_SECONDS,
    )
