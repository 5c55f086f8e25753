"""Receipt rules: percents and amounts off a receipt that is large enough, in the order in which the series gives them.

The key idea: each rule looks at what the rules before it left, of the whole base for its range of money, of the lines
it is bound to for its benefit. So nothing is taken twice, and an earlier rule may put a later one below its minimum.

It refuses to remember: the same base gives the same rules, whatever was asked before.
"""

from collections.abc import Sequence

from loyalty.money import percent_of, share
from loyalty.pricing.drafts import Draft
from loyalty.pricing.model import PassedOverReason, PriceRules, ReceiptRule


def take_receipt_rules(base: Sequence[Draft], rules: PriceRules) -> bool:
    """Let receipt rules act on the lines of the base; tells whether any did, for then the card's percent does not.

    The first percent that holds acts, later ones only on the rest; amounts all act, cut to what is left. A percent of
    0 that holds acts as well: it says that such a receipt gets none. Each rule that lost says why on each line.
    """
    has_acted = has_percent = False
    for place, rule in enumerate(rules.receipt_rules, 1):
        chosen = [draft for draft in base if _is_bound(rule, draft)]
        reason = _refusal(rule, base, chosen, has_percent=has_percent)
        if reason is None:
            _take(rule, chosen, source=rules.source, place=place)
            has_acted = True
            has_percent = has_percent or rule.percent is not None
        _explain(base, rule, reason, source=rules.source, place=place)
    return has_acted


def _is_bound(rule: ReceiptRule, draft: Draft) -> bool:
    if not (rule.skus or rule.groups):
        return True
    return draft.line.sku in rule.skus or draft.line.group in rule.groups


def _refusal(
    rule: ReceiptRule, base: Sequence[Draft], chosen: Sequence[Draft], *, has_percent: bool
) -> PassedOverReason | None:
    """Say why a rule does not act on the lines that it is bound to, or None if it does."""
    money = sum(draft.left for draft in base)
    if money < rule.since:
        return "below_minimum"
    if rule.until is not None and money >= rule.until:
        return "above_range"
    if rule.min_quantity is not None and sum(draft.line.quantity for draft in chosen) < rule.min_quantity:
        return "min_quantity"
    if not any(draft.left for draft in chosen):
        return "nothing_left"
    if rule.percent is not None and has_percent and not rule.on_rest:
        return "earlier_rule"
    return None


def _take(rule: ReceiptRule, chosen: Sequence[Draft], *, source: str, place: int) -> None:
    weights = [draft.left for draft in chosen]
    left = sum(weights)
    benefit = percent_of(left, rule.percent) if rule.percent is not None else rule.amount or 0
    amount = min(benefit, left) if rule.max_discount is None else min(benefit, left, rule.max_discount)
    for draft, part in zip(chosen, share(amount, weights), strict=True):
        if part:
            draft.take("receipt_rule", source, part, percent=rule.percent, rule=place)


def _explain(
    base: Sequence[Draft], rule: ReceiptRule, reason: PassedOverReason | None, *, source: str, place: int
) -> None:
    for draft in base:
        if not _is_bound(rule, draft):
            draft.pass_over("other_goods", source, place)
        elif reason is not None:
            draft.pass_over(reason, source, place)
