"""What the conditions of filters are made with."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import ColumnElement, CompoundSelect, Select, exists, not_

from crm.parties.tables import party
from crm.views.model import Filter
from crm.views.operands import Value
from crm.views.repository.context import Context

Condition = ColumnElement[bool]
Asked = Callable[[Filter, tuple[Value, ...], Context], Condition]


def is_among(query: Select[int] | Select[int | None] | CompoundSelect[int]) -> Condition:
    """Tell whether a party is among the identifiers that a query gives, in its first column.

    Written as `exists`, which PostgreSQL joins in either sense; a `not in` it would compare row by row.
    """
    found = query.subquery()
    return exists().where(found.c[0] == party.c.id)


def negated(asked: Asked) -> Asked:
    """Ask for the opposite."""
    return lambda one, operands, context: not_(asked(one, operands, context))


def as_text(value: Value) -> str:
    """Give an operand that was read as text."""
    assert isinstance(value, str), "it was read as one"
    return value


def as_whole(value: Value) -> int:
    """Give an operand that was read as a whole number."""
    assert isinstance(value, int), "it was read as one"
    return value


def as_day(value: Value) -> date:
    """Give an operand that was read as a day."""
    assert isinstance(value, date), "it was read as one"
    return value
