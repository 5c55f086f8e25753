"""Secrets of mailboxes at rest, sealed with a key of the environment: the database alone opens no mailbox. Pure.

Key idea: the key's text is never used itself; for each purpose a key is derived of it (HKDF-SHA-256), one for sealing
(Fernet: AES-128-CBC with HMAC-SHA-256) and one for links. Who loses the key types the secrets in again.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crm.mailboxes.errors import MailKeyError

LEAST_KEY: Final = 16
"""Shorter texts are guessed."""
_BYTES: Final = 32


def seal(key: str, secret: str) -> bytes:
    """Seal a secret. Raises MailKeyError where there is no key."""
    return _fernet(key).encrypt(secret.encode())


def unseal(key: str, sealed: bytes) -> str:
    """Open a sealed secret. Raises MailKeyError where there is no key or it is another one."""
    try:
        return _fernet(key).decrypt(sealed).decode()
    except InvalidToken as error:
        raise MailKeyError("the secret was sealed with another key: type it in again", field="smtp_secret") from error


def link_key(key: str) -> bytes:
    """Give the key of links in letters. Raises MailKeyError where there is no key."""
    return _derive(key, b"links")


def _fernet(key: str) -> Fernet:
    return Fernet(urlsafe_b64encode(_derive(key, b"secrets")))


@lru_cache(maxsize=8)
def _derive(key: str, purpose: bytes) -> bytes:
    if not key:
        raise MailKeyError("no key is set: TALLYCARD_MAIL_KEY")
    return HKDF(algorithm=SHA256(), length=_BYTES, salt=None, info=b"tallycard " + purpose).derive(key.encode())
