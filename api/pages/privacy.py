"""What people may ask, on pages: a copy of all that is kept about a party, and erasing it for good."""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form, told
from api.pages.renderer import HEADERS, Call, database_of, page, redirect
from api.pages.words import mark
from api.personal_data import MEDIA_TYPE, give_pieces, write_copy
from api.state import read_clock
from crm.privacy.erasing import erase_person, load_erasable
from crm.privacy.errors import ErasureRefusedError
from crm.privacy.repository import INVOICE_YEARS

LABELS: Mapping[str, str] = {"name": mark("Name of the party")}


@get("/parties/{party_id:int}/privacy", opt=dict(allows("parties.erase")))
async def show_privacy(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Offer the copy and the erasure."""
    return await _show(request, party_id, Form({}))


@post("/parties/{party_id:int}/copy", opt=dict(allows("parties.erase")))
async def copy(request: Call, party_id: FromPath[int]) -> Stream:
    """Give the copy as a file for the browser to keep."""
    file = await write_copy(database_of(request), party_id, act=act_of(request))
    disposition = f'attachment; filename="party-{party_id}.zip"'
    headers = {**HEADERS, "Content-Disposition": disposition}
    return Stream(give_pieces(file), media_type=MEDIA_TYPE, status_code=200, headers=headers)


@post("/parties/{party_id:int}/erase", opt=dict(allows("parties.erase")))
async def erase(request: Call, party_id: FromPath[int]) -> Response[str]:
    """Erase a party whose name was typed, and show what is left of it."""
    form = await read_form(request)
    typed = form.need("name", forms.short_text, "")
    if form.problems:
        return await _show(request, party_id, form)
    try:
        await database_of(request).run(erase_person, party_id, typed_name=typed, act=act_of(request))
    except ErasureRefusedError as error:
        form.refuse("name", told(error.detail))
        return await _show(request, party_id, form)
    return redirect(f"/parties/{party_id}/privacy")


async def _show(call: Call, party_id: int, form: Form) -> Response[str]:
    return page(
        call,
        "privacy.html",
        status=REFUSED if form.problems else 200,
        here=f"/parties/{party_id}/privacy",
        erasable=await database_of(call).run(load_erasable, party_id, now=read_clock()),
        years=INVOICE_YEARS,
        form=form,
        labels=LABELS,
    )
