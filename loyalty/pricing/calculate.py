"""How a price is made: lines and a card's rules in, priced and explained lines out.

The key idea: every rule looks at what the rules before it left of each line, and writes down its own amount as a
reason, so that every minor unit of discount has exactly one reason. The order is: quotation, manual discount, card
percent, caps, rounding of the total.

It refuses to know a database, a clock or a float: the same input gives the same answer online, at the till, in a
rehearsal and years later.
"""

from collections.abc import Sequence
from datetime import datetime

from loyalty.money import ONE_UNIT, line_gross, percent_of, round_half_up, share
from loyalty.pricing.model import (
    Applied,
    Line,
    PassedOver,
    PassedOverReason,
    Priced,
    PricedLine,
    PriceRules,
    TotalRounding,
)
from loyalty.pricing.quotations import quote

MANUAL = "manual"


class _Draft:
    """A line on its way through the rules: what is left of it and the reasons so far."""

    __slots__ = ("applied", "left", "line", "passed_over", "percent_barred")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.left = line.gross
        self.applied: list[Applied] = []
        self.passed_over: list[PassedOver] = []
        self.percent_barred = False

    def take(self, applied: Applied) -> None:
        """Take an amount off the line, for a reason."""
        self.left -= applied.amount
        self.applied.append(applied)

    def finished(self) -> PricedLine:
        line = self.line
        return PricedLine(
            line=line.line,
            quantity=line.quantity,
            price=line.price,
            gross=line.gross,
            discount=line.gross - self.left,
            net=self.left,
            applied=tuple(self.applied),
            passed_over=tuple(self.passed_over),
        )


def calculate(lines: Sequence[Line], rules: PriceRules | None, *, at: datetime, places: int) -> Priced:
    """Price a receipt.

    `rules` is what a usable card brings, None without one; `at` is the moment in the store's local time; `places` are
    the currency's decimals. The discount of the percent is rounded half-up once on the sum of its lines and shared by
    largest remainder.
    """
    plain = percent_only(lines, rules)
    if plain is not None:
        return _explain_plain(lines, plain, rules)
    drafts = [_Draft(line) for line in lines]
    open_drafts = [draft for draft in drafts if _is_open(draft, rules)]
    if rules is not None and rules.price_lists:
        for draft in open_drafts:
            _take_quotation(draft, rules, at=at, places=places)
    for draft in open_drafts:
        _take_manual(draft, rules)
    if rules is not None and rules.percent:
        _take_percent(open_drafts, rules)
    for draft in open_drafts:
        _cut_to_caps(draft, places)
    if rules is not None and rules.total_rounding is not None:
        _round_total(drafts, rules.total_rounding, source=rules.source, places=places)
    priced = tuple([draft.finished() for draft in drafts])
    gross = sum(line.gross for line in priced)
    total = sum(line.net for line in priced)
    return Priced(lines=priced, gross=gross, discount=gross - total, total=total)


def percent_only(lines: Sequence[Line], rules: PriceRules | None) -> list[int] | None:
    """Give the discount of each line where nothing but the card's percent can act; None where the long way is needed.

    Most receipts are like this, and a posted one needs no reasons.
    """
    if rules is not None and (rules.price_lists or rules.total_rounding is not None):
        return None
    for line in lines:
        if (
            line.quantity <= 0
            or line.no_discount
            or line.gift
            or line.fixed_price
            or line.top_up
            or line.manual_discount_percent
            or line.max_discount_percent is not None
            or line.min_price is not None
        ):
            return None
    if rules is None or not rules.percent:
        return [0] * len(lines)
    grosses = [line.gross for line in lines]
    return share(percent_of(sum(grosses), rules.percent), grosses)


def _explain_plain(lines: Sequence[Line], discounts: list[int], rules: PriceRules | None) -> Priced:
    priced = tuple(
        [
            PricedLine(
                line.line,
                line.quantity,
                line.price,
                line.gross,
                discount,
                line.gross - discount,
                (Applied("card_percent", rules.source, rules.percent, discount),) if rules and discount else (),
                (),
            )
            for line, discount in zip(lines, discounts, strict=True)
        ]
    )
    gross, discount = sum(line.gross for line in lines), sum(discounts)
    return Priced(priced, gross, discount, gross - discount)


