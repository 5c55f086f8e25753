"""From the body of a receipt or a void to what is put into the journal. Pure.

The key idea: a body goes to the server as its program wrote it, and only what the till itself knows is added: which
installation of the till it is (`till_instance`, so that numbers may begin anew after the machine was set up anew), the
number in sequence, and that it was not sent at once (`offline`). Whether it is the same again is asked by its meaning,
as the server asks it.
"""

from typing import Final
from uuid import UUID

import msgspec
from msgspec import Raw

from loyalty.money import PRICE, PRICE_PLACES, Currency
from loyalty.receipts.checks import check_balanced
from loyalty.receipts.model import Receipt, fingerprint
from pos_adapter.journal.model import Draft, Entry
from pos_adapter.parsing import parse_posting
from pos_adapter.protocol import Posting

_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_NULL: Final = b"null"
_MARKS: Final = ("seq", "offline")
_CARD_KINDS: Final = frozenset({"card", "points"})


def draft_receipt(body: bytes, posting: Posting, *, till_instance: str, currency: Currency | None) -> Draft:
    """Make the draft of a receipt whose shape was checked.

    With a currency known, decimals and sums are checked as the server does. Raises BodyError, ReceiptUnbalancedError.
    """
    if posting.till_instance is None:
        posting = msgspec.structs.replace(posting, till_instance=till_instance)
    receipt = _read(posting, currency)
    return Draft(
        kind="receipt",
        uid=posting.receipt_uid,
        receipt_uid=posting.receipt_uid,
        meaning=fingerprint(receipt),
        body=_complete(body, posting),
        natural_key=msgspec.json.encode(receipt.natural_key).decode(),
        is_suspended=receipt.suspended,
        has_seq=posting.seq is not None,
        hold_uids=_holds(posting),
    )


def draft_void(body: bytes, void_uid: UUID, receipt_uid: UUID) -> Draft:
    """Make the draft of a void; its reason is no part of its meaning."""
    return Draft("void", uid=void_uid, receipt_uid=receipt_uid, meaning=receipt_uid.bytes, body=body)


def body_to_send(entry: Entry, *, is_offline: bool) -> bytes:
    """Give the body of an entry with the marks that a receipt gets on its way."""
    if entry.kind == "void":
        return entry.body
    marks = b"" if entry.seq is None else b'"seq":%d,' % entry.seq
    if (is_offline or entry.is_granted) and b'"offline":true' not in entry.body:
        marks += b'"offline":true,'
    return b"{%s%s" % (marks, entry.body[1:])


def _holds(posting: Posting) -> tuple[UUID, ...]:
    """Give the holds of all that is paid with cards; none where some of it is paid without one."""
    paid = [payment.hold_uid for payment in posting.payments or () if payment.kind in _CARD_KINDS]
    return () if None in paid else tuple(hold for hold in paid if hold is not None)


def _read(posting: Posting, currency: Currency | None) -> Receipt:
    """Read a receipt in a unit that fits every currency, so that its meaning is one before and after it is known."""
    if currency is not None:
        check_balanced(parse_posting(posting, currency.places, currency.scale))
    return parse_posting(posting, PRICE_PLACES, PRICE)


def _complete(body: bytes, posting: Posting) -> bytes:
    """Write the body anew: its own fields as they stand, without the marks that say nothing, with the till's name."""
    fields = _FIELDS.decode(body)
    for mark in _MARKS:
        if bytes(fields.get(mark, Raw(_NULL))) in {_NULL, b"false"}:
            fields.pop(mark, None)
    fields["till_instance"] = Raw(msgspec.json.encode(posting.till_instance))
    return msgspec.json.encode(fields)
