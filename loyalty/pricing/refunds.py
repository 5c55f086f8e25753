"""What is given back for goods returned: cumulative, so that unit by unit gives back exactly what was paid.

The refund of a line is round(net x returned so far / quantity) less what was refunded before. A mixed payment goes back
in its proportions, cumulative as well.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from itertools import chain, islice

from msgspec import Struct, structs

from loyalty.money import round_half_up

MOST_TRIED = 100
"""So many lines of one article are looked at for one with enough left, before several are taken."""


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


class GivenBack(Struct, frozen=True, gc=False):
    """What a returned line takes back: the sold line it is written down under, and the refund that is due for it."""

    line: int
    due: int


def refund(sold: SoldLine, quantity: int) -> int:
    """Give the refund for so much more of a sold line returned; at most what is left of it."""
    assert 0 < quantity <= sold.left, "more than was sold cannot be given back"
    return round_half_up(sold.net * (sold.returned + quantity), sold.quantity) - sold.refunded


class Remaining:
    """What is left of a sale, by line and by article; returned goods are taken off it one after the other.

    A returned line may name its sold line, else it means its article: at its price if there is one, and over several
    sold lines where no single one has enough left. What is taken over several lines is written down under the first
    of them, which then shows more returned than sold; here that excess is spread over the article's other lines again.
    """

    __slots__ = ("_articles", "_numbers", "lines")

    def __init__(self, sold: Sequence[SoldLine]) -> None:
        self.lines = list(sold)
        self._numbers = {line.line: index for index, line in enumerate(sold)}
        self._articles: defaultdict[tuple[str, int | None], deque[int]] = defaultdict(deque)
        for index, line in enumerate(sold):
            if line.quantity > 0:
                self._articles[line.sku, line.price].append(index)
                self._articles[line.sku, None].append(index)
        for index, line in enumerate(sold):
            if line.quantity > 0 and line.left < 0:
                self._spread_excess(index)

    def take(
        self, *, original_line: int | None, sku: str, price: int, quantity: int, refunded: int | None = None
    ) -> GivenBack | None:
        """Take goods off, given back for `refunded` (None: for what is due); None where so much of them is not left."""
        if original_line is not None:
            portions = self._take_named(original_line, sku, quantity)
        else:
            portions = self._find_whole(sku, price, quantity) or self._fill(sku, price, quantity)
        if not portions:
            return None
        dues = [refund(self.lines[index], part) for index, part in portions]
        given = list(dues)
        if refunded is not None:
            given[-1] += refunded - sum(dues)
        for (index, part), money in zip(portions, given, strict=True):
            self.lines[index] = self.lines[index].after(part, money)
        return GivenBack(self.lines[portions[0][0]].line, sum(dues))

    def _take_named(self, number: int, sku: str, quantity: int) -> list[tuple[int, int]]:
        index = self._numbers.get(number)
        if index is None or self.lines[index].sku != sku or self.lines[index].left < quantity:
            return []
        return [(index, quantity)]

    def _find_whole(self, sku: str, price: int, quantity: int) -> list[tuple[int, int]]:
        """Find the first line of the article, at the price before all others, with enough left."""
        for group in (self._open(sku, price), self._open(sku, None)):
            for index in islice(group, MOST_TRIED):
                if self.lines[index].left >= quantity:
                    return [(index, quantity)]
        return []

    def _fill(self, sku: str, price: int | None, quantity: int, *, but: int | None = None) -> list[tuple[int, int]]:
        """Take from the article's lines in order, at the price before all others; nothing where it is not enough."""
        at_price = self._open(sku, price) if price is not None else ()
        others = (index for index in self._open(sku, None) if self.lines[index].price != price)
        portions: list[tuple[int, int]] = []
        for index in chain(at_price, others):
            part = min(quantity, self.lines[index].left)
            if part > 0 and index != but:
                portions.append((index, part))
                quantity -= part
            if not quantity:
                return portions
        return []

    def _open(self, sku: str, price: int | None) -> deque[int]:
        """Give the lines of an article, without those at the front of which nothing is left."""
        group = self._articles[sku, price]
        while group and self.lines[group[0]].left <= 0:
            group.popleft()
        return group

    def _spread_excess(self, index: int) -> None:
        line = self.lines[index]
        for other, part in self._fill(line.sku, line.price, -line.left, but=index):
            money = refund(self.lines[other], part)
            self.lines[other] = self.lines[other].after(part, money)
            self.lines[index] = self.lines[index].after(-part, -money)


def refund_payments(paid: Sequence[int], *, refunded_before: int, refund_now: int) -> list[int]:
    """Split a refund over the payments of the sale in their proportions; cumulative over all its returns.

    `paid` are the payments' amounts in the order of the receipt, with their sum the receipt's total.
    """
    weights = [max(0, amount) for amount in paid]
    so_far = _split(refunded_before + refund_now, weights)
    before = _split(refunded_before, weights)
    return [after - given for after, given in zip(so_far, before, strict=True)]


def _split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount over weights so that no part ever shrinks when the amount grows; the parts sum to the amount.

    The largest weight takes its rounded share, then the next of what is left, and so on. Largest remainders would be
    nearer by a unit, but of three and more parts one may shrink there, and a refund would take money from a payment.
    """
    parts = [0] * len(weights)
    left, total = amount, sum(weights)
    for index in sorted(range(len(weights)), key=lambda place: (-weights[place], place)):
        if not weights[index]:
            break
        parts[index] = round_half_up(left * weights[index], total)
        left, total = left - parts[index], total - weights[index]
    return parts
