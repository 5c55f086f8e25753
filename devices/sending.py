"""What a reader of a profile sends for a code, a stripe or a tag: the decoders' opposite.

The key idea: a pure function from a profile and a value to bytes, by the same facts from which the decoder is made, so
that simulators, faults and benchmarks speak for every profile. It checks nothing: what is sent may be as wrong as a
test needs. Alphabets are the caller's; text is ASCII.
"""

from collections.abc import Sequence
from functools import reduce
from operator import xor
from typing import Final

from devices.code_identifiers import LETTERS, Told
from devices.framing import DLE, ETX, STX
from devices.model import ReaderProfile
from devices.ssi import pack
from devices.tracks import lrc_character

_AIM: Final[dict[Told, str]] = {
    "ean13": "]E0", "upca": "]E0", "ean8": "]E4", "code128": "]C0", "gs1-128": "]C1", "code39": "]A0", "itf": "]I0",
    "codabar": "]F0", "code93": "]G0", "databar": "]e0", "pdf417": "]L0", "qr": "]Q1", "gs1-qr": "]Q3",
    "datamatrix": "]d1", "gs1-datamatrix": "]d2",
}  # fmt: skip
_TRACK_STARTS: Final = "%;+"


def send_code(data: str, told: Told, profile: ReaderProfile) -> bytes:
    """Give what a scanner sends for a barcode. A maker's set that has no letter for it sends none."""
    if profile.framing == "ssi":
        return pack(data.encode("ascii"), told)
    return _framed((_identifier(told, profile) + data).encode("ascii"), profile)


def send_stripe(tracks: Sequence[str | None], profile: ReaderProfile) -> bytes:
    """Give what a magnetic reader sends for tracks 1, 2 and 3, given without sentinels; None is a track not there."""
    whole = [f"{start}{track}?" for start, track in zip(_TRACK_STARTS, tracks, strict=False) if track is not None]
    sent = [track + (lrc_character(track) if profile.lrc else "") for track in whole]
    if profile.framing == "uic":
        pieces = (bytes([STX]) + track.encode("ascii") + bytes([DLE]) for track in sent)
        return b"".join(pieces)[:-1] + bytes([ETX])
    end = "\r" if profile.framing == "track-cr" else ""
    return _framed("".join(track + end for track in sent).encode("ascii"), profile)


def send_tag(uid: str, profile: ReaderProfile) -> bytes:
    """Give what a proximity reader sends for an em4100 identifier of ten hexadecimal digits."""
    data = bytes.fromhex(uid)
    match profile.rfid:
        case "bin":
            frame = bytes([len(data) + 5, STX]) + data
            return bytes([STX]) + frame + bytes([reduce(xor, frame), ETX])
        case "z2":
            text = f"Em-Marine[{uid[:4]}] {data[2]},{int.from_bytes(data[3:])}\r"
        case "colon":
            text = f":{uid}{-sum(data) & 0xFF:02X}"
        case "hex":
            text = f"{uid}{reduce(xor, data):02X}"
    return _framed(text.encode("ascii"), profile)


def _identifier(told: Told, profile: ReaderProfile) -> str:
    if profile.code_id in {"none", "auto"}:
        return ""
    if profile.code_id == "aim":
        return _AIM.get(told, "]X0")
    retail = {"retail"} if told in {"ean13", "upca", "ean8", "upce"} else set()
    return next((letters for letters, meant in LETTERS[profile.code_id] if meant in {told, *retail}), "")


def _framed(data: bytes, profile: ReaderProfile) -> bytes:
    match profile.framing:
        case "terminator":
            return data + bytes.fromhex(profile.terminator)
        case "stx-etx":
            return bytes([STX]) + data + bytes([ETX])
        case _:
            return data
