"""Changing a tree of conditions as a person does at a page: adding, removing, turning groups; pure.

Key idea: what a person sees are groups of four modes, each with conditions that may be denied. A place in the tree is
the numbers of the branches that lead there; a NOT is no branch of its own, it belongs to what it denies. The root is
always a group.
"""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, get_args

from msgspec import Struct, structs

from crm.views.trees import AllOf, AnyOf, Leaf, Not, Tree

Mode: TypeAlias = Literal["all", "any", "none", "not_all"]
Path: TypeAlias = tuple[int, ...]
MODES: tuple[Mode, ...] = get_args(Mode)


class Condition(Struct, frozen=True, tag=True):
    """A filter, or everybody whom it does not fit."""

    leaf: Leaf
    is_not: bool = False


class Group(Struct, frozen=True, tag=True):
    """Conditions and groups: all of them hold, any, none, or not all."""

    mode: Mode = "all"
    parts: tuple["Condition | Group", ...] = ()


Part: TypeAlias = Condition | Group


def open_tree(tree: Tree) -> Group:
    """Give a tree as groups; a filter alone stands in a group of its own."""
    part = _open(tree, is_not=False)
    return part if isinstance(part, Group) else Group("all", (part,))


def _open(tree: Tree, *, is_not: bool) -> Part:
    match tree:
        case Leaf():
            return Condition(tree, is_not)
        case Not(of):
            return _open(of, is_not=not is_not)
        case AllOf(of):
            return Group("not_all" if is_not else "all", tuple(_open(one, is_not=False) for one in of))
        case AnyOf(of):
            return Group("none" if is_not else "any", tuple(_open(one, is_not=False) for one in of))


def close_group(group: Group) -> Tree | None:
    """Give groups as a tree, those of nothing left out; None where nothing is left."""
    parts = tuple(one for part in group.parts if (one := _close(part)) is not None)
    if not parts:
        return None
    of = AnyOf(parts) if group.mode in {"any", "none"} else AllOf(parts)
    return Not(of) if group.mode in {"none", "not_all"} else of


def _close(part: Part) -> Tree | None:
    if isinstance(part, Group):
        return close_group(part)
    return Not(part.leaf) if part.is_not else part.leaf


def add_part(group: Group, path: Path, part: Part) -> Group:
    """Put a condition or a group behind the others of the group at a place. Raises LookupError."""
    return _change(group, path, lambda there: structs.replace(there, parts=(*there.parts, part)))


def set_mode(group: Group, path: Path, mode: Mode) -> Group:
    """Turn the group at a place. Raises LookupError."""
    return _change(group, path, lambda there: structs.replace(there, mode=mode))


def deny(group: Group, path: Path) -> Group:
    """Turn the condition at a place into its opposite and back. Raises LookupError."""
    found = _find(group, path)
    if not isinstance(found, Condition):
        raise LookupError("there is no condition")  # noqa: TRY004 # a place that leads elsewhere
    return _replace(group, path, (Condition(found.leaf, not found.is_not),))


def drop(group: Group, path: Path) -> Group:
    """Take what stands at a place away; of the root all that is in it. Raises LookupError."""
    if not path:
        return structs.replace(group, parts=())
    _find(group, path)
    return _replace(group, path, ())


def parse_path(text: str) -> Path:
    """Read a place such as `0.2`, empty for the root. Raises LookupError."""
    numbers = text.split(".") if text else []
    if not all(one.isascii() and one.isdigit() and len(one) < len("1000") for one in numbers):
        raise LookupError("there is no such place")
    return tuple(map(int, numbers))


def _find(part: Part, path: Path) -> Part:
    for number in path:
        if not isinstance(part, Group) or number >= len(part.parts):
            raise LookupError("there is no such place")
        part = part.parts[number]
    return part


def _change(group: Group, path: Path, change: Callable[[Group], Group]) -> Group:
    found = _find(group, path)
    if not isinstance(found, Group):
        raise LookupError("there is no group")  # noqa: TRY004 # as above
    changed = change(found)
    return _replace(group, path, (changed,)) if path else changed


def _replace(group: Group, path: Path, parts: Sequence[Part]) -> Group:
    """Put parts in the place of the one that a path, which leads somewhere, names."""
    first, rest = path[0], path[1:]
    inner = group.parts[first]
    new = parts if not rest or not isinstance(inner, Group) else (_replace(inner, rest, parts),)
    return structs.replace(group, parts=(*group.parts[:first], *new, *group.parts[first + 1 :]))
