"""Sessions of people: a random cookie whose SHA-256 stands in a table of our own.

Key idea: an id is made by the server at sign-in and at no other moment, so an id that somebody planted in a browser is
never one of ours. A session ends when it was not used for a working day, at a fixed age, when the person signs out or
ends it from elsewhere, and at once when the account is disabled.

Of a session's surroundings a few words are kept, such as Firefox, Windows, and no address.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import and_, delete, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.csrf import new_secret
from api.auth.errors import SessionUnknownError
from api.auth.model import Principal, Session
from api.auth.tables import access_policy, app_session, app_user, second_factor
from database.activity import Act, record_activity

COOKIE = "tallycard_session"
SECURE_COOKIE = f"__Host-{COOKIE}"
"""Its name over https: browsers take it from this very host alone, for all paths, and never over plain http."""
RANDOM_BYTES = 32
IDLE = timedelta(hours=12)
LIFETIME = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use is kept: one write a minute, not one for each page."""
MOST_LISTED = 100
CODE_AWAITED = timedelta(minutes=10)
"""How long after the password a code is taken."""


async def open_session(
    connection: AsyncConnection, user_id: int, *, device: str = "", awaits_code: bool = False, now: datetime
) -> str:
    """Open a session and give the cookie's value; sessions that are over are swept on the way.

    One that `awaits_code` opens nothing: it knows who gave the right password, and is over soon.
    """
    over = or_(app_session.c.expires_at <= now, app_session.c.seen_at <= now - IDLE)
    await connection.execute(delete(app_session).where(over))
    cookie = secrets.token_urlsafe(RANDOM_BYTES)
    row = {
        "hash": _hash(cookie),
        "user_id": user_id,
        "csrf": new_secret(),
        "created_at": now,
        "seen_at": now,
        "expires_at": now + (CODE_AWAITED if awaits_code else LIFETIME),
        "device": device,
        "awaits_code": awaits_code,
    }
    await connection.execute(insert(app_session).values(row))
    return cookie


async def find_session(connection: AsyncConnection, cookie: str, *, now: datetime) -> Session | None:
    """Find the session of a cookie if it is still good; remembers that it was used."""
    session, user = app_session.c, app_user.c
    query = (
        select(session.hash, session.csrf, session.seen_at)
        .add_columns(user.id, user.login, user.name, user.role, user.theme, user.language)
        .add_columns(and_(_IS_DEMANDED, second_factor.c.user_id.is_(None)).label("must_set_up"))
        .join_from(app_session, app_user)
        .join(access_policy, true())
        .outerjoin(second_factor, and_(second_factor.c.user_id == user.id, second_factor.c.confirmed_at.is_not(None)))
        .where(session.hash == _hash(cookie), session.expires_at > now, session.seen_at > now - IDLE)
        .where(session.awaits_code.is_(False), user.disabled_at.is_(None))
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    if row.seen_at <= now - SEEN_EVERY:
        await connection.execute(update(app_session).where(session.hash == row.hash).values(seen_at=now))
    principal = Principal(f"user:{row.login}", row.role, user_id=row.id)
    return Session(row.hash, principal, row.name, row.theme, row.language, row.csrf, row.must_set_up)


async def find_awaiting(connection: AsyncConnection, cookie: str, *, now: datetime) -> tuple[int, str] | None:
    """Find the number and login of the person of whose sign-in a code is awaited."""
    session, user = app_session.c, app_user.c
    query = (
        select(user.id, user.login)
        .join_from(app_session, app_user)
        .where(session.hash == _hash(cookie), session.expires_at > now, session.awaits_code.is_(True))
        .where(user.disabled_at.is_(None))
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (row.id, str(row.login))


async def close_session(connection: AsyncConnection, cookie: str) -> None:
    """End the session of a cookie; one that is over already is no error."""
    await connection.execute(delete(app_session).where(app_session.c.hash == _hash(cookie)))


class OpenSession(Struct, frozen=True):
    """A session as its person sees it; nothing of it lets anybody in."""

    id: int
    device: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


async def list_sessions(
    connection: AsyncConnection, user_id: int, *, this: bytes | None = None, now: datetime
) -> list[OpenSession]:
    """List the open sessions of a user, the one used last first; `this` is the hash of the one that asks."""
    session = app_session.c
    query = (
        select(session.id, session.device, session.created_at, session.seen_at, session.hash)
        .where(session.user_id == user_id, session.expires_at > now, session.seen_at > now - IDLE)
        .where(session.awaits_code.is_(False))
        .order_by(session.seen_at.desc(), session.id.desc())
        .limit(MOST_LISTED)
    )
    rows = await connection.execute(query)
    return [OpenSession(row.id, row.device, row.created_at, row.seen_at, row.hash == this) for row in rows]


async def end_session(connection: AsyncConnection, user_id: int, session_id: int, *, act: Act) -> None:
    """End one session of a user at once. Raises SessionUnknownError."""
    mine = (app_session.c.id == session_id) & (app_session.c.user_id == user_id)
    if not (await connection.execute(delete(app_session).where(mine))).rowcount:
        raise SessionUnknownError("no open session of this user has this identifier")
    await record_activity(connection, act=act, what="user.session_ended", record=f"user:{user_id}")


async def end_sessions(connection: AsyncConnection, user_id: int, *, but: bytes | None = None, act: Act) -> None:
    """End all sessions of a user at once, but for one that is named by its hash; without any nothing is done."""
    if await close_sessions(connection, user_id, but=but):
        await record_activity(connection, act=act, what="user.sessions_ended", record=f"user:{user_id}")


async def close_sessions(connection: AsyncConnection, user_id: int, *, but: bytes | None = None) -> int:
    """End all sessions of a user as a part of another act, but for one that is named by its hash; gives how many."""
    ended = delete(app_session).where(app_session.c.user_id == user_id)
    return (await connection.execute(ended if but is None else ended.where(app_session.c.hash != but))).rowcount


_IS_DEMANDED = or_(
    access_policy.c.second_factor == "everybody",
    and_(access_policy.c.second_factor == "administrators", app_user.c.role == "admin"),
)


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
