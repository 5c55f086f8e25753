"""What an administrator does to a user, and a person to their own account.

Key idea: whoever loses their access loses it at once: disabling a user and giving a new password end all sessions.
There is always an administrator who can sign in: the last one is neither disabled nor given another role, however many
administrators try at the same moment.

A login is never changed, for the journal names people by it. No password stands in the journal.
"""

from collections.abc import Mapping
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from msgspec import Struct, structs
from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import UserChangedError, UserRefusedError, UserUnknownError
from api.auth.model import Language, Principal, UserRole
from api.auth.passwords import PasswordChecks
from api.auth.sessions import close_sessions
from api.auth.tables import app_user
from api.auth.users import check_user, count_attempt, note_refusal
from crm.directories.service import choose_entries
from crm.directories.tables import directory_entry
from database.activity import Act, record_activity
from database.engine import Database
from loyalty.installation import list_stores

MOST_SHOPS = 100
"""The names of so many shops are refused as passwords."""
DAILY_MINUTES = 480
"""So long somebody works on a working day of whom nothing else is said."""


class UserSettings(Struct, frozen=True):
    """What of a user can be changed; the extension is that of their desk phone, the department a code.

    `daily_minutes` is how long they work on a working day: what is planned for them is held against it. Notices are
    sent to `email`, None is nowhere.
    """

    name: str
    role: UserRole
    extension: str | None
    department: str | None = None
    daily_minutes: int = DAILY_MINUTES
    email: str | None = None


async def change_user(
    connection: AsyncConnection, user_id: int, settings: UserSettings, *, version: int, act: Act
) -> None:
    """Change a user of a version; the same settings change nothing.

    Raises UserUnknownError, UserChangedError, UserRefusedError, EntryRefusedError.
    """
    settings = structs.replace(settings, email=_read_email(settings.email))
    check_user(name=settings.name, extension=settings.extension, daily_minutes=settings.daily_minutes)
    if settings.role != "admin":
        await _keep_an_administrator(connection, user_id)
    column = app_user.c
    own = (column.name, column.role, column.extension, column.daily_minutes, column.email, column.version)
    department = select(directory_entry.c.code).where(directory_entry.c.id == column.department_id).scalar_subquery()
    query = select(*own, department.label("department")).with_for_update(of=app_user)
    row = (await connection.execute(query.where(column.id == user_id))).one_or_none()
    if row is None:
        raise UserUnknownError("no user has this identifier")
    if row.version != version:
        raise UserChangedError("somebody else changed the user meanwhile: look at the user again")
    before = UserSettings(row.name, row.role, row.extension, row.department, row.daily_minutes, row.email)
    fields = [name for name in UserSettings.__struct_fields__ if getattr(before, name) != getattr(settings, name)]
    if fields:
        new = {name: getattr(settings, name) for name in fields}
        values = {name: value for name, value in new.items() if name != "department"}
        if "department" in new:
            values["department_id"] = await _find_department(connection, settings.department)
        await connection.execute(update(app_user).where(column.id == user_id).values(version=version + 1, **values))
        told = [name for name in fields if name not in {"name", "email"}]  # people's data are not kept in the journal
        data = {"fields": fields, "old": {name: getattr(before, name) for name in told}}
        data["new"] = {name: new[name] for name in told}
        await _record(connection, user_id, "user.changed", act=act, data=data)


async def _find_department(connection: AsyncConnection, code: str | None) -> int | None:
    """Give the identifier of a department that may be chosen. Raises EntryRefusedError."""
    if code is None:
        return None
    return (await choose_entries(connection, "department", [code], field="department"))[0].id


async def disable_user(connection: AsyncConnection, user_id: int, *, act: Act) -> None:
    """Close an account and end its sessions at once; again changes nothing. Raises as `change_user`."""
    await _keep_an_administrator(connection, user_id)
    column = app_user.c
    is_open = (column.id == user_id) & column.disabled_at.is_(None)
    closed = update(app_user).where(is_open).values(disabled_at=act.at, version=column.version + 1)
    if await _changes(connection, user_id, closed, "user.disabled", act=act):
        await close_sessions(connection, user_id)


async def enable_user(connection: AsyncConnection, user_id: int, *, act: Act) -> None:
    """Open a closed account again; again changes nothing. Raises UserUnknownError."""
    column = app_user.c
    is_closed = (column.id == user_id) & column.disabled_at.is_not(None)
    opened = update(app_user).where(is_closed).values(disabled_at=None, version=column.version + 1)
    await _changes(connection, user_id, opened, "user.enabled", act=act)


