"""The three tables of a series' rules as a form: rows of texts, and back to values.

Key idea: a table is its columns, each a field that stands there once per row; empty rows are passed over. What the
service refuses names an entry by its place among the filled rows, which `row_of` leads back to the row of the form.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from api.pages import forms
from api.pages.forms import Form, Problem, WrongError
from api.pages.words import mark
from loyalty.cards.rules import BonusEntry, BonusTable, Change, Downgrade, Period, SeriesRules, TurnoverEntry
from loyalty.cards.rules import TurnoverTable as PercentTable
from loyalty.errors import SettingRefusedError
from loyalty.money import MOST_QUANTITY, PERCENT, PRICE, QUANTITY, WHOLE, Scale
from loyalty.pricing.model import ReceiptRule

MOST_ROWS = 200
EMPTY_ROWS = 2
MOST_FACTOR = 1_000 * PRICE.unit
PERIODS: Mapping[str, str] = {
    "lifetime": mark("Lifetime"),
    "day": mark("Day"),
    "week": mark("Week"),
    "month": mark("Month"),
    "quarter": mark("Quarter"),
    "half_year": mark("Half-year"),
    "year": mark("Year"),
}
DOWNGRADES: Mapping[str, str] = {
    "plain": mark("as the table says"),
    "one_step": mark("one step at a time"),
    "never": mark("never"),
}
CHANGES: Mapping[str, str] = {
    "": mark("leave the percent"),
    "set": mark("set the percent to"),
    "add": mark("add points of percent"),
    "multiply": mark("multiply the percent by"),
}
TURNOVER = ("t_from", "t_to", "t_change", "t_value", "t_move")
RECEIPT = ("r_from", "r_to", "r_percent", "r_amount", "r_skus", "r_groups", "r_least", "r_most")
BONUS = ("b_from", "b_to", "b_percent", "b_amount")
_FIELDS = {
    "turnover": {"from": "t_from", "to": "t_to", "move_to": "t_move", "": "t_from"},
    "receipt": {"from": "r_from", "to": "r_to", "": "r_from"},
    "bonus": {"from": "b_from", "to": "b_to", "amount": "b_amount", "": "b_from"},
}
_PLACE = re.compile(r"(turnover|receipt|bonus)(?:\.entries)?(?:\[(\d+)\])?(?:\.(\w+))?")
_ONE_BENEFIT = Problem(mark("Give a percent or an amount, and not both."))
_NO_CHANGE = Problem(mark("Give what becomes of the percent, or a series to move to."))
_TOO_MANY = Problem(mark("Too many rows."))
_PERIODS: dict[str, Period] = {name: name for name in PERIODS}  # type: ignore[misc] # its keys are the periods
_DOWNGRADES: dict[str, Downgrade] = {name: name for name in DOWNGRADES}  # type: ignore[misc] # its keys are the ways
_CHANGES: dict[str, Change] = {name: name for name in CHANGES if name}  # type: ignore[misc] # its keys are the changes


class Row(Struct, frozen=True):
    """A filled row of a table: its place in the form, and its texts by column."""

    place: int
    texts: dict[str, str]


def rows_of(form: Form, columns: Sequence[str]) -> list[dict[str, str]]:
    """Give all rows of a table as they stand in the form."""
    found = [form.texts(name) for name in columns]
    rows = min(map(len, found))
    return [dict(zip(columns, (texts[place] for texts in found), strict=True)) for place in range(rows)]


def row_of(form: Form, error: SettingRefusedError) -> str:
    """Give the field, and the place of its row, that a refusal names."""
    match = _PLACE.fullmatch(error.field or "")
    if match is None or match[2] is None:
        return "rules"
    table, place, name = match[1], int(match[2]), match[3] or ""
    columns = {"turnover": TURNOVER, "receipt": RECEIPT, "bonus": BONUS}[table]
    rows = _filled(form, columns)
    if place >= len(rows):
        return "idle_value"
    value = {"turnover": "t_value", "receipt": "r_percent", "bonus": "b_percent"}[table]
    return f"{_FIELDS[table].get(name, value)}-{rows[place].place}"


def show_rules(rules: SeriesRules, money: Scale) -> Form:
    """Fill a form with rules; each table has some empty rows behind its own."""
    turnover, bonus = rules.turnover, rules.bonus
    entries = () if turnover is None else turnover.entries
    idle = next((entry for entry in entries if entry.nothing_bought), None)
    texts: dict[str, str | list[str]] = {
        "t_period": "month" if turnover is None else turnover.period,
        "t_downgrade": "plain" if turnover is None else turnover.downgrade,
        "t_at_posting": "yes" if turnover is not None and turnover.at_posting else "",
        "idle_change": (idle.change or "") if idle else "",
        "idle_value": _show_value(idle) if idle else "",
        "idle_move": (idle.move_to or "") if idle else "",
        "b_period": (bonus.period or "") if bonus else "month",
        "r_rest": [str(place) for place, rule in enumerate(rules.receipt) if rule.on_rest],
    }
    ranges = [entry for entry in entries if not entry.nothing_bought]
    texts |= _columns(TURNOVER, [_show_entry(entry, money) for entry in ranges])
    texts |= _columns(RECEIPT, [_show_receipt(rule, money) for rule in rules.receipt])
    texts |= _columns(BONUS, [_show_bonus(entry, money) for entry in (bonus.entries if bonus else ())])
    return Form(texts)


def _columns(names: Sequence[str], rows: list[Sequence[str]]) -> dict[str, str | list[str]]:
    filled = [*rows, *[[""] * len(names)] * EMPTY_ROWS]
    return {name: [row[place] for row in filled] for place, name in enumerate(names)}


def _show_entry(entry: TurnoverEntry, money: Scale) -> list[str]:
    until = _money(entry.until, money)
    return [money.format(entry.since), until, entry.change or "", _show_value(entry), entry.move_to or ""]


def _show_value(entry: TurnoverEntry) -> str:
    if entry.change is None:
        return ""
    scale = PRICE if entry.change == "multiply" else PERCENT
    return scale.format(entry.value, least_places=0)


def _show_receipt(rule: ReceiptRule, money: Scale) -> list[str]:
    least = "" if rule.min_quantity is None else QUANTITY.format(rule.min_quantity, least_places=0)
    return [
        money.format(rule.since),
        _money(rule.until, money),
        _percent(rule.percent),
        _money(rule.amount, money),
        ", ".join(rule.skus),
        ", ".join(rule.groups),
        least,
        _money(rule.max_discount, money),
    ]


def _show_bonus(entry: BonusEntry, money: Scale) -> list[str]:
    amount = _money(entry.amount, money)
    return [money.format(entry.since), _money(entry.until, money), _percent(entry.percent), amount]


def _money(amount: int | None, money: Scale) -> str:
    return "" if amount is None else money.format(amount)


def _percent(percent: int | None) -> str:
    return "" if percent is None else PERCENT.format(percent, least_places=0)


def read_rules(form: Form, money: Scale) -> SeriesRules:
    """Read the three tables; what is wrong stands in the form's problems afterwards."""
    return SeriesRules(
        turnover=read_turnover(form, money),
        receipt=tuple(_read_receipt(form, row, money) for row in _filled(form, RECEIPT)),
        bonus=_read_bonus(form, money),
    )


