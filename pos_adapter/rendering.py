"""A priced receipt as it goes over the wire, from the server and from a till without one. Pure.

The key idea: one function writes both, so that a price is the same to the byte wherever it was made.
"""

from loyalty.money import Scale, format_percent
from loyalty.pricing.calculate import unit_price
from loyalty.pricing.model import Priced, PricedLine
from pos_adapter.answers import AppliedAnswer, CalculatedLine, PassedOverAnswer


def render_lines(priced: Priced, *, places: int, money: Scale) -> list[CalculatedLine]:
    """Render the lines of a priced receipt."""
    return [_render_line(line, places, money) for line in priced.lines]


def _render_line(line: PricedLine, places: int, money: Scale) -> CalculatedLine:
    return CalculatedLine(
        line.line,
        money.format(line.gross),
        money.format(line.discount),
        money.format(line.net),
        money.format(unit_price(line, places)),
        [
            AppliedAnswer(
                applied.reason,
                applied.source,
                None if applied.percent is None else format_percent(applied.percent),
                money.format(applied.amount),
                applied.rule,
            )
            for applied in line.applied
        ],
        [PassedOverAnswer(lost.reason, lost.source, lost.rule) for lost in line.passed_over],
    )
