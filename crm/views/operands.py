"""The operands of filters read as values, and views checked: whatever reaches the database was understood here."""

from collections.abc import Callable, Mapping
from datetime import date

from crm.attributes import filters as attribute_filters
from crm.attributes.errors import FilterRefusedError
from crm.attributes.model import Attribute
from crm.attributes.model import Value as AttributeValue
from crm.views.model import (
    CARD_STATES,
    COLUMNS,
    FIELDS,
    KINDS,
    MOST_COLUMNS,
    MOST_FILTERS,
    MOST_OPERAND_LENGTH,
    MOST_OPERANDS,
    SORTS,
    Filter,
    OperandKind,
    Operator,
    View,
    ViewError,
)
from database.identifiers import MOST_ID
from loyalty.money import MOST_MINOR, PERCENT, Scale

Value = str | int | date | None

MOST_DAYS = 3_660
MOST_POINTS = 10**12
_LEAP_YEAR = 2_000
_COUNTRY_LETTERS = 2


def check_view(view: View, attributes: Mapping[str, Attribute], *, money: Scale) -> None:
    """Check that a view means something; attributes by their names such as `party.size`. Raises ViewError."""
    if len(view.filters) > MOST_FILTERS or len(view.columns) > MOST_COLUMNS:
        raise ViewError(f"a view has at most {MOST_FILTERS} filters and {MOST_COLUMNS} columns")
    for one in view.filters:
        check_filter(one, attributes, money=money)
    if any(column not in COLUMNS and column not in attributes for column in view.columns):
        raise ViewError("there is no such column")
    if view.sort not in SORTS and view.sort not in attributes:
        raise ViewError("there is no such order")


def check_filter(one: Filter, attributes: Mapping[str, Attribute], *, money: Scale) -> None:
    """Check that a filter means something. Raises ViewError."""
    attribute = attributes.get(one.field)
    if attribute is None:
        read_operands(one, operator_of(one), money=money)
    else:
        read_attribute_operands(one, attribute)


def operator_of(one: Filter) -> Operator:
    """Find what a filter's operator takes. Raises ViewError."""
    field = FIELDS.get(one.field)
    operator = None if field is None else field.operators.get(one.operator)
    if operator is None:
        raise ViewError("there is no such filter", one)
    return operator


def read_attribute_operands(one: Filter, attribute: Attribute) -> list[AttributeValue]:
    """Read the operands of a filter by an attribute. Raises ViewError."""
    try:
        return attribute_filters.read_operands(attribute, one.operator, one.operands)
    except FilterRefusedError as error:
        raise ViewError(error.detail, one) from error


def read_operands(one: Filter, operator: Operator, *, money: Scale) -> tuple[Value, ...]:
    """Read a filter's operands as values: money in minor units, a month and day as 1231, an open one as None.

    Raises ViewError.
    """
    kinds = operator.operands * len(one.operands) if operator.is_many else operator.operands
    if len(kinds) != len(one.operands) or len(kinds) > MOST_OPERANDS or (operator.is_many and not kinds):
        raise ViewError("a filter has too many operands or too few", one)
    try:
        return tuple(
            None if operator.is_open and not text else _read_operand(kind, text, money)
            for kind, text in zip(kinds, one.operands, strict=True)
        )
    except ValueError as error:
        raise ViewError("a filter has an operand that cannot be read", one) from error


def _read_operand(kind: OperandKind, text: str, money: Scale) -> Value:
    """Read one operand. Raises ValueError."""
    if not 0 < len(text) <= MOST_OPERAND_LENGTH or text != text.strip() or "\0" in text:
        raise ValueError("no text")
    return _amount(money)(text) if kind == "money" else _READERS[kind](text)


def _amount(scale: Scale) -> Callable[[str], int]:
    def read(text: str) -> int:
        amount = scale.parse(text)
        if abs(amount) > MOST_MINOR:
            raise ValueError("beyond what a column holds")
        return amount

    return read


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))) or not least <= int(text) <= most:
            raise ValueError("no whole number within its bounds")
        return int(text)

    return read


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError("none of the choices")
        return text

    return read


def _read_month_day(text: str) -> int:
    day = date.fromisoformat(f"{_LEAP_YEAR}-{text}")
    return day.month * 100 + day.day


def _read_country(text: str) -> str:
    if not (len(text) == _COUNTRY_LETTERS and text.isascii() and text.isalpha() and text.isupper()):
        raise ValueError("no ISO 3166 country")
    return text


_READERS: Mapping[OperandKind, Callable[[str], Value]] = {
    "text": str,
    "entry": str,
    "series": str,
    "item_group": str,
    "mailing_kind": str,
    "kind": _one_of(KINDS),
    "state": _one_of(CARD_STATES),
    "country": _read_country,
    "percent": _amount(PERCENT),
    "count": _whole(1, MOST_DAYS),
    "month": _whole(1, 12),
    "month_day": _read_month_day,
    "day": date.fromisoformat,
    "id": _whole(1, MOST_ID),
    "segment": _whole(1, MOST_ID),
    "mailing": _whole(1, MOST_ID),
    "points": _whole(0, MOST_POINTS),
    "recency": _whole(1, 5),
    "frequency": _whole(1, 5),
    "monetary": _whole(1, 5),
}
