"""Lines and rules to be priced, written in decimals."""

from datetime import datetime
from typing import Any  # marks and settings are of every kind

from loyalty.money import PERCENT, PRICE, QUANTITY, line_gross
from loyalty.pricing.calculate import calculate
from loyalty.pricing.model import Line, Priced, PriceList, PriceRules, Window

AT = datetime.fromisoformat("2026-11-20T12:00")
"""Prices go by local time; this is a Friday."""
PLACES = 2
SOURCE = "GOLD"


def make_goods(
    number: int = 1, *, price: str = "10.00", quantity: str = "1", sku: str | None = None, **marks: Any
) -> Line:
    """Make a line; `min_price` and the percents are given as decimals."""
    scales = {"min_price": PRICE, "max_discount_percent": PERCENT, "manual_discount_percent": PERCENT}
    read: dict[str, Any] = {
        name: scales[name].parse(value) if name in scales else value for name, value in marks.items()
    }
    pieces, unit = QUANTITY.parse(quantity), PRICE.parse(price)
    return Line(number, sku or f"SKU{number}", pieces, unit, line_gross(pieces, unit, PLACES), **read)


def make_rules(percent: str = "0", *lists: PriceList, **settings: Any) -> PriceRules:
    """Make the rules of a card."""
    return PriceRules(source=SOURCE, percent=PERCENT.parse(percent), price_lists=lists, **settings)


def make_list(code: str = "WHOLESALE", *, rank: int = 0, window: Window | None = None, **prices: str) -> PriceList:
    """Make a price list of quotations by article."""
    return PriceList(code, code, rank, window or Window(), {sku: PRICE.parse(price) for sku, price in prices.items()})


def price(
    *lines: Line, rules: PriceRules | None = None, at: datetime = AT, further: tuple[PriceRules, ...] = ()
) -> Priced:
    """Price lines."""
    return calculate(lines, rules, at=at, places=PLACES, further_cards=further)


def nets(priced: Priced) -> list[int]:
    """Give the nets in the order of the lines."""
    return [line.net for line in priced.lines]


def reasons(priced: Priced, index: int = 0) -> list[tuple[str, str, int]]:
    """Give what acted on a line: reason, source, amount."""
    return [(applied.reason, applied.source, applied.amount) for applied in priced.lines[index].applied]


def losers(priced: Priced, index: int = 0) -> list[tuple[str, str]]:
    """Give what was passed over on a line: reason and source."""
    return [(lost.reason, lost.source) for lost in priced.lines[index].passed_over]
