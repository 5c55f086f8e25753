"""Saved lists: the address of a list under a name, one's own or shared with everybody; one page for each kind of list.

Key idea: a list is its address, so whatever the list understands of it is kept, and nothing else; what it means is
looked up each time it is opened.
"""

from collections.abc import Callable

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from api.auth.model import Right
from api.auth.rights import allows
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, count, read_form, told
from api.pages.renderer import Call, database_of, page, redirect, user_id_of
from api.pages.words import mark
from crm.views.saving import SHORTCUTS, change_view, delete_view, list_views, save_view
from loyalty.errors import LoyaltyError

LABELS = {"name": mark("Name"), "shortcut": mark("Key")}


class Listing(Struct, frozen=True):
    """A list whose addresses can be saved, and opened by a key if it listens to number keys.

    `clean` gives of a query what the list understands.
    """

    path: str
    right: Right
    title: str
    clean: Callable[[str], str]
    has_keys: bool = False

    def address(self, query: str, *, views: bool = False) -> str:
        """Give the address of a list, or of the page where its address is saved."""
        path = f"{self.path}/views" if views else self.path
        return f"{path}?{query}" if query else path


def saved_view_routes(listing: Listing) -> tuple[HTTPRouteHandler, ...]:
    """Give the routes of the page where addresses of a list are saved."""
    path, right = f"{listing.path}/views", listing.right

    @get(path, opt=dict(allows(right)))
    async def show_views(request: Call) -> Response[str]:
        """Show the list that is to be saved, and those that the reader saved."""
        return await _show(request, listing, listing.clean(request.url.query), Form({}))

    @post(path, opt=dict(allows(right)))
    async def save(request: Call) -> Response[str]:
        """Save a list under a name."""
        return await _save(request, listing)

    @post(f"{path}/{{view_id:int}}", opt=dict(allows(right)))
    async def change(request: Call, view_id: FromPath[int]) -> Response[str]:
        """Rename a saved list, share it, let it mean another list, or delete it."""
        return await _change(request, listing, view_id)

    return show_views, save, change


async def _save(call: Call, listing: Listing) -> Response[str]:
    form = await read_form(call)
    query = listing.clean(form.text("query"))
    try:
        await database_of(call).run(
            save_view,
            listing.path,
            user_id_of(call),
            name=form.text("name"),
            query=query,
            shared=form.is_ticked("shared"),
            shortcut=form.read("shortcut", count, None),
            act=act_of(call),
        )
    except LoyaltyError as refusal:
        form.refuse_by(refusal, LABELS, "name")
        return await _show(call, listing, query, form)
    return redirect(listing.address(query))


async def _change(call: Call, listing: Listing, view_id: int) -> Response[str]:
    form = await read_form(call)
    query = listing.clean(form.text("query"))
    user_id, act = user_id_of(call), act_of(call)
    try:
        if form.is_ticked("delete"):
            await database_of(call).run(delete_view, view_id, user_id, act=act)
        else:
            await database_of(call).run(
                change_view,
                view_id,
                user_id,
                name=form.text("name"),
                shared=form.is_ticked("shared"),
                query=query if form.is_ticked("replace") else None,
                shortcut=form.read("shortcut", count, None),
                act=act,
            )
    except LoyaltyError as refusal:
        form.refuse(f"view-{view_id}", told(refusal.detail))
        return await _show(call, listing, query, form)
    return redirect(listing.address(query, views=True))


async def _show(call: Call, listing: Listing, query: str, form: Form) -> Response[str]:
    saved = [one for one in await database_of(call).run(list_views, listing.path, user_id_of(call)) if one.is_own]
    return page(
        call,
        "saved_views.html",
        status=REFUSED if form.problems else 200,
        here=listing.address(query, views=True),
        listing=listing,
        query=query,
        saved=saved,
        shortcuts=SHORTCUTS if listing.has_keys else (),
        form=form,
        labels=LABELS | {f"view-{one.id}": one.name for one in saved},
    )
