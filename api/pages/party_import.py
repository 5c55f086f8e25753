"""Files of parties put in at a page: what their columns mean, what would happen, and the job that takes them in.

Key idea: a file waits with the server while a person says what its columns mean; the page shows what would become of
the first rows by doing it and taking it back. Meanings are remembered by the file's header, so the next file like it
needs one look.
"""

import asyncio
import re
from collections.abc import Sequence
from itertools import islice

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct, convert
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.downloads import answer_table
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form, told
from api.pages.jobs import WatchedJob, watch
from api.pages.party_import_words import (
    BY,
    COUNTRIES,
    FIELDS,
    FORMATS,
    KINDS,
    LABELS,
    OUTCOMES,
)
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.directories.model import PartyKind
from crm.parties.numbers import REGISTRATION_KINDS
from crm.transfer.errors import UploadRefusedError
from crm.transfer.files import ACCEPTED, open_rows
from crm.transfer.guessing import guess_by, guess_columns, header_print
from crm.transfer.importing import Result, load_known
from crm.transfer.model import ATTRIBUTE, REGISTRATION, By, Draft, Mapping, problem_of
from crm.transfer.repository.uploads import Upload, find_last_job, find_mapping, list_rejections
from crm.transfer.rows import Known, read_draft
from crm.transfer.uploads import (
    HEADER_LINE,
    KIND,
    MOST_BYTES,
    MOST_REJECTED,
    Asked,
    Counts,
    ask_for_import,
    file_of,
    keep_upload,
    load_upload,
    try_drafts,
)
from database.jobs import Job, find_job
from loyalty.errors import LoyaltyError
from loyalty.imports.lines import RowError
from loyalty.imports.tabular import Row, TableError

PATH = "/parties/import"
MOST_BODY_BYTES = MOST_BYTES + 1_048_576
"""A file and the form around it."""
ROWS_SHOWN = 20
SAMPLES_SHOWN = 3
_SOURCE = re.compile(r"[a-z0-9_.-]{1,60}", re.ASCII)


class Head(Struct, frozen=True):
    """The beginning of a file: its header and first rows; of one that was taken in nothing is left but its header."""

    upload: Upload
    header: list[str]
    rows: list[Row]

    def samples(self, place: int) -> list[str]:
        """Give the first cells of a column that hold something."""
        cells = (row.cells[place] for row in self.rows if place < len(row.cells) and row.cells[place].strip())
        return list(islice(cells, SAMPLES_SHOWN))


@get(PATH, opt=dict(allows("parties.bulk")))
async def show_upload(request: Call) -> Response[str]:
    """Show the form that takes a file."""
    return _show_upload(request, Form({}))


@post(PATH, opt=dict(allows("parties.bulk")), request_max_body_size=MOST_BODY_BYTES)
async def take_upload(request: Call) -> Response[str]:
    """Take a file and lead to what its columns mean."""
    form = await read_form(request)
    file = form.files.get("file")
    if file is None or not file.filename:
        form.refuse("file", Problem(mark("Choose a file.")))
        return _show_upload(request, form)
    try:
        upload_id = await keep_upload(database_of(request), file.filename, file, act=act_of(request))
        await read_head(request, upload_id)
    except UploadRefusedError as error:
        form.refuse("file", told(error.detail))
        return _show_upload(request, form)
    return redirect(f"{PATH}/{upload_id}")


def _show_upload(call: Call, form: Form) -> Response[str]:
    return page(
        call,
        "party_upload.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        form=form,
        labels=LABELS,
        endings=", ".join(ACCEPTED),
        most=MOST_BYTES // 2**20,
    )


@get("/parties/import/{upload_id:int}", opt=dict(allows("parties.bulk")))
async def show_mapping(request: Call, upload_id: FromPath[int]) -> Response[str]:
    """Show what the columns mean, as last time or guessed, and how far a job with the file is."""
    upload = await database_of(request).run(load_upload, upload_id)
    if upload.ended_at is not None:
        return await _show(request, Head(upload, [], []), Form({}))
    head = await read_head(request, upload_id)
    mapping = await database_of(request).run(find_mapping, header_print(head.header), Mapping)
    if mapping is None or len(mapping.columns) != len(head.header):
        mapping = await _guess(request, head)
    return await _show(request, head, _form_of(mapping))


async def _guess(call: Call, head: Head) -> Mapping:
    known = await _load_known(call, Mapping(columns=("name",)))
    columns = guess_columns(head.header, list(known.attributes.values()))
    return Mapping(columns=columns, by=guess_by(columns))


def _form_of(mapping: Mapping) -> Form:
    columns = {f"column-{place}": meaning for place, meaning in enumerate(mapping.columns)}
    rest = {"by": mapping.by, "source": mapping.source, "kind": mapping.kind, "country": mapping.country or ""}
    return Form({**columns, **rest, "date_format": mapping.date_format})


