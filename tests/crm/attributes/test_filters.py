"""Attributes as filters, orders and groups: each gives what a plain loop over the values gives."""

from collections.abc import Mapping, Sequence
from itertools import product

import asyncpg
import pytest
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from crm.attributes.definitions import ChoiceDraft, Draft, add_attribute
from crm.attributes.errors import FilterRefusedError
from crm.attributes.filters import (
    OPERATORS,
    Operator,
    attribute_condition,
    attribute_order,
    read_operands,
)
from crm.attributes.model import Attribute, Given, Kind, Target
from crm.attributes.service import set_for_many
from crm.parties.tables import party
from tests.conftest import ACT

PEOPLE = 6
LONG = "x" * 300

SAID: Mapping[Kind, Sequence[Given]] = {
    "text": ("North", "north-west 50%", LONG, LONG + "y", None, "South"),
    "number": ("-1", "0", "0.5", "10", None, "9"),
    "date": ("2026-01-31", "2026-02-01", "2026-11-22", "2026-11-22", None, "1999-12-31"),
    "yes_no": (True, False, None, True, None, False),
    "choice": ("small", "large", "large", None, None, "small"),
    "choices": (["small"], ["small", "large"], ["large"], None, None, ["small"]),
    "reference": (1, 2, 3, 1, None, 2),
}
"""What each of six people is said to have, kind by kind."""

CASES: Mapping[Kind, Sequence[tuple[Operator, tuple[str, ...], set[int]]]] = {
    "text": (
        ("contains", ("NORTH",), {1, 2}),
        ("contains", ("50%",), {2}),
        ("contains", ("_",), set()),
        ("is", ("North",), {1}),
        ("is", (LONG,), {3}),
        ("is_not", ("North",), {2, 3, 4, 5, 6}),
        ("one_of", ("North", "South"), {1, 6}),
        ("empty", (), {5}),
    ),
    "number": (
        ("is", ("0.50",), {3}),
        ("at_least", ("9",), {4, 6}),
        ("at_most", ("0",), {1, 2}),
        ("between", ("0", "9"), {2, 3, 6}),
        ("is_not", ("10",), {1, 2, 3, 5, 6}),
        ("not_empty", (), {1, 2, 3, 4, 6}),
    ),
    "date": (
        ("is", ("2026-11-22",), {3, 4}),
        ("at_least", ("2026-02-01",), {2, 3, 4}),
        ("at_most", ("2026-02-01",), {1, 2, 6}),
        ("between", ("2026-01-01", "2026-02-28"), {1, 2}),
    ),
    "yes_no": (("is", ("yes",), {1, 4}), ("is", ("no",), {2, 6}), ("is_not", ("yes",), {2, 3, 5, 6})),
    "choice": (
        ("is", ("large",), {2, 3}),
        ("is_not", ("large",), {1, 4, 5, 6}),
        ("one_of", ("small", "large"), {1, 2, 3, 6}),
    ),
    "choices": (("is", ("large",), {2, 3}), ("is_not", ("large",), {1, 4, 5, 6}), ("one_of", ("small",), {1, 2, 6})),
    "reference": (("is", ("2",), {2, 6}), ("one_of", ("1", "3"), {1, 3, 4}), ("empty", (), {5})),
}
ONE_BY_ONE = [(kind, *case) for kind, cases in CASES.items() for case in cases]
PAIRS = list(product([(kind, *cases[0]) for kind, cases in CASES.items()], ONE_BY_ONE))


@pytest.fixture
async def attributes(service: Service) -> dict[Kind, Attribute]:
    """Make six people and an attribute of each kind, said as in `SAID`."""
    return await service.database.run(_make)


async def _make(connection: AsyncConnection) -> dict[Kind, Attribute]:
    await connection.execute(
        text(
            """insert into party (kind, name, legal_status_id, changed_at)
            select 'person', 'P' || n, (select min(id) from directory_entry), now() from generate_series(1, :people) n"""
        ),
        {"people": PEOPLE},
    )
    choices = [ChoiceDraft({"en": "Small"}), ChoiceDraft({"en": "Large"})]
    made: dict[Kind, Attribute] = {}
    for kind, values in SAID.items():
        draft = Draft({"en": kind}, choices=choices if kind in {"choice", "choices"} else None)
        target: Target | None = "party" if kind == "reference" else None
        made[kind] = await add_attribute(connection, "party", kind, draft, refers_to=target, act=ACT)
        for party_id, value in enumerate(values, 1):
            await set_for_many(connection, "party", [party_id], made[kind].code, value, act=ACT)
    return made


async def found(service: Service, query: Select[*tuple[int]]) -> set[int]:
    async def run(connection: AsyncConnection) -> set[int]:
        return set((await connection.execute(query)).scalars())

    return await service.database.run(run)


async def test_filter_finds_what_a_plain_look_finds(service: Service, attributes: dict[Kind, Attribute]) -> None:
    """UNF-43."""
    for kind, operator, operands, expected in ONE_BY_ONE:
        one = attributes[kind]
        condition = attribute_condition(one, operator, read_operands(one, operator, operands), party.c.id)
        assert await found(service, select(party.c.id).where(condition)) == expected, (kind, operator, operands)


