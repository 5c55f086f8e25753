"""What a change of a record replaced, and whether two people changed the same. Pure.

Key idea: whatever changes a record makes its next version and keeps the values that it replaced. So the state that an
editor saw is told from what was changed after it, and only the same field stands against a change, never another one.
"""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from loyalty.errors import ConflictError

Values = Mapping[str, object]
"""Fields of a record as values of JSON."""


class Change(Struct, frozen=True):
    """A change of a record: who made it its next version, and the values of the fields that it changed."""

    at: datetime
    actor: str
    version: int
    before: dict[str, object]
    after: dict[str, object]


class Difference(Struct, frozen=True):
    """A field that two people changed: as yours would be, as theirs is, and as it was before both; values of JSON."""

    field: str
    yours: object
    theirs: object
    base: object


class ChangedMeanwhileError(ConflictError):
    """Somebody else changed the same record meanwhile; `version` is the record's now."""

    def __init__(self, differences: tuple[Difference, ...], version: int) -> None:
        super().__init__("somebody else changed the same meanwhile: look at both and decide", field="version")
        self.differences = differences
        self.version = version


class Delta(Struct, frozen=True):
    """The fields that a change changed, with their values before and after it."""

    before: dict[str, object]
    after: dict[str, object]

    def told(self, hidden: Container[str]) -> dict[str, object]:
        """Give what the journal may keep for ever: all fields by name, and the values of those not `hidden`."""
        open_fields = [name for name in self.after if name not in hidden]
        return {
            "fields": list(self.after),
            "old": {name: self.before[name] for name in open_fields},
            "new": {name: self.after[name] for name in open_fields},
        }


def compare(old: Values, new: Values) -> Delta:
    """Tell what changed between two states of a record."""
    fields = [name for name in new if old[name] != new[name]]
    return Delta({name: old[name] for name in fields}, {name: new[name] for name in fields})


def refuse_clash(
    refusal: type[ChangedMeanwhileError],
    replaced: Sequence[Values],
    *,
    yours: Values,
    theirs: Values,
    seen: int,
    version: int,
) -> None:
    """Refuse to put `yours` over what changes after the version that was `seen` replaced, oldest first.

    Raises the refusal; a version that is yet to come is refused too.
    """
    differences = list_differences(replaced, yours=yours, theirs=theirs) if replaced else ()
    if differences or seen > version:
        raise refusal(differences, version)


def list_differences(replaced: Sequence[Values], *, yours: Values, theirs: Values) -> tuple[Difference, ...]:
    """Tell in which fields yours and theirs differ, given what their changes replaced, oldest first.

    There is nothing to tell where theirs changed no field that yours has, or changed it back.
    """
    base = dict(theirs)
    for old in reversed(replaced):
        base |= old
    if all(base.get(name) == theirs.get(name) for name in yours):
        return ()
    return tuple(
        Difference(name, mine, theirs.get(name), base.get(name))
        for name, mine in yours.items()
        if mine != theirs.get(name)
    )
