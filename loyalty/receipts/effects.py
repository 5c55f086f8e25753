"""What a receipt does to accounts: turnover, money put on cards by top-up lines, money paid from them.

Gathering decides and may refuse; applying only moves what was gathered. So a refused receipt has moved nothing.
"""

from datetime import date, datetime

from msgspec import Struct

from loyalty.accounts.chain import link
from loyalty.cards.terms import last_day
from loyalty.errors import (
    CardNotUsableError,
    InsufficientFundsError,
    LimitExceededError,
    OtherPaymentRefusedError,
    RefusedError,
)
from loyalty.numbering import canonical
from loyalty.receipts.facts import Account, EntryRow, Facts, Writes
from loyalty.receipts.model import Payment, Receipt
from loyalty.receipts.returns import Taken


class MoneyMove(Struct, frozen=True, gc=False):
    """Money that goes on a card, or off it if negative."""

    account: Account
    amount: int


class Effects(Struct, frozen=True, gc=False):
    """What a receipt will do once it is applied."""

    bearer: Account | None
    turnover: int
    purchases: int
    money: list[MoneyMove]
    flags: list[str]
    taken: Taken | None


def gather_effects(
    receipt: Receipt,
    facts: Facts,
    *,
    bearer: Account | None,
    shown: Account | None,
    at: datetime,
    taken: Taken | None,
) -> Effects:
    """Gather a receipt's effects. Raises refusals of payments and top-ups; an offline receipt gets flags instead."""
    topped_up, purchased = _split_top_ups(receipt, taken)
    money: list[MoneyMove] = []
    flags: list[str] = []
    if topped_up:
        money.append(_top_up(receipt, receipt.sign * topped_up, facts, bearer=bearer, shown=shown, at=at))
    for index, payment in enumerate(receipt.payments):
        if payment.kind in {"card", "points"}:
            move = _pay(receipt, payment, facts, at=at, field=f"payments[{index}]", flags=flags)
            if move is not None:
                money.append(move)
    _check_funds(receipt, money, flags)
    return Effects(
        bearer=bearer,
        turnover=0 if bearer is None else receipt.sign * (receipt.total - topped_up),
        purchases=0 if bearer is None else _purchases(receipt, taken, purchased=purchased),
        money=money,
        flags=flags,
        taken=taken,
    )


def _split_top_ups(receipt: Receipt, taken: Taken | None) -> tuple[int, bool]:
    """Sum the nets of top-up lines, and tell whether any other line was bought."""
    topped_up, purchased = 0, False
    for line in receipt.lines:
        if line.goods.top_up or (taken is not None and line.goods.line in taken.top_up_lines):
            topped_up += line.net
        else:
            purchased = True
    return topped_up, purchased


def _purchases(receipt: Receipt, taken: Taken | None, *, purchased: bool) -> int:
    """Count purchases: a sale of goods is one, and stops being one when all of them were returned."""
    if receipt.kind == "sale":
        return 1 if purchased else 0
    return -1 if taken is not None and taken.is_last else 0


def _top_up(
    receipt: Receipt, amount: int, facts: Facts, *, bearer: Account | None, shown: Account | None, at: datetime
) -> MoneyMove:
    account = bearer
    if account is None and shown is not None and (receipt.offline or receipt.kind == "return"):
        account = facts.bearer(shown)
    if account is None:
        raise CardNotUsableError("a top-up needs a card that may be used", field="card")
    refused = None if shown is None else shown.refusal_at(at)
    if receipt.kind == "sale" and refused is not None and not receipt.offline:
        raise CardNotUsableError(f"the card cannot be topped up: it is {_words(refused)}", field="card")
    if account.series.settings.kind != "credit":
        raise CardNotUsableError(f"cards of series {account.series.code} hold no money", field="card")
    return MoneyMove(account, amount)


