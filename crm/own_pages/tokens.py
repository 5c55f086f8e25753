"""Tokens of own pages: 256 random bits, known again by their SHA-256; sealed where letters must tell them."""

import hashlib
import re
import secrets
from typing import Final

from crm.mailboxes.secrets import seal, unseal

_RANDOM_BYTES: Final = 32
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def new_token() -> str:
    """Make a token: 43 characters that stand in an address as they are."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def hash_token(token: str) -> bytes | None:
    """Give by what a token is known again; None for what has not the shape of one."""
    return hashlib.sha256(token.encode()).digest() if _SHAPE.fullmatch(token) else None


def seal_token(key: str, token: str) -> bytes | None:
    """Seal a token for letters; None without a key, and then no letter can carry it."""
    return seal(key, token) if key else None


def open_token(key: str, sealed: bytes) -> str:
    """Open a sealed token. Raises MailKeyError where the key is another one or none."""
    return unseal(key, sealed)