def _is_open(draft: _Draft, rules: PriceRules | None) -> bool:
    """Tell whether a line may take a discount at all; if not, write down what it is passed over for."""
    line = draft.line
    if line.quantity > 0 and not (line.no_discount or line.gift or line.fixed_price or line.top_up):
        return True
    if rules is not None and (rules.percent or rules.price_lists):
        draft.passed_over.append(PassedOver(_closed_by(line), rules.source))
    if line.manual_discount_percent:
        draft.passed_over.append(PassedOver(_closed_by(line), MANUAL))
    return False


def _closed_by(line: Line) -> PassedOverReason:
    if line.gift:
        return "gift"
    if line.top_up:
        return "top_up"
    if line.fixed_price:
        return "fixed_price"
    return "no_discount" if line.no_discount else "given_back"


def _take_quotation(draft: _Draft, rules: PriceRules, *, at: datetime, places: int) -> None:
    found, passed_over = quote(draft.line, rules, at=at)
    draft.passed_over += passed_over
    if found is not None:
        net = line_gross(draft.line.quantity, found.price, places)
        draft.take(Applied("quotation", found.source, None, draft.left - net))
    elif rules.percent_without_quotation:
        return
    draft.percent_barred = True
    if rules.percent:
        draft.passed_over.append(PassedOver("no_quotation" if found is None else "quotation", rules.source))


def _take_manual(draft: _Draft, rules: PriceRules | None) -> None:
    percent = draft.line.manual_discount_percent
    if not percent:
        return
    draft.take(Applied("manual", MANUAL, percent, percent_of(draft.left, percent)))
    if rules is not None and rules.percent and not draft.percent_barred and not rules.manual_with_percent:
        draft.percent_barred = True
        draft.passed_over.append(PassedOver("already_discounted", rules.source))


def _take_percent(drafts: list[_Draft], rules: PriceRules) -> None:
    base = [draft for draft in drafts if not draft.percent_barred]
    left = [draft.left for draft in base]
    for draft, amount in zip(base, share(percent_of(sum(left), rules.percent), left), strict=True):
        if amount:
            draft.take(Applied("card_percent", rules.source, rules.percent, amount))


def _cut_to_caps(draft: _Draft, places: int) -> None:
    """Cut the discount to what the line's caps allow, from the last reason backwards; the rest is not moved."""
    line = draft.line
    if line.max_discount_percent is not None:
        _cut(draft, percent_of(line.gross, line.max_discount_percent), "maximum_discount")
    if line.min_price is not None:
        _cut(draft, max(0, line.gross - line_gross(line.quantity, line.min_price, places)), "minimum_price")


def _cut(draft: _Draft, most: int, reason: PassedOverReason) -> None:
    excess = draft.line.gross - draft.left - most
    while excess > 0:
        last = draft.applied.pop()
        cut = min(excess, last.amount)
        draft.left += cut
        excess -= cut
        if last.amount > cut:
            draft.applied.append(Applied(last.reason, last.source, last.percent, last.amount - cut))
        draft.passed_over.append(PassedOver(reason, last.source))


def _round_total(drafts: list[_Draft], rounding: TotalRounding, *, source: str, places: int) -> None:
    """Round the payable total as one more reason on one line: least quantity, then dearest, then first.

    A line that takes no discount bears it only where no other can; gifts, top-ups and minimum prices are left alone.
    """
    total = sum(draft.left for draft in drafts)
    amount = total - _stepped(total, rounding)
    able = [draft for draft in drafts if _bears_rounding(draft, amount, places)]
    if amount and able:
        chosen = min(able, key=lambda draft: (_is_shut(draft.line), draft.line.quantity, -draft.line.price))
        chosen.take(Applied("rounding", source, None, amount))


def _is_shut(line: Line) -> bool:
    return line.no_discount or line.fixed_price


def _bears_rounding(draft: _Draft, amount: int, places: int) -> bool:
    line = draft.line
    if line.quantity <= 0 or line.gift or line.top_up:
        return False
    least = 0 if line.min_price is None else min(draft.left, line_gross(line.quantity, line.min_price, places))
    return draft.left - amount >= least


def _stepped(total: int, rounding: TotalRounding) -> int:
    if rounding.mode == "nearest":
        return round_half_up(total, rounding.step) * rounding.step
    if rounding.mode == "down":
        return total // rounding.step * rounding.step
    return -(-total // rounding.step) * rounding.step


def unit_price(priced: PricedLine, places: int) -> int:
    """Give what one unit costs after the discount, in minor units, half-up; the list price where none is sold."""
    if priced.quantity == 0:
        return line_gross(ONE_UNIT, priced.price, places)
    return round_half_up(abs(priced.net) * ONE_UNIT, abs(priced.quantity))
