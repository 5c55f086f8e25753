"""Filters of the list, alone and in every pair, against plain SQL."""

from itertools import combinations_with_replacement

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes.filters import OPERATORS
from crm.parties.tables import party
from crm.views.model import FIELDS, Filter, View, ViewError
from crm.views.operands import check_view
from crm.views.repository.conditions import conditions_of
from crm.views.repository.context import Context
from database.engine import Database
from tests.crm.views.crowd import MONEY
from tests.crm.views.plain_sql import CASES


async def plain_sql(connection: AsyncConnection, sql: str) -> set[int]:
    """Give the parties of which plain SQL holds, archived ones too."""
    plain = f"select id from party p where merged_into is null and ({sql})"
    return set((await connection.execute(text(plain.replace(":", r"\:")))).scalars())


async def test_every_pair_of_filters_gives_what_plain_sql_gives(crowd: Database, context: Context) -> None:
    """BG-30, BG-31, BG-32, UNF-43, PAP-02, PAP-06."""

    async def compare(connection: AsyncConnection) -> tuple[list[str], int]:
        wrong, hits = [], 0
        plain = {sql: await plain_sql(connection, sql) for _, sql in CASES}
        living = await plain_sql(connection, "p.archived_at is null")
        for first, second in combinations_with_replacement(CASES, 2):
            view = View(tuple(dict.fromkeys((first[0], second[0]))))
            asked = set((await connection.execute(select(party.c.id).where(*conditions_of(view, context)))).scalars())
            both = plain[first[1]] & plain[second[1]]
            meant = both if view.has("archived") else both & living
            hits += bool(meant)
            if asked != meant:
                wrong.append(f"{first[0]} and {second[0]}: {sorted(asked ^ meant)}")
        return wrong, hits

    wrong, hits = await crowd.run(compare)
    assert wrong == []
    assert hits > len(CASES) * 10  # pairs that mean somebody, else the comparison says little


async def test_every_filter_means_somebody(crowd: Database, context: Context) -> None:
    async def count(connection: AsyncConnection) -> list[str]:
        asked = {one: select(party.c.id).where(*conditions_of(View((one,)), context)).limit(1) for one, _ in CASES}
        return [str(one) for one, query in asked.items() if not (await connection.execute(query)).first()]

    assert await crowd.run(count) == []


def test_every_operator_has_a_case() -> None:
    known = {(name, operator) for name, field in FIELDS.items() for operator in field.operators}
    assert known - {(one.field, one.operator) for one, _ in CASES} == set()
    assert set(OPERATORS) == {"text", "number", "date", "yes_no", "choice", "choices", "reference"}


@pytest.mark.parametrize(
    "wrong",
    [
        Filter("shoe_size", "is", ("42",)),
        Filter("city", "resembles", ("Sofia",)),
        Filter("city", "is"),
        Filter("city", "is", ("",)),
        Filter("city", "is", ("Sofia", "Varna")),
        Filter("group", "any_of"),
        Filter("kind", "is", ("robot",)),
        Filter("country", "any_of", ("bg",)),
        Filter("birthday", "month", ("13",)),
        Filter("birthday", "on", ("02-30",)),
        Filter("created", "since", ("yesterday",)),
        Filter("created", "last_days", ("0",)),
        Filter("turnover", "at_least", ("1.001",)),
        Filter("turnover", "at_least", ("9" * 18,)),
        Filter("turnover", "at_least_in", ("90",)),
        Filter("card", "held", ("", "melted", "")),
        Filter("contact_of", "party", ("99999999999999999999",)),
        Filter("party.size", "at_least", ("big",)),
        Filter("party.unknown", "empty"),
        Filter("points", "at_least", ("-1",)),
        Filter("score", "is", ("6", "", "")),
        Filter("bought", "at_least_in", ("bread", "30")),
        Filter("segment", "any_of", ("Sofia",)),
    ],
)
def test_filter_that_means_nothing_is_refused_and_named(context: Context, wrong: Filter) -> None:
    with pytest.raises(ViewError) as refused:
        check_view(View((Filter("phone", "given"), wrong)), context.attributes, money=MONEY)
    assert refused.value.filter == wrong


async def test_word_that_is_gone_is_refused_and_not_passed_over(context: Context) -> None:
    for wrong in (
        Filter("group", "none_of", ("gone",)),
        Filter("card", "held", ("GONE", "", "")),
        Filter("segment", "none_of", ("99",)),
        Filter("subscribed", "any_of", ("gone",)),
    ):
        with pytest.raises(ViewError) as refused:
            conditions_of(View((wrong,)), context)
        assert refused.value.filter == wrong
