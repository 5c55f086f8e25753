"""Mail as a list: folders and mailboxes on the left, the threads of the chosen one beside them, the newest first.

The address carries folder, mailbox and filter. With words each message that has them is shown, without them each thread
once. Those that are ticked are put away, taken up again, or marked as unread.
"""

from collections.abc import Mapping, Sequence

from litestar import Response, get, post
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form, told
from api.pages.mail_words import FIELDS, FOLDERS, STATES
from api.pages.moments import read_moment_place, shorten
from api.pages.queries import choice, link, place_link, text, whole_number
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from crm.mail import service as mail
from crm.mail.model import Folder
from crm.mail.repository.listing import MOST_COUNTED, MailFilter, MailRow, count_unread, list_mail
from crm.mailboxes.model import Mailbox
from crm.mailboxes.service import list_mailboxes
from crm.parties.listing import load_names
from database.keyset import Page, Place
from loyalty.errors import LoyaltyError

PATH = "/mail"
CHOSEN = ("folder", "mailbox", "text", "party", "unread", "untied")
_FOLDERS: Mapping[str, Folder] = {one: one for one in FOLDERS}
_NONE_TICKED = Problem(mark("Tick the messages that are meant."))
_READ, _SEND = dict(allows("mail.read")), dict(allows("mail.send"))


class _Listed(Struct, frozen=True):
    found: Page[MailRow]
    boxes: Sequence[Mailbox]
    parties: Mapping[int, str]


@get(PATH, opt=_READ)
async def show_mail(request: Call) -> Response[str]:
    """Show a page of a folder."""
    return await _show(request, {name: text(request, name) for name in CHOSEN}, Form({}))


@get("/mail/unread", opt=_READ)
async def show_unread_mail(request: Call) -> Response[str]:
    """Show how many messages nobody has read, for the navigation."""
    count = await database_of(request).run(count_unread)
    return page(request, "mail_unread.html", count=count, most=MOST_COUNTED)


@post("/mail/ticked", opt=_SEND)
async def do_with_ticked_mail(request: Call) -> Response[str]:
    """Put the messages that were ticked away with their threads, take them up again, or mark them as unread."""
    form = await read_form(request)
    ids = [int(one) for one in form.texts("message") if one.isascii() and one.isdigit()]
    database, act, wanted = database_of(request), act_of(request), form.text("do")
    if not ids:
        form.refuse("messages", _NONE_TICKED)
        return await _show(request, {"folder": form.text("folder")}, form)
    try:
        if wanted == "unread":
            await database.run(mail.note_read, ids, is_read=False, act=act)
        else:
            await database.run(mail.archive_threads, ids, is_archived=wanted == "archive", act=act)
    except LoyaltyError as error:
        form.refuse("messages", told(error.detail))
        return await _show(request, {"folder": form.text("folder")}, form)
    return redirect(link(PATH, {name: form.text(name) for name in CHOSEN}))


async def _show(call: Call, chosen: Mapping[str, str], form: Form) -> Response[str]:
    fields = {name: chosen.get(name, "") for name in CHOSEN}
    wanted = MailFilter(folder=_FOLDERS.get(fields["folder"], "inbox")) if form.problems else _read_filter(call)
    listed = await database_of(call).run(_load, wanted, where=None if form.problems else read_moment_place(call))
    return page(
        call,
        "mail.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        form=form,
        labels=FIELDS,
        chosen=fields,
        folder=wanted.folder,
        folders={name: (word, link(PATH, {"folder": name})) for name, word in FOLDERS.items()},
        is_filtered=any(fields[name] for name in ("text", "party", "unread", "untied")),
        boxes=listed.boxes,
        box_links={one.id: link(PATH, {"folder": wanted.folder, "mailbox": str(one.id)}) for one in listed.boxes},
        names={one.id: one.details.name for one in listed.boxes},
        rows=listed.found.rows,
        party=listed.parties.get(wanted.party_id or 0),
        states=STATES,
        newer=place_link(PATH, fields, shorten(listed.found.newer)),
        older=place_link(PATH, fields, shorten(listed.found.older)),
    )


def _read_filter(call: Call) -> MailFilter:
    return MailFilter(
        folder=choice(call, "folder", _FOLDERS.__getitem__) or "inbox",
        mailbox_id=choice(call, "mailbox", whole_number),
        party_id=choice(call, "party", whole_number),
        is_unread=bool(text(call, "unread")),
        is_untied=bool(text(call, "untied")),
        words=text(call, "text") or None,
    )


async def _load(connection: AsyncConnection, wanted: MailFilter, *, where: Place | None) -> _Listed:
    found = await list_mail(connection, wanted, place=where)
    names = await load_names(connection, [] if wanted.party_id is None else [wanted.party_id])
    return _Listed(found, await list_mailboxes(connection), names)
