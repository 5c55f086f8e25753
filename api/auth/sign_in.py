"""Signing in: from a login and a password to a new session, or to a refusal that tells nothing.

No transaction is open while the password is checked, for that takes long on purpose.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.passwords import PasswordChecks
from api.auth.sessions import close_session, open_session
from api.auth.users import Attempt, count_attempt, forgive_attempts, note_refusal
from database.activity import Act, record_activity
from database.engine import Database


async def sign_in(
    database: Database, checks: PasswordChecks, *, login: str, password: str, old_cookie: str | None, now: datetime
) -> str | None:
    """Give the cookie of a new session, or None for a wrong login or password or an account locked or disabled.

    All refusals are alike and take as long. The session of `old_cookie` is over. Raises TooManySignInsError.
    """
    attempt = await database.run(count_attempt, login, now=now)
    is_right = await checks.is_right(None if attempt is None else attempt.password_hash, password)
    if attempt is None:
        return None
    act = Act(f"user:{attempt.login}", now)
    if not is_right:
        await database.run(note_refusal, attempt, act=act)
        return None
    return await database.run(_let_in, attempt, old_cookie=old_cookie, act=act)


async def _let_in(connection: AsyncConnection, attempt: Attempt, *, old_cookie: str | None, act: Act) -> str:
    await forgive_attempts(connection, attempt.user_id)
    if old_cookie is not None:
        await close_session(connection, old_cookie)
    await record_activity(connection, act=act, what="user.signed_in", record=f"user:{attempt.user_id}")
    return await open_session(connection, attempt.user_id, now=act.at)
