"""What is done in the dispatcher's feed: a filter is saved under a name and a key, a row stays on top for everybody."""

from litestar import Response, post
from litestar.exceptions import ClientException
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Principal
from api.auth.rights import allows
from api.feed_sources import families_of, readable_sources
from api.pages.dispatcher_filters import PATH, clean_query, read_place
from api.pages.edge import act_of
from api.pages.forms import count, read_form
from api.pages.queries import link
from api.pages.renderer import Call, database_of, modules_off_of, principal_of, redirect, user_id_of
from crm.dispatcher.model import Moment
from crm.dispatcher.service import set_pin
from crm.dispatcher.telling import list_sources
from crm.views.saving import delete_view, save_view
from database.activity import Act
from loyalty.errors import LoyaltyError


@post(f"{PATH}/views", opt=dict(allows("dispatcher.read")))
async def save_feed_view(request: Call) -> Response[str]:
    """Save a filter under a name and a key, or delete one of one's own; what is refused is told above the feed."""
    form = await read_form(request)
    database, act, user_id = database_of(request), act_of(request), user_id_of(request)
    query = clean_query(form.text("query"))
    back = f"{PATH}?{query}" if query else PATH
    try:
        if form.text("delete"):
            await database.run(delete_view, form.read("delete", count, 0), user_id, act=act)
        else:
            await database.run(
                save_view,
                PATH,
                user_id,
                name=form.text("name"),
                query=query,
                shared=form.is_ticked("shared"),
                shortcut=form.read("shortcut", count, None) if form.text("shortcut") else None,
                act=act,
            )
    except LoyaltyError as refusal:
        mark = "&" if query else "?"
        return redirect(back + mark + link("", {"refused": refusal.detail}).removeprefix("?"))
    return redirect(back)


@post(f"{PATH}/pins", opt=dict(allows("dispatcher.pin")))
async def pin_row(request: Call) -> Response[str]:
    """Keep a row on top of everybody's feed, or take it off."""
    form = await read_form(request)
    query = clean_query(form.text("query"))
    try:
        place = read_place(form.text("row"))
    except ValueError as error:
        raise ClientException("this is no row of the feed") from error
    await database_of(request).run(
        _pin,
        place,
        principal_of(request),
        pinned=not form.is_ticked("off"),
        modules_off=modules_off_of(request),
        act=act_of(request),
    )
    return redirect(f"{PATH}?{query}" if query else PATH)


async def _pin(
    connection: AsyncConnection,
    place: Moment,
    user: Principal,
    *,
    pinned: bool,
    modules_off: frozenset[str],
    act: Act,
) -> None:
    assert user.user_id is not None, "pages are for people"
    families = families_of(readable_sources(user, await list_sources(connection), modules_off))
    await set_pin(connection, place, pinned=pinned, families=families, user_id=user.user_id, act=act)
