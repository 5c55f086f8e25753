"""The journal as people read it: filters to the letter, keyset pages, and indexes that the planner takes."""

from datetime import timedelta

from sqlalchemy import text

from api.state import Service
from database.activity import Act, record_activity
from database.journal import JournalFilter, list_journal
from tests.conftest import ACT

HOUR = timedelta(hours=1)


async def write(service: Service) -> None:
    for index, (actor, what, record) in enumerate(
        [
            ("user:nora", "card.blocked", "card:1"),
            ("user:nora", "series.saved", "series:GOLD"),
            ("till:0007/3", "receipt.posted", "receipt:1"),
            ("user:tomas", "card.blocked", "card:2"),
            ("command", "card.active", "card:1"),
        ]
    ):
        act = Act(actor, ACT.at + index * HOUR)
        await service.database.run(record_activity, act=act, what=what, record=record)


async def found(service: Service, **wanted: object) -> list[str]:
    page = await service.database.run(list_journal, JournalFilter(**wanted))  # type: ignore[arg-type] # by name
    return [f"{row.act} {row.record}" for row in page.rows]


async def test_acts_are_found_by_actor_act_record_and_days(service: Service) -> None:
    await write(service)
    assert await found(service, actor="user:nora") == ["series.saved series:GOLD", "card.blocked card:1"]
    assert await found(service, act="card.blocked") == ["card.blocked card:2", "card.blocked card:1"]
    assert await found(service, record="card:1") == ["card.active card:1", "card.blocked card:1"]
    assert await found(service, actor="user:nora", act="card.blocked") == ["card.blocked card:1"]
    assert await found(service, since=ACT.at + 3 * HOUR, until=ACT.at + 4 * HOUR) == ["card.blocked card:2"]
    assert await found(service, actor="user:nobody") == []


async def test_receipts_of_tills_are_left_to_their_own_list(service: Service) -> None:
    await write(service)
    assert await found(service, actor="till:0007/3") == []
    assert len(await found(service)) == 4


async def test_pages_follow_each_other_without_a_gap(service: Service) -> None:
    await write(service)
    everything, place, size = [], None, 3
    while True:
        page = await service.database.run(list_journal, JournalFilter(), place=place, size=size)
        everything += [row.id for row in page.rows]
        if page.older is None:
            break
        place = page.older
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == 4


async def test_filters_are_answered_by_the_indexes_of_the_journal(service: Service) -> None:
    for column, value in (("actor", "user:nora"), ("act", "card.blocked"), ("record", "card:1")):
        async with service.database.connection() as connection:
            await connection.execute(text("set enable_bitmapscan = off"))
            await connection.execute(text("set enable_seqscan = off"))
            plan = await connection.execute(
                text(
                    f"explain select id from activity where {column} = :value"
                    " and activity.act not in ('receipt.posted', 'receipt.parked', 'receipt.suspended')"
                    " order by at desc, id desc limit 50"
                ),
                {"value": value},
            )
            lines = "\n".join(plan.scalars())
        assert f"activity_rest_{column}_at_id_idx" in lines, lines
        assert "-> Sort" not in lines.replace("  ", " "), lines
