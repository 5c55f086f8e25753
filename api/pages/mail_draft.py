"""The form in which a message is written, new, as an answer, or again where it was not delivered.

Key idea: while somebody types, the same form is sent by itself now and then; the first time it begins a draft, whose
number and version the form takes from the answer. Without scripts its buttons do the same.
"""

from collections.abc import Mapping, Sequence
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.mail_list import PATH
from api.pages.mail_words import FIELDS, STATES
from api.pages.party_choice import read_number
from api.pages.queries import choice, text, whole_number
from api.pages.renderer import Call, database_of, page, principal_of, redirect
from api.pages.uploads import read_file
from api.uploads import MOST_UPLOAD_BYTES
from crm.mail import drafts
from crm.mail import service as mail
from crm.mail.errors import MailRefusedError
from crm.mail.mime import Address
from crm.mail.model import MOST_TEXT, Draft, File, Message, split_typed
from crm.mail.repository.addresses import offer_addresses
from crm.mailboxes.model import Mailbox
from crm.mailboxes.service import list_mailboxes
from crm.parties.listing import load_names
from loyalty.errors import LoyaltyError

WRITE = "/mail/write"
_READ, _SEND = dict(allows("mail.read")), dict(allows("mail.send"))
_LISTS = ("to", "cc", "bcc")


class Around(Struct, frozen=True):
    """What the form offers and shows beside what is typed."""

    boxes: Sequence[Mailbox]
    message: Message | None
    files: Sequence[File]
    parties: Mapping[int, str]


@get("/mail/new", opt=_SEND)
async def show_new_mail(request: Call) -> Response[str]:
    """Show the empty form, to the party or the address that the page's own address names."""
    party_id, to = choice(request, "party", whole_number), text(request, "to")
    if party_id is not None:
        to = await database_of(request).run(_write_party, party_id)
    typed = {"to": to, "party_id": "" if party_id is None else str(party_id)}
    return await _show(request, Form(typed))


@get("/mail/{mail_id:int}/edit", opt=_SEND)
async def show_draft(request: Call, mail_id: FromPath[int]) -> Response[str]:
    """Show a draft in its form; what has gone out is shown as it went."""
    message = await database_of(request).run(mail.load_message, mail_id)
    if message.state not in {"draft", "failed"} or message.flow != "outgoing":
        return redirect(f"{PATH}/{mail_id}")
    return await _show(request, Form(_fill(message)))


@post(WRITE, opt=_SEND)
async def write_mail(request: Call) -> Response[str]:
    """Save what is typed, and send it where a button says so; or show the form again with what is wrong."""
    form = await read_form(request)
    mail_id = form.read("draft", forms.count, None)
    message: Message | None = None
    try:
        message = await database_of(request).run(_save, request, form, mail_id)
    except LoyaltyError as error:
        form.refuse_by(error, FIELDS, "version" if error.code == "mail_changed" else "to")
    if form.problems or message is None:
        return await _show(request, form)
    go = form.text("go")
    if go == "send":
        return redirect(f"{PATH}?folder=sent")
    if go == "files":
        return redirect(f"{PATH}/{message.id}/edit#file")
    return await _show(request, Form(_fill(message)), is_saved=True)


@post("/mail/{mail_id:int}/discard", opt=_SEND)
async def throw_draft_away(request: Call, mail_id: FromPath[int]) -> Response[str]:
    """Throw a draft away."""
    await database_of(request).run(drafts.discard_draft, mail_id, act=act_of(request))
    return redirect(f"{PATH}?folder=drafts")


@post("/mail/{mail_id:int}/files", opt=_SEND, request_max_body_size=MOST_UPLOAD_BYTES)
async def attach_mail_file(request: Call, mail_id: FromPath[int]) -> Response[str]:
    """Let a file go with a draft, or say why it cannot."""
    form = await read_form(request)
    file = await read_file(request, form)
    if file is not None:
        try:
            await database_of(request).run(drafts.add_file, mail_id, file, act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, (), "file")
    if not form.problems:
        return redirect(f"{PATH}/{mail_id}/edit#file")
    shown = Form(_fill(await database_of(request).run(mail.load_message, mail_id)))
    shown.problems.update(form.problems)
    return await _show(request, shown)


