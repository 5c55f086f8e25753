"""What a card, a series and the catalogue are, and whether a card may be used at a moment.

A card has a number, a series and a state. Each setting is the series' until the card has its own. The catalogue - all
series, price lists and stores - is small and lives in memory; its version tells when it must be read again.
"""

from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from loyalty.cards.rules import SeriesRules
from loyalty.money import Currency
from loyalty.numbering import Template, read_template
from loyalty.pricing.model import PriceList, PriceRules, TotalRounding, Window
from loyalty.pricing.points import PointsRules

CardKind = Literal["discount", "credit", "bonus"]
CardState = Literal["issued", "active", "blocked", "frozen", "expired", "replaced", "closed"]
Refusal = Literal["blocked", "expired", "outside_hours", "frozen", "not_activated", "replaced", "closed"]

NO_CARD = 0
"""The card_id of a receipt for which no card counts."""

_SECOND_BUT_AN_INSTANT = timedelta(microseconds=999_999)

TRANSITIONS: dict[CardState, frozenset[CardState]] = {
    "issued": frozenset({"active", "blocked", "closed", "replaced"}),
    "active": frozenset({"blocked", "frozen", "expired", "closed", "replaced"}),
    "blocked": frozenset({"active", "issued", "closed", "replaced"}),
    "frozen": frozenset({"active", "blocked", "closed", "replaced"}),
    "expired": frozenset({"active", "blocked", "closed", "replaced"}),
    "replaced": frozenset(),
    "closed": frozenset(),
}


class SeriesSettings(Struct, frozen=True):
    """All that a series says; stored as one version. Percents in 1/10000 of a percent, money in minor units."""

    name: str
    kind: CardKind
    number_template: str | None = None
    percent: int = 0
    price_lists: tuple[str, ...] = ()
    price_list_choice: Literal["rank", "lowest"] = "rank"
    percent_without_quotation: bool = False
    dearer_quotations: bool = False
    credit_limit: int = 0
    allow_other_payment: bool = True
    return_policy: Literal["pro_rata", "reprice"] = "pro_rata"
    manual_with_percent: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    hours_from: time | None = None
    hours_until: time | None = None
    activation: Literal["none", "manual", "first_use"] = "none"
    term: str | None = None
    total_rounding: TotalRounding | None = None
    points: PointsRules | None = None


class Series(Struct, frozen=True, dict=True):
    """A series of cards as of its version, with the rules that change its cards' percent."""

    id: int
    code: str
    version: int
    settings: SeriesSettings
    rules: SeriesRules = SeriesRules()
    rules_version: int = 0

    @cached_property
    def template(self) -> Template | None:
        """The read number template, None for a series whose numbers are given."""
        text = self.settings.number_template
        return None if text is None else read_template(text)

    def acting_percent(self, own: int | None) -> int:
        """Give the percent that acts on a card of the series: its own, else the series'."""
        return self.settings.percent if own is None else own


class PriceListSettings(Struct, frozen=True):
    """All that a price list says; quotations in ten-thousandths by article."""

    name: str
    rank: int
    window: Window
    quotations: dict[str, int]

    def named(self, code: str) -> PriceList:
        """Give the price list of a code as pricing takes it."""
        return PriceList(code, self.name, self.rank, self.window, self.quotations)


class Store(Struct, frozen=True):
    """A shop with its time zone."""

    code: str
    timezone: str


class Catalogue(Struct, frozen=True):
    """What pricing needs besides the card, as of one version."""

    version: int
    currency: Currency
    timezone: str
    series: dict[int, Series]
    price_lists: dict[str, PriceList]
    stores: dict[str, Store]

    def zone(self, store: str) -> tzinfo:
        """Give the time zone of a store, the installation's for one that is not known."""
        known = self.stores.get(store)
        return ZoneInfo(known.timezone if known else self.timezone)

    def find_series(self, code: str) -> Series | None:
        """Find a series by its code."""
        return next((series for series in self.series.values() if series.code == code), None)

    @property
    def own_prefixes(self) -> tuple[str, ...]:
        """The literal heads of all series' templates, by which a number is known as our own."""
        templates = (series.template for series in self.series.values())
        return tuple({template.prefix for template in templates if template is not None and template.prefix})


