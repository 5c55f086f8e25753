"""What is given back for goods returned: cumulative, so that unit by unit gives back exactly what was paid.

The refund of a line is round(net x returned so far / quantity) less what was refunded before. A mixed payment goes back
in its proportions, cumulative as well.
"""

from collections.abc import Sequence

from msgspec import Struct, structs

from loyalty.money import round_half_up, share


class SoldLine(Struct, frozen=True, gc=False):
    """A line of the original sale with what earlier returns already took back of it."""

    line: int
    sku: str
    quantity: int
    price: int
    discount: int
    net: int
    returned: int = 0
    refunded: int = 0

    @property
    def left(self) -> int:
        """How much of it may still be returned."""
        return max(0, self.quantity) - self.returned

    def after(self, quantity: int, refunded: int) -> "SoldLine":
        """Give the line after so much more of it came back for so much money."""
        return structs.replace(self, returned=self.returned + quantity, refunded=self.refunded + refunded)


def refund(sold: SoldLine, quantity: int) -> int:
    """Give the refund for so much more of a sold line returned; at most what is left of it."""
    assert 0 < quantity <= sold.left, "more than was sold cannot be given back"
    return round_half_up(sold.net * (sold.returned + quantity), sold.quantity) - sold.refunded


def find_sold(sold: Sequence[SoldLine], *, original_line: int | None, sku: str, quantity: int) -> int | None:
    """Find the index of the sold line that a returned one means, with enough left of it; None if there is none.

    The line it names, else the first line of the same article with enough left.
    """
    for index, line in enumerate(sold):
        if (line.line == original_line if original_line is not None else line.sku == sku) and line.left >= quantity:
            return index
    return None


def refund_payments(paid: Sequence[int], *, refunded_before: int, refund_now: int) -> list[int]:
    """Split a refund over the payments of the sale in their proportions; cumulative over all its returns.

    `paid` are the payments' amounts in the order of the receipt, with their sum the receipt's total.
    """
    weights = [max(0, amount) for amount in paid]
    if not sum(weights):
        return [0] * len(paid)
    so_far = share(refunded_before + refund_now, weights)
    before = share(refunded_before, weights)
    return [after - given for after, given in zip(so_far, before, strict=True)]
