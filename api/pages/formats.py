"""Amounts, numbers and dates as the reader's language writes them, by CLDR.

Money keeps all its decimals and its minus is U+2212. Nothing is computed here and no amount passes through a float.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_datetime_format, get_day_names
from babel.lists import format_list
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from babel.units import format_unit
from msgspec import Struct

from crm.parties.births import NO_YEAR
from loyalty.cards.terms import read_term
from loyalty.money import PERCENT_PLACES, PRICE_PLACES, QUANTITY_PLACES, WHOLE, Currency, round_half_up

MINUS = "\N{MINUS SIGN}"
_PER_MILLE = 1_000
_SIZES = (("megabyte", 1_000_000), ("kilobyte", 1_000))


class Formats(Struct, frozen=True):
    """How one reader sees the installation's money, and moments in the time zone of the back office."""

    locale: Locale
    currency: Currency
    zone: tzinfo

    def money(self, minor: int) -> str:
        """Write an amount of minor units with all decimals and no currency: `12,480.35`."""
        return self._decimal(minor, self.currency.places, self.currency.places)

    def bound(self, minor: int) -> str:
        """Write the bound of a range, without decimals where it has none: `1,000`."""
        return self._decimal(minor, self.currency.places, 0)

    def signed(self, minor: int) -> str:
        """Write a movement of money with its sign: `+64.97`."""
        return f"+{self.money(minor)}" if minor > 0 else self.money(minor)

    def rough(self, minor: int) -> str:
        """Write an amount for a chart in few characters: `655`, `12K`."""
        unit = 10**self.currency.places
        if abs(minor) < 10 * unit:
            return self.bound(minor)
        if abs(minor) < 1_000 * unit:
            return self.count(round_half_up(minor, unit))
        amount = Decimal(minor) / unit
        return format_compact_decimal(amount, locale=self.locale, fraction_digits=1).replace("-", MINUS)

    def price(self, price: int) -> str:
        """Write a unit price of ten-thousandths with at least the currency's decimals."""
        return self._decimal(price, PRICE_PLACES, self.currency.places)

    def quantity(self, quantity: int) -> str:
        """Write a quantity of millionths with no needless zeros."""
        return self._decimal(quantity, QUANTITY_PLACES, 0)

    def decimal(self, value: Decimal) -> str:
        """Write a number with all the decimals that it has."""
        return format_decimal(value, locale=self.locale, decimal_quantization=False).replace("-", MINUS)

    def percent(self, percent: int) -> str:
        """Write a percent of ten-thousandths with no needless zeros: `10%`, `4.35%`."""
        whole = Decimal(percent) / WHOLE
        pattern = self.locale.percent_formats[None].pattern.replace("0", "0." + "#" * PERCENT_PLACES, 1)
        return format_percent(whole, pattern, locale=self.locale, decimal_quantization=False).replace("-", MINUS)

    def share(self, part: int, whole: int) -> str:
        """Write what part of a whole something is, to a tenth of a percent; of nothing it is nothing."""
        return self.percent(round_half_up(part * _PER_MILLE, whole) * (WHOLE // _PER_MILLE) if whole else 0)

    def count(self, number: int) -> str:
        """Write a whole number: `1,832`."""
        return self._decimal(number, 0, 0)

    def day(self, day: date) -> str:
        """Write a day: `22 Nov 2026`."""
        return format_date(day, "medium", locale=self.locale)

    def birth(self, day: date) -> str:
        """Write a birth date: `22 Nov 1990`, or `22 Nov` where its year is unknown."""
        return self.day(day) if day.year != NO_YEAR else format_skeleton("MMMd", day, locale=self.locale)

    def month(self, day: date) -> str:
        """Write a month alone, short: `Nov`."""
        return format_date(day, "LLL", locale=self.locale)

    def month_of_year(self, day: date) -> str:
        """Write a month with its year: `Nov 2026`."""
        return format_date(day, "LLL yyyy", locale=self.locale)

    def long_month(self, day: date) -> str:
        """Write a month with its year in full: `November 2026`."""
        return format_date(day, "LLLL yyyy", locale=self.locale)

    def long_day(self, day: date) -> str:
        """Write a day with its weekday in full: `Sunday 22 November 2026`."""
        return format_date(day, "full", locale=self.locale)

    def short_day(self, day: date) -> str:
        """Write a day with its weekday, without its year: `Sun 22 Nov`."""
        return format_skeleton("MMMEd", day, locale=self.locale)

    def weekday(self, day: date) -> str:
        """Write the weekday of a day: `Sunday`."""
        return format_date(day, "cccc", locale=self.locale)

    @property
    def first_weekday(self) -> int:
        """The day on which weeks begin where the reader lives; Monday is 0."""
        return self.locale.first_week_day

    def time_of(self, moment: datetime) -> str:
        """Write the time of a moment where the back office is: `10:15`."""
        return self._time(moment)

    def local(self, moment: datetime, zone: str | None = None) -> datetime:
        """Move a moment into a time zone, the back office's if none is named."""
        return moment.astimezone(self.zone if zone is None else ZoneInfo(zone))

    def _time(self, moment: datetime, zone: str | None = None) -> str:
        """Write the time of a moment, `10:15`."""
        local = self.local(moment, zone)
        return format_time(local, "short", tzinfo=local.tzinfo, locale=self.locale)

    def clock(self, clock: time) -> str:
        """Write a time of day that belongs to no date: `21:00`."""
        return format_time(clock, "short", locale=self.locale)

    def moment(self, moment: datetime, zone: str | None = None) -> str:
        """Write a moment: `22 Nov 2026, 10:15`."""
        pattern = str(get_datetime_format("medium", locale=self.locale))
        return pattern.format(self._time(moment, zone), self.day(self.local(moment, zone).date()))

    def period(self, starts: datetime, ends: datetime | None, zone: str | None = None) -> str:
        """Write from when to when: `22 Nov 2026, 10:15 – 10:30`; an end on another day names its day."""
        if ends is None:
            return self.moment(starts, zone)
        is_one_day = self.local(starts, zone).date() == self.local(ends, zone).date()
        return f"{self.moment(starts, zone)} – {self._time(ends, zone) if is_one_day else self.moment(ends, zone)}"

    def size(self, count: int) -> str:
        """Write the size of a file, roughly: `12 kB`."""
        name, unit = next(((name, unit) for name, unit in _SIZES if count >= unit), ("byte", 1))
        return format_unit(round_half_up(count, unit), f"digital-{name}", "short", locale=self.locale)

    def span(self, seconds: float) -> str:
        """Write how long something takes, roughly: `3 minutes`."""
        return format_timedelta(timedelta(seconds=max(1, seconds)), granularity="second", locale=self.locale)

    def term(self, term: str) -> str:
        """Write an ISO 8601 duration of a card: `1 month`."""
        units = zip(("year", "month", "week", "day"), read_term(term), strict=True)
        return self.list([format_unit(count, f"duration-{unit}", locale=self.locale) for unit, count in units if count])

    def weekdays(self, days: Sequence[int]) -> str:
        """Write ISO weekdays, 1 being Monday: `Sat and Sun`."""
        names = get_day_names("abbreviated", locale=self.locale)
        return self.list([str(names[day - 1]) for day in days])

    def list(self, items: Sequence[str]) -> str:
        """Write words one after the other: `cash and bank card`."""
        return format_list(list(items), locale=self.locale)

    def _decimal(self, scaled: int, places: int, least: int) -> str:
        pattern = "#,##0" + ("." + "0" * least + "#" * (places - least) if places else "")
        value = Decimal(scaled).scaleb(-places)
        return format_decimal(value, pattern, locale=self.locale).replace("-", MINUS)
