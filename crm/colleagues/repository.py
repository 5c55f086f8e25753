"""All SQL of colleagues."""

from collections.abc import Iterable

from msgspec import convert
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.colleagues.model import Colleague
from crm.colleagues.tables import app_user

MOST_COLLEAGUES = 1_000
"""So many are offered where one is chosen; a company of more chooses by department."""


async def list_colleagues(connection: AsyncConnection, *, department_id: int | None = None) -> list[Colleague]:
    """List who works here now, of one department where it is named, by name."""
    wanted: list[ColumnElement[bool]] = [app_user.c.disabled_at.is_(None)]
    if department_id is not None:
        wanted.append(app_user.c.department_id == department_id)
    return await _read(connection, *wanted)


async def find_colleagues(connection: AsyncConnection, ids: Iterable[int]) -> dict[int, Colleague]:
    """Find colleagues by identifier, those who have left included."""
    wanted = set(ids)
    found = await _read(connection, app_user.c.id.in_(wanted)) if wanted else []
    return {one.id: one for one in found}


async def find_by_logins(connection: AsyncConnection, logins: Iterable[str]) -> dict[str, Colleague]:
    """Find colleagues who work here now by what they sign in with, in any case of letters."""
    wanted = {login.casefold() for login in logins}
    found = await _read(connection, app_user.c.login.in_(wanted), app_user.c.disabled_at.is_(None)) if wanted else []
    return {one.login.casefold(): one for one in found}


async def _read(connection: AsyncConnection, *wanted: ColumnElement[bool]) -> list[Colleague]:
    columns = [column for column in app_user.c if column.name != "disabled_at"]
    query = select(*columns, app_user.c.disabled_at.is_not(None).label("has_left")).where(*wanted)
    by_name = query.order_by(func.sort_key(app_user.c.name), app_user.c.id)
    rows = await connection.execute(by_name.limit(MOST_COLLEAGUES))
    return [convert(row, Colleague, from_attributes=True) for row in rows]
