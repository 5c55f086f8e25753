"""A view as the fields of an address, and back: whoever has the address has the view.

`where=city~is~Sofia` is a filter: its field, its operator, its operands, with a tilde between them. Within an operand
`!0` stands for a tilde and `!1` for the mark itself, as `~0` and `~1` do in a JSON pointer (RFC 6901). What is not
written is the default, so an ordinary list has a short address. Nothing here knows what a filter means.
"""

import re
from collections.abc import Iterable

from crm.views.model import DEFAULT_COLUMNS, MOST_FILTERS, MOST_OPERAND_LENGTH, MOST_OPERANDS, Filter, View, ViewError

WHERE, COLUMNS, SORT = "where", "columns", "sort"
NO_COLUMNS = "none"
MOST_FILTER_LENGTH = 2_000

_NAME = re.compile(r"[a-z0-9_]{1,40}(?:\.[a-z0-9_]{1,40})?")


def print_view(view: View) -> list[tuple[str, str]]:
    """Give the fields of an address that carry a view, always in the same order."""
    fields = [(WHERE, print_filter(one)) for one in view.filters]
    if view.columns != DEFAULT_COLUMNS:
        fields.append((COLUMNS, ",".join(view.columns) or NO_COLUMNS))
    if view.sort != "name" or view.is_descending:
        fields.append((SORT, f"-{view.sort}" if view.is_descending else view.sort))
    return fields


def print_filter(one: Filter) -> str:
    """Write a filter as it stands in an address."""
    return "~".join((one.field, one.operator, *(text.replace("!", "!1").replace("~", "!0") for text in one.operands)))


def parse_view(fields: Iterable[tuple[str, str]]) -> View:
    """Read a view from the fields of an address; others are passed over. Raises ViewError."""
    filters: list[Filter] = []
    columns, sort = DEFAULT_COLUMNS, "name"
    for name, value in fields:
        match name:
            case "where":
                filters.append(parse_filter(value))
            case "columns":
                columns = () if value == NO_COLUMNS else tuple(dict.fromkeys(_name(part) for part in value.split(",")))
            case "sort":
                sort = value
            case _:
                continue
    if len(filters) > MOST_FILTERS:
        raise ViewError(f"a view has at most {MOST_FILTERS} filters")
    return View(tuple(dict.fromkeys(filters)), columns, _name(sort.removeprefix("-")), sort.startswith("-"))


def parse_filter(text: str) -> Filter:
    """Read a filter as it stands in an address. Raises ViewError."""
    parts = text[: MOST_FILTER_LENGTH + 1].split("~")
    if len(text) > MOST_FILTER_LENGTH or not 1 < len(parts) <= MOST_OPERANDS + 2:
        raise ViewError("a filter is a field, an operator and operands, with a tilde between them")
    field, operator, *operands = parts
    texts = tuple(operand.replace("!0", "~").replace("!1", "!") for operand in operands)
    if any(len(operand) > MOST_OPERAND_LENGTH for operand in texts):
        raise ViewError("an operand of a filter is too long")
    return Filter(_name(field), _name(operator), texts)


def _name(text: str) -> str:
    if _NAME.fullmatch(text) is None:
        raise ViewError("a name in the address is none of ours")
    return text
