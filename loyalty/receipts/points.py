"""What a receipt does to points: earned by its lines, spent by its payments, and taken or given back by its returns.

A return takes back of what its sale earned, and gives back of what was spent on it, in proportion and cumulatively:
what all returns of a sale together did follows from what is left of the sale alone. Points that come back may be spent
as long as they could before.
"""

from datetime import date

from msgspec import Struct

from loyalty.accounts.model import may_spend
from loyalty.cards.terms import last_day
from loyalty.errors import CardNotUsableError, InsufficientFundsError, LimitExceededError, PointsNotWholeError
from loyalty.numbering import canonical
from loyalty.pricing.points import (
    PointsRules,
    cut,
    earn,
    exceeds_cap,
    keep_weights,
    points_for,
    taken_back,
    weigh_lines,
)
from loyalty.receipts.checks import refuse
from loyalty.receipts.facts import Account, Facts, PointsMove, ReceiptPoints, SoldReceipt
from loyalty.receipts.model import Receipt
from loyalty.receipts.returns import Taken


class PaidByPoints(Struct, frozen=True):
    """The moves of payments by points, and what each payment, named by its place, cost (in a return gave back)."""

    moves: list[tuple[Account, PointsMove]]
    paid: dict[int, int]


def pay_by_points(
    receipt: Receipt, index: int, payer: Account, facts: Facts, *, into: PaidByPoints, flags: list[str]
) -> None:
    """Add what one payment by points moves. Raises refusals, or flags an offline receipt."""
    payment, rules, field = receipt.payments[index], points_rules(payer), f"payments[{index}]"
    if rules is None:
        error = CardNotUsableError(f"cards of series {payer.series.code} hold no points", field=f"{field}.card")
        return refuse(receipt, error, "card_not_usable", flags)
    points, is_whole = points_for(abs(payment.amount), rules.value)
    if receipt.kind == "sale" and payment.amount > 0 and not is_whole:
        error_of = PointsNotWholeError("the amount is no whole number of points", field=f"{field}.amount")
        refuse(receipt, error_of, error_of.code, flags)
    card_id = payer.card.card_id
    if receipt.sign * payment.amount >= 0:
        move = PointsMove(card_id, receipt.business_date, 0, points)
    else:
        sold = None if receipt.original is None else facts.sold.get(receipt.original)
        back = None if sold is None else _given_back(sold, canonical(payment.card or ""), payment.amount)
        if sold is not None and back is not None:
            points, move = back, PointsMove(card_id, sold.business_date, 0, -back)
        else:
            move = PointsMove(card_id, _last_day(rules, receipt.business_date), points, 0)
    into.moves.append((payer, move))
    into.paid[index] = points
    return None


def _given_back(sold: SoldReceipt, number: str, amount: int) -> int | None:
    """Give the points that come back with so much more money; None where the card paid nothing of the sale so."""
    paid = paid_by_card(sold).get(number)
    before = sold.given_back.get(number, 0)
    return None if paid is None else given_back(paid, before + amount) - given_back(paid, before)


def paid_by_card(sold: SoldReceipt) -> dict[str, tuple[int, int]]:
    """Sum what each card, by its kept number, paid of a sale by points: (money, points)."""
    sums: dict[str, tuple[int, int]] = {}
    for index, points in ({} if sold.points is None else sold.points.paid).items():
        _, amount, number = sold.payments[index]
        money, spent = sums.get(canonical(number or ""), (0, 0))
        sums[canonical(number or "")] = money + amount, spent + points
    return {number: sum_of for number, sum_of in sums.items() if sum_of[0] > 0 < sum_of[1]}


def given_back(paid: tuple[int, int], amount: int) -> int:
    """Give the points that have come back once so much of the (money, points) that was paid came back."""
    return cut(paid[1] * amount, paid[0])


