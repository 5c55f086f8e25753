"""Access tokens of tills and programs: 256 random bits, of which only the SHA-256 is kept.

Key idea: a known token costs a hash and a look into memory. What memory says is asked of the table again after a few
seconds, by one request while the others go on, so a revoked token is refused everywhere within `FRESH_SECONDS`.

It refuses to remember what is not a token: only text of the right shape reaches the table.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Callable

import asyncpg
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.errors import TokenRefusedError
from api.auth.model import Principal, TokenRole
from api.auth.tables import FIND_PRINCIPAL, access_token
from database.activity import Act, record_activity
from loyalty.installation import ensure_till

PREFIX = "tc_"
RANDOM_BYTES = 32
FRESH_SECONDS = 10
MOST_KNOWN = 10_000

_SHAPE = re.compile(rb"tc_[A-Za-z0-9_-]{43}")


async def create_token(
    connection: AsyncConnection, *, role: TokenRole, store: str | None = None, till: str | None = None, act: Act
) -> str:
    """Make an access token and give its text, which can never be told again.

    A till's token names its store and till; what is first named comes into being, the store with the installation's
    time zone. Several tokens of a till are good at once, so that they can be changed one by one.
    Raises TokenRefusedError.
    """
    if (role == "till") != bool(store and till) or bool(store) != bool(till):
        raise TokenRefusedError("the token of a till names its store and till, any other names neither")
    if store and till:
        await ensure_till(connection, store=store, till=till)
    token = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    row = {
        "hash": _hash(token.encode()),
        "role": role,
        "store_code": store or None,
        "till_code": till or None,
        "created_at": act.at,
    }
    made = await connection.execute(insert(access_token).values(row).returning(access_token.c.id))
    data = {"role": role, "store": store, "till": till}
    await record_activity(connection, act=act, what="token.created", record=f"token:{made.scalar_one()}", data=data)
    return token


async def revoke_token(connection: AsyncConnection, token_id: int, *, only_tills: bool = False, act: Act) -> bool:
    """End a token, of a till alone where that is asked; tells whether there was one that was still good."""
    good = (access_token.c.id == token_id) & access_token.c.revoked_at.is_(None)
    if only_tills:
        good &= access_token.c.role == "till"
    ended = await connection.execute(update(access_token).where(good).values(revoked_at=act.at))
    if ended.rowcount:
        await record_activity(connection, act=act, what="token.revoked", record=f"token:{token_id}")
    return bool(ended.rowcount)


async def find_principal(pool: asyncpg.Pool, token_hash: bytes) -> Principal | None:
    """Find who a token is, by its hash, on the pool of the way of a receipt; None for one unknown or revoked."""
    row = await pool.fetchrow(FIND_PRINCIPAL, token_hash)
    if row is None:
        return None
    token_id, role, store, till = row
    return Principal(f"till:{store}/{till}" if till else f"token:{token_id}", role, store, till)


class TokenCache:
    """What a server knows of access tokens: by the hash of each, who it is, and until when it need not ask again."""

    def __init__(self, pool: asyncpg.Pool, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._clock = clock
        self._known: dict[bytes, tuple[Principal, float]] = {}

    async def find(self, token: bytes) -> Principal | None:
        """Find who shows a token; None for one that is unknown or revoked."""
        token_hash = _hash(token)
        known = self._known.get(token_hash)
        if known is not None:
            principal, fresh_until = known
            now = self._clock()
            if now < fresh_until:
                return principal
            self._known[token_hash] = principal, now + FRESH_SECONDS  # others go on while this request asks
        elif _SHAPE.fullmatch(token) is None:
            return None
        return await self._ask(token_hash)

    async def _ask(self, token_hash: bytes) -> Principal | None:
        principal = await find_principal(self._pool, token_hash)
        if principal is None:
            self._known.pop(token_hash, None)
            return None
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[token_hash] = principal, self._clock() + FRESH_SECONDS
        return principal


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
