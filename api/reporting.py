"""The worker's part that sends reports: what is due is counted anew and goes out as a table and as a file.

Key idea: as with notices, the row is the queue: claimed, sent, and moved on only behind the mail server's 250. A worker
that is killed before that leaves a claim that ends; a letter that is sent twice all the same has one identity. Whose
account or right has ended is sent nothing more, and the journal says so.
"""

import asyncio
import io
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import aiosmtplib
import structlog
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Language, Right
from api.auth.rights import HOLDERS, may
from api.errors import is_away
from api.jobs.working import AWAY
from api.languages.catalogues import LOCALES, SOURCE, translations_of
from api.notifying import PERMANENT, connect
from api.pages.downloads import XLSX_TYPE, write_xlsx
from api.pages.formats import Formats
from api.pages.report_table import Shown, Writer, write_cells
from api.pages.words import mark
from api.settings import Settings
from api.state import Service, read_clock
from crm.attributes.reports import list_usable
from crm.notifications.model import next_try
from crm.reports.asking import find_report, read_asked
from crm.reports.errors import ReportLetterUnknownError, ReportRefusedError, ReportUnknownError
from crm.reports.letters import end_letter
from crm.reports.model import REPORTS, Answer
from crm.reports.occurrences import last_due, next_due
from crm.reports.repository.letters import Claimed, claim_letter, move_on, put_off
from crm.reports.service import run_report
from crm.views.listing import load_words
from database.activity import Act

LOOK_SECONDS: Final = 30
MOST_ROWS: Final = 200
"""So many rows stand in a letter; the file has them all."""
ACTOR: Final = "worker"
_READS: Final[Right] = "reports.read"
_MORE = mark("The file has all %(count)s rows.")
_SUM = mark("Together")
_STOP = mark("You asked for this report. Its letters are ended on the page of reports sent to you.")

log = structlog.get_logger()


class Counted(Struct, frozen=True):
    """A report that was counted for a letter, and how its reader reads it."""

    answer: Answer
    writer: Writer


async def send_reports(service: Service, stopped: asyncio.Event) -> None:
    """Send reports as they are due until the event is set. A database that is away is waited for."""
    while not stopped.is_set():
        try:
            while not stopped.is_set() and await send_next(service):
                continue
        except AWAY as error:
            if not is_away(error):
                raise
            log.warning("the database is away; reports are sent when it is back", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), LOOK_SECONDS)


async def send_reports_once(service: Service) -> None:
    """Send the reports that are due now."""
    while await send_next(service):
        continue


async def send_next(service: Service) -> bool:
    """Send the report that is due longest; tells whether there was one."""
    claimed = await service.database.run(claim_letter, now=read_clock())
    if claimed is not None:
        await _send(service, claimed)
    return claimed is not None


async def _send(service: Service, claimed: Claimed) -> None:
    """Send one report, or put it off, or end what may not be sent any more."""
    now, zone = read_clock(), ZoneInfo(service.settings.timezone)
    if claimed.is_disabled or not _may_read(claimed, service.settings):
        with suppress(ReportLetterUnknownError):  # its reader was quicker
            await service.database.run(end_letter, claimed.id, claimed.user_id, act=Act(ACTOR, now))
        return
    due_at = last_due(claimed.every, claimed.hour, until=max(now, claimed.due_at), zone=zone)
    following = next_due(claimed.every, claimed.hour, after=max(now, claimed.due_at), zone=zone)
    refused = await _try(service, claimed, due_at)
    if refused is None:
        await service.database.run(move_on, claimed, due_at=following, sent_at=read_clock(), error=None)
        return
    again_at = next_try(claimed.tries, now) if refused.is_passing else None
    if again_at is None:
        await service.database.run(move_on, claimed, due_at=following, sent_at=None, error=refused.reason)
    else:
        await service.database.run(put_off, claimed, error=refused.reason, again_at=again_at)


class _Refused(Struct, frozen=True):
    reason: str
    is_passing: bool = False


async def _try(service: Service, claimed: Claimed, due_at: datetime) -> _Refused | None:
    """Count and send a report; tells why it did not go out."""
    settings = service.settings
    if not settings.smtp_url or not settings.mail_from:
        return _Refused("no mail server is set: TALLYCARD_SMTP_URL and TALLYCARD_MAIL_FROM")
    if not claimed.address:
        return _Refused("the recipient has no e-mail address")
    try:
        counted = await service.reading.run(_count, service, claimed, due_at)
    except (ReportRefusedError, ReportUnknownError) as error:
        return _Refused(f"the report cannot be counted any more: {error.detail}")
    message = await asyncio.to_thread(compose, claimed, counted, settings, due_at=due_at)
    return await _post(settings.smtp_url, message)


async def _post(url: str, message: EmailMessage) -> _Refused | None:
    """Give a letter to the mail server; tells why it was not taken."""
    try:
        async with connect(url) as smtp:
            await smtp.send_message(message)
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [one.code for one in error.recipients]
        return _Refused(f"refused: {codes[0]}", is_passing=not all(code in PERMANENT for code in codes))
    except aiosmtplib.SMTPResponseException as error:
        return _Refused(f"refused: {error.code}", is_passing=error.code not in PERMANENT)
    except (aiosmtplib.SMTPNotSupported, ValueError):
        return _Refused("the mail server cannot take this address")
    except (aiosmtplib.SMTPException, OSError) as error:
        return _Refused(type(error).__name__, is_passing=True)
    return None


