"""Correspondence: letters registered, listed, changed, moved into the archive and out of it, with their files."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from litestar import Response, Router, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body as Multipart
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows, may
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.letter_bodies import (
    ChangesAnswer,
    LetterAnswer,
    LetterBody,
    LetterChange,
    LetterFileAnswer,
    LettersAnswer,
    LettersBody,
    MovedAnswer,
    read_place,
    render_file,
    render_letter,
    render_row,
    write_place,
)
from api.rest.problems import CHANGED, PROBLEMS
from api.state import read_clock
from api.uploads import MOST_UPLOAD_BYTES, answer_file, receive_file
from crm.letters import files
from crm.letters import service as letters
from crm.letters.changes import MOST_CHANGES, list_changes
from crm.letters.keeping import load_letter
from crm.letters.listing import LetterFilter, list_letters
from crm.letters.model import Flow, Medium, Priority

Upload = Annotated[UploadFile, Multipart(media_type=RequestEncodingType.MULTI_PART)]
_READ, _EDIT = dict(allows("letters.read")), dict(allows("letters.edit"))


@get("/v1/letters", opt=_READ, responses=PROBLEMS)
async def get_letters(
    request: Call,
    *,
    archived: FromQuery[bool] = False,
    flow: FromQuery[Flow | None] = None,
    kind: FromQuery[str | None] = None,
    medium: FromQuery[Medium | None] = None,
    priority: FromQuery[Priority | None] = None,
    party_id: FromQuery[int | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    text: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> LettersAnswer:
    """List letters, the more urgent first and then the newer, page by page; a kind stands for all below it too."""
    wanted = LetterFilter(
        is_archived=archived,
        flow=flow,
        kind=kind,
        medium=medium,
        priority=priority,
        party_id=party_id,
        since=since,
        until=until,
        words=text,
    )
    found = await service_of(request).database.run(list_letters, wanted, place=read_place(after))
    return LettersAnswer([render_row(row) for row in found.rows], write_place(found.older))


@post("/v1/letters", opt=_EDIT, dto=Body, return_dto=None, responses=PROBLEMS)
async def register_letter(request: Call, data: JSONBody[LetterBody]) -> LetterAnswer:
    """Register a letter, today where no day is given; each colleague on its list gets a notice."""
    today = _today(request)
    made = await service_of(request).database.run(
        letters.register_letter,
        data.read(day=today),
        today=today,
        may_date=_may_date(request),
        author_id=request.user.user_id,
        act=act_of(request),
    )
    return await _answer(request, made.id)


@get("/v1/letters/{letter_id:int}", opt=_READ, responses=PROBLEMS)
async def get_letter(request: Call, letter_id: FromPath[int]) -> LetterAnswer:
    """Read a letter; whoever was told of it has read it with that."""
    database = service_of(request).database
    if request.user.user_id is not None:
        await database.run(letters.note_opened, letter_id, request.user.user_id, act=act_of(request))
    return await _answer(request, letter_id)


@put("/v1/letters/{letter_id:int}", opt=_EDIT, dto=Body, return_dto=None, responses=CHANGED)
async def change_letter(request: Call, letter_id: FromPath[int], data: JSONBody[LetterChange]) -> LetterAnswer:
    """Change the fields of a letter; what somebody else changed meanwhile is told and not written over."""
    database = service_of(request).database
    before = await database.run(load_letter, letter_id)
    await database.run(
        letters.change_letter,
        letter_id,
        data.read(day=before.registered_on),
        seen=data.version,
        today=_today(request),
        may_date=_may_date(request),
        act=act_of(request),
    )
    return await _answer(request, letter_id)


@post("/v1/letters/archive", opt=_EDIT, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def archive_letters(request: Call, data: JSONBody[LettersBody]) -> MovedAnswer:
    """Move letters into the archive: they leave the journal and are found in the archive."""
    database = service_of(request).database
    return MovedAnswer(await database.run(letters.archive_letters, data.letters, act=act_of(request)))


@post("/v1/letters/restore", opt=_EDIT, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def restore_letters(request: Call, data: JSONBody[LettersBody]) -> MovedAnswer:
    """Take letters out of the archive."""
    database = service_of(request).database
    return MovedAnswer(await database.run(letters.restore_letters, data.letters, act=act_of(request)))


@get("/v1/letters/{letter_id:int}/history", opt=_READ, responses=PROBLEMS)
async def get_letter_history(request: Call, letter_id: FromPath[int]) -> ChangesAnswer:
    """List the changes of a letter with old and new values, the newest first."""
    database = service_of(request).database
    await database.run(load_letter, letter_id)
    return ChangesAnswer(await database.run(list_changes, letter_id, limit=MOST_CHANGES))


@post("/v1/letters/{letter_id:int}/files", opt=_EDIT, request_max_body_size=MOST_UPLOAD_BYTES, responses=PROBLEMS)
async def add_letter_file(request: Call, letter_id: FromPath[int], data: Upload) -> LetterFileAnswer:
    """Keep a file with a letter, sent as the one file of a form."""
    service = service_of(request)
    file = await receive_file(data, service.settings)
    return render_file(await service.database.run(files.add_file, letter_id, file, act=act_of(request)))


@get("/v1/letters/{letter_id:int}/files/{file_id:int}", opt=_READ, responses=PROBLEMS)
async def get_letter_file(request: Call, letter_id: FromPath[int], file_id: FromPath[int]) -> Response[bytes]:
    """Download a file."""
    return answer_file(*await service_of(request).database.run(files.open_file, letter_id, file_id))


@delete("/v1/letters/{letter_id:int}/files/{file_id:int}", opt=_EDIT, status_code=204, responses=PROBLEMS)
async def delete_letter_file(request: Call, letter_id: FromPath[int], file_id: FromPath[int]) -> None:
    """Take a file off a letter."""
    await service_of(request).database.run(files.remove_file, letter_id, file_id, act=act_of(request))


async def _answer(call: Call, letter_id: int) -> LetterAnswer:
    return await service_of(call).database.run(_load, letter_id)


async def _load(connection: AsyncConnection, letter_id: int) -> LetterAnswer:
    letter = await load_letter(connection, letter_id)
    marks = await letters.list_marks(connection, letter_id)
    return render_letter(letter, marks, await files.list_files(connection, letter_id))


def _today(call: Call) -> date:
    return read_clock().astimezone(ZoneInfo(service_of(call).settings.timezone)).date()


def _may_date(call: Call) -> bool:
    return may(call.user.role, "letters.date", service_of(call).settings.modules_off)


router = Router(
    "/",
    route_handlers=[
        get_letters,
        register_letter,
        get_letter,
        change_letter,
        archive_letters,
        restore_letters,
        get_letter_history,
        add_letter_file,
        get_letter_file,
        delete_letter_file,
    ],
    tags=["Correspondence"],
)
