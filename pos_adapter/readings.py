"""What a reader's decoder said, in the words of the till API.

The key idea: a pure function from one event of a device to one event of the till. The decoder has refused payment cards
and foreign stripes already; here it is told only whether a code is an own card or goods. A proximity reader reads no
goods, so that each of its tags is a card.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from devices.model import Event, ReadError, Refused, Scan, Swipe, Tag
from loyalty.numbering import mask
from loyalty.payment_cards import is_own
from pos_adapter.events import (
    READING_SECONDS,
    CardRead,
    CardRefused,
    CodeRead,
    OwnCard,
    ReaderEntry,
    ReaderFault,
    TillEvent,
)

_READING_LIFE: Final = timedelta(seconds=READING_SECONDS)


class Occasion(Struct, frozen=True):
    """When and where something was read, the identifier of the event to be, and the receipt the reader is armed for."""

    event_id: UUID
    reader_id: str
    at: datetime
    receipt_uid: UUID | None = None


def till_event(said: Event, occasion: Occasion, own_prefixes: Collection[str]) -> TillEvent | None:
    """Give the till's event; None for what means nothing to a till, as a repeat or a tag that left."""
    match said:
        case Scan(data=data, symbology=symbology):
            return _scanned(data, symbology, occasion, own_prefixes)
        case Swipe(card_number=number):
            return _card_read(number, "swiped", occasion)
        case Tag(uid=uid):
            return _card_read(uid, "proximity", occasion)
        case Refused():
            return CardRefused(
                event_id=occasion.event_id,
                reader_id=occasion.reader_id,
                reason=said.reason,
                masked=said.masked,
                read_at=occasion.at,
                expires_at=occasion.at + _READING_LIFE,
            )
        case ReadError():
            return ReaderFault(
                event_id=occasion.event_id,
                reader_id=occasion.reader_id,
                reason=said.reason,
                track_errors={str(track): error for track, error in said.track_errors.items()},
                at=occasion.at,
            )
        case _:
            return None


def _scanned(data: str, symbology: str, occasion: Occasion, own_prefixes: Collection[str]) -> CardRead | CodeRead:
    # A UPC-A and the EAN-13 of the same digits behind a 0 are one number.
    if is_own(data, own_prefixes) or (symbology == "upca" and is_own(f"0{data}", own_prefixes)):
        return _card_read(data, "scanned", occasion, symbology=symbology)
    return CodeRead(
        event_id=occasion.event_id,
        reader_id=occasion.reader_id,
        data=data,
        symbology=symbology,
        read_at=occasion.at,
        expires_at=occasion.at + _READING_LIFE,
    )


def _card_read(number: str, entry: ReaderEntry, occasion: Occasion, *, symbology: str | None = None) -> CardRead:
    return CardRead(
        event_id=occasion.event_id,
        reader_id=occasion.reader_id,
        entry=entry,
        card=OwnCard(number, mask(number)),
        symbology=symbology,
        read_at=occasion.at,
        expires_at=occasion.at + _READING_LIFE,
        receipt_uid=occasion.receipt_uid,
    )
