"""What becomes of a receipt: known already, refused, or posted with its entries. Pure, and decided under the lock.

The order is the contract's: identity first, then content. A refusal leaves nothing behind; an accepted receipt leaves
rows in `Writes` and moves the running accounts, so that the next receipt of the flight sees what this one did.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from loyalty.cards.model import NO_CARD, price_rules
from loyalty.errors import LoyaltyError, ReceiptConflictError
from loyalty.numbering import canonical
from loyalty.receipts.checks import check_balanced, has_own_discount
from loyalty.receipts.effects import Effects, apply_effects, gather_effects
from loyalty.receipts.facts import Account, Facts, Known, ReceiptRow, Writes
from loyalty.receipts.model import FLAGS, UNSEALED, Answer, Receipt
from loyalty.receipts.rating import rate
from loyalty.receipts.returns import Taken, take_back

NO_TURNOVER = frozenset({"blocked", "frozen", "expired", "closed"})


class Decision(Struct, frozen=True, gc=False):
    """The answer to a receipt, and the UUID under which it is kept; `is_new` tells a first answer from a repeat."""

    uid: UUID
    answer: Answer
    is_new: bool


def decide(receipt: Receipt, fingerprint: bytes, facts: Facts, writes: Writes) -> Decision | LoyaltyError:
    """Decide one receipt of a flight. Gives the refusal as a value."""
    known = None
    try:
        known = _identify(receipt, fingerprint, facts)
        if known is not None and not _takes_place_of(known, receipt):
            return Decision(known.uid, known.answer, is_new=False)
        check_balanced(receipt)
        row = _settle(receipt, fingerprint, facts, writes)
    except LoyaltyError as refusal:
        if known is None or known.state != "parked":
            return refusal
        # Its sale has come, and it cannot be posted all the same: it stays parked, and the back office sees why.
        row = ReceiptRow(receipt, fingerprint, NO_CARD, Answer("parked", None, (refusal.code,)))
    if known is not None:
        if known.state == "parked" and row.answer == known.answer:
            return Decision(known.uid, known.answer, is_new=False)  # it goes on waiting, and keeps its place
        writes.replaced.append(known)
    writes.receipts.append(row)
    if row.answer.state == "parked":
        writes.parked.append(receipt)
    is_repeat = known is not None and (known.state, known.fingerprint) == (row.answer.state, fingerprint)
    return Decision(receipt.uid, row.answer, is_new=not is_repeat and (known is None or known.state == "suspended"))


def _identify(receipt: Receipt, fingerprint: bytes, facts: Facts) -> Known | None:
    """Find what is kept under the receipt's names already. Raises ReceiptConflictError for another meaning."""
    known = facts.known.get(receipt.uid)
    by_key = facts.known_natural.get(receipt.natural_key)
    if known is None:
        known = by_key
    elif by_key is not None and by_key.uid != known.uid:
        raise ReceiptConflictError("the store's, till's, shift's and receipt's number is that of another receipt")
    if known is None or known.fingerprint == fingerprint:
        return known
    if known.uid == receipt.uid and (known.state == "suspended" or known.fingerprint == UNSEALED):
        return known
    what = "UUID" if known.uid == receipt.uid else "store, till, shift and number"
    raise ReceiptConflictError(f"a receipt with this {what} is kept with another content")


def _takes_place_of(known: Known, receipt: Receipt) -> bool:
    """Tell whether a receipt replaces the kept one: a suspended one by its successor, a parked one by itself."""
    return known.uid == receipt.uid and known.state in {"suspended", "parked"}