async def test_two_filters_at_once_find_what_both_find(service: Service, attributes: dict[Kind, Attribute]) -> None:
    """UNF-43: every first filter of a kind with every filter there is."""
    for (kind, operator, operands, first), (kind2, operator2, operands2, second) in PAIRS:
        one, two = attributes[kind], attributes[kind2]
        conditions = (
            attribute_condition(one, operator, read_operands(one, operator, operands), party.c.id),
            attribute_condition(two, operator2, read_operands(two, operator2, operands2), party.c.id),
        )
        assert await found(service, select(party.c.id).where(*conditions)) == first & second, (kind, kind2, operator2)


async def test_opposites_part_all_records_between_them(service: Service, attributes: dict[Kind, Attribute]) -> None:
    """UNF-43: `is_not` and `empty` hold where nothing is said."""
    for kind, cases in CASES.items():
        if "is" in OPERATORS[kind]:
            operands = next(operands for operator, operands, _ in cases if operator in {"is", "one_of"})[:1]
            halves = [
                attribute_condition(attributes[kind], operator, read_operands(attributes[kind], operator, operands), party.c.id)
                for operator in ("is", "is_not")
            ]  # fmt: skip
            one, other = [await found(service, select(party.c.id).where(half)) for half in halves]
            assert one | other == set(range(1, PEOPLE + 1))
            assert not one & other


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("number", [1, 2, 3, 6, 4]),
        ("date", [6, 1, 2, 3, 4]),
        ("text", [1, 6, 2, 3, 4]),
        ("choices", [1, 2, 6, 3]),
    ],
)
async def test_order_puts_those_with_a_value_in_its_order(
    service: Service, attributes: dict[Kind, Attribute], kind: Kind, expected: list[int]
) -> None:
    """UNF-43: numbers as numbers, days as days; those without a value are told apart."""
    order = attribute_order(attributes[kind], party.c.id)
    query = select(party.c.id).join(order.values, order.on).order_by(order.key, order.values.c.record_id)

    async def run(connection: AsyncConnection) -> list[int]:
        return list((await connection.execute(query)).scalars())

    in_order, empty = await service.database.run(run), await found(service, select(party.c.id).where(order.is_empty))

    assert in_order == expected
    assert empty == set(range(1, PEOPLE + 1)) - set(expected)


@pytest.mark.parametrize(
    ("kind", "operator", "operands"),
    [
        ("text", "at_least", ("a",)),
        ("yes_no", "is", ("true",)),
        ("number", "is", ("ten",)),
        ("number", "between", ("1",)),
        ("number", "is", ()),
        ("text", "is", ("",)),
        ("text", "empty", ("a",)),
        ("choice", "is", ("middle",)),
        ("reference", "is", ("-1",)),
        ("text", "like", ("a",)),
    ],
)
async def test_filter_that_means_nothing_is_refused(
    attributes: dict[Kind, Attribute], kind: Kind, operator: str, operands: tuple[str, ...]
) -> None:
    with pytest.raises(FilterRefusedError) as refused:
        read_operands(attributes[kind], operator, operands)
    assert refused.value.field == attributes[kind].code


async def test_filters_and_orders_read_an_index(
    service: Service, database_url: str, attributes: dict[Kind, Attribute]
) -> None:
    """UNF-43: of twenty thousand people with values, the few that are wanted are read and no more."""
    await _fill(database_url, attributes)
    filters: Sequence[tuple[Kind, Operator, str, str]] = (
        ("number", "at_least", "19990", "attribute_value_number"),
        ("text", "is", "word 7777", "attribute_value_t"),  # that of its beginning, or of its trigrams
        ("text", "contains", "WORD 7777", "attribute_value_trigrams"),
    )
    for kind, operator, operand, index in filters:
        one = attributes[kind]
        condition = attribute_condition(one, operator, read_operands(one, operator, (operand,)), party.c.id)
        assert index in await service.database.run(_explain, select(party.c.id).where(condition)), operator
    order = attribute_order(attributes["number"], party.c.id)
    query = select(party.c.id).join(order.values, order.on).order_by(order.key, order.values.c.record_id).limit(25)
    plan = await service.database.run(_explain, query)
    assert "attribute_value_number" in plan
    assert "Sort" not in plan


async def _fill(url: str, attributes: dict[Kind, Attribute]) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            f"""insert into party (kind, name, legal_status_id, changed_at)
            select 'person', 'P' || n, (select min(id) from directory_entry), now() from generate_series(1, 20000) n;
            insert into attribute_value (attribute_id, record_id, number_value)
            select {attributes["number"].id}, id, id from party where id > {PEOPLE};
            insert into attribute_value (attribute_id, record_id, text_value)
            select {attributes["text"].id}, id, 'word ' || id from party where id > {PEOPLE};
            analyze party, attribute_value"""
        )
    finally:
        await connection.close()


async def _explain(connection: AsyncConnection, query: Select[*tuple[int]]) -> str:
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    return "\n".join((await connection.exec_driver_sql(f"explain {compiled}")).scalars())
