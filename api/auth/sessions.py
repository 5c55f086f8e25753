"""Sessions of people: a random cookie whose SHA-256 stands in a table of our own.

Key idea: an id is made by the server at sign-in and at no other moment, so an id that somebody planted in a browser is
never one of ours. A session ends when it was not used for a working day, at a fixed age, when the person signs out, and
at once when the account is disabled.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.csrf import new_secret
from api.auth.model import Principal, Session
from api.auth.tables import app_session, app_user

COOKIE = "tallycard_session"
RANDOM_BYTES = 32
IDLE = timedelta(hours=12)
LIFETIME = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use is kept: one write a minute, not one for each page."""


async def open_session(connection: AsyncConnection, user_id: int, *, now: datetime) -> str:
    """Open a session and give the cookie's value; sessions that are over are swept on the way."""
    over = or_(app_session.c.expires_at <= now, app_session.c.seen_at <= now - IDLE)
    await connection.execute(delete(app_session).where(over))
    cookie = secrets.token_urlsafe(RANDOM_BYTES)
    row = {
        "hash": _hash(cookie),
        "user_id": user_id,
        "csrf": new_secret(),
        "created_at": now,
        "seen_at": now,
        "expires_at": now + LIFETIME,
    }
    await connection.execute(insert(app_session).values(row))
    return cookie


async def find_session(connection: AsyncConnection, cookie: str, *, now: datetime) -> Session | None:
    """Find the session of a cookie if it is still good; remembers that it was used."""
    session, user = app_session.c, app_user.c
    query = (
        select(session.hash, session.csrf, session.seen_at)
        .add_columns(user.id, user.login, user.name, user.role, user.theme, user.language)
        .join_from(app_session, app_user)
        .where(session.hash == _hash(cookie), session.expires_at > now, session.seen_at > now - IDLE)
        .where(user.disabled_at.is_(None))
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    if row.seen_at <= now - SEEN_EVERY:
        await connection.execute(update(app_session).where(session.hash == row.hash).values(seen_at=now))
    principal = Principal(f"user:{row.login}", row.role, user_id=row.id)
    return Session(row.hash, principal, row.name, row.theme, row.language, row.csrf)


async def close_session(connection: AsyncConnection, cookie: str) -> None:
    """End the session of a cookie; one that is over already is no error."""
    await connection.execute(delete(app_session).where(app_session.c.hash == _hash(cookie)))


async def close_sessions(connection: AsyncConnection, user_id: int, *, but: bytes | None = None) -> None:
    """End all sessions of a user at once, but for one that is named by its hash."""
    ended = delete(app_session).where(app_session.c.user_id == user_id)
    await connection.execute(ended if but is None else ended.where(app_session.c.hash != but))


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
