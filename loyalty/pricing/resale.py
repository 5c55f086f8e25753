"""What is given back where a return is priced anew: what was paid, less what the rest of the sale costs without it.

A rule that acted from an amount on may not act on what is kept. Then the rest costs more, and so much less is given
back; never less than nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, structs

from loyalty.money import line_gross, share
from loyalty.pricing.calculate import calculate
from loyalty.pricing.model import Line, PricedLine, PriceRules
from loyalty.pricing.refunds import SoldLine


class Resale(Struct, frozen=True):
    """The goods of a sale with the rules and the local moment by which they were priced."""

    goods: tuple[Line, ...]
    rules: PriceRules | None
    at: datetime
    places: int

    def discounts(self) -> list[int]:
        """Give what the rules took off each line of the whole sale."""
        return [line.discount for line in self._price(self.goods)]

    def refund(self, before: Sequence[SoldLine], after: Sequence[SoldLine]) -> int:
        """Give what is due for goods: `before` and `after` are the sold lines without and with their return."""
        returned = {line.line: line.returned for line in after}
        rest = [self._keep(line, returned.get(line.line, 0)) for line in self.goods]
        costs = sum(line.net for line in self._price([line for line in rest if line.quantity]))
        return max(0, sum(line.net - line.refunded for line in before) - costs)

    def _keep(self, line: Line, returned: int) -> Line:
        quantity = line.quantity - returned if line.quantity > 0 else line.quantity
        return structs.replace(line, quantity=quantity, gross=line_gross(quantity, line.price, self.places))

    def _price(self, goods: Sequence[Line]) -> Sequence[PricedLine]:
        return calculate(goods, self.rules, at=self.at, places=self.places).lines


def spread(due: int, in_proportion: Sequence[int]) -> list[int]:
    """Split what is due over returned lines as what each would be given back in proportion; the parts sum to it."""
    weights = [max(0, part) for part in in_proportion]
    return share(due, weights) if any(weights) else list(in_proportion)
