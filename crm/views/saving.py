"""Use cases of saved views: a list under a name, its own or shared with all; only who made one changes it.

A view is kept as the fields of its address, so that what it means is read and checked where it is opened.
"""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.views.errors import ViewRefusedError, ViewTakenError, ViewUnknownError
from crm.views.repository import saved
from crm.views.repository.saved import SavedView
from database.activity import Act, record_activity

MOST_VIEWS = 100
MOST_NAME = 60
MOST_QUERY = 4_000
SHORTCUTS = range(1, 10)

list_views = saved.list_views


async def save_view(
    connection: AsyncConnection,
    page: str,
    user_id: int,
    *,
    name: str,
    query: str,
    shared: bool,
    shortcut: int | None = None,
    act: Act,
) -> int:
    """Save a view of a page and give its identifier; a key that opens it is taken from another view of the person's.

    Raises ViewRefusedError, ViewTakenError.
    """
    clean = _check(name, query, shortcut)
    if await saved.count_views(connection, page, user_id) >= MOST_VIEWS:
        raise ViewRefusedError(f"a person has at most {MOST_VIEWS} views of a page", field="name")
    try:
        view_id = await saved.insert_view(
            connection, user_id=user_id, page=page, name=clean, query=query, shared=shared, now=act.at
        )
    except IntegrityError as error:
        raise ViewTakenError("you have a view of this name already", field="name") from error
    if shortcut is not None:
        await saved.put_shortcut(connection, view_id, shortcut)
    await _record(connection, view_id, "made", shared=shared, act=act)
    return view_id


async def change_view(
    connection: AsyncConnection,
    view_id: int,
    user_id: int,
    *,
    name: str,
    shared: bool,
    query: str | None = None,
    shortcut: int | None = None,
    act: Act,
) -> None:
    """Rename a view, share it or keep it to oneself, let it mean another list, give it a key or take it away.

    Raises ViewUnknownError, ViewRefusedError, ViewTakenError.
    """
    before = await load_view(connection, view_id, user_id)
    meant = before.query if query is None else query
    clean = _check(name, meant, shortcut)
    if (clean, meant, shared, shortcut) == (before.name, before.query, before.shared, before.shortcut):
        return
    try:
        await saved.update_view(connection, view_id, name=clean, query=meant, shared=shared)
    except IntegrityError as error:
        raise ViewTakenError("you have a view of this name already", field="name") from error
    if shortcut != before.shortcut:
        await saved.put_shortcut(connection, view_id, shortcut)
    await _record(connection, view_id, "changed", shared=shared, act=act)


async def delete_view(connection: AsyncConnection, view_id: int, user_id: int, *, act: Act) -> None:
    """Delete a view. Raises ViewUnknownError."""
    view = await load_view(connection, view_id, user_id)
    await saved.delete_view(connection, view.id)
    await _record(connection, view_id, "deleted", shared=view.shared, act=act)


async def load_view(connection: AsyncConnection, view_id: int, user_id: int) -> SavedView:
    """Load a person's own view. Raises ViewUnknownError."""
    view = await saved.find_view(connection, view_id, user_id)
    if view is None:
        raise ViewUnknownError("there is no such view of yours")
    return view


def _check(name: str, query: str, shortcut: int | None) -> str:
    clean = " ".join(name.split())
    if not 0 < len(clean) <= MOST_NAME or not clean.isprintable():
        raise ViewRefusedError(f"a view has a name of 1 to {MOST_NAME} characters", field="name")
    if len(query) > MOST_QUERY:
        raise ViewRefusedError("the view has too many filters to be saved", field="name")
    if shortcut is not None and shortcut not in SHORTCUTS:
        raise ViewRefusedError("a view is opened by a key of 1 to 9", field="shortcut")
    return clean


async def _record(connection: AsyncConnection, view_id: int, what: str, *, shared: bool, act: Act) -> None:
    """Keep who did what; neither name nor filters, which may speak of people."""
    await record_activity(connection, act=act, what=f"view.{what}", record=f"view:{view_id}", data={"shared": shared})
