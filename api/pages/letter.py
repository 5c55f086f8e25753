"""The page of a letter: what it says, from whom to whom, who was told of it and has opened it, and its files."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.letter_words import FIELDS, FLOWS, MEDIA, PRIORITIES
from api.pages.notifications import note_seen
from api.pages.renderer import Call, database_of, page, principal_of, redirect
from api.pages.uploads import PICTURES, READABLE, read_file, show_file
from api.uploads import MOST_UPLOAD_BYTES
from crm.attributes.service import RecordValues, load_values
from crm.colleagues.repository import find_colleagues
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.letters import files, service
from crm.letters.keeping import load_letter
from crm.letters.kinds import list_kinds
from crm.letters.model import Kind, Letter, path_of
from crm.letters.repository.files import LetterFile
from crm.letters.repository.letters import Mark
from crm.parties.listing import load_names
from loyalty.errors import LoyaltyError


class Shown(Struct, frozen=True):
    """A letter with all that its page shows; `path` leads to its kind from the outermost one."""

    letter: Letter
    path: Sequence[Kind]
    parties: Mapping[int, str]
    people: Mapping[int, str]
    departments: Mapping[str, Entry]
    marks: Sequence[Mark]
    files: Sequence[LetterFile]
    said: RecordValues


@get("/letters/{letter_id:int}", opt=dict(allows("letters.read")))
async def show_letter(request: Call, letter_id: FromPath[int]) -> Response[str]:
    """Show a letter; whoever was told of it has opened it with that."""
    user_id = principal_of(request).user_id
    if user_id is not None:
        await database_of(request).run(service.note_opened, letter_id, user_id, act=act_of(request))
    await note_seen(request, f"letter:{letter_id}")
    return await _show(request, letter_id, Form({}))


@post("/letters/{letter_id:int}/files", opt=dict(allows("letters.edit")), request_max_body_size=MOST_UPLOAD_BYTES)
async def add_letter_file(request: Call, letter_id: FromPath[int]) -> Response[str]:
    """Keep a file with a letter, or say why it cannot be."""
    form = await read_form(request)
    file = await read_file(request, form)
    if file is None:
        return await _show(request, letter_id, form)

    async def act(connection: AsyncConnection) -> None:
        await files.add_file(connection, letter_id, file, act=act_of(request))

    return await _do(request, letter_id, form, act)


@post("/letters/{letter_id:int}/files/{file_id:int}/remove", opt=dict(allows("letters.edit")))
async def remove_letter_file(request: Call, letter_id: FromPath[int], file_id: FromPath[int]) -> Response[str]:
    """Take a file off a letter."""

    async def act(connection: AsyncConnection) -> None:
        await files.remove_file(connection, letter_id, file_id, act=act_of(request))

    return await _do(request, letter_id, await read_form(request), act)


@get("/letters/{letter_id:int}/files/{file_id:int}", opt=dict(allows("letters.read")))
async def open_letter_file(request: Call, letter_id: FromPath[int], file_id: FromPath[int]) -> Response[bytes]:
    """Give a file: what a browser can show is shown, and never run; anything else is kept."""
    return show_file(*await database_of(request).run(files.open_file, letter_id, file_id))


async def _do(
    call: Call, letter_id: int, form: Form, act: Callable[[AsyncConnection], Awaitable[None]]
) -> Response[str]:
    """Do something to the files of a letter, or show it again with what is wrong."""
    try:
        await database_of(call).run(act)
    except LoyaltyError as error:
        form.refuse_by(error, FIELDS, "file")
        return await _show(call, letter_id, form)
    return redirect(f"/letters/{letter_id}")


async def _show(call: Call, letter_id: int, form: Form) -> Response[str]:
    shown = await database_of(call).run(_load, letter_id)
    return page(
        call,
        "letter.html",
        status=REFUSED if form.problems else 200,
        here=f"/letters/{letter_id}",
        shown=shown,
        letter=shown.letter,
        form=form,
        labels=FIELDS,
        flows=FLOWS,
        media=MEDIA,
        priorities=PRIORITIES,
        said=shown.said,
        said_link=None if shown.letter.archived_at else f"/letters/{letter_id}/attributes",
        pictures=PICTURES,
        viewed=READABLE,
        most=service_of(call).settings.file_megabytes,
    )


async def _load(connection: AsyncConnection, letter_id: int) -> Shown:
    letter = await load_letter(connection, letter_id)
    marks = await service.list_marks(connection, letter_id)
    users = {one for one in (letter.user_id, letter.author_id) if one is not None} | {one.user_id for one in marks}
    people = await find_colleagues(connection, users)
    named = [one for one in (letter.party_id, letter.person_id) if one is not None]
    departments = await list_entries(connection, "department")
    return Shown(
        letter=letter,
        path=path_of(await list_kinds(connection), letter.kind),
        parties=await load_names(connection, named),
        people={one.id: one.name for one in people.values()},
        departments={one.code: one for one in departments},
        marks=marks,
        files=await files.list_files(connection, letter_id),
        said=await load_values(connection, "letter", letter_id),
    )
