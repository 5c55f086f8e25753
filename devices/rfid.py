"""From what proximity readers send to a tag: Wiegand-like text, hexadecimal in an envelope, or binary by length.

The key idea: a tag is named by its whole identifier. em4100 is five bytes, which the text of IronLogic readers parts
into a bracket and two decimal numbers; the numbers alone are not unique. mifare is the bracket.
"""

import re
from functools import reduce
from operator import xor
from typing import Final

from devices.framing import ETX, STX, Frame
from devices.model import Event, ReaderProfile, ReadError, Removed, Tag

_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]{12}")
_COLON: Final = re.compile(r":([0-9A-Fa-f]{12})")
_EM_MARINE: Final = re.compile(r"(?:[0-9]{5} )?Em-Marine\[([0-9A-Fa-f]{4})\] ([0-9]{1,3}),([0-9]{1,5})")
_MIFARE: Final = re.compile(r"(?:[0-9]{5} )?Mifare\[([0-9A-Fa-f]{8}|[0-9A-Fa-f]{14})\].*")
_NO_CARD: Final = re.compile(r"(?:[0-9]{5} )?no card", re.IGNORECASE)

_BYTE: Final = 0xFF
_WORD: Final = 0xFFFF
_EM4100_TYPE: Final = 0x02
_EM4100_SIZE: Final = 10
_SHORTEST: Final = 6
_LONGEST: Final = 32
_HEADER: Final = 2


def read_tag(text: str, profile: ReaderProfile) -> Event:
    """Decode one frame of a reader that sends text; ReadError `format`, `range` or `checksum`."""
    if profile.rfid == "z2":
        return _read_ironlogic(text)
    if profile.rfid == "colon":
        found = _COLON.fullmatch(text)
        return _checked(found[1], is_sum=True) if found else ReadError("format")
    return _checked(text, is_sum=False) if _HEXADECIMAL.fullmatch(text) else ReadError("format")


def read_binary_tag(frame: bytes) -> Event:
    """Decode one binary frame, STX and ETX included; ReadError `format` or `checksum`."""
    if len(frame) != _EM4100_SIZE or frame[2] != _EM4100_TYPE:
        return ReadError("format")
    if reduce(xor, frame[1:-1]):
        return ReadError("checksum")
    return Tag(frame[3:-2].hex().upper(), "em4100")


class BinaryFramer:
    """Frames of STX, their own length, and ETX at that place: the control values occur inside."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._is_lost = False

    def push(self, data: bytes) -> list[Frame]:
        """Take what arrived and give the frames it completed; what begins no frame is passed over."""
        self._held += data
        frames: list[Frame] = []
        while self._synchronise() and len(self._held) >= self._held[1]:
            size = self._held[1]
            frames += self._take(bytes(self._held[:size]))
        return frames

    def silence(self) -> list[Frame]:
        """Drop a frame whose end never came."""
        is_cut = self.is_waiting and not self._is_lost
        self._held.clear()
        self._is_lost = False
        return [ReadError("truncated")] if is_cut else []

    @property
    def is_waiting(self) -> bool:
        """Whether a frame has begun."""
        return bool(self._held)

    def _synchronise(self) -> bool:
        """Drop bytes that cannot begin a frame; say whether one begins."""
        while self._held:
            if self._held[0] == STX:
                if len(self._held) < _HEADER:
                    return False
                if _SHORTEST <= self._held[1] <= _LONGEST:
                    return True
            del self._held[0]
        return False

    def _take(self, frame: bytes) -> list[Frame]:
        """Take a whole frame, or only the STX of a wrong one, for a right one may begin inside; one error for all."""
        was_lost, self._is_lost = self._is_lost, frame[-1] != ETX
        del self._held[: 1 if self._is_lost else len(frame)]
        if not self._is_lost:
            return [frame]
        return [] if was_lost else [ReadError("format")]


def _read_ironlogic(text: str) -> Event:
    if _NO_CARD.fullmatch(text):
        return Removed()
    if mifare := _MIFARE.fullmatch(text):
        return Tag(mifare[1].upper(), "mifare")
    found = _EM_MARINE.fullmatch(text)
    if found is None:
        return ReadError("format")
    facility, number = int(found[2]), int(found[3])
    if facility > _BYTE or number > _WORD:
        return ReadError("range")
    return Tag(f"{found[1].upper()}{facility:02X}{number:04X}", "em4100")


def _checked(digits: str, *, is_sum: bool) -> Event:
    """Check five bytes and the sixth behind them: their XOR, or what makes the sum of all six zero."""
    data = bytes.fromhex(digits)
    is_right = not (sum(data) & _BYTE if is_sum else reduce(xor, data))
    return Tag(digits[:-2].upper(), "em4100") if is_right else ReadError("checksum")