def read_turnover(form: Form, money: Scale) -> PercentTable | None:
    """Read the table of percents, None for an empty one."""
    entries = [_read_entry(form, row, money) for row in _filled(form, TURNOVER)]
    if form.text("idle_change") or form.text("idle_move"):
        change, value = _read_change(form, "idle_value", form.text("idle_change"), form.text("idle_value"))
        move_to = form.text("idle_move") or None
        entries.append(TurnoverEntry(nothing_bought=True, change=change, value=value, move_to=move_to))
    if not entries:
        return None
    return PercentTable(
        form.read("t_period", forms.one_of(_PERIODS), "month"),
        form.read("t_downgrade", forms.one_of(_DOWNGRADES), "plain"),
        form.is_ticked("t_at_posting"),
        tuple(entries),
    )


def _filled(form: Form, columns: Sequence[str]) -> list[Row]:
    rows = rows_of(form, columns)
    if len(rows) > MOST_ROWS:
        form.refuse(f"{columns[0]}-{MOST_ROWS}", _TOO_MANY)
    return [Row(place, texts) for place, texts in enumerate(rows[:MOST_ROWS]) if any(texts.values())]


def _read_entry(form: Form, row: Row, money: Scale) -> TurnoverEntry:
    since, until = _read_range(form, row, "t", money)
    change, value = _read_change(form, f"t_value-{row.place}", row.texts["t_change"], row.texts["t_value"])
    move_to = row.texts["t_move"] or None
    if change is None and move_to is None:
        form.refuse(f"t_value-{row.place}", _NO_CHANGE)
    return TurnoverEntry(since, until, change=change, value=value, move_to=move_to)


