"""From wire structs to values: decimals become whole numbers, and what cannot be is named by field and reason.

What stands here is the shape of a request; whether a receipt adds up or its card may pay is not asked here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from loyalty.money import (
    MOST_MINOR,
    MOST_QUANTITY,
    PERCENT,
    PRICE,
    QUANTITY,
    WHOLE,
    DecimalError,
    Scale,
    line_gross,
)
from loyalty.pricing.model import Line
from loyalty.receipts.model import Original, Payment, Receipt, ReceiptLine
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Calculation, CalculationLine, OriginalRef, PostedLine, Posting

MOST_REMEMBERED = 65_536
MOST_KEY_BYTES = 2_048
FIRST_YEAR, LAST_YEAR = 2, 9998
"""The years of moments: one less than the calendar's at both ends, so that every time zone can show them."""


def parse_decimal(scale: Scale, text: str, field: str, *, least: int | None = None, most: int | None = None) -> int:
    """Read a decimal within bounds of its unit. Raises BodyError."""
    try:
        value = scale.parse(text)
    except DecimalError as error:
        raise BodyError(field, str(error)) from error
    if least is not None and value < least:
        raise BodyError(field, f"must be at least {scale.format(least, least_places=0)}")
    if most is not None and value > most:
        raise BodyError(field, f"must be at most {scale.format(most, least_places=0)}")
    return value


def parse_money(scale: Scale, text: str, field: str, *, least: int = -MOST_MINOR) -> int:
    """Read an amount of money in the currency's scale. Raises BodyError."""
    return parse_decimal(scale, text, field, least=least, most=MOST_MINOR)


def parse_percent(text: str, field: str, *, least: int = 0) -> int:
    """Read a percent of at most 100. Raises BodyError."""
    return parse_decimal(PERCENT, text, field, least=least, most=WHOLE)


def parse_moment(moment: datetime, field: str) -> datetime:
    """Give a moment that every time zone can show. Raises BodyError."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BodyError(field, "is out of range")
    return moment


def parse_lines(lines: list[CalculationLine], places: int) -> list[Line]:
    """Read the lines of a calculation. Raises BodyError."""
    _check_line_numbers(lines)
    return [_parse_goods(line, places, index) for index, line in enumerate(lines)]


def _check_line_numbers(lines: Sequence[CalculationLine | PostedLine]) -> None:
    if len({line.line for line in lines}) == len(lines):
        return
    seen: set[int] = set()
    for index, line in enumerate(lines):
        if line.line in seen:
            raise BodyError(f"lines[{index}].line", f"another line has the number {line.line}")
        seen.add(line.line)


def _parse_goods(line: CalculationLine | PostedLine, places: int, index: int) -> Line:
    """Read the goods of a line. This is the hottest loop of all: what is wrong is only looked for when something is."""
    known = _GOODS.get((line.quantity, line.price, places))
    if known is None:
        known = _read_goods(line, places, index)
    quantity, price, gross = known
    if line.min_price is None and line.max_discount_percent is None and line.manual_discount_percent is None:
        return Line(
            line.line,
            line.sku,
            quantity,
            price,
            gross,
            line.no_discount is True,
            line.gift is True,
            line.fixed_price is True,
            line.top_up is True,
            None,
            None,
            None,
            line.group,
        )
    return _with_limits(line, index, quantity=quantity, price=price, gross=gross)


_GOODS: dict[tuple[str, str, int], tuple[int, int, int]] = {}
"""Quantities, prices and grosses by their texts: a shop sells the same things again and again."""


def _read_goods(line: CalculationLine | PostedLine, places: int, index: int) -> tuple[int, int, int]:
    try:
        quantity, price = QUANTITY.parse(line.quantity), PRICE.parse(line.price)
    except DecimalError:
        raise _bad_goods(line, index) from None
    gross = line_gross(quantity, price, places)
    if not (-MOST_QUANTITY <= quantity <= MOST_QUANTITY and price >= 0 and -MOST_MINOR <= gross <= MOST_MINOR):
        raise _bad_goods(line, index)
    if len(_GOODS) >= MOST_REMEMBERED:
        _GOODS.clear()
    _GOODS[line.quantity, line.price, places] = quantity, price, gross
    return quantity, price, gross


def _with_limits(line: CalculationLine | PostedLine, index: int, *, quantity: int, price: int, gross: int) -> Line:
    at = f"lines[{index}]"
    least, most, manual = line.min_price, line.max_discount_percent, line.manual_discount_percent
    return Line(
        line=line.line,
        sku=line.sku,
        quantity=quantity,
        price=price,
        gross=gross,
        no_discount=line.no_discount is True,
        gift=line.gift is True,
        fixed_price=line.fixed_price is True,
        top_up=line.top_up is True,
        min_price=None if least is None else parse_decimal(PRICE, least, f"{at}.min_price", least=0),
        max_discount_percent=None if most is None else parse_percent(most, f"{at}.max_discount_percent"),
        manual_discount_percent=None if manual is None else parse_percent(manual, f"{at}.manual_discount_percent"),
        group=line.group,
    )


def _bad_goods(line: CalculationLine | PostedLine, index: int) -> BodyError:
    """Say what is wrong with a line's quantity or price."""
    at = f"lines[{index}]"
    try:
        parse_decimal(QUANTITY, line.quantity, f"{at}.quantity", least=-MOST_QUANTITY, most=MOST_QUANTITY)
        parse_decimal(PRICE, line.price, f"{at}.price", least=0)
    except BodyError as error:
        return error
    return BodyError(f"{at}.price", "quantity x price is too large an amount")


