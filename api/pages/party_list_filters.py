"""Filters of the list of parties in words: what is chosen, and what each choice is called.

Whatever is written here is for a person to read; the address has its own, canonical texts.
"""

from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct

from api.pages.formats import Formats
from api.pages.party_list_words import ATTRIBUTE_PHRASES, CLASSES, KIND_NAMES, PHRASES
from api.pages.words import CARD_STATES, mark
from crm.attributes.model import Attribute
from crm.directories.model import name_in
from crm.views.listing import Words
from crm.views.model import FIELDS, KINDS, Filter, OperandKind, ViewError
from crm.views.operands import operator_of
from loyalty.money import PERCENT

YES_NO: Mapping[str, str] = {"yes": mark("yes"), "no": mark("no")}
_MONTHS = range(1, 13)


class Text(Struct, frozen=True):
    """A text of a page; `is_marked` is one to be translated, any other stands as it is."""

    text: str
    is_marked: bool = False


Choices = tuple[tuple[str, Text], ...]


class Chip(Struct, frozen=True):
    """A filter in words: a phrase with the texts that stand in it. `name` is that of an attribute."""

    filter: Filter
    phrase: str
    operands: tuple[tuple[Text, ...], ...]
    name: str = ""


class Reader(Struct, frozen=True):
    """How one reader sees filters: the words there are, the language of their names, and the forms of numbers."""

    words: Words
    language: str
    f: Formats

    def chip(self, one: Filter, names: Mapping[int, str]) -> Chip:
        """Say a filter in words; `names` are those of parties that it speaks of. What is not known stands as it is."""
        attribute = self.words.attributes.get(one.field)
        if attribute is not None and one.operator in ATTRIBUTE_PHRASES:
            return self._attribute_chip(one, attribute)
        try:
            operator = operator_of(one)
        except ViewError:
            return Chip(one, "%(first)s", ((Text(f"{one.field} {one.operator}"),),))
        kinds = operator.operands * len(one.operands) if operator.is_many else operator.operands
        pairs = zip(kinds, one.operands, strict=False)
        texts = tuple(self._text(kind, text, one, names) for kind, text in pairs if text)
        if operator.is_open and one.operands:
            texts = texts or (Text(mark("any"), is_marked=True),)
        is_one = texts and (operator.is_many or operator.is_open)
        return Chip(one, PHRASES[one.field, one.operator], (texts,) if is_one else tuple((text,) for text in texts))

    def choices(self, kind: OperandKind, field: str) -> Choices:
        """List what may be chosen for an operand of a field; nothing where it is typed."""
        match kind:
            case "entry":
                entries = self.words.entries_of(FIELDS[field].directory or "")
                return tuple((entry.code, Text(entry.name(self.language))) for entry in entries)
            case "kind":
                return tuple((kind, Text(KIND_NAMES[kind], is_marked=True)) for kind in KINDS)
            case "series":
                return tuple((series.code, Text(series.name)) for series in self.words.series)
            case "state":
                return tuple((state, Text(word.text, is_marked=True)) for state, word in CARD_STATES.items())
            case "month":
                names = self.f.locale.months["stand-alone"]["wide"]
                return tuple((str(month), Text(str(names[month]))) for month in _MONTHS)
            case _:
                return self._named_choices(kind)

    def _named_choices(self, kind: OperandKind) -> Choices:
        match kind:
            case "recency" | "frequency" | "monetary":
                return tuple((number, Text(text, is_marked=True)) for number, text in CLASSES[kind].items())
            case "segment":
                kept = (one for one in self.words.named.segments if one.archived_at is None)
                return tuple((str(one.id), Text(one.name)) for one in kept)
            case "mailing":
                return tuple((str(one.id), Text(one.name)) for one in self.words.named.mailings)
            case "mailing_kind":
                return tuple(
                    (one.code, Text(name_in(one.names, self.language, one.code))) for one in self.words.named.kinds
                )
            case _:
                return ()

    def attribute_choices(self, attribute: Attribute) -> Choices:
        """List what may be chosen for a value of an attribute."""
        if attribute.kind == "yes_no":
            return tuple((code, Text(text, is_marked=True)) for code, text in YES_NO.items())
        return tuple((one.code, Text(name_in(one.names, self.language, one.code))) for one in attribute.choices)

    def _attribute_chip(self, one: Filter, attribute: Attribute) -> Chip:
        known = dict(self.attribute_choices(attribute))
        texts = tuple(
            known.get(text) or self._typed("day" if attribute.kind == "date" else "text", text) for text in one.operands
        )
        operands = (texts,) if one.operator == "one_of" else tuple((text,) for text in texts)
        return Chip(one, ATTRIBUTE_PHRASES[one.operator], operands, attribute.name(self.language))

    def _text(self, kind: OperandKind, text: str, one: Filter, names: Mapping[int, str]) -> Text:
        if kind == "id":
            return Text(names.get(int(text), text) if text.isascii() and text.isdigit() else text)
        if kind == "segment":  # one in the archive is offered no more, and has its name
            return Text(next((one.name for one in self.words.named.segments if str(one.id) == text), text))
        return dict(self.choices(kind, one.field)).get(text) or self._typed(kind, text)

    def _typed(self, kind: OperandKind, text: str) -> Text:
        """Say what somebody typed as the reader writes it; what cannot be read stands as it is."""
        forms: Mapping[OperandKind, Callable[[str], str]] = {
            "text": lambda typed: f"“{typed}”",
            "money": lambda typed: self.f.money(self.f.currency.scale.parse(typed)),
            "percent": lambda typed: self.f.percent(PERCENT.parse(typed)),
            "day": lambda typed: self.f.day(date.fromisoformat(typed)),
            "count": lambda typed: self.f.count(int(typed)),
            "points": lambda typed: self.f.count(int(typed)),
            "item_group": lambda typed: f"“{typed}”",
            "country": lambda typed: str(self.f.locale.territories.get(typed, typed)),
        }
        try:
            return Text(forms.get(kind, str)(text))
        except ValueError:
            return Text(text)
