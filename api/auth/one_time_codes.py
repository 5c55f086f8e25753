"""One-time codes: those of a person's device (RFC 6238) and those that are kept on paper. Pure.

Key idea: a code of a device belongs to a step of half a minute. Who checks one is told its step and remembers it, so
that no code is taken twice; the step before and the one after are taken too, for clocks differ.

Recovery codes are 120 random bits each, so their SHA-256 alone may be kept: nobody tries all of them.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp

ISSUER: Final = "Tallycard"
STEP_SECONDS: Final = 30
CLOCKS_DIFFER_STEPS: Final = 1
DIGITS: Final = 6
RECOVERY_CODES: Final = 10
_RECOVERY_LETTERS: Final = 24
_GROUP: Final = 4
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that looks like something else
_READ_AS: Final = str.maketrans("OIL", "011", " -\u00a0")


def new_secret() -> str:
    """Make the secret of a device: 160 random bits in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, login: str) -> str:
    """Give the address that a device reads from a QR code."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(name=login, issuer_name=ISSUER)


def code_at(secret: str, now: datetime) -> str:
    """Give the code that a device shows at a moment."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).generate_otp(_step_at(now))


def find_step(secret: str, typed: str, now: datetime) -> int | None:
    """Find the step whose code was typed, with or without blanks; None for a code that is of none that may be now."""
    text = typed.translate(_READ_AS)
    device = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    now_step, found = _step_at(now), None
    for step in range(now_step - CLOCKS_DIFFER_STEPS, now_step + CLOCKS_DIFFER_STEPS + 1):
        if hmac.compare_digest(device.generate_otp(step).encode(), text.encode()):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Make the codes that a person keeps on paper, such as K7QF-2M9X-PDH4-0R8T-6WJC-3N5E."""
    return [
        _grouped("".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_LETTERS))) for _ in range(RECOVERY_CODES)
    ]


def hash_recovery_code(typed: str) -> bytes:
    """Give what is kept of a recovery code, however it was spaced and whatever was read wrong in it."""
    return hashlib.sha256(typed.upper().translate(_READ_AS).encode()).digest()


def is_recovery_code(typed: str) -> bool:
    """Tell whether what was typed has the shape of a recovery code."""
    text = typed.upper().translate(_READ_AS)
    return len(text) == _RECOVERY_LETTERS and all(letter in _LETTERS for letter in text)


def _step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def _grouped(text: str) -> str:
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
