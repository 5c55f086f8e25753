"""The rounding of the payable total: one more reason, on one line."""

from collections.abc import Sequence

from loyalty.money import line_gross, round_half_up
from loyalty.pricing.drafts import Draft
from loyalty.pricing.model import Line, TotalRounding


def round_total(drafts: Sequence[Draft], rounding: TotalRounding, *, source: str, places: int) -> None:
    """Round what is to be paid to a step, on one line: least quantity, then dearest, then first.

    A line that takes no discount bears it only where no other can; gifts, top-ups and minimum prices are left alone.
    Where no line can bear it the total stays as it is.
    """
    total = sum(draft.left for draft in drafts)
    amount = total - _stepped(total, rounding)
    able = [draft for draft in drafts if _bears(draft, amount, places)]
    if amount and able:
        chosen = min(able, key=lambda draft: (_is_shut(draft.line), draft.line.quantity, -draft.line.price))
        chosen.take("rounding", source, amount)


def _is_shut(line: Line) -> bool:
    return line.no_discount or line.fixed_price


def _bears(draft: Draft, amount: int, places: int) -> bool:
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