class Card(Struct, frozen=True, gc=False):
    """A card as it stands: own settings (None is inherited), state, and the caches of its ledgers in minor units.

    `account_id` is the card whose money this one spends, at most `day_limit` a day; `spent` is what it spent on
    `spent_on`. `chain` is the hash of its last ledger entry.
    """

    card_id: int
    number: str
    series_id: int
    state: CardState
    state_since: datetime | None
    own_percent: int | None
    own_credit_limit: int | None
    own_expires_on: date | None
    activated_on: date | None
    holder_id: int | None
    successor_id: int | None
    turnover: int
    purchases: int
    balance: int
    points: int
    credit_limit: int
    held: int
    overdraft: int
    version: int
    frozen_from: date | None = None
    frozen_until: date | None = None
    account_id: int | None = None
    day_limit: int | None = None
    spent_on: date | None = None
    spent: int = 0
    chain: str | None = None

    @property
    def available(self) -> int:
        """What may be spent: balance + limit - open holds, never less than nothing."""
        return max(0, self.balance + self.credit_limit - self.held)

    @property
    def edition(self) -> str:
        """Name what people have set of it: whoever changes a setting on a page says which edition was shown."""
        own = (self.series_id, self.own_percent, self.own_credit_limit, self.own_expires_on, self.holder_id)
        return ".".join("" if one is None else str(one) for one in (*own, self.account_id, self.day_limit))

    def is_frozen_at(self, at: datetime) -> bool:
        """Tell whether a freeze holds at a local moment; of moments before its last change its history tells."""
        return self.is_frozen_on(at.date()) and self.is_settled_at(at)

    def is_settled_at(self, at: datetime) -> bool:
        """Tell whether its state and its freeze as they stand speak of a moment; of an earlier one its history does."""
        return self.state_since is None or last_instant(at) >= self.state_since

    def is_frozen_on(self, day: date) -> bool:
        """Tell whether a day is one of the card's present freeze."""
        if self.frozen_from is None or self.frozen_until is None:
            return False
        return self.frozen_from <= day <= self.frozen_until

    def percent(self, series: Series) -> int:
        """Give the percent that acts: the card's own, else the series'."""
        return series.acting_percent(self.own_percent)

    def expires_on(self, series: Series) -> date | None:
        """Give the last day on which it may be used: the card's own, else the series'."""
        return series.settings.valid_until if self.own_expires_on is None else self.own_expires_on


def last_instant(at: datetime) -> datetime:
    """Give the last instant that a moment means: tills tell time to the second, and then all of that second is meant.

    So what was done to a card within the second of a receipt's closing was done before it.
    """
    return at if at.microsecond else at + _SECOND_BUT_AN_INSTANT


def refusal(card: Card, series: Series, *, state: CardState, at: datetime) -> Refusal | None:
    """Say why a card may not be used at a local moment, or None if it may; `state` is its state as of then.

    The last day, both ends of the hours and both ends of a freeze belong to it.
    """
    if state not in {"active", "issued"}:
        return state  # type: ignore[return-value] # all other states are refusals of the same name
    if card.is_frozen_at(at):
        return "frozen"
    settings = series.settings
    if state == "issued" and settings.activation == "manual":
        return "not_activated"
    day = at.date()
    if settings.valid_from is not None and day < settings.valid_from:
        return "not_activated"
    last_day = card.expires_on(series)
    if last_day is not None and day > last_day:
        return "expired"
    hours = Window(hours_from=settings.hours_from, hours_until=settings.hours_until)
    return "outside_hours" if hours.refusal(at) else None


def shown_state(card: Card, series: Series, *, at: datetime) -> CardState:
    """Give the state that people are shown at a local moment: frozen and expired are told by the day."""
    reason = refusal(card, series, state=card.state, at=at)
    return reason if reason == "frozen" or reason == "expired" else card.state  # noqa: PLR1714 # mypy narrows no set


def price_rules(card: Card, series: Series, price_lists: dict[str, PriceList]) -> PriceRules:
    """Gather what a usable card brings to a receipt."""
    settings = series.settings
    return PriceRules(
        source=series.code,
        percent=card.percent(series),
        price_lists=tuple(price_lists[code] for code in settings.price_lists if code in price_lists),
        price_list_choice=settings.price_list_choice,
        percent_without_quotation=settings.percent_without_quotation,
        dearer_quotations=settings.dearer_quotations,
        manual_with_percent=settings.manual_with_percent,
        total_rounding=settings.total_rounding,
        receipt_rules=series.rules.receipt,
    )
