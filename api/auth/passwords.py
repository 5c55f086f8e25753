"""Passwords at rest and their checking: argon2id, in threads, at most two at once.

A check costs memory and time on purpose (OWASP's least figures for argon2id), so it must neither hold up the event
loop nor be a way to exhaust the machine: beyond the checks that run, a bounded number waits, and the next is refused.

A new password is long rather than of many kinds of signs, and none of those that are guessed first: `api.auth.guessed`.
"""

import asyncio
import secrets
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.auth.errors import TooManySignInsError, UserRefusedError
from api.auth.guessed import is_guessed_first

T = TypeVar("T")

LEAST_LENGTH = 10
MOST_LENGTH = 200
MOST_AT_ONCE = 2
MOST_WAITING = 32
INVENTED_BYTES = 12

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str, about: Collection[str] = ()) -> str:
    """Give the argon2id hash of a new password; takes some 30 ms. Raises UserRefusedError for a poor one.

    `about` are words that somebody who knows the person or the shop tries first.
    """
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
        raise UserRefusedError(f"a password has {LEAST_LENGTH} to {MOST_LENGTH} characters", field="password")
    if is_guessed_first(password, about):
        detail = "this password is among the first that are guessed: take a few words that have nothing to do with you"
        raise UserRefusedError(detail, field="password")
    return _hasher.hash(password)


def invent_password() -> str:
    """Make a password that a person gets once and then changes."""
    return secrets.token_urlsafe(INVENTED_BYTES)


class PasswordChecks:
    """The one door through which a server's password checks go."""

    def __init__(self) -> None:
        self._running = asyncio.Semaphore(MOST_AT_ONCE)
        self._asked = 0

    async def is_right(self, password_hash: str | None, password: str) -> bool:
        """Tell whether a password is the one of a hash; with no hash it takes as long and is wrong.

        Raises TooManySignInsError.
        """
        return await self._in_turn(lambda: _check(password_hash, password))

    async def hash(self, password: str, about: Collection[str] = ()) -> str:
        """Give the hash of a new password as `hash_password` does. Raises UserRefusedError, TooManySignInsError."""
        return await self._in_turn(lambda: hash_password(password, about))

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._asked >= MOST_AT_ONCE + MOST_WAITING:
            raise TooManySignInsError("too many people sign in at this moment: try again in a few seconds")
        self._asked += 1
        try:
            async with self._running:
                return await asyncio.to_thread(work)
        finally:
            self._asked -= 1


def _check(password_hash: str | None, password: str) -> bool:
    is_match = _matches(password_hash or _nobodys_hash(), password)
    return is_match and password_hash is not None


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """Give the hash that is checked for a login that does not exist, so that the answer takes as long."""
    return _hasher.hash("")
