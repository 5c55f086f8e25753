"""More recipients of a draft: a file of addresses, looked at before it is taken in, and those of another mailing."""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct, convert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.downloads import answer_table
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form, told
from api.pages.jobs import WatchedJob, watch
from api.pages.mailing_reading import fill_step
from api.pages.mailing_steps import WHICH, show
from api.pages.mailing_words import LABELS
from api.pages.party_import import MOST_BODY_BYTES, Head, read_head
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.consents.kinds import load_kind
from crm.consents.model import Kind
from crm.mailings import gathering
from crm.mailings.importing import (
    ADDRESS,
    KIND,
    MEANINGS,
    Asked,
    Columns,
    Counts,
    ask_for_import,
    check_columns,
    find_columns,
    own_place,
    read_row,
)
from crm.mailings.model import Mailing
from crm.mailings.repository.addresses import Given, Which
from crm.mailings.service import load_mailing
from crm.transfer.errors import UploadRefusedError
from crm.transfer.repository.uploads import find_last_job, list_rejections
from crm.transfer.uploads import HEADER_LINE, MOST_REJECTED, keep_upload, load_upload
from database.jobs import find_job
from loyalty.errors import LoyaltyError
from loyalty.imports.lines import RowError

_EDIT = dict(allows("mailings.edit"))
_FILE = "/mailings/{mailing_id:int}/import/{upload_id:int}"
WORDS: Mapping[str, str] = {
    ADDRESS: mark("E-mail address"),
    "name": mark("Name"),
    "first_name": mark("First name"),
    "salutation": mark("Salutation"),
    "card": mark("Last digits of the card"),
    "tier": mark("Tier"),
    "balance": mark("Balance"),
    "turnover": mark("Turnover"),
    "points": mark("Points"),
}


class Seen(Struct, frozen=True):
    """A row of the file as it would be taken in, or why it stays out."""

    line: int
    row: Given | None
    reason: str = ""


class Around(Struct, frozen=True):
    """What the page of a file shows beside it."""

    mailing: Mailing
    kind: Kind
    watched: WatchedJob | None
    has_rejected: bool


