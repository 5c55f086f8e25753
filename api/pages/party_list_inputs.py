"""A new filter of the list of parties: which may be added, the fields it asks for, and reading what was typed.

It is added in two steps that work without scripts: what it is about is chosen from a list, then its operands are asked
for; one without operands acts at once. What is typed as people type becomes the canonical text of an address.
"""

from collections.abc import Callable, Mapping

from msgspec import Struct

from api.pages import forms
from api.pages.forms import Form, Problem
from api.pages.party_list_filters import Choices, Reader, Text
from api.pages.party_list_words import ATTRIBUTE_PHRASES, FIELD_NAMES, OPERAND_LABELS, PHRASES
from api.pages.words import mark
from crm.attributes.filters import OPERATORS
from crm.attributes.model import Attribute, Kind
from crm.views.model import FIELDS, Filter, OperandKind, ViewError
from crm.views.operands import check_filter, operator_of
from loyalty.money import PERCENT, QUANTITY, Scale

ORDINALS = ("first", "second", "third")
_NOT_OFFERED = frozenset({"contact_of"})  # a link from a party's page leads there
_NAMED: frozenset[OperandKind] = frozenset({"segment", "mailing", "mailing_kind"})
_UNREADABLE = Problem(mark("This cannot be read: look at the hint, or choose from the list."))


class Offer(Struct, frozen=True):
    """A filter that may be added: `value` is its field and operator as the form sends them."""

    value: str
    phrase: str
    name: str = ""


class OfferGroup(Struct, frozen=True):
    """Filters of one field under its name."""

    name: Text
    offers: tuple[Offer, ...]


class Input(Struct, frozen=True):
    """A field for an operand: `kind` says how it looks, `choices` what may be chosen, `known` what is typed often."""

    name: str
    kind: str
    label: Text
    choices: Choices = ()
    is_many: bool = False
    is_optional: bool = False
    known: tuple[str, ...] = ()


def list_offers(reader: Reader, without: frozenset[str] = frozenset()) -> list[OfferGroup]:
    """List the filters that may be added, by field, some fields left out."""
    groups: dict[str, list[Offer]] = {}
    for (field, operator), phrase in PHRASES.items():
        if field not in _NOT_OFFERED | without and _has_choices(reader, field, operator):
            groups.setdefault(FIELD_NAMES[field], []).append(Offer(f"{field}.{operator}", phrase))
    found = [OfferGroup(Text(name, is_marked=True), tuple(offers)) for name, offers in groups.items()]
    for name, attribute in reader.words.attributes.items():
        called = attribute.name(reader.language)
        offers = (Offer(f"{name}.{one}", ATTRIBUTE_PHRASES[one], called) for one in OPERATORS[attribute.kind])
        found.append(OfferGroup(Text(called), tuple(offers)))
    return found


def _has_choices(reader: Reader, field: str, operator: str) -> bool:
    """Tell whether there is a segment or a mailing for a filter that names one."""
    kinds = set(FIELDS[field].operators[operator].operands) & _NAMED
    return all(reader.choices(kind, field) for kind in kinds)


def list_inputs(reader: Reader, one: Filter) -> tuple[Input, ...]:
    """Give the fields for the operands of a filter. Raises ViewError."""
    attribute = reader.words.attributes.get(one.field)
    if attribute is not None:
        return _attribute_inputs(reader, attribute, one.operator)
    operator = operator_of(one)
    return tuple(
        Input(
            name=name,
            kind=kind,
            label=Text(OPERAND_LABELS[kind], is_marked=True),
            choices=reader.choices(kind, one.field),
            is_many=operator.is_many,
            is_optional=operator.is_open,
            known=reader.words.named.item_groups if kind == "item_group" else (),
        )
        for name, kind in zip(ORDINALS, operator.operands, strict=False)
    )


def _attribute_inputs(reader: Reader, attribute: Attribute, operator: str) -> tuple[Input, ...]:
    if operator not in OPERATORS[attribute.kind]:
        raise ViewError("there is no such filter")
    count = {"empty": 0, "not_empty": 0, "between": 2}.get(operator, 1)
    label, kind = Text(attribute.name(reader.language)), _INPUTS[attribute.kind]
    choices, is_many = reader.attribute_choices(attribute), operator == "one_of"
    return tuple(Input(name, kind, label, choices, is_many) for name in ORDINALS[:count])


def read_new_filter(reader: Reader, form: Form, one: Filter) -> Filter | None:
    """Read the operands of a new filter; None, with a problem beside its field, where one cannot be read.

    Raises ViewError for a filter that there is not.
    """
    inputs = list_inputs(reader, one)
    texts = [text for field in inputs for text in _read(form, field, reader.f.currency.scale)]
    if form.problems:
        return None
    whole = Filter(one.field, one.operator, tuple(texts))
    try:
        check_filter(whole, reader.words.attributes, money=reader.f.currency.scale)
    except ViewError:
        form.refuse(inputs[0].name if inputs else "add", _UNREADABLE)
        return None
    return whole


def _read(form: Form, field: Input, money: Scale) -> list[str]:
    if field.choices and field.is_many:
        return [text for text in form.texts(field.name) if text]
    if field.is_many and field.kind == "country":
        return form.need(field.name, forms.short_text, "").replace(",", " ").upper().split()
    make = _CANONICAL.get(field.kind)
    canonical = forms.short_text if make is None else make(money)
    return [form.read(field.name, canonical, "") if field.is_optional else form.need(field.name, canonical, "")]


_INPUTS: Mapping[Kind, str] = {
    "text": "text",
    "number": "number",
    "date": "day",
    "yes_no": "choice",
    "choice": "choice",
    "choices": "choice",
    "reference": "id",
}
_CANONICAL: Mapping[str, Callable[[Scale], Callable[[str], str]]] = {
    "money": lambda money: lambda text: money.format(forms.decimal(money, text)),
    "number": lambda _: lambda text: QUANTITY.format(forms.decimal(QUANTITY, text), 0),
    "percent": lambda _: lambda text: PERCENT.format(forms.percent(least=0)(text), 0),
    "count": lambda _: lambda text: str(forms.count(text)),
    "points": lambda _: lambda text: "0" if text == "0" else str(forms.count(text)),
    "day": lambda _: lambda text: forms.day(text).isoformat(),
}
"""How what a person types becomes the text of an address."""
