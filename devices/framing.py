"""From bytes to frames: where one reading of a reader ends and the next begins.

The key idea: a framer knows bytes and the word "silence", but no clock. The same bytes split anywhere give the same
frames; whoever holds a clock calls `silence` once the line has been quiet for long enough. What it holds is bounded by
the profile's `max_frame`, whatever arrives.

It refuses to look into a frame, except that of a broken one it says whether a wrong parity setting explains it.
"""

import re
from typing import Literal, Protocol

from msgspec import Struct

from devices.model import Ignored, ReadError

STX, ETX, DLE = 0x02, 0x03, 0x10
LONGEST_PACKET = 257  # of those that say their own length in a byte: that many, and a checksum

# What a line leaves at the head of a frame: NUL and FF at plug-in, XON and XOFF, ends of a line before, a UTF-8 mark.
_HEAD_NOISE = re.compile(rb"(?:[\x00\xff\x11\x13\r\n]|\xef\xbb\xbf)+")

# What stands between the words of text that readers send: line ends, envelopes, and their parts.
_LAYOUT = bytes((STX, ETX, DLE, 0x09, 0x0A, 0x0D, 0x1B, 0x1D))


class Reply(Struct, frozen=True):
    """Bytes that the reader wants to be answered with."""

    data: bytes


Frame = bytes | ReadError | Ignored | Reply
_Place = Literal["outside", "inside", "between", "dropping"]


class Framer(Protocol):
    """Cuts a stream into frames; an event stands in the place of a frame that broke or means nothing."""

    def push(self, data: bytes) -> list[Frame]:
        """Take what arrived and give the frames it completed."""

    def silence(self) -> list[Frame]:
        """Take note that the line went quiet, and give what that completed or broke."""

    @property
    def is_waiting(self) -> bool:
        """Whether silence would mean something now."""


class TerminatorFramer:
    """Frames that end in a terminator, as the carriage return of nearly every scanner."""

    def __init__(self, terminator: bytes, max_frame: int) -> None:
        self._terminator = terminator
        self._max_frame = max_frame
        self._head = bytearray()
        self._is_dropping = False

    def push(self, data: bytes) -> list[Frame]:
        """Take what arrived and give the frames it completed."""
        *lines, rest = (bytes(self._head) + data).split(self._terminator)
        frames: list[Frame] = []
        for line in lines:
            frames += self._end(line)
        self._head = bytearray(rest if self._is_dropping else without_head_noise(rest))
        if self._is_dropping:
            self._forget()
        elif len(self._head) > self._max_frame + len(self._terminator) - 1:
            frames.append(ReadError("overrun"))
            self._is_dropping = True
            self._forget()
        return frames

    def silence(self) -> list[Frame]:
        """Drop the head of a frame whose end never came."""
        head = b"" if self._is_dropping else bytes(self._head)
        self._head.clear()
        self._is_dropping = False
        return _broken(head)

    @property
    def is_waiting(self) -> bool:
        """Whether a frame has begun."""
        return bool(self._head) or self._is_dropping

    def _end(self, line: bytes) -> list[Frame]:
        frame = without_head_noise(line)
        was_dropped, self._is_dropping = self._is_dropping, False
        if was_dropped or not frame:
            return []
        return [without_noise(frame) if len(frame) <= self._max_frame else ReadError("overrun")]

    def _forget(self) -> None:
        """Keep only what may be the first bytes of a terminator."""
        del self._head[: max(0, len(self._head) - len(self._terminator) + 1)]


class EnvelopeFramer:
    """Frames between STX and ETX; with `has_tracks`, several STX ... DLE pieces up to one ETX are one frame (UIC)."""

    def __init__(self, max_frame: int, *, has_tracks: bool = False) -> None:
        self._max_frame = max_frame
        self._has_tracks = has_tracks
        self._held = bytearray()
        self._place: _Place = "outside"

    def push(self, data: bytes) -> list[Frame]:
        """Take what arrived and give the frames it completed; what stands outside an envelope is passed over."""
        frames: list[Frame] = []
        for byte in data:
            frames += self._step(byte)
        return frames

    def silence(self) -> list[Frame]:
        """Drop an envelope whose end never came."""
        return self._leave_for("outside")

    @property
    def is_waiting(self) -> bool:
        """Whether an envelope is open, or strays may tell of a wrong parity."""
        return self._place != "outside" or bool(self._held)

    def _step(self, byte: int) -> list[Frame]:
        if byte == STX:
            if self._place == "between":
                self._place = "inside"
                return []
            return self._leave_for("inside")
        if byte == ETX and self._place in {"inside", "between"}:
            frame = without_noise(bytes(self._held))
            self._held.clear()
            self._place = "outside"
            return [frame] if frame else []
        if byte == ETX:
            return self._leave_for("outside") if self._place == "dropping" else []
        if byte == DLE and self._has_tracks and self._place == "inside":
            self._place = "between"
            return []
        return self._hold(byte)

    def _hold(self, byte: int) -> list[Frame]:
        if self._place == "dropping":
            return []
        self._held.append(byte)
        self._held = bytearray(without_head_noise(bytes(self._held)))
        if len(self._held) <= self._max_frame:
            return []
        self._held.clear()
        if self._place == "outside":
            return []
        self._place = "dropping"
        return [ReadError("overrun")]

    def _leave_for(self, place: _Place) -> list[Frame]:
        held, was_outside = bytes(self._held), self._place == "outside"
        self._held.clear()
        self._place = place
        if was_outside:
            return [ReadError("line-settings")] if has_parity_bits(held) else []
        return _broken(held)


class IdleFramer:
    """Frames that end when the line goes quiet; with `has_tracks`, each track inside ends in a line end of its own."""

    def __init__(self, max_frame: int, *, has_tracks: bool = False) -> None:
        self._max_frame = max_frame
        self._left_out = b"\r\n" if has_tracks else b""
        self._held = bytearray()
        self._is_dropping = False

    def push(self, data: bytes) -> list[Frame]:
        """Take what arrived; only too much of it completes anything."""
        if self._is_dropping:
            return []
        self._held += data.translate(None, self._left_out)
        self._held = bytearray(without_head_noise(bytes(self._held)))
        if len(self._held) <= self._max_frame:
            return []
        self._held.clear()
        self._is_dropping = True
        return [ReadError("overrun")]

    def silence(self) -> list[Frame]:
        """Give what came since the last silence."""
        frame = without_noise(bytes(self._held))
        self._held.clear()
        self._is_dropping = False
        return [frame] if frame else []

    @property
    def is_waiting(self) -> bool:
        """Whether anything came since the last silence."""
        return bool(self._held) or self._is_dropping


def without_head_noise(frame: bytes) -> bytes:
    """Give a frame without what a line leaves before the first byte of a reading."""
    noise = _HEAD_NOISE.match(frame)
    return frame[noise.end() :] if noise else frame


def without_noise(frame: bytes) -> bytes:
    """Give a frame without head noise and without the ends of lines that a reader put before its terminator."""
    return without_head_noise(frame).rstrip(b"\r\n")


def has_parity_bits(frame: bytes) -> bool:
    """Say whether a frame is text whose eighth bits are all even or all odd parity: a 7-bit line read as 8 bits."""
    if frame.isascii():
        return False
    parities = {byte.bit_count() % 2 for byte in frame}
    text = bytes(byte & 0x7F for byte in frame).translate(None, _LAYOUT)
    return len(parities) == 1 and text.decode().isprintable()


def _broken(head: bytes) -> list[Frame]:
    frame = without_noise(head)
    if not frame:
        return []
    return [ReadError("line-settings" if has_parity_bits(frame) else "truncated")]
