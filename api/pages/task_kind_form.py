"""The form of a kind of tasks: names, states as rows of a table, transitions as a matrix, and who may take each.

A state is told by its code, which is typed once. The matrix knows the states that the form was shown with; a button
shows the form again with those that were just typed, and with the rows of who may for those that were just ticked.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import get_args

from msgspec import Struct

from api.auth.model import UserRole
from api.pages.forms import EMPTY, Form
from api.pages.task_words import PARTS
from api.pages.words import ROLES
from crm.directories.model import LANGUAGES
from crm.tasks.cycles import MOST_STATES, STAGES, CycleDraft, Kind, Part, Stage, State, StateDraft, Transition

SPARE_ROWS = 2
_STAGES: Mapping[str, Stage] = {stage: stage for stage in STAGES}
_PARTS: Mapping[str, Part] = {part: part for part in PARTS}
_ROLES = frozenset(get_args(UserRole)) - {"admin"}
_BETWEEN = ">"


class StateRow(Struct, frozen=True):
    """A row of the table of states as it was typed."""

    code: str = ""
    en: str = ""
    ru: str = ""
    uk: str = ""
    bg: str = ""
    stage: str = "active"
    is_archived: bool = False

    @property
    def names(self) -> dict[str, str]:
        """Its names by language."""
        return {language: getattr(self, language) for language in LANGUAGES}


class WayRow(Struct, frozen=True):
    """A transition that is ticked, and who may take it."""

    key: str
    source: str
    target: str
    who: frozenset[str]


def fill_kind(kind: Kind) -> Form:
    """Give the form of a kind as it stands."""
    texts: dict[str, str | list[str]] = {
        "version": str(kind.version),
        "code": kind.code,
        "request": "yes" if kind.is_request else "",
        "archived": "yes" if kind.is_archived else "",
        **{f"names.{language}": kind.names.get(language, "") for language in LANGUAGES},
    }
    return Form(texts | fill_cycle(kind.states, kind.transitions))


def fill_cycle(states: Sequence[State | StateDraft], transitions: Sequence[Transition]) -> dict[str, str | list[str]]:
    """Give the fields of a cycle."""
    columns: dict[str, str | list[str]] = {
        "state_code": [one.code for one in states],
        "state_stage": [one.stage for one in states],
        "state_archived": [str(place) for place, one in enumerate(states) if one.is_archived],
        "way": [_key(one.source, one.target) for one in transitions],
        **{f"state_{language}": [one.names.get(language, "") for one in states] for language in LANGUAGES},
    }
    who = {f"who.{_key(one.source, one.target)}": [*one.parts, *one.roles] for one in transitions}
    return {**columns, **who}


def state_rows(form: Form, *, spare: int = SPARE_ROWS) -> list[StateRow]:
    """Give the rows of states that were filled, and a few more."""
    names = [name for name in StateRow.__struct_fields__ if name != "is_archived"]
    columns = [form.texts(f"state_{name}") for name in names]
    archived = set(form.texts("state_archived"))
    typed = [
        StateRow(**dict(zip(names, cells, strict=True)), is_archived=str(place) in archived)
        for place, cells in enumerate(zip_longest(*columns, fillvalue=""))
    ]
    return [*(row for row in typed if row.code or any(row.names.values())), *[StateRow()] * spare]


def move_state(form: Form) -> Form:
    """Give the form with the state of the row that `up` or `down` names in its neighbour's place."""
    rows = state_rows(form, spare=0)
    step = -1 if form.text("up") else 1
    typed = form.text("up") or form.text("down")
    place = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= len(str(MOST_STATES)) else len(rows)
    if place < len(rows) and 0 <= place + step < len(rows):
        rows[place], rows[place + step] = rows[place + step], rows[place]
    columns: dict[str, list[str]] = {
        f"state_{name}": [getattr(row, name) for row in rows] for name in (*LANGUAGES, "code", "stage")
    }
    columns["state_archived"] = [str(number) for number, row in enumerate(rows) if row.is_archived]
    return form.with_typed(columns)


def way_rows(form: Form) -> list[WayRow]:
    """Give the transitions that are ticked between states of the form, in the order of the states."""
    codes = [row.code for row in state_rows(form, spare=0)]
    ticked = set(form.texts("way"))
    ways = [(source, target) for source in codes for target in codes if source != target]
    return [
        WayRow(key, source, target, frozenset(form.texts(f"who.{key}")))
        for source, target in ways
        if (key := _key(source, target)) in ticked
    ]


def read_cycle(form: Form) -> CycleDraft:
    """Read a kind with its cycle; what is empty and must not be is put beside its field."""
    names = {language: form.text(f"names.{language}") for language in LANGUAGES}
    if not any(names.values()):
        form.refuse("names.en", EMPTY)
    states = [
        StateDraft(row.code, row.names, _STAGES.get(row.stage, "active"), row.is_archived)
        for row in state_rows(form, spare=0)
    ]
    return CycleDraft(
        names,
        states,
        [_read_way(row) for row in way_rows(form)],
        is_request=form.is_ticked("request"),
        is_archived=form.is_ticked("archived"),
    )


def _read_way(row: WayRow) -> Transition:
    roles = tuple(role for role in ROLES if role in row.who and role in _ROLES)
    return Transition(row.source, row.target, roles, tuple(part for part in _PARTS.values() if part in row.who))


def _key(source: str, target: str) -> str:
    return f"{source}{_BETWEEN}{target}"