def parse_original(original: OriginalRef | None) -> Original | None:
    """Read the reference to a sale: its UUID, or all four parts of its till's key. Raises BodyError."""
    if original is None:
        return None
    parts = (original.store, original.till, original.shift, original.number)
    if original.receipt_uid is not None:
        if any(part is not None for part in parts):
            raise BodyError("original", "name the sale by receipt_uid or by store, till, shift and number, not by both")
        return Original(uid=original.receipt_uid)
    if any(part is None for part in parts):
        raise BodyError("original", "name the sale by receipt_uid, or by store, till, shift and number")
    return Original(None, *parts)


def parse_posting(posting: Posting, places: int, money: Scale) -> Receipt:
    """Read a closed receipt. Raises BodyError."""
    _check_line_numbers(posting.lines)
    lines = tuple([_parse_posted_line(line, places, money, index) for index, line in enumerate(posting.lines)])
    _check_key_size(posting)
    card = posting.card
    if posting.original is not None and posting.kind == "sale":
        raise BodyError("original", "only a return names an original")
    if card is None and posting.original is None and any(line.goods.top_up for line in lines):
        raise BodyError("card", "a top-up line needs the card that it is put on")
    return Receipt(
        uid=posting.receipt_uid,
        kind=posting.kind,
        suspended=posting.status == "suspended",
        store=posting.store,
        till=posting.till,
        till_instance=posting.till_instance,
        seq=posting.seq,
        shift=posting.shift,
        number=posting.number,
        business_date=posting.business_date,
        closed_at=parse_moment(posting.closed_at, "closed_at"),
        priced_at=None if posting.priced_at is None else parse_moment(posting.priced_at, "priced_at"),
        cashier=posting.cashier,
        offline=posting.offline is True,
        card=None if card is None else card.number,
        entry=None if card is None else card.entry,
        lines=lines,
        payments=tuple(_parse_payments(posting, money)),
        total=parse_money(money, posting.total, "total"),
        calculation_id=posting.calculation_id,
        original=parse_original(posting.original),
    )


def _check_key_size(posting: Posting) -> None:
    """Check that the till's own key of a receipt fits into its index. Raises BodyError."""
    key = (posting.store, posting.till, posting.till_instance or "", posting.number)
    if sum(len(part.encode()) for part in key) > MOST_KEY_BYTES:
        raise BodyError("number", "is too long, together with store, till and till_instance")


def _parse_posted_line(line: PostedLine, places: int, money: Scale, index: int) -> ReceiptLine:
    goods = _parse_goods(line, places, index)
    try:
        discount = 0 if line.discount is None else money.parse(line.discount)
        net = money.parse(line.net)
    except DecimalError:
        raise _bad_sums(line, money, index) from None
    if not (-MOST_MINOR <= discount <= MOST_MINOR and -MOST_MINOR <= net <= MOST_MINOR):
        raise _bad_sums(line, money, index)
    return ReceiptLine(goods, discount, net, line.name, line.original_line)


def _bad_sums(line: PostedLine, money: Scale, index: int) -> BodyError:
    """Say what is wrong with a line's discount or net."""
    try:
        parse_money(money, line.discount or "0", f"lines[{index}].discount")
        parse_money(money, line.net, f"lines[{index}].net")
    except BodyError as error:
        return error
    raise AssertionError("one of them was found to be wrong")


def _parse_payments(posting: Posting, money: Scale) -> Iterable[Payment]:
    if posting.payments is None and posting.status != "suspended":
        raise BodyError("payments", "is missing")
    for index, payment in enumerate(posting.payments or ()):
        wants_card = payment.kind in {"card", "points"}
        if wants_card and payment.card is None:
            raise BodyError(f"payments[{index}].card", f"a payment of kind {payment.kind} names its card")
        if payment.card is not None and not wants_card:
            raise BodyError(f"payments[{index}].card", "a card stands only with kind card or points")
        yield Payment(
            kind=payment.kind,
            amount=parse_money(money, payment.amount, f"payments[{index}].amount"),
            card=None if payment.card is None else payment.card.number,
            hold_uid=payment.hold_uid,
        )


def parse_calculation_original(calculation: Calculation) -> Original | None:
    """Read the original of a calculation; only a return has one. Raises BodyError."""
    if calculation.original is not None and calculation.kind != "return":
        raise BodyError("original", "only a return names an original")
    return parse_original(calculation.original)
