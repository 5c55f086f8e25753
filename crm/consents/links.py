"""Links by which people speak for themselves: who follows one is known by it, and nobody can make one up. Pure.

Key idea: a link holds a number and a code (HMAC-SHA-256, cut to 128 bits) under a key of the service, with what it is
for mixed in, so that a link of one kind is none of another. That of a recipient works for ever, so that a letter of
years ago still unsubscribes, and opens nothing but the recipient's own choices; that of a request ends with it.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Final

_NUMBER_BYTES: Final = 8
_CODE_BYTES: Final = 16
_RECIPIENT: Final = b"tallycard recipient link"
_REQUEST: Final = b"tallycard confirming link"
_TRACKING: Final = b"tallycard tracking link"
_SENDER: Final = b"tallycard sender"


def sign_recipient(key: bytes, recipient_id: int) -> str:
    """Give the token of a recipient: 32 characters that stand in an address as they are."""
    return _sign(key, _RECIPIENT, recipient_id)


def read_recipient(key: bytes, token: str) -> int | None:
    """Give the recipient of a token; None for one that was not signed with the key."""
    return _read(key, _RECIPIENT, token)


def sign_request(key: bytes, request_id: int) -> str:
    """Give the token by which a request is confirmed."""
    return _sign(key, _REQUEST, request_id)


def read_request(key: bytes, token: str) -> int | None:
    """Give the request of a token; None for one that was not signed with the key."""
    return _read(key, _REQUEST, token)


def sign_tracking(key: bytes, recipient_id: int) -> str:
    """Give the token of a tracked letter's links: it opens nothing of the recipient's, wherever a link ends up."""
    return _sign(key, _TRACKING, recipient_id)


def read_tracking(key: bytes, token: str) -> int | None:
    """Give the recipient of a tracked letter's links; None for a token that was not signed with the key."""
    return _read(key, _TRACKING, token)


def hash_sender(key: bytes, sender: str) -> bytes:
    """Give by what a sender's network address is known again: it is not kept itself."""
    return hmac.digest(key, _SENDER + sender.encode(), "sha256")


def _sign(key: bytes, purpose: bytes, number: int) -> str:
    written = number.to_bytes(_NUMBER_BYTES, "big")
    return urlsafe_b64encode(written + _code(key, purpose, written)).decode()


def _read(key: bytes, purpose: bytes, token: str) -> int | None:
    try:
        kept = urlsafe_b64decode(token.encode("ascii"))
    except (Error, ValueError):
        return None
    number, code = kept[:_NUMBER_BYTES], kept[_NUMBER_BYTES:]
    return int.from_bytes(number, "big") if hmac.compare_digest(code, _code(key, purpose, number)) else None


def _code(key: bytes, purpose: bytes, number: bytes) -> bytes:
    return hmac.digest(key, purpose + number, "sha256")[:_CODE_BYTES]
