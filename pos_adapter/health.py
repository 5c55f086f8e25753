"""How a till is: its server, its journal, its clock and its readers in one answer.

The key idea: a till that cannot reach the server is offline, one that sells but needs a hand is degraded. A pure
function over values; what they mean for a sale is not decided here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from pos_adapter.events import LinkCondition, ReaderCondition
from pos_adapter.journal.model import JournalState
from pos_adapter.protocol import API_LEVEL

MOST_CLOCK_OFFSET_MS: Final = 120_000


class Armed(Struct, frozen=True):
    """The receipt that a reader's next card is for, until when."""

    receipt_uid: UUID
    until: datetime


class ReaderAnswer(Struct, frozen=True):
    """One reader: how it is, since when, what it is armed for, and what to do where it is not connected.

    `counts` says what came of all it sent since the start, by the words of `devices.model.word_of`.
    """

    id: str
    state: ReaderCondition
    since: datetime
    armed: Armed | None
    trouble: str | None = None
    counts: dict[str, int] = {}


class ServerView(Struct, frozen=True):
    """What the till knows of its server; the offset is the server's clock less the till's."""

    state: LinkCondition
    is_well: bool
    seen_at: datetime | None
    clock_offset_ms: int | None


class Health(Struct, frozen=True):
    """The answer of `GET /v1/health`; `snapshot_at` is null where no snapshot of cards may be used."""

    status: Literal["ok", "degraded", "offline"]
    api_level: int
    server_seen_at: datetime | None
    journal: JournalState
    snapshot_at: datetime | None
    clock_offset_ms: int | None
    readers: Sequence[ReaderAnswer]
    store: str
    till: str


def health_of(
    server: ServerView,
    journal: JournalState,
    readers: Sequence[ReaderAnswer],
    *,
    snapshot_at: datetime | None,
    who: tuple[str, str],
) -> Health:
    """Put a till's health together."""
    return Health(
        status=_status(server, journal, readers),
        api_level=API_LEVEL,
        server_seen_at=server.seen_at,
        journal=journal,
        snapshot_at=snapshot_at,
        clock_offset_ms=server.clock_offset_ms,
        readers=readers,
        store=who[0],
        till=who[1],
    )


def _status(
    server: ServerView, journal: JournalState, readers: Sequence[ReaderAnswer]
) -> Literal["ok", "degraded", "offline"]:
    if server.state == "offline":
        return "offline"
    clock_is_off = abs(server.clock_offset_ms or 0) > MOST_CLOCK_OFFSET_MS
    reader_is_missing = any(reader.state != "connected" for reader in readers)
    is_degraded = not server.is_well or journal.rejected > 0 or clock_is_off or reader_is_missing
    return "degraded" if is_degraded else "ok"
