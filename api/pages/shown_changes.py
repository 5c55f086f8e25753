"""Changes of records in words: what two people changed the same, and what a history tells."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from crm.changes import Change, Difference

NOTHING = "–"
Speak: TypeAlias = Callable[[str, object], str]
"""Puts a value of a field, as changes keep it, into words."""


class Compared(Struct, frozen=True):
    """A field that two people changed, in words."""

    label: str
    yours: str
    theirs: str
    base: str


class ShownValue(Struct, frozen=True):
    """A field that was changed, in words; `is_marked` where its name is one of our own texts."""

    label: str
    is_marked: bool
    old: str
    new: str


class ShownChange(Struct, frozen=True):
    """A change in words."""

    change: Change
    values: list[ShownValue]


def tell_differences(differences: Sequence[Difference], labels: Mapping[str, str], speak: Speak) -> list[Compared]:
    """Put what two people changed into words."""
    return [
        Compared(
            labels.get(one.field, one.field), *(speak(one.field, value) for value in (one.yours, one.theirs, one.base))
        )
        for one in differences
    ]


def tell_changes(
    changes: Iterable[Change], labels: Mapping[str, str], speak: Speak, *, names: Mapping[str, str] | None = None
) -> list[ShownChange]:
    """Put changes into words; `names` are of fields that are none of ours, such as attributes."""
    others = names or {}
    return [
        ShownChange(
            change,
            [
                ShownValue(
                    labels.get(field) or others.get(field, field),
                    field in labels,
                    speak(field, change.before.get(field)),
                    speak(field, value),
                )
                for field, value in change.after.items()
            ],
        )
        for change in changes
    ]
