"""Origins: records of any module in trees, without circles."""

import asyncio
from datetime import timedelta

import pytest

from crm.origins.errors import OriginRefusedError
from crm.origins.repository import MOST_STOREYS
from crm.origins.service import load_tree, set_origin
from database.activity import Act
from tests.conftest import ACT, Caller


async def test_tree_is_the_same_from_any_of_its_records(caller: Caller) -> None:
    """UNF-09."""
    run = caller.service.database.run
    later = Act(ACT.actor, ACT.at + timedelta(seconds=1))
    await run(set_origin, "task:7", "event:5", act=later)
    await run(set_origin, "event:6", "event:5", act=ACT)
    await run(set_origin, "business_document:3", "task:7", act=ACT)

    seen = [(one.record, one.parent, one.depth) for one in await run(load_tree, "business_document:3")]

    assert seen == [
        ("event:5", None, 0),
        ("event:6", "event:5", 1),
        ("task:7", "event:5", 1),
        ("business_document:3", "task:7", 2),
    ]
    assert [one.record for one in await run(load_tree, "event:5")] == [record for record, _, _ in seen]


async def test_record_without_kin_is_a_tree_of_one(caller: Caller) -> None:
    tree = await caller.service.database.run(load_tree, "event:9")
    assert [(one.record, one.depth) for one in tree] == [("event:9", 0)]


@pytest.mark.parametrize(("record", "parent"), [("event:1", "event:1"), ("event:1", "event:3")])
async def test_circle_is_refused(caller: Caller, record: str, parent: str) -> None:
    run = caller.service.database.run
    await run(set_origin, "event:2", "event:1", act=ACT)
    await run(set_origin, "event:3", "event:2", act=ACT)
    with pytest.raises(OriginRefusedError):
        await run(set_origin, record, parent, act=ACT)


async def test_two_who_close_a_circle_at_once_cannot_both(caller: Caller) -> None:
    run = caller.service.database.run
    both = (run(set_origin, "event:1", "event:2", act=ACT), run(set_origin, "event:2", "event:1", act=ACT))
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "OriginRefusedError"]


async def test_origin_can_be_taken_back_and_depth_is_bounded(caller: Caller) -> None:
    run = caller.service.database.run
    for number in range(MOST_STOREYS):
        await run(set_origin, f"event:{number + 1}", f"event:{number}", act=ACT)
    with pytest.raises(OriginRefusedError, match="storeys deep"):
        await run(set_origin, "task:1", f"event:{MOST_STOREYS}", act=ACT)
    await run(set_origin, "event:1", None, act=ACT)
    await run(set_origin, "task:1", f"event:{MOST_STOREYS}", act=ACT)