def _pay(
    receipt: Receipt, payment: Payment, facts: Facts, *, at: datetime, field: str, flags: list[str]
) -> MoneyMove | None:
    """Give the debit (in a return the credit) of one card payment; None where an offline one names no card of ours."""
    assert payment.card is not None, "the edge looked"
    account = facts.find_account(canonical(payment.card))
    if account is None:
        if not receipt.offline:
            raise CardNotUsableError("the paying card is unknown", field=f"{field}.card")
        _flag(flags, "card_unknown")
        return None
    bearer = facts.bearer(account)
    refused = account.refusal_at(at)
    if receipt.kind == "sale" and payment.amount > 0 and refused is not None:
        if not receipt.offline:
            raise CardNotUsableError(f"the paying card is {_words(refused)}", field=f"{field}.card")
        _flag(flags, f"card_{refused}")
    if bearer.series.settings.kind != "credit" or payment.kind == "points":
        if not receipt.offline:
            what = "points" if payment.kind == "points" else "money"
            raise CardNotUsableError(f"cards of series {bearer.series.code} hold no {what}", field=f"{field}.card")
        _flag(flags, "card_not_usable")
        return None
    if (
        receipt.kind == "sale"
        and not bearer.series.settings.allow_other_payment
        and _has_other_payment(receipt, payment)
    ):
        if not receipt.offline:
            raise OtherPaymentRefusedError(
                f"series {bearer.series.code} wants the whole receipt paid from the card", field=field
            )
        _flag(flags, "other_payment")
    return MoneyMove(bearer, -receipt.sign * payment.amount)


def _has_other_payment(receipt: Receipt, payment: Payment) -> bool:
    return any(other.amount and (other.kind, other.card) != ("card", payment.card) for other in receipt.payments)


def _check_funds(receipt: Receipt, money: list[MoneyMove], flags: list[str]) -> None:
    """Check that no card gives more than it has, all moves of the receipt together."""
    needs: dict[int, int] = {}
    for move in money:
        needs[move.account.card.card_id] = needs.get(move.account.card.card_id, 0) - move.amount
    for move in money:
        need, account = needs[move.account.card.card_id], move.account
        if need <= 0 or need <= account.room:
            continue
        if receipt.offline:
            _flag(flags, "offline_overdraft")
        else:
            raise _short_of_funds(account)


def _short_of_funds(account: Account) -> RefusedError:
    if account.card.credit_limit:
        return LimitExceededError("the card's balance and credit limit together do not cover it")
    return InsufficientFundsError("the card's balance does not cover it")


def _flag(flags: list[str], flag: str) -> None:
    if flag not in flags:
        flags.append(flag)


def _words(refused: str) -> str:
    return refused.replace("_", " ")


def apply_effects(receipt: Receipt, effects: Effects, writes: Writes) -> None:
    """Move the accounts and write the entries, the day's sums and a first use."""
    day = receipt.business_date
    bearer = effects.bearer
    if bearer is not None:
        bearer.purchases += effects.purchases
        bearer.is_touched = True
        if effects.turnover:
            bearer.turnover += effects.turnover
            _enter(writes, bearer, receipt, "turnover", effects.turnover, bearer.turnover)
        _add_to_day(writes, bearer.card.card_id, day, effects.turnover, effects.purchases)
        _activate(bearer, receipt, writes)
    for move in effects.money:
        if move.amount:
            account = move.account
            account.balance += move.amount
            owed = max(0, -account.room)
            account.overdraft = owed if move.amount < 0 else min(account.overdraft, owed)
            account.is_touched = True
            _enter(writes, account, receipt, "money", move.amount, account.balance)


def _enter(writes: Writes, account: Account, receipt: Receipt, ledger: str, amount: int, after: int) -> None:
    account.version += 1
    account.chain = link(
        account.chain,
        card_id=account.card.card_id,
        seq=account.version,
        business_date=receipt.business_date,
        account=ledger,
        amount=amount,
        after=after,
        source=receipt.kind,
        source_uid=receipt.uid,
        corrects=None,
        at=writes.at,
    )
    writes.entries.append(
        EntryRow(
            account.card.card_id,
            receipt.business_date,
            account.version,
            ledger,
            amount,
            after,
            receipt.kind,
            receipt.uid,
            account.chain,
        )
    )


def _add_to_day(writes: Writes, card_id: int, day: date, turnover: int, purchases: int) -> None:
    sums = writes.days.setdefault((card_id, day), [0, 0])
    sums[0] += turnover
    sums[1] += purchases


def _activate(account: Account, receipt: Receipt, writes: Writes) -> None:
    """Take the first posted sale as the card's first use where its series asks for it."""
    card, settings = account.card, account.series.settings
    if settings.activation != "first_use" or card.activated_on is not None or receipt.kind != "sale":
        return
    if any(card_id == card.card_id for card_id, _, _ in writes.activations):
        return
    expires_on = card.own_expires_on
    if expires_on is None and settings.term is not None:
        expires_on = last_day(receipt.business_date, settings.term)
    writes.activations.append((card.card_id, receipt.business_date, expires_on))