def _settle(receipt: Receipt, fingerprint: bytes, facts: Facts, writes: Writes) -> ReceiptRow:
    if receipt.suspended:
        return ReceiptRow(receipt, fingerprint, NO_CARD, Answer("suspended", None, ()))
    void = facts.voids.get(receipt.uid)
    if void is not None:
        writes.voided.append(receipt.uid)
        return ReceiptRow(receipt, fingerprint, NO_CARD, Answer("voided", None, ()))
    shown = None if receipt.card is None else facts.find_account(canonical(receipt.card))
    if receipt.original is not None:
        return _settle_return(receipt, fingerprint, shown, facts, writes)
    moment = receipt.closed_at.astimezone(facts.catalogue.zone(receipt.store))
    flag = _card_flag(receipt, shown, moment)
    bearer = None if shown is None or flag else facts.bearer(shown)
    flags = [flag] if flag else []
    if receipt.kind == "return":
        flags.append("no_original")
    elif not _has_own_discount(receipt, shown, moment, facts):
        flags.append("discount_mismatch")
    effects = gather_effects(receipt, facts, bearer=bearer, shown=shown, at=moment, taken=None)
    return _finish(receipt, fingerprint, effects, flags=flags, shown=shown, facts=facts, writes=writes)


def _settle_return(
    receipt: Receipt, fingerprint: bytes, shown: Account | None, facts: Facts, writes: Writes
) -> ReceiptRow:
    """Settle a return that names its sale: the sale's card gives back what the sale gave it, whatever card is shown."""
    assert receipt.original is not None, "the caller looked"
    sold = facts.sold.get(receipt.original)
    if sold is None or sold.state in {"parked", "suspended"}:
        return ReceiptRow(receipt, fingerprint, NO_CARD, Answer("parked", None, ()))
    taken = take_back(receipt, sold)
    bearer = None if sold.card_id == NO_CARD else facts.bearer(facts.accounts[sold.card_id])
    moment = receipt.closed_at.astimezone(facts.catalogue.zone(receipt.store))
    flag = _card_flag(receipt, shown, moment)
    flags = [flag] if flag else []
    if not taken.is_due:
        flags.append("refund_mismatch")
    effects = gather_effects(receipt, facts, bearer=bearer, shown=shown, at=moment, taken=taken)
    sold.lines = taken.left
    return _finish(receipt, fingerprint, effects, flags=flags, shown=shown or bearer, facts=facts, writes=writes)


def _card_flag(receipt: Receipt, shown: Account | None, moment: datetime) -> str | None:
    """Give the flag of a card that counts for nothing as of the closing: unknown, or in a state without turnover."""
    if receipt.card is None:
        return None
    if shown is None:
        return "card_unknown"
    refusal = shown.refusal_at(moment)
    if refusal == "not_activated":
        return "card_issued"
    return f"card_{refusal}" if refusal in NO_TURNOVER else None


def _has_own_discount(receipt: Receipt, shown: Account | None, closed: datetime, facts: Facts) -> bool:
    moment = closed if receipt.priced_at is None else receipt.priced_at.astimezone(closed.tzinfo)
    rules = None
    if shown is not None and shown.refusal_at(moment) is None:
        rules = price_rules(shown.card, shown.series, facts.catalogue.price_lists)
    return has_own_discount(receipt.lines, rules, at=moment, places=facts.catalogue.currency.places)


def _finish(
    receipt: Receipt,
    fingerprint: bytes,
    effects: Effects,
    *,
    flags: list[str],
    shown: Account | None,
    facts: Facts,
    writes: Writes,
) -> ReceiptRow:
    flags += effects.flags
    assert FLAGS.issuperset(flags), "every flag has its words"
    apply_effects(receipt, effects, facts, writes)
    bearer = effects.bearer
    if bearer is not None and facts.ratings is not None:
        rate(receipt, bearer, turnover=effects.turnover, purchases=effects.purchases, facts=facts)
    figures = None if shown is None else facts.bearer(shown).figures()
    taken: Taken | None = effects.taken
    return ReceiptRow(
        receipt=receipt,
        fingerprint=fingerprint,
        card_id=NO_CARD if bearer is None else bearer.card.card_id,
        answer=Answer("posted", figures, tuple(flags)),
        purchases=effects.purchases,
        original_uid=None if taken is None else taken.original_uid,
        original_lines=None if taken is None else taken.lines,
        top_up_lines=frozenset() if taken is None else taken.top_up_lines,
        points=effects.kept_points,
        accounts=effects.accounts,
    )
