"""Which of several price lists gives the price of a line: the highest rank or the lowest price, as the series says."""

from datetime import datetime
from typing import NamedTuple

from loyalty.pricing.model import Line, PassedOver, PriceList, PriceRules


class Quotation(NamedTuple):
    """A fixed price of an article, in ten-thousandths, and the list it stands in."""

    price: int
    source: str
    rank: int


def quote(line: Line, rules: PriceRules, *, at: datetime) -> tuple[Quotation | None, list[PassedOver]]:
    """Find the quotation that acts on a line, and say of each other entry for the article why it was passed over.

    A quotation dearer than the price counts as no entry unless the rules allow it.
    """
    passed_over: list[PassedOver] = []
    able: list[Quotation] = []
    for price_list in rules.price_lists:
        price = price_list.quotations.get(line.sku)
        if price is None:
            continue
        refusal = _refusal(price, price_list, line=line, rules=rules, at=at)
        if refusal is not None:
            passed_over.append(refusal)
        else:
            able.append(Quotation(price, price_list.code, price_list.rank))
    if not able:
        return None, passed_over
    if rules.price_list_choice == "rank":
        best = min(able, key=lambda q: (-q.rank, q.price, q.source))
        return best, passed_over + [PassedOver("lower_rank", q.source) for q in able if q is not best]
    best = min(able, key=lambda q: (q.price, -q.rank, q.source))
    return best, passed_over + [PassedOver("not_lowest", q.source) for q in able if q is not best]


def _refusal(price: int, price_list: PriceList, *, line: Line, rules: PriceRules, at: datetime) -> PassedOver | None:
    outside = price_list.window.refusal(at)
    if outside is not None:
        return PassedOver(outside, price_list.code)
    if price > line.price and not rules.dearer_quotations:
        return PassedOver("dearer", price_list.code)
    return None
