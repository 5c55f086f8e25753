"""Trees of filters against plain SQL: every filter under NOT, every pair under OR, and whatever is grown at random."""

from itertools import combinations
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.parties.tables import party
from crm.views.listing import load_words
from crm.views.model import Filter, View, ViewError
from crm.views.repository.conditions import base_of, condition_of_tree
from crm.views.repository.context import Context
from crm.views.trees import MOST_LEAVES, NOT_IN_TREES, AllOf, AnyOf, Leaf, Not, Tree, check_tree
from database.engine import Database
from tests.crm.views.crowd import MONEY
from tests.crm.views.plain_sql import CASES

Case = tuple[Tree, str]
LEAVES: list[Case] = [
    (Leaf(one.field, one.operator, one.operands), sql) for one, sql in CASES if one.field not in NOT_IN_TREES
]


def every(*cases: Case) -> Case:
    """All of these."""
    return AllOf(tuple(tree for tree, _ in cases)), " and ".join(f"({sql})" for _, sql in cases)


def either(*cases: Case) -> Case:
    """One of these."""
    return AnyOf(tuple(tree for tree, _ in cases)), " or ".join(f"({sql})" for _, sql in cases)


def everybody_but(case: Case) -> Case:
    """Not this, what is not known being not so."""
    return Not(case[0]), f"({case[1]}) is not true"


def grow(rng: Random, depth: int) -> Case:
    """Grow a tree of so many levels at most."""
    make = rng.choice([every, either, everybody_but, None]) if depth > 1 else None
    if make is None:
        return rng.choice(LEAVES)
    if make is everybody_but:
        return everybody_but(grow(rng, depth - 1))
    return make(*(grow(rng, depth - 1) for _ in range(rng.randrange(1, 4))))


async def everybody(connection: AsyncConnection) -> dict[str, set[int]]:
    """Give by the plain SQL of each leaf the parties that it holds of, and all there are under `true`."""
    meant = {}
    for sql in {"true", *(sql for _, sql in LEAVES)}:
        plain = f"select id from party p where merged_into is null and archived_at is null and ({sql})"
        meant[sql] = set((await connection.execute(text(plain.replace(":", r"\:")))).scalars())
    return meant


async def asked_of(connection: AsyncConnection, context: Context, tree: Tree) -> set[int]:
    """Give the parties that a tree means."""
    query = select(party.c.id).where(*base_of(View()), condition_of_tree(tree, context))
    return set((await connection.execute(query)).scalars())


async def differences(connection: AsyncConnection, context: Context, cases: list[Case]) -> list[str]:
    """Give the trees that mean others than plain SQL does."""
    wrong = []
    for tree, sql in cases:
        asked = await asked_of(connection, context, tree)
        plain = f"select id from party p where merged_into is null and archived_at is null and ({sql})"
        meant = set((await connection.execute(text(plain.replace(":", r"\:")))).scalars())
        if asked != meant:
            wrong.append(f"{tree}: {sorted(asked ^ meant)}")
    return wrong


async def test_every_filter_and_everybody_else_share_all_parties(crowd: Database, context: Context) -> None:
    """BG-30, BG-32: NOT is everybody else, those of whom nothing is known too."""
    assert await crowd.run(differences, context, [*LEAVES, *map(everybody_but, LEAVES)]) == []


async def test_every_pair_of_filters_under_or_gives_what_plain_sql_gives(crowd: Database, context: Context) -> None:
    """BG-30, BG-32."""

    async def compare(connection: AsyncConnection) -> list[str]:
        meant, wrong = await everybody(connection), []
        for (one, first), (other, second) in combinations(LEAVES, 2):
            if await asked_of(connection, context, AnyOf((one, other))) != meant[first] | meant[second]:
                wrong.append(f"{one} or {other}")
        return wrong

    assert await crowd.run(compare) == []


async def test_trees_grown_at_random_give_what_plain_sql_gives(crowd: Database, context: Context, rng: Random) -> None:
    """BG-30, BG-32."""
    assert await crowd.run(differences, context, [grow(rng, 5) for _ in range(150)]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        Leaf("shoe_size", "is", ("42",)),
        Leaf("segment", "any_of", ("1",)),
        Leaf("archived", "too"),
        AllOf(()),
        Not(AnyOf((AllOf(()), Leaf("phone", "given")))),
        AllOf((Leaf("phone", "given"),) * (MOST_LEAVES + 1)),
        Not(Not(Not(Not(Not(Not(Leaf("phone", "given"))))))),
    ],
)
def test_tree_that_means_nothing_is_refused(context: Context, wrong: Tree) -> None:
    with pytest.raises(ViewError):
        check_tree(wrong, context.attributes, money=MONEY)
    check_tree(AllOf((Leaf("phone", "given"),) * MOST_LEAVES), context.attributes, money=MONEY)


def test_refused_filter_of_a_tree_is_named(context: Context) -> None:
    with pytest.raises(ViewError) as refused:
        check_tree(AllOf((Leaf("kind", "is", ("robot",)),)), context.attributes, money=MONEY)
    assert refused.value.filter == Filter("kind", "is", ("robot",))


async def test_groups_of_goods_that_were_bought_are_known_by_name(crowd: Database) -> None:
    words = await crowd.run(load_words)
    assert words.named.item_groups == ("bread", "milk")
    assert [one.name for one in words.named.segments] == ["Others", "Sofia"]
    assert [one.code for one in words.named.kinds] == ["news", "offer", "service"]
    assert [one.name for one in words.named.mailings] == ["b", "a"]
