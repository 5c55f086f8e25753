"""Business cycles: who may take a task where, and which cycles tasks could go through at all."""

import pytest

from crm.tasks.cycles import (
    CycleDraft,
    Kind,
    Mover,
    Part,
    Stage,
    State,
    StateDraft,
    Transition,
    check_cycle,
    list_steps,
)
from crm.tasks.errors import CycleRefusedError

NAMES = {"en": "A"}
STAGES: dict[str, Stage] = {"new": "new", "work": "active", "wait": "waiting", "done": "done", "away": "dropped"}


def draft(*ways: str, states: str = "new work done", archived: str = "") -> CycleDraft:
    """Make a cycle of states, named by their stages, and of ways such as `new>work`."""
    return CycleDraft(
        NAMES,
        [StateDraft(code, NAMES, STAGES[code], code in archived.split()) for code in states.split()],
        [Transition(way.partition(">")[0], way.partition(">")[2]) for way in ways],
    )


def kind(*transitions: Transition) -> Kind:
    states = tuple(State(place, code, NAMES, stage) for place, (code, stage) in enumerate(STAGES.items(), 1))
    return Kind(1, "task", NAMES, False, 1, False, states, transitions)


@pytest.mark.parametrize("ways", [("new>done",), ("new>work", "work>done"), ("new>work", "work>new", "new>done")])
def test_cycle_with_a_way_from_new_to_done_is_kept(ways: tuple[str, ...]) -> None:
    assert {(one.source, one.target) for one in check_cycle(draft(*ways)).transitions} == {
        tuple(way.split(">")) for way in ways
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (draft("work>done", states="work done"), "states"),
        (draft("new>done", archived="new"), "states"),
        (draft("new>work"), "transitions"),
        (draft("work>done"), "transitions"),
        (draft("new>work", "work>done", archived="work"), "transitions"),
        (draft("new>done", archived="done"), "transitions"),
        (draft("new>new", "new>done"), "transitions"),
        (draft("new>gone", "new>done"), "transitions"),
        (draft("new>done", states="new new done"), "states"),
        (CycleDraft({}, [StateDraft("new", NAMES, "new"), StateDraft("done", NAMES, "done")], [Transition("new", "done")]), "names"),
        (CycleDraft(NAMES, [StateDraft("New!", NAMES, "new")], []), "states[0].code"),
    ],
)  # fmt: skip
def test_cycle_that_no_task_could_go_through_is_refused(wrong: CycleDraft, field: str) -> None:
    """C77-39."""
    with pytest.raises(CycleRefusedError) as refused:
        check_cycle(wrong)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("role", "parts", "expected"),
    [
        ("clerk", (), ["work"]),
        ("director", (), ["work", "done"]),
        ("clerk", ("executor",), ["work", "wait"]),
        ("sales", ("author", "watcher"), ["work"]),
        ("admin", (), ["work", "wait", "done"]),
    ],
)
def test_transition_is_open_to_its_roles_and_parts(role: str, parts: tuple[Part, ...], expected: list[str]) -> None:
    """C77-39."""
    ways = (
        Transition("new", "work"),
        Transition("new", "done", roles=("director",)),
        Transition("new", "wait", parts=("executor", "co_executor")),
        Transition("work", "done"),
    )
    assert [one.code for one in list_steps(kind(*ways), "new", Mover(role), frozenset(parts))] == expected
