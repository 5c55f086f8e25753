"""From the text of a magnetic stripe reader to its tracks: start sentinel, content, end sentinel, LRC.

The key idea: tracks are judged one by one, so that a failed track names its own trouble and the good ones still count
(UnifiedPOS track-level errors). Alphabets and lengths are those of ISO/IEC 7811-6 and, for track 3, of ISO 4909 and
AAMVA. Whose card it is, is not asked here.
"""

import re
from typing import Final

from msgspec import Struct

from devices.model import TrackError

START_SENTINELS: Final = "%;+!"

# Characters between the sentinels: the standard's length less both sentinels and the LRC, which is not always sent.
_LONGEST: Final = {1: 79 - 3, 2: 40 - 3, 3: 107 - 3}
_ALPHABETS: Final = {
    1: re.compile(r"[ -_]*"),
    2: re.compile(r"[0-9:<=>]*"),
    3: re.compile(r"[ -_]*"),
}
# A track ends at its end sentinel or, where that was lost, where the next track plainly begins.
_UP_TO_END: Final = {
    1: re.compile(r"^.([^?]*?)(\?|(?=;[0-9:<=>]+\?)|$)", re.DOTALL),
    2: re.compile(r"^.([^?%+!]*)(\?|(?=[%+!])|$)", re.DOTALL),
    3: re.compile(r"^.([^?]*)(\?|$)", re.DOTALL),
}
_LAST_TRACK: Final = 3
_FAILED: Final = "E"


class Track(Struct, frozen=True):
    """One track; `content` is what stands between the sentinels and holds good only where `error` is None."""

    number: int
    content: str
    error: TrackError | None = None

    def __repr__(self) -> str:
        return f"Track({self.number}, {self.error or 'readable'})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("number", self.number), ("error", self.error)]


def split_tracks(text: str, *, has_lrc: bool) -> list[Track]:
    """Split what a reader sent into tracks, in order; empty if it begins with no start sentinel.

    With `has_lrc` one character after each end sentinel is its LRC, whatever it is.
    """
    tracks: list[Track] = []
    while text:
        number = _number(text[0], [track.number for track in tracks])
        if number is None:
            return [*tracks, Track(_next_number(tracks), "", "start-sentinel")] if tracks else []
        track, text = _take(text, number, has_lrc=has_lrc)
        tracks.append(track)
    return tracks


def lrc_character(track: str) -> str:
    """Give the LRC of a track with its sentinels as readers send it: XOR of the data bits, in the track's alphabet."""
    base, bits = (0x20, 0x3F) if track[0] in "%!" else (0x30, 0x0F)
    check = 0
    for character in track:
        check ^= (ord(character) - base) & bits
    return chr(base + check)


def _number(sentinel: str, seen: list[int]) -> int | None:
    if sentinel == "%" and not seen:
        return 1
    if sentinel == ";" and not {2, 3}.intersection(seen):
        return 2
    is_third = sentinel in START_SENTINELS or (sentinel == "B" and bool(seen))
    return _LAST_TRACK if is_third and _LAST_TRACK not in seen else None


def _next_number(tracks: list[Track]) -> int:
    return min(tracks[-1].number + 1, _LAST_TRACK)


def _take(text: str, number: int, *, has_lrc: bool) -> tuple[Track, str]:
    """Take the first track off a text."""
    content, end_sentinel = _UP_TO_END[number].findall(text)[0]
    whole = text[0] + content + end_sentinel
    rest = text[len(whole) :]
    error = _content_error(content, number) if end_sentinel else "end-sentinel"
    if has_lrc and end_sentinel:
        is_right = rest[:1] == lrc_character(whole)
        is_next_track = rest[:1] in START_SENTINELS and rest[1:2] not in START_SENTINELS
        is_missing = not is_right and (is_next_track or content == _FAILED)
        rest = rest if is_missing else rest[1:]
        error = error or (None if is_right else "lrc")
    return Track(number, content, error), rest


def _content_error(content: str, number: int) -> TrackError | None:
    if content == _FAILED:
        return "read"
    if not content:
        return "empty"
    if len(content) > _LONGEST[number]:
        return "length"
    return None if _ALPHABETS[number].fullmatch(content) else "parity"
