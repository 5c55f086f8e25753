"""What a keyboard-wedge reader typed, down to the card number in it.

A stripe comes with its sentinels and fields, a barcode perhaps with its identifier; own numbers are known by the
literal heads of the series' templates. Nothing else of a stripe is used.
"""

import re
from collections.abc import Collection

_TRACK = re.compile(r"[%;+]([^?^=]+)[?^=]")
_AIM = re.compile(r"\A\][A-Za-z][0-9A-F]")
_FORMAT_CODE = re.compile(r"\A[A-Z](?=[0-9])")


def read_wedge(raw: str, own_prefixes: Collection[str]) -> str:
    """Give the card number in what was typed: of several candidates the one with a prefix of ours.

    A letter before the digits of a stripe may be its format code (ISO/IEC 7813) or the head of a number: where no
    prefix of ours tells, it is the code.
    """
    text = raw.strip("\r\n\t \x02\x03")
    tracks: list[str] = [track.strip() for track in _TRACK.findall(text)]
    if not tracks:
        return _AIM.sub("", text, count=1)
    candidates = [reading for track in tracks for reading in (_FORMAT_CODE.sub("", track, count=1), track)]
    own = [reading for reading in candidates if any(reading.startswith(prefix) for prefix in own_prefixes)]
    return (own or candidates)[0]
