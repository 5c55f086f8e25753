"""What is probably set up wrongly when a reader is heard but nothing can be read, and what each message means.

The key idea: the mistakes at a till are few (the wrong port, speed, parity, ending, profile), and each leaves its mark
in how often which byte came. So only counts are kept, never what was read; a pure function turns them into advice.
"""

from collections import Counter
from typing import Final

from devices.model import Event, ReaderProfile, word_of

MEANINGS: Final = {
    "scan": "a barcode was read",
    "msr": "an own magnetic card was read",
    "rfid": "a proximity card was read",
    "removed": "the proximity card was taken away",
    "refused payment-card": "a bank card; nothing of it is kept",
    "refused not-own-card": "a card that is not yours; is its prefix missing in own_prefixes?",
    "error truncated": "the end of a reading did not come; read again, or look at the reader's suffix",
    "error overrun": "too much came at once: noise, or readings without an end",
    "error encoding": "bytes that no text has: wrong speed, or noise on the line",
    "error control-character": "control characters inside a reading: wrong profile, or noise on the line",
    "error line-settings": "the reader sends 7 bits with parity; set data_bits = 7 and the parity",
    "error missing-code-id": "the profile expects an identifier before each code and the reader sends none",
    "error check-digit": "the check digit is wrong: a misread code, or a card that is no card of yours",
    "error checksum": "the reader's own check is wrong; read again",
    "error format": "this is not what a reader of this profile sends",
    "error range": "a number is larger than any card has; read again",
    "error track-mismatch": "the tracks of a stripe name different cards",
    "error start-sentinel": "a stripe without its first mark; is the reader set to leave marks out?",
    "error unreadable": "no track of the stripe could be read; swipe again, not too slowly",
    "ignored duplicate": "the same again within the window; it counts once",
    "ignored retransmit": "the scanner sent the same packet again",
    "ignored sign-on": "the reader's greeting",
    "ignored card-sensor": "a card went in or out",
}
"""Every word of `word_of`, for the person at the till."""

_DECODED: Final = ("scan", "msr", "rfid")
_LEAST_TEXT_SHARE: Final = 0.7
_ENDS: Final = {0x0D: "scanner-cr", 0x0A: "scanner-lf", 0x09: "scanner-tab", 0x03: "scanner-stx-etx"}
_SSI_OPCODE: Final = 0xF3
_TEXT: Final = frozenset({*range(0x20, 0x7F), 0x02, 0x03, 0x09, 0x0A, 0x0D, 0x1B, 0x1D})
_HIGHEST_ASCII: Final = 0x7F


class Seen:
    """How often each byte and each event came on one line."""

    def __init__(self) -> None:
        self.bytes: Counter[int] = Counter()
        self.events: Counter[str] = Counter()

    def hear(self, data: bytes) -> None:
        """Count bytes."""
        self.bytes.update(data)

    def take(self, event: Event) -> None:
        """Count an event."""
        self.events[word_of(event)] += 1

    @property
    def is_decoded(self) -> bool:
        """Whether anything at all could be read."""
        return any(self.events[word] for word in _DECODED)


def hints(seen: Seen, profile: ReaderProfile) -> list[str]:
    """Give advice, the likeliest first; empty when something was read."""
    if seen.is_decoded:
        return []
    total = seen.bytes.total()
    if not total:
        return ["no byte came: is this its port, has it power, and is it set to serial (RS-232 or USB-COM)?"]
    if parity := _parity(seen):
        return [f'it sends 7 data bits with parity: set line = {{ data_bits = 7, parity = "{parity}" }}']
    if profile.framing != "ssi" and seen.bytes[_SSI_OPCODE]:
        return ["it speaks SSI: use profile scanner-ssi, or set it to plain text"]
    if sum(seen.bytes[code] for code in _TEXT) < _LEAST_TEXT_SHARE * total and profile.framing not in {
        "ssi",
        "binary-len",
    }:
        return ["what comes is no text: try another baud_rate (9600, 19200, 38400, 115200, 4800, 2400, 1200)"]
    return [*_about_profile(seen, profile), *_about_end(seen, profile), *_about_events(seen)]


def _parity(seen: Seen) -> str | None:
    """Name the parity that all eighth bits follow; None where they follow none, or there are none."""
    parities = {code.bit_count() % 2 for code in seen.bytes}
    if len(parities) > 1 or max(seen.bytes) <= _HIGHEST_ASCII:
        return None
    return "O" if parities.pop() else "E"


def _about_profile(seen: Seen, profile: ReaderProfile) -> list[str]:
    if profile.kind == "barcode" and seen.bytes[ord("?")] and seen.bytes[ord("=")] + seen.bytes[ord("^")]:
        return ["this looks like a magnetic reader: use profile msr-cr"]
    if profile.kind != "barcode" and not seen.bytes[ord("?")] and profile.kind == "msr":
        return ["no stripe came: is this a scanner (profile scanner-cr)?"]
    if profile.code_id == "none" and seen.bytes[ord("]")]:
        return ["it sends AIM identifiers: use profile scanner-aim"]
    if seen.events["error missing-code-id"]:
        return ["it sends no identifiers: use profile scanner-cr, or set it to send them"]
    return []


def _about_end(seen: Seen, profile: ReaderProfile) -> list[str]:
    if profile.framing not in {"terminator", "stx-etx"}:
        return []
    wanted = bytes.fromhex(profile.terminator)[-1] if profile.framing == "terminator" else 0x03
    if seen.bytes[wanted]:
        return []
    other = next((name for code, name in _ENDS.items() if seen.bytes[code]), None)
    if other:
        return [f"its readings end otherwise: use a profile as {other}, or set its suffix"]
    return ["its readings have no end: set it to add a carriage return (suffix CR), or use profile scanner-idle"]


def _about_events(seen: Seen) -> list[str]:
    return [f"{count} times {word}: {MEANINGS[word]}" for word, count in seen.events.most_common() if word in MEANINGS]
