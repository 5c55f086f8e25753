"""Reports by mail: one is asked for on the report's page, and all of a reader's are listed and ended on this one."""

from typing import get_args
from urllib.parse import parse_qsl

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.auth.users import find_email
from api.pages import report_words
from api.pages.edge import act_of, service_of, today_of
from api.pages.forms import REFUSED, read_form
from api.pages.queries import choice, whole_number
from api.pages.renderer import Call, database_of, page, redirect, user_id_of, zone_of
from api.pages.reports import PATH, report_of
from api.pages.words import mark
from crm.reports.asking import MOST_QUERY, read_asked
from crm.reports.errors import ReportRefusedError, TooManyLettersError
from crm.reports.letters import Letter, end_letter, list_letters, send_regularly
from crm.reports.occurrences import Every

LETTERS = f"{PATH}/letters"
DONE = {
    "sent": mark("The report will be sent to you."),
    "ended": mark("The report is sent no more."),
}
_REFUSED = mark("This report cannot be sent so, or you are sent too many already: end one first.")


@get(LETTERS, opt=dict(allows("reports.read")))
async def show_report_letters(request: Call) -> Response[str]:
    """List the reports that the reader is sent."""
    return await _show(request)


@post(f"{PATH}/{{report_id:str}}/letters", opt=dict(allows("reports.read")))
async def make_report_letter(request: Call, report_id: FromPath[str]) -> Response[str]:
    """Send the reader a report from now on."""
    report, form = report_of(request, report_id), await read_form(request)
    every = next((one for one in get_args(Every) if one == form.text("every")), None)
    hour, query = form.read("hour", whole_number, -1), form.text("query")
    if every is None or len(query) > MOST_QUERY:
        return await _show(request, problem=_REFUSED)
    run, user, zone = database_of(request).run, user_id_of(request), zone_of(request)
    try:
        asked = read_asked(report, parse_qsl(query), today=today_of(request))
        await run(send_regularly, user, asked, every=every, hour=hour, zone=zone, act=act_of(request))
    except (ReportRefusedError, TooManyLettersError):
        return await _show(request, problem=_REFUSED)
    return redirect(f"{LETTERS}?done=sent")


@post(f"{LETTERS}/{{letter_id:int}}/end", opt=dict(allows("reports.read")))
async def end_report_letter(request: Call, letter_id: FromPath[int]) -> Response[str]:
    """Send the reader a report no more."""
    await database_of(request).run(end_letter, letter_id, user_id_of(request), act=act_of(request))
    return redirect(f"{LETTERS}?done=ended")


class _Shown(Struct, frozen=True):
    letters: list[Letter]
    address: str | None


async def _show(call: Call, *, problem: str | None = None) -> Response[str]:
    shown = await database_of(call).run(_load, user_id_of(call))
    settings = service_of(call).settings
    return page(
        call,
        "report_letters.html",
        status=200 if problem is None else REFUSED,
        here=LETTERS,
        letters=shown.letters,
        address=shown.address,
        can_mail=bool(settings.smtp_url and settings.mail_from),
        titles=report_words.TITLES,
        every=report_words.EVERY,
        presets=report_words.PRESETS,
        problem=problem,
        done=choice(call, "done", DONE.__getitem__),
    )


async def _load(connection: AsyncConnection, user_id: int) -> _Shown:
    return _Shown(await list_letters(connection, user_id), await find_email(connection, user_id))
