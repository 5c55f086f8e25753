"""Files and documents of events.

A file leaves as a download; a recording is played in parts, and each of them is told to the journal.
"""

from litestar import Response, Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from api.auth.rights import allows
from api.recordings import answer_sound
from api.rest.bodies import Body as Wired
from api.rest.calls import Call, act_of, service_of
from api.rest.event_bodies import EventFilesAnswer, FileAnswer, render_file
from api.rest.problems import PROBLEMS
from api.rest.uploads import Upload
from api.uploads import MOST_UPLOAD_BYTES, answer_file, receive_file
from crm.events import documents, files
from crm.events.keeping import load_event
from pos_adapter.protocol import Text, Wire


class DocumentBody(Wire, frozen=True):
    """A document named as in the journal: `business_document:3`, `receipt:<uid>`, `document:<uid>`."""

    record: Text


class DocumentsAnswer(Struct, frozen=True):
    """The documents that an event speaks of."""

    documents: list[str]


@get("/files", opt=dict(allows("events.read")), responses=PROBLEMS)
async def get_event_files(request: Call, event_id: FromPath[int]) -> EventFilesAnswer:
    """List the files of an event."""
    database = service_of(request).database
    await database.run(load_event, event_id)
    return EventFilesAnswer([render_file(file) for file in await database.run(files.list_files, event_id)])


@post("/files", request_max_body_size=MOST_UPLOAD_BYTES, responses=PROBLEMS)
async def post_event_file(request: Call, event_id: FromPath[int], data: Upload) -> FileAnswer:
    """Keep a file with an event, sent as the one file of a form; one of sound is a recording."""
    service = service_of(request)
    file = await receive_file(data, service.settings)
    return render_file(await service.database.run(files.add_file, event_id, file, act=act_of(request)))


@get("/files/{file_id:int}", opt=dict(allows("events.read")), responses=PROBLEMS)
async def get_event_file(request: Call, event_id: FromPath[int], file_id: FromPath[int]) -> Response[bytes]:
    """Download a file."""
    file, content = await service_of(request).database.run(files.open_file, event_id, file_id)
    return answer_file(file, content)


@get("/files/{file_id:int}/sound", opt=dict(allows("recordings.play")), responses=PROBLEMS)
async def get_recording(request: Call, event_id: FromPath[int], file_id: FromPath[int]) -> Response[bytes]:
    """Play a recording, or the part of it that a Range (RFC 9110) asks for; every call stands in the journal."""
    return await answer_sound(service_of(request).database, request.headers, event_id, file_id, act=act_of(request))


@delete("/files/{file_id:int}", status_code=204, responses=PROBLEMS)
async def delete_event_file(request: Call, event_id: FromPath[int], file_id: FromPath[int]) -> None:
    """Take a file off an event."""
    await service_of(request).database.run(files.remove_file, event_id, file_id, act=act_of(request))


@get("/documents", opt=dict(allows("events.read")), responses=PROBLEMS)
async def get_event_documents(request: Call, event_id: FromPath[int]) -> DocumentsAnswer:
    """List the documents that an event speaks of."""
    return DocumentsAnswer(await service_of(request).database.run(documents.list_documents, event_id))


@post("/documents", dto=Wired, return_dto=None, responses=PROBLEMS)
async def attach_document(request: Call, event_id: FromPath[int], data: JSONBody[DocumentBody]) -> DocumentsAnswer:
    """Let an event speak of a document."""
    database = service_of(request).database
    await database.run(documents.attach, event_id, data.record, act=act_of(request))
    return DocumentsAnswer(await database.run(documents.list_documents, event_id))


@delete("/documents", status_code=204, responses=PROBLEMS)
async def detach_document(request: Call, event_id: FromPath[int], record: FromQuery[str]) -> None:
    """Let an event speak of a document no more; both stay."""
    await service_of(request).database.run(documents.take_off, event_id, record, act=act_of(request))


router = Router(
    "/v1/events/{event_id:int}",
    route_handlers=[
        get_event_files,
        post_event_file,
        get_event_file,
        get_recording,
        delete_event_file,
        get_event_documents,
        attach_document,
        detach_document,
    ],
    opt=dict(allows("events.edit")),
    tags=["Events"],
)
