"""The token by which a form shows that our own page asked for a change.

Key idea: the session's secret never stands in a page as it is. Each page shows it under a new mask, so that the lengths
of compressed pages tell nothing of it (the BREACH attack), while every shown token stays good as long as the session.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

RANDOM_BYTES = 32


def new_secret() -> str:
    """Make a session's secret."""
    return secrets.token_hex(RANDOM_BYTES)


def show_token(secret: str) -> str:
    """Give a token for one page."""
    pad = secrets.token_bytes(RANDOM_BYTES)
    return urlsafe_b64encode(pad + _mask(bytes.fromhex(secret), pad)).decode()


def is_token(shown: str, secret: str) -> bool:
    """Tell whether a token was shown by a page of the session."""
    try:
        raw = urlsafe_b64decode(shown.encode())
    except (Base64Error, ValueError):
        return False
    if len(raw) != 2 * RANDOM_BYTES:
        return False
    return hmac.compare_digest(_mask(raw[RANDOM_BYTES:], raw[:RANDOM_BYTES]), bytes.fromhex(secret))


def _mask(text: bytes, pad: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(text, pad, strict=True))
