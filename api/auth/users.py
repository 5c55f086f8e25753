"""People who use the back office, and the count of refused sign-ins that locks an account.

Key idea: a try is counted before its password is looked at and forgiven when it was right, in the database and by
account. So any number of tries at once, on any number of servers, are together no more than the limit.
"""

import re
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import case, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import UserRefusedError
from api.auth.model import Principal, Theme, UserRole
from api.auth.tables import app_user
from database.activity import Act, record_activity

MOST_REFUSALS = 5
LOCKED_FOR = timedelta(minutes=15)
MOST_LOGIN_LENGTH = 100
MOST_NAME_LENGTH = 200
MINUTES_OF_A_DAY = 1_440
_LOGIN = re.compile(r"[^\s\x00-\x1f\x7f:](?:[^\x00-\x1f\x7f:]*[^\s\x00-\x1f\x7f:])?")
"""No colon, by which the journal parts a user from a till; no blank around it."""
_EXTENSION = re.compile(r"[0-9A-Za-z*#+._-]{1,20}")


class Attempt(Struct, frozen=True):
    """A counted try to sign in to an account; `refusals` holds this one already."""

    user_id: int
    login: str
    password_hash: str
    refusals: int


async def create_user(
    connection: AsyncConnection,
    *,
    login: str,
    name: str,
    role: UserRole,
    extension: str | None = None,
    password_hash: str,
    act: Act,
) -> int:
    """Make a user and give the identifier; logins differ by more than case. Raises UserRefusedError."""
    if _LOGIN.fullmatch(login) is None or len(login) > MOST_LOGIN_LENGTH:
        detail = f"a login has 1 to {MOST_LOGIN_LENGTH} characters, no colon and no blank around it"
        raise UserRefusedError(detail, field="login")
    check_user(name=name, extension=extension)
    row = {"login": login, "name": name, "role": role, "extension": extension, "created_at": act.at}
    try:
        made = await connection.execute(
            insert(app_user)
            .values(theme="system", language="en", refusals=0, version=1, password_hash=password_hash, **row)
            .returning(app_user.c.id)
        )
    except IntegrityError as error:
        raise UserRefusedError(f"there is a user {login} already", field="login") from error
    user_id = int(made.scalar_one())
    data = {"login": login, "role": role, "extension": extension}
    await record_activity(connection, act=act, what="user.created", record=f"user:{user_id}", data=data)
    return user_id


def check_user(*, name: str, extension: str | None, daily_minutes: int = 0) -> None:
    """Check what can be changed of a user. Raises UserRefusedError naming the field."""
    if not name.strip() or len(name) > MOST_NAME_LENGTH:
        raise UserRefusedError(f"a name has 1 to {MOST_NAME_LENGTH} characters", field="name")
    if extension is not None and _EXTENSION.fullmatch(extension) is None:
        raise UserRefusedError("an extension has 1 to 20 letters, digits and * # + . _ -", field="extension")
    if not 0 <= daily_minutes <= MINUTES_OF_A_DAY:
        raise UserRefusedError(f"is 0 to {MINUTES_OF_A_DAY:,} minutes of one day", field="daily_minutes")


async def has_users(connection: AsyncConnection) -> bool:
    """Tell whether there is any user, disabled ones counting too."""
    return bool((await connection.execute(select(exists(select(app_user.c.id))))).scalar_one())


async def find_extension(connection: AsyncConnection, user_id: int) -> str | None:
    """Find the extension of a user's desk phone; None for one who has none or is disabled."""
    query = select(app_user.c.extension).where(app_user.c.id == user_id, app_user.c.disabled_at.is_(None))
    return (await connection.execute(query)).scalar_one_or_none()


async def find_email(connection: AsyncConnection, user_id: int) -> str | None:
    """Find where a user wants notices sent; None for nowhere."""
    return (await connection.execute(select(app_user.c.email).where(app_user.c.id == user_id))).scalar_one_or_none()


async def count_attempt(connection: AsyncConnection, login: str, *, now: datetime) -> Attempt | None:
    """Count a try to sign in before it is checked; None where no try is open: no such user, disabled, or locked.

    The last try allowed locks the account at once; `forgive_attempts` undoes it where the password was right.
    """
    user = app_user.c
    is_lock_over = user.locked_until.is_not(None)  # else this statement does not see the row
    refusals = case((is_lock_over, 1), else_=user.refusals + 1)
    counted = (
        update(app_user)
        .where(user.login == login, user.disabled_at.is_(None))
        .where(or_(user.locked_until.is_(None), user.locked_until <= now))
        .values(refusals=refusals, locked_until=case((refusals >= MOST_REFUSALS, now + LOCKED_FOR), else_=None))
        .returning(user.id, user.login, user.password_hash, user.refusals)
    )
    row = (await connection.execute(counted)).one_or_none()
    return None if row is None else Attempt(row.id, str(row.login), row.password_hash, row.refusals)


async def note_refusal(connection: AsyncConnection, attempt: Attempt, *, act: Act) -> None:
    """Keep in the journal that a wrong password locked an account."""
    if attempt.refusals >= MOST_REFUSALS:
        data = {"refusals": attempt.refusals, "minutes": LOCKED_FOR // timedelta(minutes=1)}
        await record_activity(connection, act=act, what="user.locked", record=f"user:{attempt.user_id}", data=data)


async def forgive_attempts(connection: AsyncConnection, user_id: int) -> None:
    """Begin the count anew, because the right password was given."""
    await connection.execute(update(app_user).where(app_user.c.id == user_id).values(refusals=0, locked_until=None))


async def take_back_attempt(connection: AsyncConnection, user_id: int) -> None:
    """Count one try less: it was the right password, and what follows is counted by itself."""
    values = {"refusals": app_user.c.refusals - 1, "locked_until": None}
    await connection.execute(update(app_user).where(app_user.c.id == user_id, app_user.c.refusals > 0).values(values))


async def choose_theme(connection: AsyncConnection, person: Principal, theme: Theme, *, now: datetime) -> None:
    """Keep the theme a person wants; the same again changes nothing."""
    mine = app_user.c.id == person.user_id
    before = (await connection.execute(select(app_user.c.theme).where(mine).with_for_update())).scalar_one()
    if before == theme:
        return
    await connection.execute(update(app_user).where(mine).values(theme=theme))
    data = {"old": before, "new": theme}
    act, record = Act(person.actor, now), f"user:{person.user_id}"
    await record_activity(connection, act=act, what="user.theme_chosen", record=record, data=data)
