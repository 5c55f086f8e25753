"""Rules of a series on the wire, the same in a request and in an answer, and their way to values and back."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from loyalty.cards.model import Series
from loyalty.cards.rules import (
    BonusEntry,
    BonusTable,
    Change,
    Downgrade,
    Period,
    SeriesRules,
    TurnoverEntry,
    TurnoverTable,
)
from loyalty.money import MOST_QUANTITY, PRICE, QUANTITY, WHOLE, Scale, format_percent, format_quantity
from loyalty.pricing.model import ReceiptRule
from pos_adapter.parsing import parse_decimal, parse_money, parse_percent
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Decimal, Text, Wire

MOST_ENTRIES = 200
MOST_FACTOR = 1_000 * PRICE.unit
_RANGE = {"since": "from", "until": "to"}
_CHANGES: Sequence[Change] = ("set", "add", "multiply")


class TurnoverEntryBody(Wire, frozen=True, omit_defaults=True, rename=_RANGE | {"set_to": "set"}):
    """What a turnover, or nothing bought, makes of a card's percent, and the series that it moves to."""

    since: Decimal | None = None
    until: Decimal | None = None
    nothing_bought: bool | None = None
    set_to: Decimal | None = None
    add: Decimal | None = None
    multiply: Decimal | None = None
    move_to: Text | None = None


class TurnoverBody(Wire, frozen=True):
    """Percent by the turnover of a period."""

    period: Period
    entries: Annotated[list[TurnoverEntryBody], Meta(max_length=MOST_ENTRIES)]
    downgrade: Downgrade | None = None
    at_posting: bool | None = None


class ReceiptRuleBody(Wire, frozen=True, omit_defaults=True, rename=_RANGE):
    """A percent or an amount off a receipt that is large enough."""

    since: Decimal | None = None
    until: Decimal | None = None
    skus: list[Text] | None = None
    groups: list[Text] | None = None
    min_quantity: Decimal | None = None
    percent: Decimal | None = None
    amount: Decimal | None = None
    max_discount: Decimal | None = None
    on_rest: bool | None = None


class BonusEntryBody(Wire, frozen=True, omit_defaults=True, rename=_RANGE):
    """What a turnover gives: a percent of it, or an amount."""

    since: Decimal | None = None
    until: Decimal | None = None
    percent: Decimal | None = None
    amount: Decimal | None = None


class BonusBody(Wire, frozen=True):
    """Points or money by turnover; without a period a run tops the balance up."""

    entries: Annotated[list[BonusEntryBody], Meta(max_length=MOST_ENTRIES)]
    period: Period | None = None


class RulesBody(Wire, frozen=True):
    """The three tables of a series; one that is left out is none."""

    turnover: TurnoverBody | None = None
    receipt: Annotated[list[ReceiptRuleBody], Meta(max_length=MOST_ENTRIES)] | None = None
    bonus: BonusBody | None = None


class RunBody(Wire, frozen=True):
    """A period by its name, `previous` or `current`; a preview changes nothing."""

    period: Text
    preview: bool | None = None


class RehearsalBody(Wire, frozen=True, rename={"since": "from"}):
    """A table of percents to be rehearsed over the periods that end between two days, both inclusive."""

    turnover: TurnoverBody
    since: date
    until: date


class RulesAnswer(Struct, frozen=True):
    """The rules of a series as they stand; `version` counts every change and is 0 before the first."""

    series: str
    version: int
    turnover: TurnoverBody | None
    receipt: list[ReceiptRuleBody]
    bonus: BonusBody | None


def read_rules(body: RulesBody, money: Scale) -> SeriesRules:
    """Read the rules of a series. Raises BodyError."""
    return SeriesRules(
        turnover=None if body.turnover is None else read_turnover(body.turnover, money),
        receipt=tuple(_read_receipt_rule(rule, money, f"receipt[{i}]") for i, rule in enumerate(body.receipt or ())),
        bonus=None if body.bonus is None else _read_bonus(body.bonus, money),
    )


def read_turnover(body: TurnoverBody, money: Scale) -> TurnoverTable:
    """Read a table of percents by turnover. Raises BodyError."""
    entries = [_read_entry(entry, money, f"turnover.entries[{i}]") for i, entry in enumerate(body.entries)]
    return TurnoverTable(body.period, body.downgrade or "plain", body.at_posting is True, tuple(entries))


def _read_entry(body: TurnoverEntryBody, money: Scale, at: str) -> TurnoverEntry:
    change, value = _read_change(body, at)
    if change is None and body.move_to is None:
        raise BodyError(f"{at}.set", "an entry has one of set, add and multiply, or a series to move to")
    if body.nothing_bought is True:
        if body.since is not None or body.until is not None:
            raise BodyError(f"{at}.from", "where nothing was bought there is no range")
        return TurnoverEntry(nothing_bought=True, change=change, value=value, move_to=body.move_to)
    since, until = _read_range(body.since, body.until, money, at)
    return TurnoverEntry(since, until, change=change, value=value, move_to=body.move_to)


