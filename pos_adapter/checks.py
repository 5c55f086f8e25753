"""What a till refuses by itself before a body goes anywhere: a wrong shape, and bank cards.

The key idea: these checks need nothing but the body, so that they hold with and without the server. A body that passes
goes on byte for byte. Whether a receipt adds up and a card may pay is not asked here.
"""

from collections.abc import Collection
from typing import Final, TypeVar

import msgspec

from devices.magnetic import refused_payment
from pos_adapter.errors import PaymentCardRefusedError
from pos_adapter.problems import decode

T = TypeVar("T")

_DIGIT_ESCAPE: Final = b"\\u00"


def check(body: bytes, decoder: msgspec.json.Decoder[T], own_prefixes: Collection[str]) -> T:
    """Give the decoded body. Raises BodyError for its shape, PaymentCardRefusedError for a bank card anywhere in it."""
    value = decode(body, decoder)
    if masked := find_payment_card(body, own_prefixes):
        raise PaymentCardRefusedError(masked)
    return value


def find_payment_card(body: bytes, own_prefixes: Collection[str]) -> str | None:
    """Give, masked, what looks like a bank card in a JSON body that was decoded before; None for nearly every body.

    Digits behind JSON escapes are found as well, and the layouts of payment stripes, whatever their check digit.
    """
    if _DIGIT_ESCAPE in body:
        body = msgspec.json.encode(msgspec.json.decode(body))
    refused = refused_payment(body.decode(), own_prefixes)
    return refused.masked if refused else None
