"""How a snapshot is sealed, at the server that makes it and at the till that keeps it. Pure.

The key idea: both sides have the till's token, and nobody else has; so one key is derived from it and nothing more has
to be handed over or stored. With it numbers of cards are hashed (keyed BLAKE2b, RFC 7693: without the key nobody can
try all numbers of a template), pages are signed on their way (HMAC-SHA256) and rows are sealed at the till. Another
token means another key, and a snapshot that is fetched anew.
"""

import hashlib
import hmac
from typing import Final

from loyalty.numbering import canonical

SIGNATURE_HEADER: Final = "Tallycard-Signature"
HASH_BYTES: Final = 16
_SEAL_BYTES: Final = 8
_PURPOSE: Final = b"tallycard till snapshot 1"
_KEY_NAME: Final = b"name of the key"


def derive_key(token: str) -> bytes:
    """Give the key of a till's snapshot: 32 bytes."""
    return hmac.digest(token.encode(), _PURPOSE, "sha256")


def name_key(key: bytes) -> str:
    """Give a name by which two sides see that they mean the same key; it tells nothing of the key."""
    return hmac.digest(key, _KEY_NAME, "sha256")[:_SEAL_BYTES].hex()


def hash_number(key: bytes, number: str) -> bytes:
    """Give the name of a card in a snapshot; spellings of one number have one."""
    return hashlib.blake2b(canonical(number).encode(), digest_size=HASH_BYTES, key=key).digest()


def sign(key: bytes, body: bytes) -> str:
    """Give the signature of a page."""
    return hmac.digest(key, body, "sha256").hex()


def is_signed(key: bytes, body: bytes, signature: str | None) -> bool:
    """Tell whether a page has the right signature."""
    return signature is not None and hmac.compare_digest(sign(key, body).encode(), signature.encode())


def seal(key: bytes, *parts: bytes) -> int:
    """Give the seal of a row: a whole number of 64 bits with its sign."""
    # Lengths keep the parts apart: no other parts give the same text.
    text = b"".join(b"%d:%s" % (len(part), part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text, digest_size=_SEAL_BYTES, key=key).digest(), signed=True)
