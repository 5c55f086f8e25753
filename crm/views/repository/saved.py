"""The SQL of saved views."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import and_, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.views.tables import saved_view


class SavedView(Struct, frozen=True):
    """A view that somebody saved: the fields of its address, whether it is one's own, the key that opens it."""

    id: int
    name: str
    query: str
    shared: bool
    is_own: bool
    shortcut: int | None = None


async def list_views(connection: AsyncConnection, page: str, user_id: int) -> list[SavedView]:
    """List a person's views of a page by name, and behind them those that others share."""
    view, is_own = saved_view.c, (saved_view.c.user_id == user_id).label("is_own")
    query = select(view.id, view.name, view.query, view.shared, is_own, view.shortcut)
    query = query.where(view.page == page, or_(view.user_id == user_id, view.shared))
    rows = await connection.execute(query.order_by(is_own.desc(), func.sort_key(view.name), view.id))
    return [SavedView(**row) for row in rows.mappings()]


async def find_view(connection: AsyncConnection, view_id: int, user_id: int) -> SavedView | None:
    """Find a person's own view, held until the transaction ends."""
    view = saved_view.c
    columns = (view.id, view.name, view.query, view.shared, view.shortcut)
    query = select(*columns).where(view.id == view_id, view.user_id == user_id)
    row = (await connection.execute(query.with_for_update())).mappings().one_or_none()
    return None if row is None else SavedView(**row, is_own=True)


async def count_views(connection: AsyncConnection, page: str, user_id: int) -> int:
    """Count a person's views of a page."""
    mine = and_(saved_view.c.user_id == user_id, saved_view.c.page == page)
    return int((await connection.execute(select(func.count()).where(mine))).scalar_one())


async def insert_view(
    connection: AsyncConnection, *, user_id: int, page: str, name: str, query: str, shared: bool, now: datetime
) -> int:
    """Save a view. Raises IntegrityError for a name that the person has."""
    row = {"user_id": user_id, "page": page, "name": name, "query": query, "shared": shared, "created_at": now}
    made = await connection.execute(insert(saved_view).values(row).returning(saved_view.c.id))
    return int(made.scalar_one())


async def put_shortcut(connection: AsyncConnection, view_id: int, shortcut: int | None) -> None:
    """Let a key open a view, or none; another view of the person's on the page loses it."""
    view = saved_view.c
    own = select(view.user_id, view.page).where(view.id == view_id)
    held = (tuple_(view.user_id, view.page).in_(own), view.shortcut == shortcut)
    await connection.execute(update(saved_view).where(*held).values(shortcut=None))
    await connection.execute(update(saved_view).where(view.id == view_id).values(shortcut=shortcut))


async def update_view(connection: AsyncConnection, view_id: int, *, name: str, query: str, shared: bool) -> None:
    """Change a view. Raises IntegrityError for a name that the person has."""
    values = {"name": name, "query": query, "shared": shared}
    await connection.execute(update(saved_view).where(saved_view.c.id == view_id).values(values))


async def delete_view(connection: AsyncConnection, view_id: int) -> None:
    """Delete a view."""
    await connection.execute(delete(saved_view).where(saved_view.c.id == view_id))
