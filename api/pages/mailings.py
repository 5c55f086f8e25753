"""Mailings on pages: the list of them, how far one is, its recipients with their states, and what is done with it."""

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.mailing_words import LABELS, REASONS, RECIPIENT_STATES, STATES
from api.pages.moments import read_moment_place, shorten
from api.pages.queries import place, place_link, text
from api.pages.renderer import Call, database_of, page, principal_of, redirect
from crm.consents.kinds import load_kind
from crm.consents.model import Kind
from crm.mailings import service as mailings
from crm.mailings.model import MailingDetails
from crm.mailings.progress import Progress, load_progress
from crm.mailings.repository.mailings import MailingRow
from crm.mailings.repository.recipients import RecipientRow, list_recipients
from database.keyset import Page, Place

PATH = "/mailings"
NEW = "/mailings/new"
_READ, _EDIT, _SEND = (dict(allows(right)) for right in ("mailings.read", "mailings.edit", "mailings.send"))


class Shown(Struct, frozen=True):
    """A mailing with what its page shows."""

    progress: Progress
    kind: Kind
    recipients: Page[RecipientRow]


@get(PATH, opt=_READ)
async def show_mailings(request: Call) -> Response[str]:
    """List mailings, the last changed first."""
    kinds, found = await database_of(request).run(_list, read_moment_place(request))
    return page(
        request,
        "mailings.html",
        rows=found.rows,
        kinds={kind.id: kind for kind in kinds},
        states=STATES,
        newer=place_link(PATH, {}, shorten(found.newer)),
        older=place_link(PATH, {}, shorten(found.older)),
    )


@get(NEW, opt=_EDIT)
async def show_new_mailing(request: Call) -> Response[str]:
    """Ask for the name and the kind of a new mailing."""
    return await _show_new(request, Form({}))


@post(NEW, opt=_EDIT)
async def make_new_mailing(request: Call) -> Response[str]:
    """Make a draft and go on to its message, or show the form again with what is wrong."""
    form = await read_form(request)
    name = form.need("name", forms.short_text, "")
    kinds = await database_of(request).run(mailings.list_kinds)
    kind = form.need("kind_id", forms.one_of({str(one.id): one.id for one in kinds}), 0)
    if form.problems:
        return await _show_new(request, form)
    made = await database_of(request).run(
        mailings.make_mailing,
        MailingDetails(name=name, kind_id=kind),
        author_id=principal_of(request).user_id,
        act=act_of(request),
    )
    return redirect(f"{PATH}/{made.id}/setup")


@get("/mailings/{mailing_id:int}", opt=_READ)
async def show_mailing(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Show how far a mailing is, and its recipients, all or those of one state or reason."""
    state, reason = text(request, "state"), text(request, "reason")
    shown = await database_of(request).run(
        _load, mailing_id, state=state or None, reason=reason or None, where=place(request, int)
    )
    path, fields = f"{PATH}/{mailing_id}", {"state": state, "reason": reason}
    return page(
        request,
        "mailing.html",
        here=path,
        mailing=shown.progress.mailing,
        progress=shown.progress,
        kind=shown.kind,
        rows=shown.recipients.rows,
        states=STATES,
        recipient_states=RECIPIENT_STATES,
        reasons=REASONS,
        chosen=fields,
        newer=place_link(path, fields, shown.recipients.newer),
        older=place_link(path, fields, shown.recipients.older),
    )


@post("/mailings/{mailing_id:int}/pause", opt=_SEND)
async def pause_mailing(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Hold a mailing."""
    await database_of(request).run(mailings.pause, mailing_id, act=act_of(request))
    return redirect(f"{PATH}/{mailing_id}")


@post("/mailings/{mailing_id:int}/resume", opt=_SEND)
async def resume_mailing(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """Go on with a mailing."""
    await database_of(request).run(mailings.resume, mailing_id, act=act_of(request))
    return redirect(f"{PATH}/{mailing_id}")


@post("/mailings/{mailing_id:int}/cancel", opt=_SEND)
async def cancel_mailing(request: Call, mailing_id: FromPath[int]) -> Response[str]:
    """End a mailing for good."""
    await database_of(request).run(mailings.cancel, mailing_id, act=act_of(request))
    return redirect(f"{PATH}/{mailing_id}")


async def _list(connection: AsyncConnection, where: Place | None) -> tuple[list[Kind], Page[MailingRow]]:
    return await mailings.list_kinds(connection), await mailings.list_mailings(connection, place=where)


async def _load(
    connection: AsyncConnection, mailing_id: int, *, state: str | None, reason: str | None, where: Place | None
) -> Shown:
    progress = await load_progress(connection, mailing_id)
    kind = await load_kind(connection, progress.mailing.details.kind_id)
    found = await list_recipients(connection, mailing_id, state=state, reason=reason, place=where)
    return Shown(progress, kind, found)


async def _show_new(call: Call, form: Form) -> Response[str]:
    kinds = await database_of(call).run(mailings.list_kinds)
    status = REFUSED if form.problems else 200
    return page(call, "mailing_new.html", status=status, here=NEW, form=form, labels=LABELS, kinds=kinds)