@post("/mail/{mail_id:int}/files/{file_id:int}/remove", opt=_SEND)
async def detach_mail_file(request: Call, mail_id: FromPath[int], file_id: FromPath[int]) -> Response[str]:
    """Take a file off a draft."""
    await database_of(request).run(drafts.remove_file, mail_id, file_id, act=act_of(request))
    return redirect(f"{PATH}/{mail_id}/edit#file")


@get("/mail/addresses", opt=_READ)
async def offer_mail_addresses(request: Call) -> Response[str]:
    """Offer addresses of parties for what is typed last in a field of recipients."""
    typed = next((text(request, name) for name in _LISTS if text(request, name)), "")
    before, sign, last = typed.rpartition(",")
    offered = await database_of(request).run(offer_addresses, last)
    start = f"{before}{sign} " if sign else ""
    return page(request, "mail_addresses.html", start=start, offered=offered)


async def _save(connection: AsyncConnection, call: Call, form: Form, mail_id: int | None) -> Message:
    """Save the draft that a form is, and send it where its button says so, as one act."""
    act, author_id = act_of(call), principal_of(call).user_id
    draft = await _read(connection, form)
    if mail_id is None:
        message = await drafts.begin_draft(connection, draft, author_id=author_id, act=act)
    else:
        seen = form.need("version", forms.count, 0)
        message = await drafts.save_draft(connection, mail_id, draft, seen=seen, act=act)
    if form.text("go") == "send":
        name = f"mail.{uuid4().hex}"
        return await drafts.send_draft(
            connection, message.id, seen=message.version, author_id=author_id, new_name=name, act=act
        )
    return message


async def _read(connection: AsyncConnection, form: Form) -> Draft:
    """Read the form; a recipient may be a party by its number. Raises MailRefusedError."""
    lists = {name: tuple([await _read_one(connection, one, name) for one in split_typed(form.raw(name))])
             for name in _LISTS}  # fmt: skip
    return Draft(
        mailbox_id=form.read("mailbox_id", forms.count, 0),
        subject=form.text("subject"),
        text=form.raw("text"),
        party_id=form.read("party_id", forms.count, None),
        **lists,
    )


async def _read_one(connection: AsyncConnection, typed: str, field: str) -> str:
    number = read_number(typed)
    if number is None:
        return typed
    written = await _write_party(connection, number)
    if not written:
        raise MailRefusedError("names a party that has no e-mail address", field=field)
    return written


async def _write_party(connection: AsyncConnection, party_id: int) -> str:
    """Write a party as a recipient; empty where it has no address."""
    address = await drafts.find_address(connection, party_id)
    names = await load_names(connection, [party_id])
    return "" if address is None else Address(address, names.get(party_id, "")).written


def _fill(message: Message) -> dict[str, str]:
    lists = {name: ", ".join(getattr(message, f"{name}_addresses")) for name in _LISTS}
    return lists | {
        "draft": str(message.id),
        "version": str(message.version),
        "mailbox_id": str(message.mailbox_id),
        "subject": message.subject,
        "text": message.text,
        "party_id": "" if message.party_id is None else str(message.party_id),
    }


async def _show(call: Call, form: Form, *, is_saved: bool = False) -> Response[str]:
    mail_id = form.read("draft", forms.count, None)
    party_id = form.read("party_id", forms.count, None)
    around = await database_of(call).run(_load, mail_id, party_id)
    return page(
        call,
        "mail_draft.html",
        status=REFUSED if form.problems else 200,
        here=PATH if mail_id is None else f"{PATH}/{mail_id}/edit",
        form=form,
        labels=FIELDS,
        around=around,
        message=around.message,
        states=STATES,
        is_saved=is_saved,
        most_text=MOST_TEXT,
        most=service_of(call).settings.file_megabytes,
        write=WRITE,
    )


async def _load(connection: AsyncConnection, mail_id: int | None, party_id: int | None) -> Around:
    message = None if mail_id is None else await mail.load_message(connection, mail_id)
    chosen = None if message is None else message.mailbox_id
    boxes = [one for one in await list_mailboxes(connection) if one.archived_at is None or one.id == chosen]
    files = [] if mail_id is None else await mail.list_files(connection, [mail_id])
    return Around(boxes, message, files, await load_names(connection, [] if party_id is None else [party_id]))
