"""Quick entry on a profile: what was said, by which way of contact. One form for a call and for a note."""

from collections.abc import Sequence

from litestar import Response, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import act_of
from api.pages.forms import EMPTY, REFUSED, Form, one_of, read_form
from api.pages.renderer import Call, database_of, page, redirect
from crm.parties.contacts import KeptContact
from crm.parties.errors import NoteRefusedError
from crm.parties.model import MOST_NOTE
from crm.parties.notes import add_note
from crm.parties.reaching import list_contacts, log_use
from crm.parties.service import load_party
from database.activity import Act


@post("/parties/{party_id:int}/entries", opt=dict(allows("parties.edit")))
async def enter(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Keep a note, count the use of a way of contact, or both."""
    database, form = database_of(request), await read_form(request)
    contacts = await database.run(list_contacts, party_id)
    contact = form.read("contact", one_of({str(one.id): one.id for one in contacts}), None)
    if not form.raw("text").strip() and contact is None:
        form.refuse("text", EMPTY)
    if not form.problems:
        try:
            await database.run(_keep, party_id, form.raw("text"), contact_id=contact, act=act_of(request))
        except NoteRefusedError as error:
            form.refuse_by(error, ("text",), "text")
    if form.problems:
        return await _show_again(request, party_id, form, contacts)
    return redirect(f"/parties/{party_id}#panel-timeline")


async def _keep(connection: AsyncConnection, party_id: int, text: str, *, contact_id: int | None, act: Act) -> None:
    if contact_id is not None:
        await log_use(connection, party_id, contact_id, act=act)
    if text.strip():
        await add_note(connection, party_id, text, act=act)


async def _show_again(call: Call, party_id: int, form: Form, contacts: Sequence[KeptContact]) -> Response[str]:
    party = await database_of(call).run(load_party, party_id)
    return page(
        call,
        "profile_entry_again.html",
        status=REFUSED,
        here=f"/parties/{party_id}",
        party=party,
        form=form,
        contacts=contacts,
        most=MOST_NOTE,
    )
