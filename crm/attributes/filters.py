"""Attributes as filters, orders and groups of any list: from plain data to SQLAlchemy conditions on its records.

Key idea: a condition is `exists (a value of this attribute, of this record, that fits)`, which the index of that kind's
column answers: `(attribute_id, value, record_id)`. So a list needs no join, and any number of filters meet in one
statement. `is_not` is the opposite of `is`: it holds of records with no value, too, and where there is no record at
all. Of `choices`, `is` means that the choice is among those chosen.

It knows no directory: whoever calls gives the column in which its own records' identifiers stand.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, FromClause, exists, func, not_

from crm.attributes.errors import AttributeValueRefusedError, FilterRefusedError
from crm.attributes.model import Attribute, Given, Kind, Value, read_value
from crm.attributes.tables import attribute_value

Operator = Literal[
    "is", "is_not", "contains", "at_least", "at_most", "between", "one_of", "empty", "not_empty"
]  # fmt: skip
_RANGES: Final = ("is", "is_not", "at_least", "at_most", "between", "empty", "not_empty")
_CHOICES: Final = ("choice", "choices")
_CHOSEN: Final = ("is", "is_not", "one_of", "empty", "not_empty")

OPERATORS: Final[Mapping[Kind, tuple[Operator, ...]]] = {
    "text": ("contains", "is", "is_not", "one_of", "empty", "not_empty"),
    "number": _RANGES,
    "date": _RANGES,
    "yes_no": ("is", "is_not", "empty", "not_empty"),
    "choice": _CHOSEN,
    "choices": _CHOSEN,
    "reference": _CHOSEN,
}
"""What a filter by each kind offers, the most usual first."""
COLUMNS: Final[Mapping[Kind, str]] = {
    "text": "text_value",
    "number": "number_value",
    "date": "date_value",
    "yes_no": "flag_value",
    "choice": "choice_id",
    "choices": "choice_id",
    "reference": "reference_id",
}
"""The column in which the values of each kind stand."""
MOST_OPERANDS = 50
INDEXED_TEXT = 200
"""The characters of a text by which an index orders it."""

_COUNTS: Final[Mapping[Operator, tuple[int, int]]] = {
    "between": (2, 2),
    "one_of": (1, MOST_OPERANDS),
    "empty": (0, 0),
    "not_empty": (0, 0),
}


class AttributeOrder(Struct, frozen=True):
    """How an index orders records by an attribute: join `values` on `on`, order by `key`, then by `values.record_id`.

    The join leaves out the records that have no value; `is_empty` is the condition by which a list adds them behind
    the others. Texts are ordered by their first `INDEXED_TEXT` characters, choices and references by identifier.
    """

    values: FromClause
    on: ColumnElement[bool]
    key: ColumnElement[Any]  # Any: a text, number, day or identifier, by the kind
    is_empty: ColumnElement[bool]


def read_operands(attribute: Attribute, operator: str, texts: Sequence[str]) -> list[Value]:
    """Read the operands of a filter as they stand in an address: yes or no, codes of choices, identifiers, plain text.

    Raises FilterRefusedError, whose field is the attribute's code.
    """
    if operator not in OPERATORS[attribute.kind]:
        raise FilterRefusedError(f"an attribute of kind {attribute.kind} has no such operator", field=attribute.code)
    values = [_read_operand(attribute, text) for text in texts]
    least, most = _COUNTS.get(operator, (1, 1))
    if not least <= len(values) <= most:
        raise FilterRefusedError("the filter has too few or too many values", field=attribute.code)
    return values


def attribute_condition(
    attribute: Attribute, operator: Operator, operands: Sequence[Value], record_id: ColumnElement[int]
) -> ColumnElement[bool]:
    """Say what must hold of records by an attribute; `operands` are those that `read_operands` gives."""
    values = attribute_value.alias()
    column = values.c[COLUMNS[attribute.kind]]
    fits = exists().where(
        values.c.attribute_id == attribute.id,
        values.c.record_id == record_id,
        *_comparisons(column, operator, operands),
    )
    found = fits.correlate_except(values)
    return not_(found) if operator in {"is_not", "empty"} else found


def attribute_order(attribute: Attribute, record_id: ColumnElement[int]) -> AttributeOrder:
    """Say how records are ordered by an attribute; several choices count by the first of them."""
    values = attribute_value.alias(f"by_{attribute.code}")
    column = values.c[COLUMNS[attribute.kind]]
    key: ColumnElement[Any] = _head(column) if attribute.kind == "text" else column  # Any: as above
    on = (values.c.attribute_id == attribute.id) & (values.c.record_id == record_id) & (values.c.item == 0)
    return AttributeOrder(values, on & column.is_not(None), key, attribute_condition(attribute, "empty", (), record_id))


def range_of_order(
    attribute: Attribute,
    operator: Operator,
    operands: Sequence[Value],
    key: ColumnElement[Any],  # Any: as above
) -> list[ColumnElement[bool]]:
    """Say what a filter asks of the key that `attribute_order` gives: a part of the order, in which all have a value.

    Nothing where it is no range of numbers or days.
    """
    is_range = attribute.kind in {"number", "date"} and operator in {"at_least", "at_most", "between"}
    return _comparisons(key, operator, operands) if is_range else []


def _read_operand(attribute: Attribute, text: str) -> Value:
    try:
        value = (
            _choice_id(attribute, text)
            if attribute.kind in _CHOICES
            else read_value(attribute, _given(attribute, text))
        )
    except (AttributeValueRefusedError, KeyError) as error:
        raise FilterRefusedError(
            "a value of the filter is none of the attribute's kind", field=attribute.code
        ) from error
    if value is None:
        raise FilterRefusedError("a value of the filter is empty", field=attribute.code)
    return value


def _choice_id(attribute: Attribute, code: str) -> int:
    """Give a choice by its code, one that is archived too: records may still have it."""
    return {choice.code: choice.id for choice in attribute.choices}[code]


def _given(attribute: Attribute, text: str) -> Given:
    """Turn the text of an address into what comes over the wire."""
    if attribute.kind == "yes_no":
        return {"yes": True, "no": False}[text]
    if attribute.kind == "reference":
        return int(text) if text.isascii() and text.isdigit() else text
    return text


def _comparisons(
    column: ColumnElement[Any],  # Any: as above
    operator: Operator,
    operands: Sequence[Value],
) -> list[ColumnElement[bool]]:
    if operator in {"empty", "not_empty"}:
        return []
    if operator == "one_of":
        return [column.in_(operands)]
    first, last = operands[0], operands[-1]
    if operator == "contains":
        return [column.icontains(str(first), autoescape=True)]
    if operator in {"is", "is_not"}:
        return _equal(column, first)
    return [column >= first] * (operator != "at_most") + [column <= last] * (operator != "at_least")


def _equal(column: ColumnElement[Any], operand: Value) -> list[ColumnElement[bool]]:  # Any: as above
    """Compare for equality; a text by its indexed beginning first."""
    same = [column == operand]
    return [_head(column) == operand[:INDEXED_TEXT], *same] if isinstance(operand, str) else same


def _head(column: ColumnElement[str]) -> ColumnElement[str]:
    """Give the beginning of a text as the index keeps it, in the order of code points."""
    return func.left(column, INDEXED_TEXT).collate("C")
