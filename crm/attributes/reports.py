"""Reports on cards by attributes of their holders, or of the cards themselves: a filter and a grouping.

Key idea: a report of cards knows nothing of attributes; it takes conditions and a key. An attribute is named with its
directory, `party.vip`, and a filter is a sentence of three words, `party.vip is yes`, several values with commas
between them; so a command and an address can carry it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args

from msgspec import Struct
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes import repository
from crm.attributes.errors import AttributeUnknownError, FilterRefusedError
from crm.attributes.filters import Operator, attribute_condition, attribute_order, read_operands
from crm.attributes.model import Attribute, Directory, Value, format_number
from loyalty.cards.listing import Band, count_grouped_bands, count_turnover_bands
from loyalty.cards.tables import card
from loyalty.money import DecimalError, Scale

OF_CARDS: tuple[Directory, ...] = ("party", "person", "card")
"""The directories whose attributes say something of a card, or of who holds it."""

MOST_CUTS = 50
MOST_GROUPS = 200
"""A report with more groups than these is no report."""

_WORDS = 3


class Wanted(Struct, frozen=True):
    """What must hold of the cards that are counted."""

    attribute: Attribute
    operator: Operator
    operands: Sequence[Value] = ()


class Group(Struct, frozen=True):
    """The bands of the cards that have one value; None is that of those without. `name` is the value as text."""

    value: Value | None
    name: str | None
    bands: list[Band]


async def list_usable(connection: AsyncConnection) -> dict[str, Attribute]:
    """List the attributes that a report on cards takes, by their name with the directory before it."""
    found = await repository.list_attributes(connection, OF_CARDS)
    return {f"{one.directory}.{one.code}": one for one in found}


def find_usable(attributes: Mapping[str, Attribute], name: str, *, field: str = "where") -> Attribute:
    """Find an attribute by its name, such as `party.vip`. Raises AttributeUnknownError."""
    if name not in attributes:
        raise AttributeUnknownError("there is no such attribute of cards or of those who hold them", field=field)
    return attributes[name]


def read_cuts(amounts: Iterable[str], money: Scale) -> list[int]:
    """Read the amounts between bands, rising and at least one, into minor units. Raises DecimalError."""
    cuts = [money.parse(amount) for amount in amounts]
    if not 0 < len(cuts) <= MOST_CUTS or any(one >= after for one, after in pairwise(cuts)):
        raise DecimalError(f"must be one of at most {MOST_CUTS} amounts, each more than the one before")
    return cuts


def read_wanted(attributes: Mapping[str, Attribute], sentence: str) -> Wanted:
    """Read a filter such as `party.vip is yes`. Raises AttributeUnknownError, FilterRefusedError."""
    name, operator, values = [*sentence.split(maxsplit=_WORDS - 1), "", "", ""][:_WORDS]
    attribute = find_usable(attributes, name)
    known = next((one for one in get_args(Operator) if one == operator), None)
    if known is None:
        raise FilterRefusedError("a filter is an attribute, an operator and a value", field="where")
    texts = values.split(",") if known in {"one_of", "between"} else [values] * bool(values)
    return Wanted(attribute, known, read_operands(attribute, known, [text.strip() for text in texts]))


async def report_bands(
    connection: AsyncConnection,
    cuts: Sequence[int],
    *,
    where: str | None = None,
    by: str | None = None,
    meant: ColumnElement[bool] | None = None,
) -> list[Group]:
    """Count cards by turnover, those of which a filter in words holds, apart by an attribute; else there is one group.

    `meant` is what else must hold of a card. Raises AttributeUnknownError, FilterRefusedError with the field `where` or
    `by`.
    """
    attributes = await list_usable(connection) if where or by else {}
    wanted = read_wanted(attributes, where) if where else None
    if not by:
        return [Group(None, None, await count_bands(connection, cuts, where=wanted, meant=meant))]
    return await group_bands(connection, cuts, find_usable(attributes, by, field="by"), where=wanted, meant=meant)


async def count_bands(
    connection: AsyncConnection,
    cuts: Sequence[int],
    *,
    where: Wanted | None = None,
    meant: ColumnElement[bool] | None = None,
) -> list[Band]:
    """Count cards by turnover, those alone of which something holds."""
    return await count_turnover_bands(connection, cuts, meant=_conditions(where, meant))


async def group_bands(
    connection: AsyncConnection,
    cuts: Sequence[int],
    by: Attribute,
    *,
    where: Wanted | None = None,
    meant: ColumnElement[bool] | None = None,
) -> list[Group]:
    """Count cards by turnover for each value of an attribute, those without one last.

    Every card counts once, so that groups add up to the whole: with several choices it counts in the first of them.
    """
    order = attribute_order(by, _record_id(by))
    source = card.outerjoin(order.values, order.on)
    found = await count_grouped_bands(connection, cuts, key=order.key, source=source, meant=_conditions(where, meant))
    if len(found) > MOST_GROUPS:
        raise FilterRefusedError(f"has more than {MOST_GROUPS} values: group by another attribute", field="by")
    names = await name_values(connection, by, [value for value in found if value is not None])
    groups = [Group(value, names.get(value), bands) for value, bands in found.items()]
    return [
        *sorted((one for one in groups if one.value is not None), key=_order(by)),
        *(one for one in groups if one.value is None),
    ]


async def name_values(
    connection: AsyncConnection, attribute: Attribute, values: Collection[Any], language: str = "en"
) -> dict[Any, str]:  # Any: a value of any kind
    """Write values of an attribute as a person reads them; yes and no as their codes."""
    if attribute.refers_to is not None:
        return await repository.load_names(connection, attribute.refers_to, values)
    return {value: _write(attribute, value, language) for value in values}


def _write(attribute: Attribute, value: Value, language: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return attribute.choices_by_id[value].name(language)
    return format_number(value) if isinstance(value, Decimal) else str(value)


def _conditions(where: Wanted | None, meant: ColumnElement[bool] | None) -> list[ColumnElement[bool]]:
    conditions = [] if meant is None else [meant]
    if where is not None:
        of = _record_id(where.attribute)
        conditions.append(attribute_condition(where.attribute, where.operator, where.operands, of))
    return conditions


def _record_id(attribute: Attribute) -> ColumnElement[int]:
    return card.c.card_id if attribute.directory == "card" else card.c.holder_id


def _order(attribute: Attribute) -> Callable[[Group], Any]:  # Any: numbers, days, names or places
    """Give the order of groups: that of choices, the names of references, else that of the values."""
    if attribute.refers_to is not None:
        return lambda group: group.name or ""
    places: dict[Any, int] = {choice.id: place for place, choice in enumerate(attribute.choices)}  # Any: as above
    return lambda group: places.get(group.value, 0) if places else group.value
