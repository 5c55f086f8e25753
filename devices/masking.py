"""What a reader sent, with every number and name replaced by an invented one that is read just the same.

The key idea: replace by class, then prove it. A digit becomes a digit and a letter a letter at the same place; the head
of a number, its length, its payment range and its check digits keep their meaning; checksums are made anew. What came
out is decoded beside the original, and given only if both give events of the same kind and no digits of the original
remain. What cannot be masked so is given up, never passed on as it was.
"""

import random
import re
from functools import reduce
from operator import xor
from typing import Final

from devices.code_identifiers import LETTERS
from devices.decoder import Decoder
from devices.framing import has_parity_bits
from devices.model import Event, ReaderProfile, Refused, Scan, Swipe, Tag, word_of
from devices.tracks import lrc_character
from loyalty.payment_cards import is_gtin, is_in_payment_range, is_own, passes_luhn

MOST_TRIES: Final = 300
KEPT_HEAD: Final = 2  # of a number: the industry of a card, the kind of a goods code
SHORTEST_NUMBER: Final = 4
SHORTEST_TELLING: Final = 6

_AFTERWARDS_MS: Final = 10_000
_SEVEN_BITS: Final = 0x7F
_WORDS: Final = re.compile(r"[0-9]+|[A-Za-z]+")
_DECIMAL: Final = re.compile(r"[0-9]+")
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f]+")
_BRACKET: Final = re.compile(r"(?<=\[)[0-9A-Fa-f]+(?=\])")
_PAIR: Final = re.compile(r"[0-9]+,[0-9]+(?=[\r\n]*$)")
_SUMMED: Final = re.compile(r"(?:[0-9A-Fa-f]{2}){3,}")
_AIM_LENGTH: Final = 3
_FORMAT_CODE: Final = re.compile(r"%[A-Z]")
# Expiry and service code of a bank card's stripe are what tells it; those of the mask are nobody's.
_DATES: Final = re.compile(r"[0-9]{2}(?:0[1-9]|1[0-2])[1-79][0246][0-7]")
_INVENTED_DATES: Final = "4912101"
_TRACK: Final = re.compile(r"[%;+!][^?]*\?", re.DOTALL)
_NOISE: Final = b"\x00\xff\x11\x13\r\n\xef\xbb\xbf"
_SSI_HEADER: Final = 5
_SSI_DATA: Final = b"\xf3\x00"
_SSI_CHECKSUM: Final = 2
_BINARY_HEADER: Final = 3
_BINARY_TAIL: Final = 2


def masked(data: bytes, profile: ReaderProfile, rng: random.Random) -> bytes | None:
    """Give bytes of the same length that a decoder of the profile takes for the same; None where none were found."""
    if not _is_plain(data, profile):
        return None
    wanted = [_kind(event) for event in _decode(data, profile)]
    for _ in range(MOST_TRIES):
        tried = _tried(data, profile, rng)
        if [_kind(event) for event in _decode(tried, profile)] == wanted and not _tells(tried, data, profile):
            return tried
    return None


def _is_plain(data: bytes, profile: ReaderProfile) -> bool:
    """Say whether all that could tell a number stands as text: what was garbled on the line could be ungarbled."""
    match profile.framing:
        case "binary-len":
            return len(data) > _BINARY_HEADER and len(data) == data[1]
        case "ssi":
            return len(data) > _SSI_HEADER and data[1:3] == _SSI_DATA and data[_SSI_HEADER : data[0]].isascii()
        case _:
            return data.strip(_NOISE).isascii() or has_parity_bits(data)


def _decode(data: bytes, profile: ReaderProfile) -> list[Event]:
    decoder = Decoder(profile)
    return decoder.feed(data, 0) + decoder.tick(_AFTERWARDS_MS)


def _kind(event: Event) -> tuple[object, ...]:
    """Give what must stay of an event: all but its numbers."""
    match event:
        case Scan():
            return word_of(event), event.symbology, event.aim, len(event.data), event.addon and len(event.addon)
        case Swipe():
            return word_of(event), event.tracks, event.track_errors, len(event.card_number)
        case Tag():
            return word_of(event), event.tech
        case Refused():
            return word_of(event), event.masked is None
        case _:
            return word_of(event), getattr(event, "track_errors", None)


def _tells(tried: bytes, data: bytes, profile: ReaderProfile) -> bool:
    """Say whether a number of the original, less an own prefix at its head, stands in the mask."""
    if profile.framing == "binary-len":
        return tried[_BINARY_HEADER:-_BINARY_TAIL] == data[_BINARY_HEADER:-_BINARY_TAIL]
    shown = _text(tried)
    pattern = _HEXADECIMAL if profile.kind == "rfid" else _DECIMAL
    numbers = (_without_prefix(found.group(), profile) for found in pattern.finditer(_text(data)))
    return any(len(number) >= SHORTEST_TELLING and number in shown for number in numbers)


def _tried(data: bytes, profile: ReaderProfile, rng: random.Random) -> bytes:
    if profile.framing == "binary-len":
        return _binary(data, rng)
    if profile.framing == "ssi":
        return _packet(data, profile, rng)
    text = _text(data)
    changed = _tag(text, profile, rng) if profile.kind == "rfid" else _words(text, profile, rng)
    return _with_eighth_bits(_with_lrc(changed, text) if profile.lrc else changed, data)


def _text(data: bytes) -> str:
    return bytes(byte & _SEVEN_BITS for byte in data).decode("ascii")


