"""Money, prices, quantities and percents as whole numbers.

The key idea: a decimal never lives in binary floating point and is never rounded twice. Everything is an integer of a
fixed unit - money in minor units of the installation's currency, unit prices in ten-thousandths, quantities in
millionths, percents in ten-thousandths of a percent - and there is one rounding function.

It refuses to guess: text that is not a plain ASCII decimal, or has more places than its unit, is an error.
"""

import re

import msgspec

PRICE_PLACES = 4
QUANTITY_PLACES = 6
PERCENT_PLACES = 4
ONE_UNIT = 10**QUANTITY_PLACES
"""The quantity 1."""
WHOLE = 100 * 10**PERCENT_PLACES
"""The percent 100."""
MOST_MINOR = 10**15
"""No single amount reaches this: sums of a thousand lines then still fit the database's BIGINT."""
MOST_QUANTITY = 10**9 * ONE_UNIT
"""No single line sells or gives back more than this."""

_MEMO_LIMIT = 65_536
_DECIMAL = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,12}))?", re.ASCII)


class DecimalError(ValueError):
    """Text that is no decimal of the wanted unit; the message says why and fits behind a field's name."""


def round_half_up(numerator: int, denominator: int) -> int:
    """Divide and round half away from zero (commercial rounding); the denominator is positive."""
    if numerator < 0:
        return -((-2 * numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def share(amount: int, weights: list[int]) -> list[int]:
    """Split an amount over non-negative weights by largest remainder; the parts sum to the amount.

    Ties go to the larger weight, then to the earlier. With no weight at all nothing can be shared: all parts are 0 and
    the amount must be 0.
    """
    total = sum(weights)
    if total == 0:
        assert amount == 0, "an amount needs a weight to lie on"
        return [0] * len(weights)
    sign = -1 if amount < 0 else 1
    size = abs(amount)
    parts = [size * weight // total for weight in weights]
    left = size - sum(parts)
    if left:
        lacking = [part * total - size * weight for part, weight in zip(parts, weights, strict=True)]
        order = sorted(zip(lacking, [-weight for weight in weights], range(len(weights)), strict=True))
        for *_, place in order[:left]:
            parts[place] += 1
    return [sign * part for part in parts] if sign < 0 else parts


def percent_of(base: int, percent: int) -> int:
    """Give the percent (ten-thousandths of a percent) of an amount, rounded half-up once."""
    return round_half_up(base * percent, WHOLE)


class Scale:
    """A fixed number of decimal places: text to integer and back, with bounded memos of what was read and written.

    A shop's prices and quantities repeat, so most are read and written once. The memos are bounded in number, and by
    the pattern in length.
    """

    __slots__ = ("_memo", "_shown", "places", "unit")

    def __init__(self, places: int) -> None:
        self.places = places
        self.unit = 10**places
        self._memo: dict[str, int] = {}
        self._shown: dict[int | tuple[int, int], str] = {}

    def parse(self, text: str) -> int:
        """Read a plain decimal such as `12.90`; places beyond the unit's must be zeros. Raises DecimalError."""
        known = self._memo.get(text)
        if known is not None:
            return known
        match = _DECIMAL.fullmatch(text)
        if match is None:
            raise DecimalError('must be a decimal string such as "12.90"')
        sign, whole, fraction = match.groups(default="")
        if fraction[self.places :].strip("0"):
            raise DecimalError(f"has more than {self.places} decimals")
        value = int(whole + fraction[: self.places].ljust(self.places, "0"))
        if sign:
            value = -value
        if len(self._memo) >= _MEMO_LIMIT:
            self._memo.clear()
        self._memo[text] = value
        return value

    def format(self, value: int, least_places: int | None = None) -> str:
        """Write the decimal with all places, or with at least so many and no needless zeros behind them."""
        key = value if least_places is None else (value, least_places)
        shown = self._shown.get(key)
        if shown is None:
            shown = self._write(value, least_places)
            if len(self._shown) >= _MEMO_LIMIT:
                self._shown.clear()
            self._shown[key] = shown
        return shown

    def _write(self, value: int, least_places: int | None) -> str:
        sign = "-" if value < 0 else ""
        whole, fraction = divmod(abs(value), self.unit)
        digits = f"{fraction:0{self.places}d}" if self.places else ""
        if least_places is not None:
            digits = digits[:least_places] + digits[least_places:].rstrip("0")
        return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"


class Currency(msgspec.Struct, frozen=True):
    """The installation's one currency: its ISO 4217 code and number of decimals."""

    code: str
    places: int

    @property
    def scale(self) -> Scale:
        """The scale of its amounts."""
        return _scale(self.places)


PRICE = Scale(PRICE_PLACES)
QUANTITY = Scale(QUANTITY_PLACES)
PERCENT = Scale(PERCENT_PLACES)
POINTS = Scale(0)
"""Points are whole numbers."""

_SCALES: dict[int, Scale] = {}


def _scale(places: int) -> Scale:
    return _SCALES.setdefault(places, Scale(places))


def format_percent(percent: int) -> str:
    """Write a percent with at least two decimals: `10.00`, `4.355`."""
    return PERCENT.format(percent, least_places=2)


def format_quantity(quantity: int) -> str:
    """Write a quantity with no needless zeros: `1`, `0.756`."""
    return QUANTITY.format(quantity, least_places=0)


_GROSS_DIVISORS = tuple(10 ** (QUANTITY_PLACES + PRICE_PLACES - places) for places in range(5))


def line_gross(quantity: int, price: int, places: int) -> int:
    """Give quantity x price in minor units of a currency with so many places, rounded half-up once."""
    return round_half_up(quantity * price, _GROSS_DIVISORS[places])
