"""The table of the list of parties: heads and cells as texts, ready to be shown or taken along."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct, structs

from api.pages.formats import Formats
from api.pages.party_list_filters import Reader, Text
from api.pages.party_list_words import COLUMN_NAMES, KIND_NAMES, NUMBER_COLUMNS
from crm.attributes.model import Attribute, Value, format_number
from crm.views.model import COLUMNS, SORTS, View
from crm.views.repository.columns import PartyRow

Referred = Mapping[tuple[str, int], str]
_EMPTY = Text("")


class Column(Struct, frozen=True):
    """A column: what it is called, and the order that it leads to; `way` is that of the list if it is ordered by it."""

    name: str
    label: Text
    is_number: bool
    sorted_view: View | None
    way: str | None


class ShownRow(Struct, frozen=True):
    """A party and its cells, one for each column."""

    row: PartyRow
    cells: tuple[Text, ...]


class Table(Struct, frozen=True):
    """Columns beside the name, and rows; `name` is the head of the names."""

    name: Column
    columns: tuple[Column, ...]
    rows: tuple[ShownRow, ...]


def make_table(reader: Reader, view: View, rows: Sequence[PartyRow], referred: Referred) -> Table:
    """Make the table of a view; `referred` gives the names of what attributes lead to."""
    attributes = reader.words.attributes
    shown = [name for name in view.columns if name in COLUMNS or name in attributes]
    columns = tuple(_column(reader, view, name) for name in shown)
    writers = [_writer(reader, name, referred) for name in shown]
    made = tuple(ShownRow(row, tuple(write(row) for write in writers)) for row in rows)
    return Table(_column(reader, view, "name"), columns, made)


def _column(reader: Reader, view: View, name: str) -> Column:
    attribute = reader.words.attributes.get(name)
    label = Text(COLUMN_NAMES[name], is_marked=True) if attribute is None else Text(attribute.name(reader.language))
    is_number = name in NUMBER_COLUMNS or (attribute is not None and attribute.kind == "number")
    sorted_view = sorted_by(view, name) if name in SORTS or attribute is not None else None
    way = ("descending" if view.is_descending else "ascending") if view.sort == name else None
    return Column(name, label, is_number, sorted_view, way)


def sorted_by(view: View, sort: str) -> View:
    """Give the view in another order; the order that it has turns round."""
    is_descending = not view.is_descending if view.sort == sort else sort != "name"
    return structs.replace(view, sort=sort, is_descending=is_descending)


def _writer(reader: Reader, name: str, referred: Referred) -> Callable[[PartyRow], Text]:
    attribute = reader.words.attributes.get(name)
    if attribute is not None:
        return lambda row: _attribute_text(reader, attribute, row.attributes.get(attribute.id), referred)
    if name in {"relations", "groups", "legal_status"}:
        return _entry_writer(reader, name)
    if name == "kind":
        return lambda row: Text(KIND_NAMES[row.kind], is_marked=True)
    write = _WRITERS.get(name)
    return lambda row: Text((write(row, reader.f) if write else getattr(row, name)) or "")


def _entry_writer(reader: Reader, name: str) -> Callable[[PartyRow], Text]:
    names = {entry.id: entry.name(reader.language) for entry in reader.words.entries}
    if name == "legal_status":
        return lambda row: Text(names.get(row.legal_status_id, ""))
    return lambda row: Text(", ".join(names[one] for one in getattr(row, name) if one in names))


def _attribute_text(reader: Reader, attribute: Attribute, value: Value | None, referred: Referred) -> Text:
    if value is None:
        return _EMPTY
    if isinstance(value, bool):
        return dict(reader.attribute_choices(attribute))["yes" if value else "no"]
    if isinstance(value, int | tuple):
        return Text(_named(reader, attribute, value, referred))
    if isinstance(value, str):
        return Text(value)
    return Text(format_number(value) if isinstance(value, Decimal) else reader.f.day(value))


def _named(reader: Reader, attribute: Attribute, value: int | tuple[int, ...], referred: Referred) -> str:
    """Name the choices or the record that a value means."""
    if isinstance(value, int) and attribute.refers_to is not None:
        return referred.get((attribute.refers_to, value), "")
    chosen = value if isinstance(value, tuple) else (value,)
    names = dict(zip((one.id for one in attribute.choices), reader.attribute_choices(attribute), strict=True))
    return ", ".join(names[one][1].text for one in chosen if one in names)


def _money(amount: int | None, f: Formats) -> str | None:
    return None if amount is None else f.money(amount)


def _day(day: date | None, f: Formats) -> str | None:
    return None if day is None else f.day(day)


_WRITERS: Mapping[str, Callable[[PartyRow, Formats], str | None]] = {
    "birth_date": lambda row, f: None if row.birth_date is None else f.birth(row.birth_date),
    "created": lambda row, f: f.day(f.local(row.created_at).date()),
    "changed": lambda row, f: f.moment(row.changed_at),
    "cards": lambda row, f: f.count(row.cards) if row.cards else None,
    "percent": lambda row, f: None if row.percent is None else f.percent(row.percent),
    "turnover": lambda row, f: _money(row.turnover, f),
    "balance": lambda row, f: _money(row.balance, f),
    "last_purchase": lambda row, f: _day(row.last_purchase, f),
}
