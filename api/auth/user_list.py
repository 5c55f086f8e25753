"""The users of the back office as an administrator sees them: who they are, never how they prove it."""

from datetime import datetime
from typing import Literal

from msgspec import Struct, convert
from sqlalchemy import ColumnElement, Select, case, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import UserUnknownError
from api.auth.model import UserRole
from api.auth.tables import app_user, second_factor
from crm.directories.tables import directory_entry
from database.identifiers import MOST_ID
from database.keyset import Page, Place, read_page

PAGE_ROWS = 50

State = Literal["active", "locked", "disabled"]


class User(Struct, frozen=True):
    """A user; `version` counts changes, so that nobody overwrites what they have not seen.

    The department is a code, `daily_minutes` how long they work on a working day, `email` where notices go.
    Who has a second factor signs in with a code as well.
    """

    id: int
    login: str
    name: str
    role: UserRole
    extension: str | None
    department: str | None
    daily_minutes: int
    email: str | None
    state: State
    version: int
    created_at: datetime
    locked_until: datetime | None
    disabled_at: datetime | None
    has_second_factor: bool


class UserFilter(Struct, frozen=True):
    """Which users are meant: part of a login or name, a role, a state."""

    find: str = ""
    role: UserRole | None = None
    state: State | None = None


async def list_users(
    connection: AsyncConnection, wanted: UserFilter, *, place: Place | None, now: datetime
) -> Page[User]:
    """List users, the newest first."""
    user, query = app_user.c, _select(now)
    if wanted.find:
        holds = [column.icontains(wanted.find, autoescape=True) for column in (user.login, user.name)]
        query = query.where(or_(*holds))
    if wanted.role is not None:
        query = query.where(user.role == wanted.role)
    if wanted.state is not None:
        query = query.where(_state(now) == wanted.state)
    return await read_page(connection, query, keys=[user.id], place=place, size=PAGE_ROWS, row_type=User)


async def load_user(connection: AsyncConnection, user_id: int, *, now: datetime) -> User:
    """Load a user. Raises UserUnknownError."""
    query = _select(now).where(app_user.c.id == user_id)
    row = (await connection.execute(query)).one_or_none() if 0 < user_id <= MOST_ID else None
    if row is None:
        raise UserUnknownError("no user has this identifier")
    return convert(row, User, from_attributes=True)


async def find_login(connection: AsyncConnection, login: str) -> str | None:
    """Find a login as it is written, whatever the case it is asked for in."""
    query = select(app_user.c.login).where(app_user.c.login == login)
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def find_user_id(connection: AsyncConnection, login: str) -> int | None:
    """Find the identifier of a login, whatever the case it is asked for in."""
    return (await connection.execute(select(app_user.c.id).where(app_user.c.login == login))).scalar_one_or_none()


def _select(now: datetime) -> Select[*tuple[object, ...]]:
    columns = [app_user.c[name] for name in User.__struct_fields__ if name in app_user.c]
    joined = app_user.outerjoin(directory_entry, directory_entry.c.id == app_user.c.department_id)
    factor = second_factor.c
    has_factor = exists().where(factor.user_id == app_user.c.id, factor.confirmed_at.is_not(None))
    department = directory_entry.c.code.label("department")
    labels = department, _state(now).label("state"), has_factor.label("has_second_factor")
    return select(*columns, *labels).select_from(joined)


def _state(now: datetime) -> ColumnElement[str]:
    user = app_user.c
    return case((user.disabled_at.is_not(None), "disabled"), (user.locked_until > now, "locked"), else_="active")