@post("/parties/import/{upload_id:int}", opt=dict(allows("parties.bulk")))
async def preview_or_import(request: Call, upload_id: FromPath[int]) -> Response[str]:
    """Show what would become of the first rows, or start the job that tries or takes in the file."""
    form = await read_form(request)
    head = await read_head(request, upload_id)
    mapping = await _read_mapping(request, form, len(head.header))
    if mapping is None:
        return await _show(request, head, form)
    if form.text("act") not in {"try", "import"}:
        return await _show(request, head, form, shown=await _try(request, head, mapping))
    asked = Asked(upload_id, mapping, is_trial=form.text("act") == "try")
    try:
        await database_of(request).run(ask_for_import, asked, header=head.header, act=act_of(request))
    except LoyaltyError as error:
        form.refuse("by", told(error.detail))
        return await _show(request, head, form)
    return redirect(f"{PATH}/{upload_id}")


async def _read_mapping(call: Call, form: Form, width: int) -> Mapping | None:
    """Read what the columns mean; None with a problem beside a field."""
    country = form.text("country").upper()
    known_by: dict[str, By] = {by: by for by in BY}
    kinds: dict[str, PartyKind] = {kind: kind for kind in KINDS}
    mapping = Mapping(
        columns=tuple(form.text(f"column-{place}") for place in range(width)),
        by=form.need("by", forms.one_of(known_by), "key"),
        source=form.need("source", _source, "import"),
        kind=form.need("kind", forms.one_of(kinds), "person"),
        country=country or None,
        date_format=form.text("date_format"),
    )
    known = await _load_known(call, mapping)
    problem = problem_of(mapping, attributes=known.attributes)
    if problem is not None:
        form.refuse("country" if "country" in problem else "by", told(problem))
    return None if form.problems else mapping


def _source(text: str) -> str:
    if _SOURCE.fullmatch(text) is None:
        raise WrongError(Problem(mark("Small Latin letters, digits, points and hyphens, at most 60.")))
    return text


async def _try(call: Call, head: Head, mapping: Mapping) -> list[tuple[Draft | None, Result]]:
    """Tell what would become of the first rows, and change nothing."""
    known = await _load_known(call, mapping)
    drafts: list[Draft] = []
    refused: dict[int, Result] = {}
    for row in head.rows:
        try:
            drafts.append(read_draft(row, known))
        except RowError as error:
            refused[row.line] = Result(row.line, "rejected", reason=str(error))
    results = await database_of(call).run(
        try_drafts, drafts, mapping, wrong_numbers=known.wrong_numbers, act=act_of(call)
    )
    by_line = {draft.line: draft for draft in drafts}
    told_of = refused | {result.line: result for result in results}
    return [(by_line.get(line), told_of[line]) for line in sorted(told_of)]


async def _load_known(call: Call, mapping: Mapping) -> Known:
    wrong = service_of(call).settings.wrong_numbers
    return await database_of(call).run(load_known, mapping, wrong_numbers=wrong, act=act_of(call))


async def read_head(call: Call, upload_id: int) -> Head:
    """Read the beginning of a file. Raises UploadUnknownError, UploadRefusedError."""
    upload = await database_of(call).run(load_upload, upload_id)
    try:
        async with file_of(database_of(call), upload, only_head=True) as path:
            with open_rows(path, upload.name) as rows:
                first = await asyncio.to_thread(lambda: list(islice(rows, ROWS_SHOWN + 1)))
    except TableError as error:
        raise UploadRefusedError(str(error), field="file") from error
    return Head(upload, first[0].cells, first[1:])


async def _show(
    call: Call, head: Head, form: Form, *, shown: Sequence[tuple[Draft | None, Result]] = ()
) -> Response[str]:
    known = await _load_known(call, Mapping(columns=("name",)))
    assert call.auth is not None, "pages want a session"
    names = {ATTRIBUTE + code: one.name(call.auth.language) for code, one in known.attributes.items()}
    job, rejected = await database_of(call).run(_find_job, head.upload.id)
    return page(
        call,
        "party_mapping.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{head.upload.id}",
        head=head,
        form=form,
        labels=LABELS,
        fields_of_parties=FIELDS,
        registrations={REGISTRATION + code: kind.name for code, kind in REGISTRATION_KINDS.items()},
        attributes=names,
        by=BY,
        kinds=KINDS,
        formats=FORMATS,
        countries=COUNTRIES,
        shown=shown,
        outcomes=OUTCOMES,
        watched=job,
        counts=None if job is None else convert(job.job.progress, Counts),
        rejected=rejected,
    )


async def _find_job(connection: AsyncConnection, upload_id: int) -> tuple[WatchedJob | None, bool]:
    """Find the last job with a file, and whether it left rows out."""
    job_id = await find_last_job(connection, upload_id, kind=KIND)
    job: Job | None = None if job_id is None else await find_job(connection, job_id)
    rejected = await list_rejections(connection, upload_id, after=HEADER_LINE, limit=1)
    return None if job is None else watch(job), bool(rejected)


@get("/parties/import/{upload_id:int}/rejected", opt=dict(allows("parties.bulk")))
async def export_rejected(request: Call, upload_id: FromPath[int]) -> Response[bytes]:
    """Give the rows that stayed out with their reasons, to be corrected and put in again."""
    await database_of(request).run(load_upload, upload_id)
    rows = await database_of(request).run(list_rejections, upload_id, after=HEADER_LINE - 1, limit=MOST_REJECTED)
    header = next((row.cells for row in rows if row.line == HEADER_LINE), [])
    rejected = ([str(row.line), row.reason, *row.cells] for row in rows if row.line != HEADER_LINE)
    return answer_table(f"rejected-{upload_id}", "csv", ["line", "reason", *header], rejected)
