"""What the till tells of a receipt that stands in its journal. Pure.

The key idea: the answer has the fields of the receipt as its program sent them, with every card number masked, and the
state that the server gave it or that it has on its way.
"""

from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from loyalty.numbering import mask
from pos_adapter.answers import Masked, Message, Problem
from pos_adapter.journal.model import Entry

KeptState = Literal["posted", "parked", "suspended", "voided", "queued", "rejected"]


class QueuedReceipt(Struct, frozen=True):
    """A receipt that is safe at the till and not at the server: nobody knows yet what it does to a card.

    `problem` says why the server refused a rejected one.
    """

    receipt_uid: UUID
    state: Literal["queued", "rejected"]
    problem: Problem | None = None
    messages: list[Message] = []
    card: None = None
    flags: tuple[str, ...] = ()


class KeptVoid(Struct, frozen=True):
    """A void that is safe at the till."""

    receipt_uid: UUID
    state: Literal["queued", "rejected"]
    problem: Problem | None = None
    messages: list[Message] = []


class _Told(Struct, frozen=True):
    """The server's word on a receipt; all else in it is passed over."""

    state: KeptState


_FIELDS: Final = msgspec.json.Decoder(dict[str, Any])  # Any: the fields of a receipt as its program wrote them
_TOLD: Final = msgspec.json.Decoder(_Told)
_PROBLEM: Final = msgspec.json.Decoder(Problem)


def kept_receipt(entry: Entry) -> dict[str, Any]:  # Any: as above
    """Tell a receipt of the journal."""
    told = _FIELDS.decode(entry.body)
    told["card"] = _masked(told.get("card"))
    for payment in told.get("payments") or []:
        payment["card"] = _masked(payment.get("card"))
    problem = _PROBLEM.decode(entry.answer) if entry.state == "rejected" and entry.answer else None
    return told | {"seq": entry.seq, "state": kept_state(entry), "problem": problem}


def kept_state(entry: Entry) -> KeptState:
    """Give the state that the server gave it, or that it has on its way there."""
    if entry.state == "taken" and entry.answer:
        return _TOLD.decode(entry.answer).state
    return "rejected" if entry.state == "rejected" else "queued"


def _masked(card: dict[str, Any] | None) -> Masked | None:  # Any: as above
    return None if card is None else Masked(mask(str(card["number"])))