async def unlock_user(connection: AsyncConnection, user_id: int, *, act: Act) -> None:
    """Let a user sign in whom wrong passwords locked out; again changes nothing. Raises UserUnknownError."""
    column = app_user.c
    is_locked = (column.id == user_id) & column.locked_until.is_not(None)
    unlocked = update(app_user).where(is_locked).values(refusals=0, locked_until=None)
    await _changes(connection, user_id, unlocked, "user.unlocked", act=act)


async def set_password(
    connection: AsyncConnection, user_id: int, password_hash: str, *, but: bytes | None = None, act: Act
) -> None:
    """Give a user a password, unlock the account and end its sessions, but for one. Raises UserUnknownError."""
    values = {"password_hash": password_hash, "refusals": 0, "locked_until": None}
    changed = update(app_user).where(app_user.c.id == user_id).values(values)
    await _changes(connection, user_id, changed, "user.password_set", act=act)
    await close_sessions(connection, user_id, but=but)


async def change_own_password(
    database: Database, checks: PasswordChecks, login: str, *, old: str, new: str, session: bytes, act: Act
) -> bool:
    """Give a person the password they want, for the right old one; False for a wrong one or a locked account.

    Wrong ones count as when signing in. All other sessions of the person end. Raises UserRefusedError for a poor new
    password, TooManySignInsError.
    """
    password_hash = await checks.hash(new, about=[login, *await database.run(_list_shop_names)])
    attempt = await database.run(count_attempt, login, now=act.at)
    is_right = await checks.is_right(None if attempt is None else attempt.password_hash, old)
    if attempt is None:
        return False
    if not is_right:
        await database.run(note_refusal, attempt, act=act)
        return False
    await database.run(set_password, attempt.user_id, password_hash, but=session, act=act)
    return True


async def _list_shop_names(connection: AsyncConnection) -> list[str]:
    return [store.name for store in await list_stores(connection, most=MOST_SHOPS)]


async def choose_language(connection: AsyncConnection, person: Principal, language: Language, *, now: datetime) -> None:
    """Keep the language a person wants dates, numbers and the words of directories in; again changes nothing."""
    mine = app_user.c.id == person.user_id
    before = (await connection.execute(select(app_user.c.language).where(mine).with_for_update())).scalar_one()
    if before != language:
        await connection.execute(update(app_user).where(mine).values(language=language))
        data = {"old": before, "new": language}
        assert person.user_id is not None, "pages are for people"
        await _record(connection, person.user_id, "user.language_chosen", act=Act(person.actor, now), data=data)


async def choose_email(connection: AsyncConnection, person: Principal, email: str, *, now: datetime) -> None:
    """Keep where a person wants notices sent, nowhere if it is empty; the journal names the field alone.

    Raises UserRefusedError.
    """
    address = _read_email(email)
    mine = app_user.c.id == person.user_id
    before = (await connection.execute(select(app_user.c.email).where(mine).with_for_update())).scalar_one()
    if before != address:
        await connection.execute(update(app_user).where(mine).values(email=address, version=app_user.c.version + 1))
        assert person.user_id is not None, "people have an account"
        act = Act(person.actor, now)
        await _record(connection, person.user_id, "user.email_chosen", act=act, data={"fields": ["email"]})


def _read_email(typed: str | None) -> str | None:
    """Give an address as it is kept, None for none. Raises UserRefusedError."""
    try:
        return validate_email(typed, check_deliverability=False).normalized if typed else None
    except EmailNotValidError as error:
        raise UserRefusedError("must be an address such as nora@example.com", field="email") from error


async def _keep_an_administrator(connection: AsyncConnection, user_id: int) -> None:
    """Raise UserRefusedError if a user is the only administrator left; holds the rows of all until the end."""
    column = app_user.c
    query = select(column.id).where(column.role == "admin", column.disabled_at.is_(None))
    left = (await connection.execute(query.order_by(column.id).with_for_update())).scalars().all()
    if list(left) == [user_id]:
        detail = "this is the last administrator: make another one first"
        raise UserRefusedError(detail, field="role")


async def _changes(connection: AsyncConnection, user_id: int, change: Update, what: str, *, act: Act) -> bool:
    """Run a change and record it if it met the row; tells whether it did. Raises UserUnknownError."""
    if (await connection.execute(change)).rowcount:
        await _record(connection, user_id, what, act=act)
        return True
    known = select(app_user.c.id).where(app_user.c.id == user_id)
    if (await connection.execute(known)).one_or_none() is None:
        raise UserUnknownError("no user has this identifier")
    return False


async def _record(
    connection: AsyncConnection, user_id: int, what: str, *, act: Act, data: Mapping[str, object] | None = None
) -> None:
    await record_activity(connection, act=act, what=what, record=f"user:{user_id}", data=data)
