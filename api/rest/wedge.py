"""What a keyboard-wedge reader typed, down to the card number in it.

A stripe comes with its sentinels and fields, a barcode perhaps with its identifier; own numbers are known by the
literal heads of the series' templates. Nothing else of a stripe is used.
"""

import re
from collections.abc import Collection

_STRIPE = re.compile(r"[%;+](?:[A-Z](?=[0-9]))?([^?^=]+)[?^=]")
_AIM = re.compile(r"\][A-Za-z][0-9A-F]")


def read_wedge(raw: str, own_prefixes: Collection[str]) -> str:
    """Give the card number in what was typed: of several candidates the one with a prefix of ours."""
    text = raw.strip("\r\n\t \x02\x03")
    candidates: list[str] = [found.strip() for found in _STRIPE.findall(text)] or [_AIM.sub("", text, count=1)]
    own = [candidate for candidate in candidates if any(candidate.startswith(prefix) for prefix in own_prefixes)]
    return (own or candidates)[0]
