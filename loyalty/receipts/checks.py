"""Does a receipt add up, is its discount the one that its card's rules give, and may it be refused at all."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.errors import ReceiptUnbalancedError, RefusedError
from loyalty.pricing.calculate import calculate, percent_only
from loyalty.pricing.model import PriceRules
from loyalty.receipts.model import Receipt, ReceiptLine


def check_balanced(receipt: Receipt) -> None:
    """Check that lines, total and payments of a receipt add up. Raises ReceiptUnbalancedError naming the place.

    In every line gross - discount = net; the nets and the payments sum to the total. A suspended receipt may still
    have no payments.
    """
    total = 0
    for index, line in enumerate(receipt.lines):
        if line.goods.gross - line.discount != line.net:
            raise ReceiptUnbalancedError(
                f"line {line.goods.line}: quantity x price - discount is not net", field=f"lines[{index}].net"
            )
        total += line.net
    if total != receipt.total:
        raise ReceiptUnbalancedError("the nets of the lines do not sum to the total", field="total")
    if receipt.suspended and not receipt.payments:
        return
    if sum(payment.amount for payment in receipt.payments) != receipt.total:
        raise ReceiptUnbalancedError("the payments do not sum to the total", field="payments")


def has_own_discount(lines: Sequence[ReceiptLine], rules: PriceRules | None, *, at: datetime, places: int) -> bool:
    """Tell whether a sale's discounts are those that the rules give at a local moment."""
    goods = [line.goods for line in lines]
    own = percent_only(goods, rules)
    if own is None:
        own = [line.discount for line in calculate(goods, rules, at=at, places=places).lines]
    return all(line.discount == discount for line, discount in zip(lines, own, strict=True))


def refuse(receipt: Receipt, error: RefusedError, flag: str, flags: list[str]) -> None:
    """Raise a refusal; an offline receipt is a fact already and gets the flag instead."""
    if not receipt.offline:
        raise error
    if flag not in flags:
        flags.append(flag)