async def _count(connection: AsyncConnection, service: Service, claimed: Claimed, due_at: datetime) -> Counted:
    zone, language = ZoneInfo(service.settings.timezone), _language(claimed)
    context = (await load_words(connection)).context(now=due_at, zone=zone, money=service.money)
    asked = read_asked(find_report(claimed.report), parse_qsl(claimed.query), today=context.today)
    answer = await run_report(connection, asked, context, language=language)
    attribute = (await list_usable(connection)).get(asked.by)
    formats = Formats(LOCALES[language], service.settings.currency, zone)
    say = translations_of(language).gettext
    return Counted(answer, Writer(formats, say, "" if attribute is None else attribute.name(language)))


def compose(claimed: Claimed, counted: Counted, settings: Settings, *, due_at: datetime) -> EmailMessage:
    """Write a letter: the table as text, as HTML and as a workbook. A letter that is sent twice has one identity."""
    shown, writer = counted.writer.write(counted.answer), counted.writer
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_from, claimed.address
    message["Subject"] = f"{shown.title}: {shown.period}"
    message["Date"] = format_datetime(due_at)
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    message["Message-ID"] = f"<report.{claimed.id}.{int(due_at.timestamp())}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    path = f"/reports/{claimed.report}?{claimed.query}"
    link = f"{settings.public_url}{path}" if settings.public_url else ""
    message.set_content(_as_text(shown, writer, link))
    message.add_alternative(_as_html(shown, writer, link), subtype="html")
    header, rows = write_cells(writer, counted.answer)
    kind, _, subtype = XLSX_TYPE.partition("/")
    name = f"{claimed.report}-{counted.answer.asked.period.last.isoformat()}.xlsx"
    message.add_attachment(write_xlsx(header, rows), maintype=kind, subtype=subtype, filename=name)
    return message


def _as_text(shown: Shown, writer: Writer, link: str) -> str:
    out = io.StringIO()
    print(shown.title, shown.period, "", sep="\n", file=out)
    for row in shown.rows[:MOST_ROWS]:
        figures = [f"{name} {cell}" for name, cell in zip(shown.columns, row.cells, strict=True)]
        print(" · ".join(row.heads) or shown.period, ": ", ", ".join(figures), sep="", file=out)
    totals = [f"{name} {cell}" for name, cell in zip(shown.columns, shown.totals, strict=True)]
    print(writer.say(_SUM), ": ", ", ".join(totals), sep="", file=out)
    print("", *_below(shown, writer), link, sep="\n", file=out)
    return out.getvalue()


def _as_html(shown: Shown, writer: Writer, link: str) -> str:
    """Write the table with styles of its own: programs for mail know no other."""
    cell = 'style="padding:4px 10px;border-bottom:1px solid #d5dcda;text-align:{}"'
    left, right = cell.format("left"), cell.format("right")
    head = "".join(f"<th {left}>{escape(one)}</th>" for one in shown.dimensions)
    head += "".join(f"<th {right}>{escape(one)}</th>" for one in shown.columns)
    body = "".join(
        "<tr>"
        + "".join(f"<td {left}>{escape(one)}</td>" for one in row.heads)
        + "".join(f"<td {right}>{escape(one)}</td>" for one in row.cells)
        + "</tr>"
        for row in shown.rows[:MOST_ROWS]
    )
    span = f' colspan="{len(shown.dimensions)}"' if shown.dimensions else ""
    first = f"<th {left}{span}>{escape(writer.say(_SUM))}</th>" if shown.dimensions else ""
    foot = first + "".join(f"<th {right}>{escape(one)}</th>" for one in shown.totals)
    title = f'<a href="{escape(link)}">{escape(shown.title)}</a>' if link else escape(shown.title)
    below = "".join(f"<p>{escape(one)}</p>" for one in _below(shown, writer))
    return (
        f'<html><body style="font-family:sans-serif;color:#16211f"><h1 style="font-size:20px">{title}</h1>'
        f'<p>{escape(shown.period)}</p><table style="border-collapse:collapse"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody><tfoot><tr>{foot}</tr></tfoot></table>{below}</body></html>"
    )


def _below(shown: Shown, writer: Writer) -> list[str]:
    counted: Mapping[str, str] = {"count": writer.f.count(len(shown.rows))}
    more = [writer.say(_MORE) % counted] if len(shown.rows) > MOST_ROWS else []
    return [*more, writer.say(_STOP)]


def _may_read(claimed: Claimed, settings: Settings) -> bool:
    """Tell whether a role still sees the report; one that is no report any more is told of when it is counted."""
    role = next((one for one in HOLDERS["home"] if one == claimed.role), None)
    needs: Right = REPORTS[claimed.report].needs if claimed.report in REPORTS else _READS
    return role is not None and all(may(role, right, settings.modules_off) for right in (_READS, needs))


def _language(claimed: Claimed) -> Language:
    return next((code for code in LOCALES if code == claimed.language), SOURCE)
