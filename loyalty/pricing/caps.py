"""The caps of a line: the least price per unit and the most percent that may come off it."""

from loyalty.money import line_gross, percent_of
from loyalty.pricing.drafts import Draft
from loyalty.pricing.model import Applied, PassedOverReason


def cut_to_caps(draft: Draft, places: int) -> None:
    """Cut the discount to what the line's caps allow, from the last reason backwards; the rest is not moved."""
    line = draft.line
    if line.max_discount_percent is not None:
        _cut(draft, percent_of(line.gross, line.max_discount_percent), "maximum_discount")
    if line.min_price is not None:
        _cut(draft, max(0, line.gross - line_gross(line.quantity, line.min_price, places)), "minimum_price")


def _cut(draft: Draft, most: int, reason: PassedOverReason) -> None:
    excess = draft.line.gross - draft.left - most
    kept: list[Applied] = []
    for applied in reversed(draft.applied):
        cut = max(0, min(excess, applied.amount))  # a surcharge is no discount that could be cut
        excess -= cut
        draft.left += cut
        if cut:
            draft.pass_over(reason, applied.source, applied.rule)
        if applied.amount != cut:
            kept.append(Applied(applied.reason, applied.source, applied.percent, applied.amount - cut, applied.rule))
    kept.reverse()
    draft.applied = kept
