"""What a return takes back of its sale, and whether the till gave back what the rule says."""

from uuid import UUID

from msgspec import Struct

from loyalty.errors import NothingLeftError
from loyalty.pricing.refunds import find_sold, refund
from loyalty.receipts.facts import SoldReceipt
from loyalty.receipts.model import Receipt


class Taken(Struct, frozen=True, gc=False):
    """What a return takes back: the sold line of each of its lines, and whether the refund is the due one."""

    original_uid: UUID
    lines: dict[int, int]
    is_due: bool
    is_all: bool
    top_up_lines: frozenset[int]


def take_back(receipt: Receipt, sold: SoldReceipt) -> Taken:
    """Match a return with its sale, and mark the goods in it as returned. Raises NothingLeftError.

    Lines with a quantity of zero or less take nothing back: they are corrections inside the return.
    """
    if sold.state == "voided":
        raise NothingLeftError("the sale was voided: nothing of it is left to be returned", field="original")
    left = list(sold.lines)
    lines: dict[int, int] = {}
    is_due = True
    for index, line in enumerate(receipt.lines):
        quantity = line.goods.quantity
        if quantity <= 0:
            continue
        place = find_sold(left, original_line=line.original_line, sku=line.goods.sku, quantity=quantity)
        if place is None:
            raise NothingLeftError(
                f"line {line.goods.line}: so much of this article is not left of the sale", field=f"lines[{index}]"
            )
        found = left[place]
        due = refund(found, quantity)
        is_due = is_due and due == line.net
        lines[line.goods.line] = found.line
        left[place] = found.after(quantity, line.net)
    sold.lines = left
    return Taken(
        original_uid=sold.uid,
        lines=lines,
        is_due=is_due,
        is_all=all(line.left == 0 for line in left),
        top_up_lines=frozenset(number for number, origin in lines.items() if origin in sold.top_up_lines),
    )
