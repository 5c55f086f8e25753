"""The values of a reader: what it is set up to send (`ReaderProfile`) and what came of it (`Event`).

The key idea: an event is all that ever leaves a decoder. A refused card shows at most a masked number, an error shows
its reason, and no event shows a card number in its `repr`, so that a log line or a traceback cannot hold one.

The words of `reason`, `symbology` and of track errors are fixed; UnifiedPOS calls the track errors EMSR_START 201,
EMSR_END 202, EMSR_PARITY 203 and EMSR_LRC 204.
"""

from typing import Literal

from msgspec import Struct

LARGEST_FRAME = 4096

Symbology = Literal[
    "ean13", "ean8", "upca", "upce", "code128", "gs1-128", "code39", "itf", "codabar", "code93", "databar", "pdf417",
    "qr", "gs1-qr", "datamatrix", "gs1-datamatrix", "unknown",
]  # fmt: skip
CodeIdentifiers = Literal["none", "aim", "auto", "honeywell", "datalogic-usa", "datalogic-eu", "symbol"]
TrackError = Literal["read", "start-sentinel", "end-sentinel", "parity", "lrc", "length", "empty"]
ErrorReason = Literal[
    "truncated", "overrun", "encoding", "control-character", "line-settings", "missing-code-id", "check-digit",
    "checksum", "format", "range", "track-mismatch", "start-sentinel", "unreadable",
]  # fmt: skip


class LineSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How a serial line is set: 9600 8N1 as nearly every reader leaves its maker. USB lines pass over the rate."""

    baud_rate: int = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1


class ReaderProfile(Struct, frozen=True, forbid_unknown_fields=True):
    """How one reader is set up; the fields are those of a profile in a vectors file.

    `terminator` is one or more bytes in hexadecimal. A silent line ends a frame after `idle_ms` (framings `idle` and
    `track-cr`) or drops its head after `stale_ms` (all others). `duplicate_ms` is the window in which the same value
    again is ignored; `sliding` lets each repeat restart it. `luhn` checks own stripes and belongs only where the
    series' template ends in `!`. Without `own_prefixes` every magnetic card is refused.
    Raises ValueError when the terminator is no hexadecimal or `max_frame` is out of bounds.
    """

    kind: Literal["barcode", "msr", "rfid"]
    framing: Literal["terminator", "stx-etx", "idle", "ssi", "track-cr", "uic", "binary-len"]
    terminator: str = "0d"
    code_id: CodeIdentifiers = "none"
    rfid: Literal["hex", "z2", "colon", "bin"] = "hex"
    lrc: bool = False
    luhn: bool = False
    card_sensor: bool = False
    stale_ms: int = 500
    idle_ms: int = 60
    duplicate_ms: int = 300
    sliding: bool = False
    max_frame: int = 512
    own_prefixes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not bytes.fromhex(self.terminator):
            raise ValueError("terminator: at least one byte is needed")
        if not 1 <= self.max_frame <= LARGEST_FRAME:
            raise ValueError(f"max_frame: {self.max_frame} is not within 1 and {LARGEST_FRAME}")


class Scan(Struct, frozen=True, tag_field="type", tag="scan"):
    """A barcode that was read: an own card or goods, never a payment card.

    `data` is without identifier letters, add-on and line ends; GS1 data keeps its group separators (1D). `aim` is the
    identifier of ISO/IEC 15424 where the reader sent one, as `]E0`; `addon` the 2 or 5 digits beside an EAN or UPC.
    """

    data: str
    symbology: Symbology
    aim: str | None = None
    addon: str | None = None

    def __repr__(self) -> str:
        return f"Scan({self.symbology}, {len(self.data)} characters)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("symbology", self.symbology)]


class Swipe(Struct, frozen=True, tag_field="type", tag="msr"):
    """An own magnetic card; `tracks` are the readable ones in rising order, `track_errors` is of the others."""

    card_number: str
    tracks: tuple[int, ...]
    track_errors: dict[int, TrackError] = {}

    def __repr__(self) -> str:
        return f"Swipe(tracks={self.tracks}, track_errors={self.track_errors})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("tracks", self.tracks)]


class Tag(Struct, frozen=True, tag_field="type", tag="rfid"):
    """A proximity card came into the field; `uid` is upper-case hexadecimal, five bytes of em4100, four of mifare."""

    uid: str
    tech: Literal["em4100", "mifare"]

    def __repr__(self) -> str:
        return f"Tag({self.tech})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("tech", self.tech)]


class Removed(Struct, frozen=True, tag_field="type", tag="removed"):
    """The proximity card left the field."""


class Refused(Struct, frozen=True, tag_field="type", tag="refused"):
    """A card that is not ours; `masked` is given for payment cards alone, at most first 6 and last 4."""

    reason: Literal["payment-card", "not-own-card"]
    masked: str | None = None


class ReadError(Struct, frozen=True, tag_field="type", tag="error"):
    """Something came that cannot be used; with `unreadable`, `track_errors` names every failed track."""

    reason: ErrorReason
    track_errors: dict[int, TrackError] = {}


class Ignored(Struct, frozen=True, tag_field="type", tag="ignored"):
    """Something came that means nothing to a till: a repeat, a reader's greeting, its card sensor."""

    reason: Literal["duplicate", "retransmit", "sign-on", "card-sensor"]


Event = Scan | Swipe | Tag | Removed | Refused | ReadError | Ignored


def word_of(event: Event) -> str:
    """Give the word under which an event is counted: its type, and its reason where it has one."""
    kind = str(event.__struct_config__.tag)
    return f"{kind} {event.reason}" if isinstance(event, Refused | ReadError | Ignored) else kind
