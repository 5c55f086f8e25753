"""Conditions put together at a page: what a person changes there, and that nothing else changes with it."""

import pytest

from crm.segments.editing import (
    Condition,
    Group,
    Path,
    add_part,
    close_group,
    deny,
    drop,
    open_tree,
    parse_path,
    set_mode,
)
from crm.views.trees import AllOf, AnyOf, Leaf, Not, Tree

PHONE, EMAIL, CARD = Leaf("phone", "given"), Leaf("email", "given"), Leaf("card", "missing")
TREE = AllOf((PHONE, Not(AnyOf((EMAIL, Not(CARD))))))


@pytest.mark.parametrize(
    "tree",
    [TREE, Not(TREE), AnyOf((PHONE, TREE)), AllOf((Not(PHONE),)), Not(AllOf((PHONE, EMAIL)))],
)
def test_tree_is_the_same_after_it_was_opened(tree: Tree) -> None:
    assert close_group(open_tree(tree)) == tree


def test_filter_alone_stands_in_a_group_and_two_nots_are_none() -> None:
    assert open_tree(Not(PHONE)) == Group("all", (Condition(PHONE, is_not=True),))
    assert close_group(open_tree(Not(Not(TREE)))) == TREE


def test_groups_of_nothing_are_left_out() -> None:
    assert close_group(add_part(open_tree(TREE), (), Group("any"))) == TREE
    assert close_group(Group("any", (Group("all"),))) is None


def test_parts_are_added_turned_denied_and_dropped_where_they_are() -> None:
    group = open_tree(TREE)

    assert close_group(add_part(group, (1,), Condition(PHONE))) == AllOf((PHONE, Not(AnyOf((EMAIL, Not(CARD), PHONE)))))
    assert close_group(set_mode(group, (1,), "all")) == AllOf((PHONE, AllOf((EMAIL, Not(CARD)))))
    assert close_group(set_mode(group, (), "any")) == AnyOf(TREE.of)
    assert close_group(deny(group, (1, 1))) == AllOf((PHONE, Not(AnyOf((EMAIL, CARD)))))
    assert close_group(drop(group, (1, 0))) == AllOf((PHONE, Not(AnyOf((Not(CARD),)))))
    assert close_group(drop(group, (0,))) == AllOf((TREE.of[1],))
    assert drop(group, ()) == Group("all")


@pytest.mark.parametrize("path", [(2,), (0, 0), (1, 5)])
def test_place_that_is_not_there_is_refused(path: Path) -> None:
    group = open_tree(TREE)
    for change in (deny, drop):
        with pytest.raises(LookupError):
            change(group, path)
    with pytest.raises(LookupError):
        add_part(group, (0,), Condition(PHONE))
    with pytest.raises(LookupError):
        deny(group, (1,))


@pytest.mark.parametrize("text", ["a", "1..2", "-1", "1.", "99999", "\N{SUPERSCRIPT TWO}"])
def test_place_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(LookupError):
        parse_path(text)
    assert (parse_path(""), parse_path("0.12")) == ((), (0, 12))
