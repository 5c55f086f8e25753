"""Links by which a recipient speaks for itself: who follows one is known by it, and nobody can make one up. Pure.

Key idea: a link holds the recipient's number and a code (HMAC-SHA-256, cut to 128 bits) under a key of the service. It
works for ever, so that a letter of years ago still unsubscribes. It opens nothing but the recipient's own choices.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Final

_NUMBER_BYTES: Final = 8
_CODE_BYTES: Final = 16
_PURPOSE: Final = b"tallycard recipient link"


def sign_recipient(key: bytes, recipient_id: int) -> str:
    """Give the token of a recipient: 32 characters that stand in an address as they are."""
    number = recipient_id.to_bytes(_NUMBER_BYTES, "big")
    return urlsafe_b64encode(number + _code(key, number)).decode()


def read_recipient(key: bytes, token: str) -> int | None:
    """Give the recipient of a token; None for one that was not signed with the key."""
    try:
        kept = urlsafe_b64decode(token.encode("ascii"))
    except (Error, ValueError):
        return None
    number, code = kept[:_NUMBER_BYTES], kept[_NUMBER_BYTES:]
    return int.from_bytes(number, "big") if hmac.compare_digest(code, _code(key, number)) else None


def _code(key: bytes, number: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + number, "sha256")[:_CODE_BYTES]
