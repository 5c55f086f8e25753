"""Business cycles: the states of a kind of tasks, and who may take a task from which to which. Pure.

Key idea: a cycle is data of a company's own. A state has a code that never changes, names that do, and a stage, which
is all that the rest of the house knows of it: `new`, `active` and `waiting` are open, `done` and `dropped` are closed.
A transition that names neither roles nor parts is everybody's who may edit tasks; else one of them must fit.

It refuses a cycle in which no task could begin, or none could ever be done.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

from msgspec import Struct

from crm.directories.errors import EntryRefusedError
from crm.directories.model import check_code, check_names, name_in
from crm.tasks.errors import CycleRefusedError

Stage = Literal["new", "active", "waiting", "done", "dropped"]
Part = Literal["author", "executor", "co_executor", "watcher"]

STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
PARTS: Final[tuple[Part, ...]] = get_args(Part)
OPEN: Final[tuple[Stage, ...]] = ("new", "active", "waiting")
CLOSED: Final[tuple[Stage, ...]] = ("done", "dropped")
MOST_STATES = 20
"""The states of one kind, archived ones included."""
MOST_KINDS = 50
EVERYTHING: Final = "admin"
"""The role that may take every transition there is."""


class State(Struct, frozen=True):
    """A state of a cycle; an archived one is left, and never entered again."""

    id: int
    code: str
    names: Mapping[str, str]
    stage: Stage
    is_archived: bool = False

    def name(self, language: str) -> str:
        """Give what it is called in a language, else in another."""
        return name_in(self.names, language, self.code)


class Transition(Struct, frozen=True):
    """A way from a state to another, by their codes, and for whom it is open."""

    source: str
    target: str
    roles: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


class Kind(Struct, frozen=True):
    """A kind of tasks with its cycle; `is_request` where tasks are what customers ask for."""

    id: int
    code: str
    names: Mapping[str, str]
    is_request: bool
    version: int
    is_archived: bool
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    def name(self, language: str) -> str:
        """Give what it is called in a language, else in another."""
        return name_in(self.names, language, self.code)

    def state(self, code: str) -> State | None:
        """Find a state by its code."""
        return next((one for one in self.states if one.code == code), None)

    @property
    def first(self) -> State:
        """The state in which a task begins."""
        return next(one for one in self.states if one.stage == "new" and not one.is_archived)


class Mover(Struct, frozen=True):
    """Who takes a task further: a user, or a program with the rights of a role."""

    role: str
    user_id: int | None = None


class StateDraft(Struct, frozen=True):
    """A state as it is asked for, in its place."""

    code: str
    names: Mapping[str, str]
    stage: Stage
    is_archived: bool = False


class CycleDraft(Struct, frozen=True):
    """A kind with its cycle as it is asked for. A state that is known and not named is archived."""

    names: Mapping[str, str]
    states: Sequence[StateDraft]
    transitions: Sequence[Transition]
    is_request: bool = False
    is_archived: bool = False


def list_steps(kind: Kind, state: str, mover: Mover, parts: frozenset[Part]) -> list[State]:
    """List the states into which somebody may take a task that is in a state, in the order of the cycle.

    `parts` are those that they have in the task.
    """
    targets = {one.target for one in kind.transitions if one.source == state and _is_open(one, mover, parts)}
    return [one for one in kind.states if one.code in targets and not one.is_archived]


def _is_open(transition: Transition, mover: Mover, parts: frozenset[Part]) -> bool:
    if mover.role == EVERYTHING or not (transition.roles or transition.parts):
        return True
    return mover.role in transition.roles or not parts.isdisjoint(transition.parts)


def check_cycle(draft: CycleDraft) -> CycleDraft:
    """Give a kind as it may be kept. Raises CycleRefusedError."""
    states = [_check_state(one, place) for place, one in enumerate(draft.states)]
    codes = [one.code for one in states]
    if len(set(codes)) < len(codes):
        raise CycleRefusedError("two states have the same code", field="states")
    if len(states) > MOST_STATES:
        raise CycleRefusedError(f"a cycle has at most {MOST_STATES} states", field="states")
    ways = {(one.source, one.target): one for one in draft.transitions}
    for source, target in ways:
        if source == target or source not in codes or target not in codes:
            raise CycleRefusedError("a transition leads from a state of the cycle to another", field="transitions")
    transitions = sorted(ways.values(), key=lambda one: (codes.index(one.source), codes.index(one.target)))
    _check_ways(states, transitions)
    names = _names(draft.names, "names")
    return CycleDraft(names, states, transitions, draft.is_request, draft.is_archived)


def _check_state(state: StateDraft, place: int) -> StateDraft:
    try:
        check_code(state.code)
    except EntryRefusedError as error:
        raise CycleRefusedError(error.detail, field=f"states[{place}].code") from error
    return StateDraft(state.code, _names(state.names, f"states[{place}].names"), state.stage, state.is_archived)


def _names(names: Mapping[str, str], field: str) -> dict[str, str]:
    try:
        return check_names(names)
    except EntryRefusedError as error:
        raise CycleRefusedError(error.detail, field=field) from error


def _check_ways(states: Sequence[StateDraft], transitions: Sequence[Transition]) -> None:
    """Refuse a cycle without a beginning, or without a way from it to an end."""
    shown = {one.code: one for one in states if not one.is_archived}
    first = next((one.code for one in shown.values() if one.stage == "new"), None)
    if first is None:
        raise CycleRefusedError("a cycle has a state of the stage new, in which tasks begin", field="states")
    reached, ahead = {first}, [first]
    while ahead:
        source = ahead.pop()
        targets = {one.target for one in transitions if one.source == source and one.target in shown} - reached
        reached |= targets
        ahead += targets
    if not any(shown[code].stage == "done" for code in reached):
        raise CycleRefusedError("no way leads from the beginning to a state of the stage done", field="transitions")