def _read_change(body: TurnoverEntryBody, at: str) -> tuple[Change | None, int]:
    texts: dict[Change, str | None] = {"set": body.set_to, "add": body.add, "multiply": body.multiply}
    given = [change for change in _CHANGES if texts[change] is not None]
    if len(given) > 1:
        raise BodyError(f"{at}.{given[1]}", "an entry has only one of set, add and multiply")
    for change in given:
        text = texts[change] or ""
        if change == "multiply":
            return change, parse_decimal(PRICE, text, f"{at}.multiply", least=0, most=MOST_FACTOR)
        return change, parse_percent(text, f"{at}.{change}", least=-WHOLE)
    return None, 0


def _read_range(since: str | None, until: str | None, money: Scale, at: str) -> tuple[int, int | None]:
    first = 0 if since is None else parse_money(money, since, f"{at}.from", least=0)
    return first, None if until is None else parse_money(money, until, f"{at}.to", least=0)


def _read_receipt_rule(body: ReceiptRuleBody, money: Scale, at: str) -> ReceiptRule:
    _check_one_benefit(body, at)
    since, until = _read_range(body.since, body.until, money, at)
    least, most = body.min_quantity, body.max_discount
    return ReceiptRule(
        since=since,
        until=until,
        skus=tuple(dict.fromkeys(body.skus or ())),
        groups=tuple(dict.fromkeys(body.groups or ())),
        min_quantity=None
        if least is None
        else parse_decimal(QUANTITY, least, f"{at}.min_quantity", least=0, most=MOST_QUANTITY),
        percent=None if body.percent is None else parse_percent(body.percent, f"{at}.percent", least=-WHOLE),
        amount=None if body.amount is None else parse_money(money, body.amount, f"{at}.amount"),
        max_discount=None if most is None else parse_money(money, most, f"{at}.max_discount", least=0),
        on_rest=body.on_rest is True,
    )


def _check_one_benefit(body: ReceiptRuleBody | BonusEntryBody, at: str) -> None:
    if (body.percent is None) == (body.amount is None):
        raise BodyError(f"{at}.percent", "an entry has one of percent and amount")


def _read_bonus(body: BonusBody, money: Scale) -> BonusTable:
    return BonusTable(
        body.period,
        tuple(_read_bonus_entry(entry, money, f"bonus.entries[{i}]") for i, entry in enumerate(body.entries)),
    )


def _read_bonus_entry(body: BonusEntryBody, money: Scale, at: str) -> BonusEntry:
    _check_one_benefit(body, at)
    since, until = _read_range(body.since, body.until, money, at)
    if body.amount is not None:
        return BonusEntry(since, until, amount=parse_money(money, body.amount, f"{at}.amount", least=0))
    return BonusEntry(since, until, percent=parse_percent(body.percent or "", f"{at}.percent"))


def render_rules(series: Series, money: Scale) -> RulesAnswer:
    """Render the rules of a series."""
    rules = series.rules
    turnover, bonus = rules.turnover, rules.bonus
    return RulesAnswer(
        series=series.code,
        version=series.rules_version,
        turnover=None if turnover is None else render_turnover(turnover, money),
        receipt=[_render_receipt_rule(rule, money) for rule in rules.receipt],
        bonus=None
        if bonus is None
        else BonusBody(period=bonus.period, entries=[_render_bonus_entry(entry, money) for entry in bonus.entries]),
    )


def render_turnover(table: TurnoverTable, money: Scale) -> TurnoverBody:
    """Render a table of percents by turnover."""
    entries = [_render_entry(entry, money) for entry in table.entries]
    return TurnoverBody(period=table.period, entries=entries, downgrade=table.downgrade, at_posting=table.at_posting)


def _render_entry(entry: TurnoverEntry, money: Scale) -> TurnoverEntryBody:
    value = entry.value
    return TurnoverEntryBody(
        since=None if entry.nothing_bought else money.format(entry.since),
        until=_optional(entry.until, money),
        nothing_bought=entry.nothing_bought or None,
        set_to=format_percent(value) if entry.change == "set" else None,
        add=format_percent(value) if entry.change == "add" else None,
        multiply=PRICE.format(value, least_places=2) if entry.change == "multiply" else None,
        move_to=entry.move_to,
    )


def _render_receipt_rule(rule: ReceiptRule, money: Scale) -> ReceiptRuleBody:
    return ReceiptRuleBody(
        since=money.format(rule.since),
        until=_optional(rule.until, money),
        skus=list(rule.skus) or None,
        groups=list(rule.groups) or None,
        min_quantity=None if rule.min_quantity is None else format_quantity(rule.min_quantity),
        percent=None if rule.percent is None else format_percent(rule.percent),
        amount=_optional(rule.amount, money),
        max_discount=_optional(rule.max_discount, money),
        on_rest=rule.on_rest or None,
    )


def _render_bonus_entry(entry: BonusEntry, money: Scale) -> BonusEntryBody:
    percent = None if entry.percent is None else format_percent(entry.percent)
    until, amount = _optional(entry.until, money), _optional(entry.amount, money)
    return BonusEntryBody(since=money.format(entry.since), until=until, percent=percent, amount=amount)


def _optional(amount: int | None, money: Scale) -> str | None:
    return None if amount is None else money.format(amount)
