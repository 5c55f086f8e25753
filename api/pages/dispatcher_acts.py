"""What is done in the dispatcher's feed: a row stays on top for everybody."""

from litestar import Response, post
from litestar.exceptions import ClientException
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Principal
from api.auth.rights import allows
from api.feed_sources import families_of, readable_sources
from api.pages.dispatcher_filters import PATH, clean_query, read_place
from api.pages.edge import act_of
from api.pages.forms import read_form
from api.pages.renderer import Call, database_of, modules_off_of, principal_of, redirect
from crm.dispatcher.model import Moment
from crm.dispatcher.service import set_pin
from crm.dispatcher.telling import list_sources
from database.activity import Act


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
