"""Mail: messages listed and read, written, answered, sent, tied to parties, put away, with their files."""

from typing import Annotated
from uuid import uuid4

from litestar import Response, Router, delete, get, post, put
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body as Multipart
from litestar.params import FromPath, FromQuery, JSONBody

from api.auth.rights import allows
from api.mail.reading import surroundings_of
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.mail_bodies import (
    ChangedAnswer,
    DraftBody,
    DraftChange,
    MailAnswer,
    MessageAnswer,
    PutAwayBody,
    ReadBody,
    ReplyBody,
    SendBody,
    ThreadAnswer,
    TieBody,
    read_place,
    render_message,
    render_row,
    render_thread,
    write_place,
)
from api.rest.problems import PROBLEMS
from api.uploads import MOST_UPLOAD_BYTES, answer_file, receive_file
from crm.mail import drafts, tying
from crm.mail import service as mail
from crm.mail.model import Folder
from crm.mail.repository.listing import MailFilter, list_mail

Upload = Annotated[UploadFile, Multipart(media_type=RequestEncodingType.MULTI_PART)]
WROTE = "{} wrote:"
_READ, _SEND = dict(allows("mail.read")), dict(allows("mail.send"))


@get("/v1/mail", opt=_READ, responses=PROBLEMS)
async def get_mail(
    request: Call,
    *,
    folder: FromQuery[Folder] = "inbox",
    mailbox_id: FromQuery[int | None] = None,
    party_id: FromQuery[int | None] = None,
    unread: FromQuery[bool] = False,
    untied: FromQuery[bool] = False,
    text: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> MailAnswer:
    """List messages of a folder, the newest first: each thread by its newest one, or each that has the words."""
    wanted = MailFilter(
        folder=folder, mailbox_id=mailbox_id, party_id=party_id, is_unread=unread, is_untied=untied, words=text
    )
    found = await service_of(request).database.run(list_mail, wanted, place=read_place(after))
    return MailAnswer([render_row(row) for row in found.rows], write_place(found.older))


@get("/v1/mail/{mail_id:int}", opt=_READ, responses=PROBLEMS)
async def get_message(request: Call, mail_id: FromPath[int]) -> ThreadAnswer:
    """Read a message with all of its thread; reading it here marks nothing as read."""
    return render_thread(await service_of(request).database.run(mail.load_thread, mail_id))


@post("/v1/mail", opt=_SEND, dto=Body, return_dto=None, responses=PROBLEMS)
async def begin_draft(request: Call, data: JSONBody[DraftBody]) -> MessageAnswer:
    """Begin a draft; it goes out when it is sent. An empty one that its author has already is given again."""
    made = await service_of(request).database.run(
        drafts.begin_draft, data.read(), author_id=request.user.user_id, act=act_of(request)
    )
    return await _answer(request, made.id)


@post("/v1/mail/{mail_id:int}/reply", opt=_SEND, dto=Body, return_dto=None, responses=PROBLEMS)
async def begin_reply(request: Call, mail_id: FromPath[int], data: JSONBody[ReplyBody]) -> MessageAnswer:
    """Begin an answer in the thread of a message, with what it says quoted."""
    database = service_of(request).database
    answered = await database.run(mail.load_message, mail_id)
    made = await database.run(
        drafts.begin_reply,
        mail_id,
        to_all=data.to_all,
        said=WROTE.format(answered.from_name or answered.from_address),
        author_id=request.user.user_id,
        act=act_of(request),
    )
    return await _answer(request, made.id)


@put("/v1/mail/{mail_id:int}", opt=_SEND, dto=Body, return_dto=None, responses=PROBLEMS)
async def save_draft(request: Call, mail_id: FromPath[int], data: JSONBody[DraftChange]) -> MessageAnswer:
    """Save a draft from the version that was seen."""
    database = service_of(request).database
    await database.run(drafts.save_draft, mail_id, data.read(), seen=data.version, act=act_of(request))
    return await _answer(request, mail_id)


@post("/v1/mail/{mail_id:int}/send", opt=_SEND, dto=Body, return_dto=None, status_code=202, responses=PROBLEMS)
async def send_draft(request: Call, mail_id: FromPath[int], data: JSONBody[SendBody]) -> MessageAnswer:
    """Send a draft, or a message that failed: it is queued, and its state tells what became of it."""
    await service_of(request).database.run(
        drafts.send_draft,
        mail_id,
        seen=data.version,
        author_id=request.user.user_id,
        new_name=f"mail.{uuid4().hex}",
        act=act_of(request),
    )
    return await _answer(request, mail_id)


@delete("/v1/mail/{mail_id:int}", opt=_SEND, status_code=204, responses=PROBLEMS)
async def discard_draft(request: Call, mail_id: FromPath[int]) -> None:
    """Throw a draft away."""
    await service_of(request).database.run(drafts.discard_draft, mail_id, act=act_of(request))


@put("/v1/mail/{mail_id:int}/party", opt=_SEND, dto=Body, return_dto=None, responses=PROBLEMS)
async def tie_message(request: Call, mail_id: FromPath[int], data: JSONBody[TieBody]) -> MessageAnswer:
    """Say whose a message is; what of its thread was tied alike, its letters and events follow."""
    service = service_of(request)
    await service.database.run(tying.tie, mail_id, data.party_id, around=surroundings_of(service), act=act_of(request))
    return await _answer(request, mail_id)


@post("/v1/mail/read", opt=_SEND, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def mark_read(request: Call, data: JSONBody[ReadBody]) -> ChangedAnswer:
    """Mark messages as read, or as unread again."""
    database = service_of(request).database
    return ChangedAnswer(await database.run(mail.note_read, data.messages, is_read=data.is_read, act=act_of(request)))


@post("/v1/mail/archive", opt=_SEND, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def archive_mail(request: Call, data: JSONBody[PutAwayBody]) -> ChangedAnswer:
    """Put messages away with their threads, or take them up again."""
    database = service_of(request).database
    changed = await database.run(mail.archive_threads, data.messages, is_archived=data.is_archived, act=act_of(request))
    return ChangedAnswer(changed)


@post("/v1/mail/{mail_id:int}/files", opt=_SEND, request_max_body_size=MOST_UPLOAD_BYTES, responses=PROBLEMS)
async def add_mail_file(request: Call, mail_id: FromPath[int], data: Upload) -> MessageAnswer:
    """Let a file go with a draft, sent as the one file of a form."""
    service = service_of(request)
    file = await receive_file(data, service.settings)
    await service.database.run(drafts.add_file, mail_id, file, act=act_of(request))
    return await _answer(request, mail_id)


@get("/v1/mail/{mail_id:int}/files/{file_id:int}", opt=_READ, responses=PROBLEMS)
async def get_mail_file(request: Call, mail_id: FromPath[int], file_id: FromPath[int]) -> Response[bytes]:
    """Download a file of a message."""
    return answer_file(*await service_of(request).database.run(mail.open_file, mail_id, file_id))


@delete("/v1/mail/{mail_id:int}/files/{file_id:int}", opt=_SEND, status_code=204, responses=PROBLEMS)
async def delete_mail_file(request: Call, mail_id: FromPath[int], file_id: FromPath[int]) -> None:
    """Take a file off a draft."""
    await service_of(request).database.run(drafts.remove_file, mail_id, file_id, act=act_of(request))


async def _answer(call: Call, mail_id: int) -> MessageAnswer:
    thread = await service_of(call).database.run(mail.load_thread, mail_id)
    return render_message(thread.message, thread.files.get(mail_id, []))


router = Router(
    "/",
    route_handlers=[
        get_mail,
        get_message,
        begin_draft,
        begin_reply,
        save_draft,
        send_draft,
        discard_draft,
        tie_message,
        mark_read,
        archive_mail,
        add_mail_file,
        get_mail_file,
        delete_mail_file,
    ],
    tags=["Mail"],
)
