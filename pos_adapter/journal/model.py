"""What stands in the journal, and what becomes of a receipt that is put there. Pure values.

An entry goes one way: *queued* until the server answers, then *taken*, or *refused* while its program was waiting and
was told so. What was promised to a program (202) and refused later is *rejected*: it stays in sight until it is sent
again, which makes it *replaced*.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

EntryKind = Literal["receipt", "void"]
EntryState = Literal["queued", "taken", "refused", "rejected", "replaced"]


class Draft(Struct, frozen=True):
    """What is to be put into the journal: a receipt, or a void (whose `uid` is the void's own).

    `meaning` tells whether it is the same again; `natural_key` is the till's own key of a receipt. `body` is what goes
    to the server, without the number in sequence that the journal gives a receipt. `hold_uids` are the holds that all
    its money of cards is paid from; none where some of it is paid without.
    """

    kind: EntryKind
    uid: UUID
    receipt_uid: UUID
    meaning: bytes
    body: bytes
    natural_key: str | None = None
    is_suspended: bool = False
    has_seq: bool = False
    hold_uids: tuple[UUID, ...] = ()


class Entry(Struct, frozen=True):
    """One row: `id` is its place in the order of sending, `status` and `answer` are the server's last word on it.

    `was_promised` is set where it is sent again after it was rejected, `is_granted` where the till itself granted all
    the money of cards that it is paid with.
    """

    id: int
    kind: EntryKind
    uid: UUID
    receipt_uid: UUID
    state: EntryState
    body: bytes
    seq: int | None
    is_suspended: bool
    was_promised: bool
    is_granted: bool
    attempts: int
    status: int | None
    answer: bytes | None


class Kept(Struct, frozen=True):
    """What became of a draft: put into the queue, known already, or a conflict; `entry` is its own or the other one."""

    what: Literal["queued", "known", "conflict"]
    entry: Entry


class Settlement(Struct, frozen=True):
    """How an entry ends: its new state with the server's word."""

    entry_id: int
    state: Literal["taken", "refused", "rejected"]
    status: int
    answer: bytes


class KeptSale(Struct, frozen=True):
    """A sale that waits or was taken, whether it was voided here, and the returns of any sale that came after it."""

    sale: Entry
    is_voided: bool
    returns: list[Entry]


class Rejected(Struct, frozen=True):
    """What the server refused for good after the till had promised it, and the server's problem."""

    kind: EntryKind
    receipt_uid: UUID
    answer: bytes


class JournalState(Struct, frozen=True):
    """What of this till waits for the server, since when, and how much the server refused for good."""

    queued: int
    oldest_at: datetime | None
    rejected: int