def _read_change(form: Form, field: str, kind: str, typed: str) -> tuple[Change | None, int]:
    if kind not in _CHANGES:
        return None, 0
    change = _CHANGES[kind]
    if change == "multiply":
        value = _read(form, field, typed, PRICE, least=0, most=MOST_FACTOR, is_needed=True)
    else:
        value = _read(form, field, typed, PERCENT, least=-WHOLE, most=WHOLE, is_needed=True)
    return change, value or 0


def _read_range(form: Form, row: Row, table: str, money: Scale) -> tuple[int, int | None]:
    since = _read(form, f"{table}_from-{row.place}", row.texts[f"{table}_from"], money, least=0)
    return since or 0, _read(form, f"{table}_to-{row.place}", row.texts[f"{table}_to"], money, least=0)


def _read_benefit(
    form: Form, row: Row, table: str, money: Scale, *, least: int | None
) -> tuple[int | None, int | None]:
    percent_field = f"{table}_percent-{row.place}"
    lowest = -WHOLE if least is None else least
    percent = _read(form, percent_field, row.texts[f"{table}_percent"], PERCENT, least=lowest, most=WHOLE)
    amount = _read(form, f"{table}_amount-{row.place}", row.texts[f"{table}_amount"], money, least=least)
    if bool(row.texts[f"{table}_percent"]) == bool(row.texts[f"{table}_amount"]):
        form.refuse(percent_field, _ONE_BENEFIT)
    return percent, amount


def _read_receipt(form: Form, row: Row, money: Scale) -> ReceiptRule:
    since, until = _read_range(form, row, "r", money)
    percent, amount = _read_benefit(form, row, "r", money, least=None)
    return ReceiptRule(
        since=since,
        until=until,
        skus=_words(row.texts["r_skus"]),
        groups=_words(row.texts["r_groups"]),
        min_quantity=_read(form, f"r_least-{row.place}", row.texts["r_least"], QUANTITY, least=0, most=MOST_QUANTITY),
        percent=percent,
        amount=amount,
        max_discount=_read(form, f"r_most-{row.place}", row.texts["r_most"], money, least=0),
        on_rest=str(row.place) in form.texts("r_rest"),
    )


def _read_bonus(form: Form, money: Scale) -> BonusTable | None:
    entries = []
    for row in _filled(form, BONUS):
        since, until = _read_range(form, row, "b", money)
        percent, amount = _read_benefit(form, row, "b", money, least=0)
        entries.append(BonusEntry(since, until, percent=percent, amount=amount))
    if not entries:
        return None
    return BonusTable(form.read("b_period", forms.one_of(_PERIODS), None), tuple(entries))


def _words(typed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for part in typed.split(",") if (word := part.strip())))


def _read(
    form: Form,
    field: str,
    typed: str,
    scale: Scale,
    *,
    least: int | None = None,
    most: int | None = None,
    is_needed: bool = False,
) -> int | None:
    """Read a decimal of a cell; what is wrong is put beside it."""
    if not typed:
        if is_needed:
            form.refuse(field, forms.EMPTY)
        return None
    try:
        return forms.bounded(scale, typed, least=least, most=most)
    except WrongError as error:
        form.refuse(field, error.problem)
        return None
