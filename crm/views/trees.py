"""A segment as pure data: a tree of AND, OR and NOT whose leaves are the filters of lists.

Key idea: one table of fields serves both: whatever a list can be filtered by, a segment can ask, and the other way
round, for a list may be filtered by segment. NOT is everybody else: who has no birthday is not born in February.

It refuses segments inside segments: what a segment asks stands in it whole, so that changing one never changes another
unseen. And archived parties are in none.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from crm.attributes.model import Attribute
from crm.views.model import Filter, ViewError
from crm.views.operands import check_filter
from loyalty.money import Scale

MOST_LEAVES = 40
MOST_DEPTH = 6
NOT_IN_TREES = frozenset({"archived", "segment"})


class Leaf(Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="filter"):
    """What one filter asks of a party; its operands are as in an address."""

    field: str
    operator: str
    operands: tuple[str, ...] = ()

    @property
    def filter(self) -> Filter:
        """The filter of lists that asks the same."""
        return Filter(self.field, self.operator, self.operands)


class AllOf(Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="all"):
    """All of these must hold; of none, everybody is meant."""

    of: tuple["Tree", ...] = ()


class AnyOf(Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="any"):
    """One of these must hold; of none, nobody is meant."""

    of: tuple["Tree", ...] = ()


class Not(Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="not"):
    """This must not hold."""

    of: "Tree"


Tree = AllOf | AnyOf | Not | Leaf


def leaves_of(tree: Tree) -> Iterator[Leaf]:
    """Give the filters of a tree from left to right."""
    match tree:
        case Leaf():
            yield tree
        case Not(of):
            yield from leaves_of(of)
        case AllOf(of) | AnyOf(of):
            for one in of:
                yield from leaves_of(one)


def depth_of(tree: Tree) -> int:
    """Give how many levels a tree has, 1 for a filter alone."""
    match tree:
        case Leaf():
            return 1
        case Not(of):
            return 1 + depth_of(of)
        case AllOf(of) | AnyOf(of):
            return 1 + max(map(depth_of, of), default=0)


def check_tree(tree: Tree, attributes: Mapping[str, Attribute], *, money: Scale) -> None:
    """Check that a tree means something and is within its bounds. Raises ViewError."""
    leaves = list(leaves_of(tree))
    if len(leaves) > MOST_LEAVES or depth_of(tree) > MOST_DEPTH:
        raise ViewError(f"a segment has at most {MOST_LEAVES} conditions in {MOST_DEPTH} levels")
    if _has_empty_group(tree):
        raise ViewError("a group of a segment holds at least one condition")
    for leaf in leaves:
        if leaf.field in NOT_IN_TREES:
            raise ViewError("a segment asks neither for other segments nor for the archive", leaf.filter)
        check_filter(leaf.filter, attributes, money=money)


def _has_empty_group(tree: Tree) -> bool:
    match tree:
        case Leaf():
            return False
        case Not(of):
            return _has_empty_group(of)
        case AllOf(of) | AnyOf(of):
            return not of or any(map(_has_empty_group, of))