def _with_eighth_bits(text: str, data: bytes) -> bytes:
    """Give text the eighth bits that its original had: those of a parity anew, any other as they were."""
    if not has_parity_bits(data):
        return bytes(ord(new) | old & ~_SEVEN_BITS for new, old in zip(text, data, strict=True))
    is_odd = data[0].bit_count() % 2
    codes = text.encode("ascii")
    return bytes(code | (0x80 if code.bit_count() % 2 != is_odd else 0) for code in codes)


def _words(text: str, profile: ReaderProfile, rng: random.Random) -> str:
    """Replace the numbers and words of a code or a stripe; the same ones by the same."""
    kept = _identifier_end(text, profile)
    known: dict[str, str] = {}

    def replace(found: re.Match[str]) -> str:
        word = found.group()
        if found.end() <= kept or _FORMAT_CODE.fullmatch(text[max(0, found.start() - 1) : found.end()]):
            return word
        if word not in known:
            known[word] = _number(word, profile, rng) if word.isdigit() else _letters(word, rng)
        return known[word]

    return text[:kept] + _WORDS.sub(replace, text)[kept:]


def _identifier_end(text: str, profile: ReaderProfile) -> int:
    """Give where the identifier at the head of a code ends."""
    start = len(text) - len(text.lstrip("\0\2\r\n\x11\x13\x7f"))
    if profile.kind != "barcode":
        return 0
    if text[start : start + 1] == "]":
        return start + _AIM_LENGTH
    letters = (letters for letters, _ in LETTERS.get(profile.code_id, ()) if text.startswith(letters, start))
    return start + len(next(letters, ""))


def _number(digits: str, profile: ReaderProfile, rng: random.Random) -> str:
    if dates := _DATES.match(digits):
        return _INVENTED_DATES + _digits(len(digits) - dates.end(), rng)
    if len(digits) < SHORTEST_NUMBER:
        return digits if len(digits) == 1 else _digits(len(digits), rng)
    head = digits[: max(KEPT_HEAD, len(digits) - len(_without_prefix(digits, profile)))]
    facts = _facts(digits)
    for _ in range(MOST_TRIES):
        tried = head + _digits(len(digits) - len(head), rng)
        if _facts(tried) == facts:
            return tried
    return _digits(len(digits), rng)


def _facts(digits: str) -> tuple[bool, bool, bool]:
    return is_in_payment_range(digits), passes_luhn(digits), is_gtin(digits)


def _without_prefix(number: str, profile: ReaderProfile) -> str:
    prefixes = [prefix for prefix in profile.own_prefixes if is_own(number, (prefix,))]
    return number.removeprefix(max(prefixes, key=len, default=""))


def _letters(word: str, rng: random.Random) -> str:
    """Replace letters; a single one stays, for it says what the rest is, and of nobody who."""
    if len(word) == 1:
        return word
    return "".join(rng.choice("ACDFGHKLMNPRTVXYZ" if letter.isupper() else "acdfghklmnprtvxyz") for letter in word)


def _digits(count: int, rng: random.Random) -> str:
    return "".join(rng.choices("0123456789", k=count))


def _tag(text: str, profile: ReaderProfile, rng: random.Random) -> str:
    """Replace the identifier of a proximity card; a sum that was right is right again."""
    if profile.rfid == "z2":
        text = _BRACKET.sub(lambda found: _hexadecimal(len(found.group()), rng), text)
        return _PAIR.sub(lambda pair: _DECIMAL.sub(lambda found: _like(found.group(), rng), pair.group()), text)
    return _SUMMED.sub(lambda found: _summed(found.group(), profile, rng), text)


def _like(number: str, rng: random.Random) -> str:
    return number[0] + _digits(len(number) - 1, rng)


def _summed(digits: str, profile: ReaderProfile, rng: random.Random) -> str:
    old, new = bytes.fromhex(digits), rng.randbytes(len(digits) // 2 - 1)
    is_sum = profile.rfid == "colon"
    check = (sum(old) - sum(new)) & 0xFF if is_sum else reduce(xor, new) ^ reduce(xor, old)
    return (new + bytes([check])).hex().upper()


def _hexadecimal(count: int, rng: random.Random) -> str:
    return "".join(rng.choices("0123456789ABCDEF", k=count))


def _binary(data: bytes, rng: random.Random) -> bytes:
    """Replace the identifier inside a binary frame; its XOR keeps what was wrong with it."""
    old = data[_BINARY_HEADER:-_BINARY_TAIL]
    new = rng.randbytes(len(old))
    check = bytes([data[-2] ^ reduce(xor, old, 0) ^ reduce(xor, new, 0)])
    return data[:_BINARY_HEADER] + new + check + data[-1:]


def _packet(data: bytes, profile: ReaderProfile, rng: random.Random) -> bytes:
    """Replace the data of one packet; its sum keeps what was wrong with it."""
    end = data[0] if data and _SSI_HEADER <= data[0] <= len(data) - _SSI_CHECKSUM else len(data)
    old = data[_SSI_HEADER:end]
    new = _with_eighth_bits(_words(_text(old), profile, rng), old)
    if end == len(data):
        return data[:_SSI_HEADER] + new
    total = int.from_bytes(data[end : end + _SSI_CHECKSUM]) + sum(old) - sum(new)
    return data[:_SSI_HEADER] + new + (total & 0xFFFF).to_bytes(_SSI_CHECKSUM) + data[end + _SSI_CHECKSUM :]


def _with_lrc(text: str, original: str) -> str:
    """Give tracks the LRC of what stands in them now, where the original's was right."""
    characters = list(text)
    for found in _TRACK.finditer(original):
        place = found.end()
        if original[place : place + 1] == lrc_character(found.group()):
            characters[place] = lrc_character("".join(characters[found.start() : place]))
    return "".join(characters)
