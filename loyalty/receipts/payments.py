"""What a receipt's payments do: money off cards (in a return, on them), holds captured, points spent and given back.

Gathering decides and may refuse; an offline receipt is never refused, it gets flags instead. All that one receipt moves
on a card is netted before its funds are looked at; what a captured hold kept for it is there for it alone.
"""

from datetime import datetime

from msgspec import Struct

from loyalty.accounts.model import Hold, short_of_funds
from loyalty.errors import (
    CardNotUsableError,
    HoldMismatchError,
    LimitExceededError,
    OtherPaymentRefusedError,
)
from loyalty.numbering import canonical
from loyalty.receipts.checks import refuse
from loyalty.receipts.facts import Account, Facts
from loyalty.receipts.model import Payment, Receipt
from loyalty.receipts.points import PaidByPoints, check_points, pay_by_points


class MoneyMove(Struct, frozen=True, gc=False):
    """Money that goes on an account, or off it if negative; `payer` is the card that was shown for it."""

    account: Account
    amount: int
    payer: Account


class Capture(Struct, frozen=True, gc=False):
    """A hold that a payment takes, and how much of it was debited."""

    hold: Hold
    amount: int


class Payments(Struct, frozen=True):
    """What the payments of a receipt move."""

    money: list[MoneyMove]
    captures: list[Capture]
    points: PaidByPoints


WITH_CARD = frozenset({"card", "points"})
NOTHING = Payments([], [], PaidByPoints([], {}))
"""What cash moves on cards."""


def gather_payments(receipt: Receipt, facts: Facts, *, at: datetime, flags: list[str]) -> Payments:
    """Gather what payments move, before anybody's funds are looked at. Raises refusals, or flags an offline receipt."""
    if not any(payment.kind in WITH_CARD for payment in receipt.payments):
        return NOTHING
    gathered = Payments([], [], PaidByPoints([], {}))
    for index, payment in enumerate(receipt.payments):
        if payment.kind not in WITH_CARD:
            continue
        field = f"payments[{index}]"
        payer = _find_payer(receipt, payment, facts, at=at, field=field, flags=flags)
        if payer is None:
            continue
        if payment.kind == "points":
            pay_by_points(receipt, index, payer, facts, into=gathered.points, flags=flags)
        elif _pays_with_money(receipt, payment, payer, field=field, flags=flags):
            gathered.money.append(MoneyMove(payer.purse, -receipt.sign * payment.amount, payer))
            _capture(receipt, payment, payer, facts, into=gathered.captures, field=field, flags=flags)
    check_points(receipt, gathered.points, facts, flags=flags)
    return gathered


def _find_payer(
    receipt: Receipt, payment: Payment, facts: Facts, *, at: datetime, field: str, flags: list[str]
) -> Account | None:
    """Find the card that bears a payment; None where an offline one names no card of ours."""
    assert payment.card is not None, "the edge looked"
    account = facts.find_account(canonical(payment.card))
    if account is None:
        refuse(receipt, CardNotUsableError("the paying card is unknown", field=f"{field}.card"), "card_unknown", flags)
        return None
    refused = account.payment_refusal(at, is_late=receipt.offline)
    if refused is None and account.main is not None:
        refused = account.main.payment_refusal(at, is_late=receipt.offline)
    if receipt.kind == "sale" and payment.amount > 0 and refused is not None:
        words = refused.replace("_", " ")
        error = CardNotUsableError(f"the paying card is {words}", field=f"{field}.card")
        refuse(receipt, error, f"card_{refused}", flags)
    return facts.bearer(account)


def _pays_with_money(receipt: Receipt, payment: Payment, payer: Account, *, field: str, flags: list[str]) -> bool:
    series = payer.series
    if series.settings.kind != "credit":
        no_money = CardNotUsableError(f"cards of series {series.code} hold no money", field=f"{field}.card")
        refuse(receipt, no_money, no_money.code, flags)
        return False
    if receipt.kind == "sale" and not series.settings.allow_other_payment and _has_other_payment(receipt, payment):
        mixed = OtherPaymentRefusedError(
            f"series {series.code} wants the whole receipt paid from the card", field=field
        )
        refuse(receipt, mixed, "other_payment", flags)
    return True


def _has_other_payment(receipt: Receipt, payment: Payment) -> bool:
    return any(other.amount and (other.kind, other.card) != ("card", payment.card) for other in receipt.payments)


def _capture(
    receipt: Receipt,
    payment: Payment,
    payer: Account,
    facts: Facts,
    *,
    into: list[Capture],
    field: str,
    flags: list[str],
) -> None:
    """Take the hold that a payment of a sale names. An expired, released or unknown one is no hold any more."""
    hold = None if payment.hold_uid is None else facts.holds.get(payment.hold_uid)
    if hold is None or hold.state == "expired" or receipt.kind != "sale" or payment.amount < 0:
        return None
    is_its_own = (hold.receipt_uid, hold.card_id) == (receipt.uid, payer.card.card_id)
    if not is_its_own or hold.account_id != payer.purse.card.card_id:
        error = HoldMismatchError("the hold is for another receipt or card", field=f"{field}.hold_uid")
        return refuse(receipt, error, error.code, flags)
    if hold.state == "open" and all(capture.hold.uid != hold.uid for capture in into):
        into.append(Capture(hold, payment.amount))
    return None


def check_funds(receipt: Receipt, money: list[MoneyMove], captures: list[Capture], flags: list[str]) -> None:
    """Check that no account gives more than it has, all moves of the receipt and the captured holds together."""
    needs: dict[int, int] = {}
    for move in money:
        needs[move.account.card.card_id] = needs.get(move.account.card.card_id, 0) - move.amount
    for move in money:
        card_id = move.account.card.card_id
        beyond = needs[card_id] - sum(capture.hold.amount for capture in captures if capture.hold.account_id == card_id)
        if needs[card_id] > 0 and beyond > 0 and beyond > move.account.room:
            refuse(receipt, short_of_funds(move.account.card.credit_limit), "offline_overdraft", flags)


def check_day_limits(
    receipt: Receipt, money: list[MoneyMove], captures: list[Capture], *, facts: Facts, flags: list[str]
) -> None:
    """Check that no card spends more than its daily limit; what was held for the receipt was granted already."""
    for payer, spends in spending(money):
        limit, spent = payer.card.day_limit, payer.spent_on_day(receipt.business_date)
        granted = sum(one.hold.amount for one in captures if one.hold.card_id == payer.card.card_id)
        if limit is None or spent is None or spends <= granted:
            continue
        if spent + spends + facts.held_by(payer) - granted > limit:
            refuse(receipt, LimitExceededError("the card's daily limit does not cover it"), "day_limit", flags)


def spending(money: list[MoneyMove]) -> list[tuple[Account, int]]:
    """Sum what each card with a daily limit spends; less than nothing where money comes back."""
    sums: dict[int, int] = {}
    payers: dict[int, Account] = {}
    for move in money:
        if move.payer.card.day_limit is not None:
            payers[move.payer.card.card_id] = move.payer
            sums[move.payer.card.card_id] = sums.get(move.payer.card.card_id, 0) - move.amount
    return [(payer, sums[card_id]) for card_id, payer in payers.items()]
