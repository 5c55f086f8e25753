"""Columns, order and saved views of the list of parties: chosen on one page, carried by the address.

A saved view is the address of a list under a name, a person's own or shared with everybody.
"""

from urllib.parse import parse_qsl, urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form, told
from api.pages.party_list import PATH, address_of_view, read_view, reader_of
from api.pages.party_list_filters import Text
from api.pages.party_list_words import COLUMN_NAMES
from api.pages.renderer import Call, database_of, page, principal_of, redirect
from api.pages.words import mark
from crm.views.address import parse_view, print_view
from crm.views.listing import Words, load_words
from crm.views.model import COLUMNS, SORTS, View, ViewError
from crm.views.saving import change_view, delete_view, list_views, save_view
from loyalty.errors import LoyaltyError

VIEWS = "/parties/views"
WAYS = {"": mark("Rising"), "-": mark("Falling")}
LABELS = {"name": mark("Name")}


@get("/parties/view", opt=dict(allows("parties.read")))
async def show_view(request: Call) -> Response[str]:
    """Show the columns and the order of a list, and the views that a person saved."""
    return await _show(request, read_view(request), Form({}))


@post(VIEWS, opt=dict(allows("parties.read")))
async def save_list(request: Call) -> Response[str]:
    """Save a list under a name."""
    form = await read_form(request)
    view = _read_query(form)
    try:
        await database_of(request).run(
            save_view,
            PATH,
            _user_id(request),
            name=form.text("name"),
            query=urlencode(print_view(view)),
            shared=form.is_ticked("shared"),
            act=act_of(request),
        )
    except LoyaltyError as refusal:
        form.refuse_by(refusal, ("name",), "name")
        return await _show(request, view, form)
    return redirect(address_of_view(view))


@post("/parties/views/{view_id:int}", opt=dict(allows("parties.read")))
async def change_saved(request: Call, view_id: FromPath[int]) -> Response[str]:
    """Rename a saved view, share it, let it mean this list, or delete it."""
    form = await read_form(request)
    view, user_id, act = _read_query(form), _user_id(request), act_of(request)
    database = database_of(request)
    try:
        if form.is_ticked("delete"):
            await database.run(delete_view, view_id, user_id, act=act)
        else:
            query = urlencode(print_view(view)) if form.is_ticked("replace") else None
            name, shared = form.text("name"), form.is_ticked("shared")
            await database.run(change_view, view_id, user_id, name=name, shared=shared, query=query, act=act)
    except LoyaltyError as refusal:
        form.refuse(f"view-{view_id}", told(refusal.detail))
        return await _show(request, view, form)
    return redirect(address_of_view(view, "/parties/view"))


def _read_query(form: Form) -> View:
    """Read the list that a form was opened from; one that cannot be read is the plain list."""
    try:
        return parse_view(parse_qsl(form.text("query").removeprefix("?"), keep_blank_values=True))
    except (ViewError, ValueError):
        return View()


def _user_id(call: Call) -> int:
    user_id = principal_of(call).user_id
    assert user_id is not None, "pages are for people"
    return user_id


async def _show(call: Call, view: View, form: Form) -> Response[str]:
    database = database_of(call)
    words = await database.run(load_words)
    saved = await database.run(list_views, PATH, _user_id(call))
    names = _names(call, words)
    columns = [*(one for one in view.columns if one in names), *(one for one in names if one not in view.columns)]
    return page(
        call,
        "party_view.html",
        status=REFUSED if form.problems else 200,
        here=address_of_view(view, "/parties/view"),
        view=view,
        filters=[field for field in print_view(view) if field[0] == "where"],
        query=urlencode(print_view(view)),
        back=address_of_view(view),
        columns=[(one, names[one]) for one in columns if one != "name"],
        sorts=[(one, names[one]) for one in [*SORTS, *words.attributes]],
        ways=WAYS,
        saved=[one for one in saved if one.is_own],
        form=form,
        labels=LABELS | {f"view-{one.id}": one.name for one in saved},
    )


def _names(call: Call, words: Words) -> dict[str, Text]:
    reader = reader_of(call, words)
    plain = {name: Text(COLUMN_NAMES[name], is_marked=True) for name in ("name", *COLUMNS)}
    return plain | {name: Text(one.name(reader.language)) for name, one in words.attributes.items()}
