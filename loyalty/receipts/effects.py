"""What a receipt does to accounts: turnover, money put on cards by top-up lines, money paid from them.

Gathering decides and may refuse; applying only moves what was gathered. So a refused receipt has moved nothing.
"""

from datetime import date, datetime

from msgspec import Struct

from loyalty.accounts.chain import link
from loyalty.accounts.model import PointsDay
from loyalty.cards.terms import last_day
from loyalty.errors import CardNotUsableError
from loyalty.receipts.facts import Account, EntryRow, Facts, PointsMove, ReceiptPoints, Writes
from loyalty.receipts.model import Receipt
from loyalty.receipts.payments import Capture, MoneyMove, check_day_limits, check_funds, gather_payments, spending
from loyalty.receipts.points import gather_points
from loyalty.receipts.returns import Taken


class Effects(Struct, frozen=True, gc=False):
    """What a receipt will do once it is applied."""

    bearer: Account | None
    turnover: int
    purchases: int
    money: list[MoneyMove]
    captures: list[Capture]
    spending: list[tuple[Account, int]]
    points: list[tuple[Account, PointsMove]]
    kept_points: ReceiptPoints | None
    flags: list[str]
    taken: Taken | None

    @property
    def accounts(self) -> tuple[int, ...]:
        """The cards behind the named ones, whose money was moved."""
        return tuple(sorted({move.account.card.card_id for move in self.money if move.payer is not move.account}))


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
    paid = gather_payments(receipt, facts, at=at, flags=flags)
    money += paid.money
    check_funds(receipt, money, paid.captures, flags)
    check_day_limits(receipt, paid.money, paid.captures, facts=facts, flags=flags)
    points, kept_points = gather_points(receipt, paid.points, facts, bearer=bearer, taken=taken)
    return Effects(
        bearer=bearer,
        turnover=0 if bearer is None else receipt.sign * (receipt.total - topped_up),
        purchases=0 if bearer is None else _purchases(receipt, taken, purchased=purchased),
        money=money,
        captures=paid.captures,
        spending=spending(paid.money),
        points=points,
        kept_points=kept_points,
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
    refused = None if shown is None else shown.payment_refusal(at, is_late=receipt.offline)
    if receipt.kind == "sale" and refused is not None and not receipt.offline:
        raise CardNotUsableError(f"the card cannot be topped up: it is {_words(refused)}", field="card")
    if account.series.settings.kind != "credit":
        raise CardNotUsableError(f"cards of series {account.series.code} hold no money", field="card")
    return MoneyMove(account.purse, amount, account)


def _words(refused: str) -> str:
    return refused.replace("_", " ")


def apply_effects(receipt: Receipt, effects: Effects, facts: Facts, writes: Writes) -> None:
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
    _apply_captures(effects, facts, writes)
    for move in effects.money:
        if move.amount:
            account = move.account
            account.balance += move.amount
            owed = max(0, -account.room)
            account.overdraft = owed if move.amount < 0 else min(account.overdraft, owed)
            account.is_touched = True
            _enter(writes, account, receipt, "money", move.amount, account.balance)
    for payer, spends in effects.spending:
        _spend(payer, day, spends, writes)
    for account, gain in effects.points:
        _apply_points(account, gain, receipt, writes)


def _apply_captures(effects: Effects, facts: Facts, writes: Writes) -> None:
    """Give back what holds kept, before their payments are debited."""
    for hold, amount in ((capture.hold, capture.amount) for capture in effects.captures):
        facts.end_hold(hold, "captured", captured=amount, writes=writes)


def _spend(payer: Account, day: date, amount: int, writes: Writes) -> None:
    """Count what a card spends on its latest day; days before it are not limited any more."""
    spent = payer.spent_on_day(day)
    if spent is not None:
        payer.spent_on, payer.spent = day, spent + amount
        writes.spenders[payer.card.card_id] = payer


def _apply_points(account: Account, move: PointsMove, receipt: Receipt, writes: Writes) -> None:
    gained = move.earned - move.spent
    if not gained:
        return
    account.points += gained
    account.points_days.append(PointsDay(move.day, move.earned, move.spent))
    account.is_touched = True
    _enter(writes, account, receipt, "points", gained, account.points)
    writes.points.append(move)


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
