"""Signing in: from a login, a password and a code where one is set up, to a session or a refusal that tells nothing.

Key idea: every try, of a password as of a code, is counted in the same place before it is looked at (`api.auth.users`).
A right password does not forgive the wrong codes before it, so who knows the password alone has a few codes to guess.

No transaction is open while a password is checked, for that takes long on purpose.
"""

from datetime import datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import SignInOverError
from api.auth.passwords import PasswordChecks
from api.auth.second_factor import find_factor, take_code
from api.auth.sessions import close_session, find_awaiting, open_session
from api.auth.users import Attempt, count_attempt, forgive_attempts, note_refusal, take_back_attempt
from database.activity import Act, record_activity
from database.engine import Database


class Entry(Struct, frozen=True):
    """The cookie of a new session; one that awaits a code opens nothing before `give_code`."""

    cookie: str
    awaits_code: bool = False


class Visit(Struct, frozen=True):
    """The browser that signs in: the cookie it had before, and what is told of it to its person."""

    old_cookie: str | None = None
    device: str = ""


async def sign_in(
    database: Database, checks: PasswordChecks, *, login: str, password: str, visit: Visit, now: datetime
) -> Entry | None:
    """Open a session, or give None for a wrong login or password or an account locked or disabled.

    All refusals are alike and take as long. The visitor's old session is over. Raises TooManySignInsError.
    """
    attempt = await database.run(count_attempt, login, now=now)
    is_right = await checks.is_right(None if attempt is None else attempt.password_hash, password)
    if attempt is None:
        return None
    act = Act(f"user:{attempt.login}", now)
    if not is_right:
        await database.run(note_refusal, attempt, act=act)
        return None
    return await database.run(_let_in, attempt, visit=visit, act=act)


async def give_code(database: Database, *, cookie: str, typed: str, key: str, device: str, now: datetime) -> str | None:
    """Give the cookie of a whole session for the code that a sign-in awaits; None for a wrong or used one, or a lock.

    Raises SignInOverError where no sign-in awaits a code, SecondFactorRefusedError where it cannot be checked.
    """
    person = await database.run(find_awaiting, cookie, now=now)
    if person is None:
        raise SignInOverError("the password was given too long ago: sign in again")
    attempt = await database.run(count_attempt, person[1], now=now)
    if attempt is None:
        return None
    visit, act = Visit(cookie, device), Act(f"user:{attempt.login}", now)
    entered = await database.run(_enter_by_code, attempt, typed=typed, key=key, visit=visit, act=act)
    if entered is None:
        await database.run(note_refusal, attempt, act=act)
    return entered


async def is_own_password(database: Database, checks: PasswordChecks, login: str, *, password: str, act: Act) -> bool:
    """Tell whether somebody who is signed in knows the account's password, before what a thief of a session may not do.

    Wrong ones count as when signing in. Raises TooManySignInsError.
    """
    attempt = await database.run(count_attempt, login, now=act.at)
    is_right = await checks.is_right(None if attempt is None else attempt.password_hash, password)
    if attempt is None:
        return False
    if is_right:
        await database.run(forgive_attempts, attempt.user_id)
    else:
        await database.run(note_refusal, attempt, act=act)
    return is_right


async def _let_in(connection: AsyncConnection, attempt: Attempt, *, visit: Visit, act: Act) -> Entry:
    if await find_factor(connection, attempt.user_id) is None:
        await forgive_attempts(connection, attempt.user_id)
        return Entry(await _open(connection, attempt.user_id, visit=visit, act=act))
    await take_back_attempt(connection, attempt.user_id)
    if visit.old_cookie is not None:
        await close_session(connection, visit.old_cookie)
    cookie = await open_session(connection, attempt.user_id, device=visit.device, awaits_code=True, now=act.at)
    return Entry(cookie, awaits_code=True)


async def _enter_by_code(
    connection: AsyncConnection, attempt: Attempt, *, typed: str, key: str, visit: Visit, act: Act
) -> str | None:
    if not await take_code(connection, attempt.user_id, typed, key=key, act=act):
        return None
    await forgive_attempts(connection, attempt.user_id)
    return await _open(connection, attempt.user_id, visit=visit, act=act)


async def _open(connection: AsyncConnection, user_id: int, *, visit: Visit, act: Act) -> str:
    """Open a whole session in the place of the visitor's old one."""
    if visit.old_cookie is not None:
        await close_session(connection, visit.old_cookie)
    await record_activity(connection, act=act, what="user.signed_in", record=f"user:{user_id}")
    return await open_session(connection, user_id, device=visit.device, now=act.at)
