"""How a price is made: lines and a card's rules in, priced and explained lines out.

The key idea: every rule looks at what the rules before it left of each line, and writes down its own amount as a
reason, so that every minor unit of discount has exactly one reason. The order is: quotation, manual discount, receipt
rules or else the card's percent, caps, rounding of the total.

It refuses to know a database, a clock or a float: the same input gives the same answer online, at the till, in a
rehearsal and years later.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from loyalty.money import ONE_UNIT, line_gross, percent_of, round_half_up, share
from loyalty.pricing.caps import cut_to_caps
from loyalty.pricing.drafts import Draft
from loyalty.pricing.model import Applied, Line, PassedOverReason, Priced, PricedLine, PriceRules
from loyalty.pricing.quotations import quote
from loyalty.pricing.receipt_rules import take_receipt_rules
from loyalty.pricing.rounding import round_total

MANUAL: Final = "manual"


def calculate(
    lines: Sequence[Line],
    rules: PriceRules | None,
    *,
    at: datetime,
    places: int,
    further_cards: Sequence[PriceRules] = (),
) -> Priced:
    """Price a receipt.

    `rules` is what a usable card brings, None without one; `at` is the moment in the store's local time; `places` are
    the currency's decimals. A discount over several lines is rounded half-up once on their sum and shared by largest
    remainder; of equal lines the one of the lower number comes first, in whatever order they are given.
    `further_cards` are those shown besides: one card discounts a receipt, the others say so.
    """
    plain = None if further_cards else percent_only(lines, rules)
    if plain is not None:
        return _explain_plain(lines, plain, rules)
    drafts = [Draft(line) for line in lines]
    _take_all(sorted(drafts, key=_number), rules, at=at, places=places, further_cards=further_cards)
    priced = tuple([draft.finished() for draft in drafts])
    gross = sum(line.gross for line in priced)
    total = sum(line.net for line in priced)
    return Priced(lines=priced, gross=gross, discount=gross - total, total=total)


def _number(draft: Draft) -> int:
    return draft.line.line


def _take_all(
    drafts: Sequence[Draft],
    rules: PriceRules | None,
    *,
    at: datetime,
    places: int,
    further_cards: Sequence[PriceRules],
) -> None:
    open_drafts = [draft for draft in drafts if _is_open(draft, rules)]
    if rules is not None and rules.price_lists:
        for draft in open_drafts:
            _take_quotation(draft, rules, at=at, places=places)
    for draft in open_drafts:
        _take_manual(draft, rules)
    if rules is not None and _has_percent(rules):
        _take_percent([draft for draft in open_drafts if not draft.percent_barred], rules)
    for draft in open_drafts:
        cut_to_caps(draft, places)
        for card in further_cards:
            if _has_percent(card):
                draft.pass_over("already_discounted", card.source)
    if rules is not None and rules.total_rounding is not None:
        round_total(drafts, rules.total_rounding, source=rules.source, places=places)


def _has_percent(rules: PriceRules) -> bool:
    """Tell whether anything acts on the base of lines without a fixed price."""
    return bool(rules.percent or rules.receipt_rules)


def percent_only(lines: Sequence[Line], rules: PriceRules | None) -> list[int] | None:
    """Give the discount of each line where nothing but the card's percent can act; None where the long way is needed.

    Most receipts are like this, and a posted one needs no reasons.
    """
    if rules is not None and (rules.price_lists or rules.receipt_rules or rules.total_rounding is not None):
        return None
    before = 0
    for line in lines:
        if (
            line.quantity <= 0
            or line.line < before
            or line.no_discount
            or line.gift
            or line.fixed_price
            or line.top_up
            or line.manual_discount_percent
            or line.max_discount_percent is not None
            or line.min_price is not None
        ):
            return None
        before = line.line
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


def _is_open(draft: Draft, rules: PriceRules | None) -> bool:
    """Tell whether a line may take a discount at all; if not, write down what it is passed over for."""
    line = draft.line
    if line.quantity > 0 and not (line.no_discount or line.gift or line.fixed_price or line.top_up):
        return True
    if rules is not None and (_has_percent(rules) or rules.price_lists):
        draft.pass_over(_closed_by(line), rules.source)
    if line.manual_discount_percent:
        draft.pass_over(_closed_by(line), MANUAL)
    return False


def _closed_by(line: Line) -> PassedOverReason:
    if line.gift:
        return "gift"
    if line.top_up:
        return "top_up"
    if line.fixed_price:
        return "fixed_price"
    return "no_discount" if line.no_discount else "given_back"


def _take_quotation(draft: Draft, rules: PriceRules, *, at: datetime, places: int) -> None:
    found, passed_over = quote(draft.line, rules, at=at)
    draft.passed_over += passed_over
    if found is not None:
        net = line_gross(draft.line.quantity, found.price, places)
        draft.take("quotation", found.source, draft.left - net)
    elif rules.percent_without_quotation:
        return
    draft.percent_barred = True
    if _has_percent(rules):
        draft.pass_over("no_quotation" if found is None else "quotation", rules.source)


def _take_manual(draft: Draft, rules: PriceRules | None) -> None:
    percent = draft.line.manual_discount_percent
    if not percent:
        return
    draft.take("manual", MANUAL, percent_of(draft.left, percent), percent=percent)
    if rules is not None and _has_percent(rules) and not draft.percent_barred and not rules.manual_with_percent:
        draft.percent_barred = True
        draft.pass_over("already_discounted", rules.source)


def _take_percent(base: Sequence[Draft], rules: PriceRules) -> None:
    """Let the receipt rules act, and the card's percent where none of them does."""
    if rules.receipt_rules and take_receipt_rules(base, rules):
        if rules.percent:
            for draft in base:
                draft.pass_over("receipt_rule", rules.source)
        return
    left = [draft.left for draft in base]
    for draft, amount in zip(base, share(percent_of(sum(left), rules.percent), left), strict=True):
        if amount:
            draft.take("card_percent", rules.source, amount, percent=rules.percent)


def unit_price(priced: PricedLine, places: int) -> int:
    """Give what one unit costs after the discount, in minor units, half-up; the list price where none is sold."""
    if priced.quantity == 0:
        return line_gross(ONE_UNIT, priced.price, places)
    return round_half_up(abs(priced.net) * ONE_UNIT, abs(priced.quantity))