@post("/mailings/{mailing_id:int}/import", opt=_EDIT, request_max_body_size=MOST_BODY_BYTES)
async def take_addresses(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Take a file and lead to what its columns mean."""
    form = await read_form(request)
    mailing = await database_of(request).run(load_mailing, mailing_id)
    file = form.files.get("file")
    if file is None or not file.filename:
        return await _refuse(request, mailing, "file", Problem(mark("Choose a file.")))
    try:
        upload_id = await keep_upload(database_of(request), file.filename, file, act=act_of(request))
        await read_head(request, upload_id)
    except UploadRefusedError as error:
        return await _refuse(request, mailing, "file", told(error.detail))
    return redirect(f"/mailings/{mailing_id}/import/{upload_id}")


@get(_FILE, opt=_EDIT)
async def show_addresses(request: Call, mailing_id: FromPath[int], upload_id: FromPath[int]) -> Response[str]:
    """Show what the columns mean, as last time or guessed, and how far a job with the file is."""
    upload = await database_of(request).run(load_upload, upload_id)
    if upload.ended_at is not None:
        return await _show(request, mailing_id, Head(upload, [], []), Form({}))
    head = await read_head(request, upload_id)
    columns = await database_of(request).run(find_columns, head.header)
    typed = {f"column-{at}": meaning for at, meaning in enumerate(columns.columns)}
    return await _show(request, mailing_id, head, Form(typed), shown=_try(head, columns))


@post(_FILE, opt=_EDIT)
async def preview_or_take_addresses(
    request: Call, mailing_id: FromPath[int], upload_id: FromPath[int]
) -> Response[str]:
    """Show what would become of the first rows, or start the job that takes the file in."""
    form = await read_form(request)
    head = await read_head(request, upload_id)
    columns = Columns(tuple(form.text(f"column-{at}") for at in range(len(head.header))))
    try:
        check_columns(columns)
        if form.text("act") != "import":
            return await _show(request, mailing_id, head, form, shown=_try(head, columns))
        asked = Asked(upload_id, mailing_id, columns, form.is_ticked("agreed"))
        await database_of(request).run(ask_for_import, asked, header=head.header, act=act_of(request))
    except LoyaltyError as error:
        form.refuse("columns", told(error.detail))
        return await _show(request, mailing_id, head, form)
    return redirect(f"/mailings/{mailing_id}/import/{upload_id}")


@get(_FILE + "/rejected", opt=_EDIT)
async def export_left_addresses(request: Call, mailing_id: FromPath[int], upload_id: FromPath[int]) -> Response[bytes]:
    """Give the rows that stayed out with their reasons, to be corrected and put in again."""
    run = database_of(request).run
    await run(load_mailing, mailing_id)
    await run(load_upload, upload_id)
    rows = await run(list_rejections, upload_id, after=HEADER_LINE - 1, limit=MOST_REJECTED)
    header = next((row.cells for row in rows if row.line == HEADER_LINE), [])
    rejected = ([str(row.line), row.reason, *row.cells] for row in rows if row.line != HEADER_LINE)
    return answer_table(f"rejected-{upload_id}", "csv", ["line", "reason", *header], rejected)


@post("/mailings/{mailing_id:int}/copy", opt=_EDIT)
async def copy_from_mailing(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Take recipients of another mailing over."""
    form = await read_form(request)
    mailing = await database_of(request).run(load_mailing, mailing_id)
    known: dict[str, Which] = {one: one for one in WHICH}
    source = form.need("source", forms.count, 0)
    which: Which = form.need("which", forms.one_of(known), "all")
    if form.problems:
        return await _refuse(request, mailing, *next(iter(form.problems.items())))
    try:
        await database_of(request).run(gathering.copy_recipients, mailing_id, source, which, act=act_of(request))
    except LoyaltyError as error:
        return await _refuse(request, mailing, "source", told(error.detail))
    return redirect(f"/mailings/{mailing_id}/recipients")


@post("/mailings/{mailing_id:int}/addresses/clear", opt=_EDIT)
async def clear_addresses(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Take all addresses beside the audience out again."""
    await database_of(request).run(gathering.take_out, mailing_id, act=act_of(request))
    return redirect(f"/mailings/{mailing_id}/recipients")


async def _refuse(call: Call, mailing: Mailing, field: str, problem: Problem) -> Response[str]:
    form = Form(fill_step(call, mailing))
    form.refuse(field, problem)
    return await show(call, mailing, "recipients", form)


def _try(head: Head, columns: Columns) -> list[Seen]:
    """Tell what would become of the first rows."""
    seen: dict[str, int] = {}
    found: list[Seen] = []
    if ADDRESS not in columns.columns:
        return found
    for row in head.rows:
        try:
            found.append(Seen(row.line, read_row(row, columns, seen)))
        except RowError as error:
            found.append(Seen(row.line, None, str(error)))
    return found


async def _show(
    call: Call, mailing_id: int, head: Head, form: Form, *, shown: list[Seen] | None = None
) -> Response[str]:
    around = await database_of(call).run(_load, mailing_id, head.upload.id)
    watched = around.watched
    return page(
        call,
        "mailing_import.html",
        status=REFUSED if form.problems else 200,
        here=f"/mailings/{mailing_id}/import/{head.upload.id}",
        head=head,
        form=form,
        labels=LABELS,
        around=around,
        meanings={one: WORDS[one] for one in MEANINGS},
        own=[own_place(name, at) for at, name in enumerate(head.header)],
        shown=shown or [],
        counts=None if watched is None else convert(watched.job.progress, Counts),
    )


async def _load(connection: AsyncConnection, mailing_id: int, upload_id: int) -> Around:
    mailing = await load_mailing(connection, mailing_id)
    job_id = await find_last_job(connection, upload_id, kind=KIND)
    job = None if job_id is None else await find_job(connection, job_id)
    rejected = await list_rejections(connection, upload_id, after=HEADER_LINE, limit=1)
    kind = await load_kind(connection, mailing.details.kind_id)
    return Around(mailing, kind, None if job is None else watch(job), bool(rejected))
