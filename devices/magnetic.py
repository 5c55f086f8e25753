"""From the text of a magnetic stripe reader to a swipe, or to the refusal of a card that is not ours.

The key idea: everything is decided here, before anything can be logged. A driver's licence is told first (track 2
begins 636). A number with an own prefix is ours whatever its layout; any other is a payment card by range and Luhn or
by its layout alone, and a stripe that shows one is refused; whatever is left is not our card. Tracks 1 and 2 decide,
track 3 only where they hold no number of ours. Of a refused card at most the first 6 and last 4 leave.
"""

import re
from collections.abc import Collection
from typing import Final

from devices.model import Ignored, ReaderProfile, ReadError, Refused, Swipe, TrackError
from devices.tracks import Track, split_tracks
from loyalty.payment_cards import find_payment_cards, is_own, looks_like_payment_card, masked, passes_luhn

SwipeEvent = Swipe | Refused | ReadError | Ignored

_LICENCE_ISSUER: Final = "636"  # AAMVA
_SIGN_ON: Final = re.compile(r"[0-9]{8}[A-Z][0-9]{2}")  # the part number of a port-powered reader's firmware
_FAILED_READ: Final = re.compile(r"M([123])!")
_SENSOR: Final = ("0", "1")
_ESCAPE: Final = "\x1b"
_NUMBERED_TRACKS: Final = (2, 1)
_FREE_TRACKS: Final = (3,)  # of a loyalty card it holds anything
_ISO4909_FORMAT_CODE: Final = 2
# Financial layouts of ISO/IEC 7813: expiry and service code behind the number, or a name beside it.
_PAYMENT_LAYOUT: Final = re.compile(
    r"(?<![0-9])([0-9]{12,19})=[0-9]{2}(?:0[1-9]|1[0-2])[1-79][0246][0-7]|B([0-9]{12,19})\^"
)


def read_swipe(text: str, profile: ReaderProfile) -> SwipeEvent:
    """Decode one frame of a magnetic reader: all tracks of one swipe."""
    text = _without_sensor(text.removeprefix(_ESCAPE), profile)
    if profile.card_sensor and text in _SENSOR:
        return Ignored("card-sensor")
    if _SIGN_ON.fullmatch(text):
        return Ignored("sign-on")
    tracks = split_tracks(text, has_lrc=profile.lrc)
    return _judged(tracks, profile) if tracks else refused_payment(text, profile.own_prefixes) or _trackless(text)


def refused_payment(text: str, own_prefixes: Collection[str]) -> Refused | None:
    """Refuse a text that holds a payment card anywhere, by its number or by its layout; None if it holds none."""
    found = find_payment_cards(text, own_prefixes)
    number = found[0] if found else _number_in_payment_layout(text, own_prefixes)
    return Refused("payment-card", masked(number)) if number else None


def _without_sensor(text: str, profile: ReaderProfile) -> str:
    """Take off the digit that an insertion reader puts behind the last track."""
    place_of_end = -3 if profile.lrc else -2
    has_sensor = profile.card_sensor and text[place_of_end : place_of_end + 1] == "?" and text[-1] in _SENSOR
    return text[:-1] if has_sensor else text


def _trackless(text: str) -> ReadError:
    failed = _FAILED_READ.fullmatch(text)
    return ReadError("unreadable", {int(failed[1]): "read"}) if failed else ReadError("start-sentinel")


def _judged(tracks: list[Track], profile: ReaderProfile) -> SwipeEvent:
    errors = {track.number: track.error for track in tracks if track.error}
    good = {track.number: track.content for track in tracks if track.number not in errors}
    if good.get(2, "").startswith(_LICENCE_ISSUER):
        return Refused("not-own-card")
    for asked in (_NUMBERED_TRACKS, _FREE_TRACKS):
        found = _number({track: good[track] for track in asked if track in good}, profile)
        if isinstance(found, str):
            return Swipe(found, tuple(sorted(good)), errors)
        if found is not None:
            return found
    return _foreign(good, errors)


def _number(tracks: dict[int, str], profile: ReaderProfile) -> str | Refused | ReadError | None:
    """Give the own number that tracks agree on, or what speaks against them; None if they show nothing of either."""
    own: set[str] = set()
    for track, content in tracks.items():
        numbers = _numbers(track, content)
        ours = next((number for number in numbers if is_own(number, profile.own_prefixes)), None)
        stranger = None if ours else next(filter(looks_like_payment_card, numbers), None)
        refused = stranger or _number_in_payment_layout(content, profile.own_prefixes)
        if refused:
            return Refused("payment-card", masked(refused))
        own |= {ours} if ours else set()
    if len(own) > 1:
        return ReadError("track-mismatch")
    number = next(iter(own), None)
    is_wrong = profile.luhn and number is not None and number.isdigit() and not passes_luhn(number)
    return ReadError("check-digit") if is_wrong else number


def _foreign(good: dict[int, str], errors: dict[int, TrackError]) -> Refused | ReadError:
    """Tell a card that is not ours from one of which no track with a number could be read."""
    has_number = any(
        number.isdigit() for track in good if track in _NUMBERED_TRACKS for number in _numbers(track, good[track])
    )
    return ReadError("unreadable", errors) if errors and not has_number else Refused("not-own-card")


def _numbers(track: int, content: str) -> list[str]:
    """Give what may be the card number of a track: with and without the format code in front of it."""
    if track == 1:
        number = content.partition("^")[0].replace(" ", "")
        return [number, number[1:]] if number[:1].isalpha() else [number]
    number = content.partition("=")[0]
    return [number] if track in _NUMBERED_TRACKS else [number, number[_ISO4909_FORMAT_CODE:]]


def _number_in_payment_layout(text: str, own_prefixes: Collection[str]) -> str | None:
    layouts = (found[1] or found[2] for found in _PAYMENT_LAYOUT.finditer(text))
    return next((number for number in layouts if not is_own(number, own_prefixes)), None)
