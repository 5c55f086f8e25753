"""What a list of parties shows, as pure data: filters, columns and an order, which an address can carry.

Key idea: a filter is a field, an operator and operands in the words of the address, and `FIELDS` is the one table of
what there is. Pages draw it, `crm.views.repository.conditions` gives each its SQL, and a test runs through all pairs.
All filters of a view must hold (AND); several operands of one filter are alternatives.

It refuses what it does not know: a filter that were left out would show, and change, more than was meant.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from crm.attributes.model import Directory

OperandKind = Literal[
    "text", "kind", "entry", "country", "series", "state", "percent",
    "money", "count", "day", "month", "month_day", "id", "points", "item_group", "recency", "frequency", "monetary",
    "segment", "mailing", "mailing_kind",
]  # fmt: skip
Sort = Literal["name", "created", "changed", "turnover"]

MOST_FILTERS = 20
MOST_OPERANDS = 50
MOST_COLUMNS = 20
MOST_OPERAND_LENGTH = 200
MOST_DAYS = 3_660
ATTRIBUTE_DIRECTORIES: tuple[Directory, ...] = ("party", "person")
"""Attributes of these are fields, columns and orders too, as `party.size`: the directory, a point and the code."""


class Filter(Struct, frozen=True):
    """What must hold of a party; operands as they stand in an address, an empty one where it may be left open."""

    field: str
    operator: str
    operands: tuple[str, ...] = ()


class View(Struct, frozen=True):
    """A list of parties; `sort` is a `Sort` or an attribute. Those that are archived are in it only if asked for."""

    filters: tuple[Filter, ...] = ()
    columns: tuple[str, ...] = ()
    sort: str = "name"
    is_descending: bool = False

    def with_filter(self, one: Filter) -> "View":
        """Give the view with one filter more; the same twice is one."""
        return View((*self.without(one).filters, one), self.columns, self.sort, self.is_descending)

    def without(self, one: Filter) -> "View":
        """Give the view without a filter."""
        rest = tuple(kept for kept in self.filters if kept != one)
        return View(rest, self.columns, self.sort, self.is_descending)

    def has(self, field: str) -> bool:
        """Tell whether a filter speaks of a field."""
        return any(one.field == field for one in self.filters)


class Operator(Struct, frozen=True):
    """What an operator takes: one operand of each kind, any of which may be empty if `is_open`, or many of one kind."""

    operands: tuple[OperandKind, ...] = ()
    is_many: bool = False
    is_open: bool = False


class Field(Struct, frozen=True):
    """What a filter may speak of: its operators by name, and the directory that its entries are words of."""

    operators: Mapping[str, Operator]
    directory: str | None = None


class ViewError(ValueError):
    """A filter, column or order that means nothing; the text says which, and nothing of its operands."""

    def __init__(self, text: str, one: Filter | None = None) -> None:
        super().__init__(text)
        self.filter = one


_WORDS = Operator(("text",))
_GIVEN = {"given": Operator(), "missing": Operator()}
_SPAN = {"since": Operator(("day",)), "before": Operator(("day",)), "last_days": Operator(("count",))}
_ENTRIES = Operator(("entry",), is_many=True)
_AMOUNTS = {"at_least": Operator(("money",)), "under": Operator(("money",))}
_CLASSES = Operator(("recency", "frequency", "monetary"), is_open=True)
_SEGMENTS = Operator(("segment",), is_many=True)
_MAILING, _DAYS = Operator(("mailing",)), Operator(("count",))
_KINDS_OF_MAILINGS = Operator(("mailing_kind",), is_many=True)

FIELDS: Mapping[str, Field] = {
    "name": Field({"has": _WORDS, "begins": _WORDS}),
    "words": Field({"has": _WORDS}),
    "kind": Field({"is": Operator(("kind",))}),
    "legal_status": Field({"any_of": _ENTRIES, "none_of": _ENTRIES}, "legal_status"),
    "relation": Field({"current": _ENTRIES, "ever": _ENTRIES, "never": _ENTRIES}, "relation"),
    "group": Field({"any_of": _ENTRIES, "none_of": _ENTRIES}, "group"),
    "city": Field({"is": _WORDS, "begins": _WORDS, "missing": Operator()}),
    "postal_code": Field({"is": _WORDS, "begins": _WORDS}),
    "country": Field({"any_of": Operator(("country",), is_many=True)}),
    "phone": Field(_GIVEN),
    "email": Field(_GIVEN),
    "birthday": Field(
        {"month": Operator(("month",)), "on": Operator(("month_day",)), "next_days": Operator(("count",))}
    ),
    "created": Field(_SPAN),
    "changed": Field(_SPAN),
    "archived": Field({"only": Operator(), "too": Operator()}),
    "card": Field({"held": Operator(("series", "state", "percent"), is_open=True), "missing": Operator()}),
    "turnover": Field(
        _AMOUNTS | {"at_least_in": Operator(("count", "money")), "under_in": Operator(("count", "money"))}
    ),
    "balance": Field(_AMOUNTS),
    "points": Field({"at_least": Operator(("points",)), "under": Operator(("points",))}),
    "last_purchase": Field(_SPAN | {"never": Operator()}),
    "bought": Field(
        {
            "at_least_in": Operator(("item_group", "count", "money")),
            "under_in": Operator(("item_group", "count", "money")),
        }
    ),
    "score": Field({"is": _CLASSES, "at_least": _CLASSES, "missing": Operator()}),
    "mailing": Field(
        {
            "sent": _MAILING,
            "opened": _MAILING,
            "clicked": _MAILING,
            "bounced": _MAILING,
            "sent_in": _DAYS,
            "opened_in": _DAYS,
            "clicked_in": _DAYS,
            "bounced_in": _DAYS,
        }
    ),
    "subscribed": Field({"any_of": _KINDS_OF_MAILINGS, "none_of": _KINDS_OF_MAILINGS}),
    "segment": Field({"any_of": _SEGMENTS, "none_of": _SEGMENTS}),
    "answers_for": Field({"any_of": _ENTRIES}, "responsibility"),
    "contact_of": Field({"party": Operator(("id",))}),
    "reachable": Field({"now": Operator()}),
}
COLUMNS: tuple[str, ...] = (
    "kind", "legal_status", "relations", "groups", "phone", "email", "city", "postal_code", "country", "birth_date",
    "created", "changed", "cards", "percent", "turnover", "balance", "last_purchase",
)  # fmt: skip
"""What may stand beside the name, which always stands; attributes are more."""

DEFAULT_COLUMNS: tuple[str, ...] = ("phone", "email", "city", "relations", "turnover", "last_purchase")
SORTS: tuple[Sort, ...] = ("name", "changed", "created", "turnover")
KINDS = ("person", "organisation")
CARD_STATES = ("active", "issued", "blocked", "frozen", "expired", "replaced", "closed")