def check_points(receipt: Receipt, by_points: PaidByPoints, facts: Facts, *, flags: list[str]) -> None:
    """Check that points pay no more than they may, and that they are there on the receipt's day, however old."""
    if not by_points.moves:
        return
    needs: dict[int, int] = {}
    for payer, move in by_points.moves:
        needs[payer.card.card_id] = needs.get(payer.card.card_id, 0) + move.spent
        rules = points_rules(payer)
        if receipt.kind == "sale" and rules is not None and _exceeds_cap(receipt, rules):
            error = LimitExceededError("points may not pay so much of a receipt", field="payments")
            refuse(receipt, error, "points_cap", flags)
    for card_id, need in needs.items():
        if need > 0 and not may_spend(facts.accounts[card_id].points_days, need, on=receipt.business_date):
            refuse(receipt, InsufficientFundsError("the card has not so many points"), "offline_overdraft", flags)


def _exceeds_cap(receipt: Receipt, rules: PointsRules) -> bool:
    return exceeds_cap(rules, paid_by_points=_paid_by_points(receipt), total=receipt.total)


def _paid_by_points(receipt: Receipt) -> int:
    return sum(payment.amount for payment in receipt.payments if payment.kind == "points")


def gather_points(
    receipt: Receipt,
    by_points: PaidByPoints,
    facts: Facts,
    *,
    bearer: Account | None,
    taken: Taken | None,
) -> tuple[list[tuple[Account, PointsMove]], ReceiptPoints | None]:
    """Give all moves of points of a receipt, and what is kept of them; None for a receipt without any."""
    moves = list(by_points.moves)
    earned, day, weights = 0, None, dict[int, int]()
    if bearer is not None and taken is not None:
        moves += _take_back(facts, receipt, bearer, taken)
    elif bearer is not None and (rules := points_rules(bearer)) is not None:
        earned, weights = _earn(receipt, rules, facts)
        day = _last_day(rules, receipt.business_date)
        if earned:
            moves.append((bearer, _earned_move(bearer, receipt, receipt.sign * earned, day)))
    if not moves:
        return [], None
    kept = ReceiptPoints([move for _, move in moves], paid=by_points.paid)
    if receipt.kind == "sale" and earned > 0:
        kept = ReceiptPoints(kept.moves, earned, day, keep_weights(weights), by_points.paid)
    return moves, kept


def _earn(receipt: Receipt, rules: PointsRules, facts: Facts) -> tuple[int, dict[int, int]]:
    """Give what a receipt's lines earn, and their weights; nothing for a sale below the least amount."""
    goods = sum(line.net for line in receipt.lines if not line.goods.top_up)
    if receipt.kind == "sale" and goods < rules.min_receipt:
        return 0, {}
    places = facts.catalogue.currency.places
    weights = weigh_lines(((line.goods, line.net) for line in receipt.lines), rules, places=places)
    earned = earn(weights, places=places, total=receipt.total, paid_by_points=_paid_by_points(receipt))
    return earned, weights


def _earned_move(bearer: Account, receipt: Receipt, earned: int, day: date | None) -> PointsMove:
    """Give the move of earned points; what is taken back without its sale is taken of the oldest, as if spent."""
    if earned > 0:
        return PointsMove(bearer.card.card_id, day, earned, 0)
    return PointsMove(bearer.card.card_id, receipt.business_date, 0, -earned)


def _take_back(facts: Facts, receipt: Receipt, bearer: Account, taken: Taken) -> list[tuple[Account, PointsMove]]:
    """Take back of what the sale earned, by what was left of its lines before and after."""
    sold = None if receipt.original is None else facts.sold.get(receipt.original)
    if sold is None or sold.points is None:
        return []
    known = sold.points
    back = taken_back(known.earned, known.weights, taken.left) - taken_back(known.earned, known.weights, sold.lines)
    return [(bearer, PointsMove(bearer.card.card_id, known.day, -back, 0))] if back else []


def points_rules(account: Account) -> PointsRules | None:
    """Give the rules by which a card's series earns and spends points; None where it has none."""
    settings = account.series.settings
    return settings.points if settings.kind == "bonus" else None


def _last_day(rules: PointsRules, start: date) -> date | None:
    """Give the last day on which points of a day may be spent; None is for ever."""
    return None if rules.lifetime is None else last_day(start, rules.lifetime)
