"""The events that a till's programs hear, as they go over the wire.

The key idea: there are readings and notices. A reading (a card, a code, a refusal) answers a movement of the cashier's
hand: it goes to one program, once, and is worth nothing after five seconds. A notice (a state, an error) goes to all.
Nothing here decides which an event is to be; `pos_adapter.readings` does.
"""

from datetime import datetime
from typing import ClassVar, Final, Literal
from uuid import UUID

from msgspec import Struct, json

READING_SECONDS: Final = 5

ReaderCondition = Literal["connected", "absent", "error"]
LinkCondition = Literal["online", "offline"]
ReaderEntry = Literal["scanned", "swiped", "proximity"]


class OwnCard(Struct, frozen=True):
    """A card of the installation; only the wire shows its number, no log and no traceback does."""

    number: str
    masked: str

    def __repr__(self) -> str:
        return f"OwnCard({self.masked!r})"


class CardRead(Struct, frozen=True):
    """An own card; with arming on, for the receipt it was armed for."""

    name: ClassVar[str] = "card-read"
    event_id: UUID
    reader_id: str
    entry: ReaderEntry
    card: OwnCard
    symbology: str | None
    read_at: datetime
    expires_at: datetime
    receipt_uid: UUID | None


class CardRefused(Struct, frozen=True):
    """A card that is not ours: nothing of it is given but first 6 and last 4 of a payment card, at most."""

    name: ClassVar[str] = "card-refused"
    event_id: UUID
    reader_id: str
    reason: Literal["payment-card", "not-own-card"]
    masked: str | None
    read_at: datetime
    expires_at: datetime


class CodeRead(Struct, frozen=True):
    """A code that is neither an own card nor a payment card: goods at the same scanner."""

    name: ClassVar[str] = "code-read"
    event_id: UUID
    reader_id: str
    data: str
    symbology: str
    read_at: datetime
    expires_at: datetime

    def __repr__(self) -> str:
        return f"CodeRead({self.reader_id!r}, {self.symbology}, {len(self.data)} characters)"


class ReaderFault(Struct, frozen=True):
    """Something was read that cannot be used; the cashier should read it again."""

    name: ClassVar[str] = "reader-error"
    event_id: UUID
    reader_id: str
    reason: str
    track_errors: dict[str, str]
    at: datetime


class ReaderState(Struct, frozen=True):
    """A reader came or went; `trouble` says what to do where it is not connected."""

    name: ClassVar[str] = "reader-state"
    event_id: UUID
    reader_id: str
    state: ReaderCondition
    at: datetime
    trouble: str | None = None


class LinkState(Struct, frozen=True):
    """The server came or went."""

    name: ClassVar[str] = "link-state"
    event_id: UUID
    state: LinkCondition
    at: datetime


class ReceiptState(Struct, frozen=True):
    """What became of a receipt: a state of the till API, as `posted` or `voided`."""

    name: ClassVar[str] = "receipt-state"
    event_id: UUID
    receipt_uid: UUID
    state: str
    at: datetime


Reading = CardRead | CardRefused | CodeRead
Notice = ReaderFault | ReaderState | LinkState | ReceiptState
TillEvent = Reading | Notice


def encode(event: TillEvent) -> bytes:
    """Give the event as one message of a `text/event-stream` (WHATWG HTML, 9.2): id, event and one line of JSON."""
    # JSON as msgspec writes it never holds a line end, so that one `data:` line carries it whole.
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (
        str(event.event_id).encode(),
        event.name.encode(),
        json.encode(event),
    )
