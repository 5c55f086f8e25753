"""The page of a message: all of its thread, whose it is, its files; answered, tied and put away from here.

Key idea: what came from outside is shown in a frame of its own, under a policy that loads nothing from anywhere, runs
nothing, and belongs to no origin; pictures that came along are written into it, those from elsewhere are left out.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape, unescape
from typing import Final

from litestar import MediaType, Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.mail.reading import surroundings_of
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, WrongError, read_form
from api.pages.mail_list import PATH
from api.pages.mail_words import FIELDS, STATES
from api.pages.party_choice import find_named_party
from api.pages.renderer import (
    HEADERS,
    POLICY,
    Call,
    database_of,
    formats_of,
    page,
    principal_of,
    redirect,
)
from api.pages.uploads import PICTURES, READABLE, show_file
from api.uploads import answer_file
from crm.files.repository import load_content
from crm.letters.repository.letters import find_id_of_message
from crm.mail import drafts, tying
from crm.mail import service as mail
from crm.mail.model import File
from crm.mail.service import Thread
from crm.mailboxes.model import Mailbox
from crm.mailboxes.service import load_mailbox
from crm.parties.listing import load_names
from loyalty.errors import LoyaltyError

MOST_INLINE: Final = 5 * 2**20
"""Pictures within a message of so many bytes are written into it."""
_FRAMED: Final = {"Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
_ALONE: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEAD: Final = (
    '<!doctype html><html><head><meta charset="utf-8"><base target="_blank">'
    '<meta name="referrer" content="no-referrer"></head><body>'
)
_INLINE: Final = re.compile(r'src="cid:([^"]*)"')
_FOREIGN: Final = re.compile(r' src="https?:[^"]*"')
_READ, _SEND = dict(allows("mail.read")), dict(allows("mail.send"))


class Shown(Struct, frozen=True):
    """A thread with all that its page shows; `owners` are the parties of the sender's address, to be chosen from."""

    thread: Thread
    box: Mailbox
    parties: Mapping[int, str]
    owners: Sequence[int]
    letter_id: int | None


@get("/mail/{mail_id:int}", opt=_READ)
async def show_message(request: Call, mail_id: FromPath[int]) -> Response[str]:
    """Show a message with its thread; all of it has been read with that. A draft is shown in its form."""
    database = database_of(request)
    thread = await database.run(mail.load_thread, mail_id)
    if thread.message.state == "draft":
        return redirect(f"{PATH}/{mail_id}/edit")
    unread = [one.id for one in thread.messages if one.flow == "incoming" and one.read_at is None]
    if unread:
        await database.run(mail.note_read, unread, is_read=True, act=act_of(request))
    return await _show(request, mail_id, Form({}))


@get("/mail/{mail_id:int}/html", opt=_READ)
async def show_html(request: Call, mail_id: FromPath[int]) -> Response[str]:
    """Show what a message says in HTML, for the frame of its page."""
    html = await database_of(request).run(_load_html, mail_id)
    headers = {**HEADERS, "Content-Security-Policy": _ALONE, "Referrer-Policy": "no-referrer"}
    return Response(f"{_HEAD}{html}</body></html>", media_type=MediaType.HTML, headers=headers)


@get("/mail/{mail_id:int}/files/{file_id:int}", opt=_READ)
async def open_mail_file(request: Call, mail_id: FromPath[int], file_id: FromPath[int]) -> Response[bytes]:
    """Give a file of a message: what a browser can show is shown, and never run; anything else is kept."""
    return show_file(*await database_of(request).run(mail.open_file, mail_id, file_id))


@get("/mail/{mail_id:int}/source", opt=_READ)
async def open_mail_source(request: Call, mail_id: FromPath[int]) -> Response[bytes]:
    """Give a message as it came or went, to be kept."""
    content = await database_of(request).run(mail.open_source, mail_id)
    return answer_file(_Source(f"message {mail_id}.eml"), content, HEADERS)


@post("/mail/{mail_id:int}/reply", opt=_SEND)
async def reply_to_message(request: Call, mail_id: FromPath[int]) -> Response[str]:
    """Begin an answer to the writer, or to all, and go on in its form."""
    form, database = await read_form(request), database_of(request)
    answered = await database.run(mail.load_message, mail_id)
    when, who = formats_of(request).moment(answered.at), answered.from_name or answered.from_address
    made = await database.run(
        drafts.begin_reply,
        mail_id,
        to_all=form.is_ticked("all"),
        said=f"{who}, {when}:",
        author_id=principal_of(request).user_id,
        act=act_of(request),
    )
    return redirect(f"{PATH}/{made.id}/edit")


@post("/mail/{mail_id:int}/party", opt=_SEND)
async def tie_mail(request: Call, mail_id: FromPath[int]) -> Response[str]:
    """Say whose a message is; an empty field says that it is nobody's."""
    form, service = await read_form(request), service_of(request)
    try:
        party_id = await service.database.run(find_named_party, form.text("party_id"))
        await service.database.run(tying.tie, mail_id, party_id, around=surroundings_of(service), act=act_of(request))
    except WrongError as error:
        form.refuse("party_id", error.problem)
    except LoyaltyError as error:
        form.refuse_by(error, FIELDS, "party_id")
    return await _show(request, mail_id, form) if form.problems else redirect(f"{PATH}/{mail_id}")


class _Source(Struct, frozen=True):
    """The source of a message as a file."""

    name: str
    media_type: str = "message/rfc822"


async def _show(call: Call, mail_id: int, form: Form) -> Response[str]:
    shown = await database_of(call).run(_load, mail_id)
    answer = page(
        call,
        "mail_message.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{mail_id}",
        form=form,
        labels=FIELDS,
        shown=shown,
        message=shown.thread.message,
        messages=shown.thread.messages,
        files=shown.thread.files,
        states=STATES,
        pictures=PICTURES,
        viewed=READABLE,
    )
    answer.headers.update(_FRAMED)
    return answer


async def _load(connection: AsyncConnection, mail_id: int) -> Shown:
    thread = await mail.load_thread(connection, mail_id)
    message = thread.message
    owners = []
    if message.party_id is None and message.flow == "incoming":
        owners = await tying.list_owners(connection, message.from_address)
    named = {*owners, *(one.party_id for one in thread.messages if one.party_id is not None)}
    return Shown(
        thread,
        await load_mailbox(connection, message.mailbox_id),
        await load_names(connection, named),
        owners,
        await find_id_of_message(connection, mail_id),
    )


async def _load_html(connection: AsyncConnection, mail_id: int) -> str:
    message = await mail.load_message(connection, mail_id)
    files = await mail.list_files(connection, [mail_id])
    html = message.html or f"<pre>{escape(message.text)}</pre>"
    pictures = await _load_pictures(connection, html, files)
    return _INLINE.sub(lambda found: f'src="{pictures.get(unescape(found[1]), "")}"', _FOREIGN.sub("", html))


async def _load_pictures(connection: AsyncConnection, html: str, files: Sequence[File]) -> dict[str, str]:
    """Give the pictures that a text shows and that came along, as addresses that hold them."""
    wanted = {unescape(one) for one in _INLINE.findall(html)}
    pictures: dict[str, str] = {}
    size = 0
    for file in files:
        size += file.size
        if file.content_id in wanted and file.media_type in PICTURES and size <= MOST_INLINE:
            content = await load_content(connection, file.hash)
            pictures[file.content_id] = f"data:{file.media_type};base64,{b64encode(content).decode()}"
    return pictures
