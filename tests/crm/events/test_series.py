"""Series in the database: occurrences that stand in the calendar, changed one by one, from here on, or all."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from crm.events import service as events
from crm.events.ending import complete_event
from crm.events.errors import EventRuleRefusedError, EventStepRefusedError
from crm.events.keeping import load_event
from crm.events.model import Draft, Event, Outcome, Scope
from crm.events.series import HORIZON, extend_series
from database.activity import Act
from tests.conftest import ACT

ZONE = "Europe/Sofia"
START = datetime(2026, 11, 23, 8, tzinfo=UTC)
"""A Monday, ten in the morning in Sofia."""
MORNING = Draft(
    kind="event",
    topic="Bake",
    zone=ZONE,
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    rule="FREQ=DAILY;COUNT=10",
)


async def begin(service: Service, **more: object) -> Event:
    return await service.database.run(events.make_event, structs.replace(MORNING, **more), role="admin", act=ACT)


async def change(service: Service, event_id: int, scope: Scope, **more: object) -> Event:
    now = await service.database.run(load_event, event_id)
    draft = structs.replace(now.draft, **more)
    return await service.database.run(
        events.change_event, event_id, draft, seen=now.version, scope=scope, role="admin", act=ACT
    )


async def stand(service: Service) -> list[tuple[int, str, str]]:
    """Give what stands in the calendar: identifier, wall time, topic."""

    async def read(connection: AsyncConnection) -> list[tuple[int, str, str]]:
        query = """select id, to_char(starts_at at time zone zone, 'MM-DD HH24:MI') as wall, topic from event
            where archived_at is null order by starts_at"""
        return [tuple(row) for row in await connection.execute(text(query))]

    return await service.database.run(read)


async def test_series_stands_in_the_calendar_at_once_as_far_as_the_horizon(service: Service) -> None:
    """C77-14, C77-59."""
    await begin(service, rule="FREQ=DAILY")

    found = await stand(service)
    assert {wall[6:] for _, wall, _ in found} == {"10:00"}
    assert HORIZON.days - 2 <= len(found) <= HORIZON.days


async def test_worker_makes_what_comes_next_and_nothing_twice(service: Service) -> None:
    await begin(service, rule="FREQ=WEEKLY")
    before = len(await stand(service))
    later = Act("service", ACT.at + timedelta(days=35))

    assert [await service.database.run(extend_series, act=later) for _ in range(2)] == [1, 0]
    assert len(await stand(service)) == before + 5


async def test_one_occurrence_is_changed_alone_and_stays_so(service: Service) -> None:
    """C77-55."""
    await begin(service)
    ids = [one for one, _, _ in await stand(service)]

    await change(service, ids[2], "one", topic="Clean", starts_at=START + timedelta(days=2, hours=5), ends_at=None)
    await change(service, ids[0], "all", topic="Bake rye")

    found = await stand(service)
    assert [topic for _, _, topic in found] == ["Bake rye", "Bake rye", "Clean", *["Bake rye"] * 7]
    assert [one for one, _, _ in found] == ids, "what is changed in place keeps its identifier"
    assert found[2][1] == "11-25 15:00"


async def test_this_and_what_follows_is_a_series_of_its_own(service: Service) -> None:
    """C77-55: the count goes on where it was."""
    await begin(service)
    ids = [one for one, _, _ in await stand(service)]

    moved = START + timedelta(days=4, hours=2)
    changed = await change(
        service, ids[4], "following", topic="Late", starts_at=moved, ends_at=moved + timedelta(hours=1)
    )

    found = await stand(service)
    assert [one for one, _, _ in found] == ids
    assert [(wall[6:], topic) for _, wall, topic in found] == [("10:00", "Bake")] * 4 + [("12:00", "Late")] * 6
    first, last = (await service.database.run(load_event, ids[0])), (await service.database.run(load_event, ids[9]))
    assert first.series_id != changed.series_id == last.series_id
    assert changed.rule == "FREQ=DAILY;COUNT=6"


async def test_what_was_cut_off_a_series_does_not_come_back_with_a_change_of_all(service: Service) -> None:
    """C77-55: neither what is a series of its own now, nor what was removed."""
    for remove in (False, True):
        first = await begin(service, rule="FREQ=WEEKLY;COUNT=5", topic=f"Bake {remove}")
        ids = [one for one, _, topic in await stand(service) if topic == first.topic]
        if remove:
            await service.database.run(events.remove_event, ids[3], seen=1, scope="following", act=ACT)
        else:
            await change(service, ids[3], "following", topic="Late")

        await change(service, ids[1], "all", topic="Bake rye")

        found = [one for one in await stand(service) if one[0] >= ids[0]]
        assert [one for one, _, _ in found] == ids[: 3 if remove else 5]
        assert [topic for _, _, topic in found] == ["Bake rye"] * 3 + ["Late"] * (0 if remove else 2)


@pytest.mark.parametrize("earlier", [timedelta(hours=1), timedelta(days=1)])
async def test_what_was_cut_off_stays_cut_off_when_all_move_to_an_earlier_time(
    service: Service, earlier: timedelta
) -> None:
    """C77-55: the end of what is kept moves along."""
    await begin(service, rule="FREQ=WEEKLY;COUNT=5")
    ids = [one for one, _, _ in await stand(service)]
    await change(service, ids[3], "following", topic="Late")

    await change(service, ids[0], "all", starts_at=START - earlier, ends_at=START - earlier + timedelta(hours=1))

    found = await stand(service)
    assert [one for one, _, _ in found] == ids
    assert [topic for _, _, topic in found] == ["Bake"] * 3 + ["Late"] * 2


@pytest.mark.parametrize(
    ("scope", "days"),
    [
        ("following", ["11-23", "11-30", "12-08", "12-14", "12-22"]),
        ("all", ["11-24", "12-01", "12-08", "12-14", "12-22"]),
    ],
)
async def test_series_moves_to_another_day_of_the_week_with_its_identifiers(
    service: Service, scope: Scope, days: list[str]
) -> None:
    """C77-55: from Mondays to Tuesdays; what stands for itself stays, and nothing is made beside it."""
    await begin(service, rule="FREQ=WEEKLY;COUNT=5")
    ids = [one for one, _, _ in await stand(service)]
    await service.database.run(complete_event, ids[3], Outcome(text="Done"), user_id=None, act=ACT)
    there = START + timedelta(days=15)

    await change(service, ids[2], scope, starts_at=there, ends_at=there + timedelta(hours=1))

    found = await stand(service)
    assert [one for one, _, _ in found] == ids
    assert [wall[:5] for _, wall, _ in found] == days


async def test_edited_occurrence_stays_though_its_day_is_none_of_the_new_rule(service: Service) -> None:
    """C77-55: it becomes the next one that there is."""
    await begin(service)
    ids = [one for one, _, _ in await stand(service)]

    changed = await change(service, ids[1], "following", rule="FREQ=WEEKLY;BYDAY=MO,WE;COUNT=2")

    assert changed.id == ids[1]
    assert [one[:2] for one in await stand(service)] == [
        (ids[0], "11-23 10:00"),
        (ids[1], "11-25 10:00"),
        (ids[7], "11-30 10:00"),
    ]


async def test_all_get_another_rule_but_for_what_somebody_did_something_to(service: Service) -> None:
    """C77-55: what was completed stays, and takes the place of the series on its day."""
    await begin(service)
    ids = [one for one, _, _ in await stand(service)]
    await service.database.run(complete_event, ids[1], Outcome(text="Done"), user_id=None, act=ACT)

    await change(service, ids[0], "all", rule="FREQ=WEEKLY;BYDAY=MO,TU;COUNT=4")

    found = await stand(service)
    assert [wall for _, wall, _ in found] == ["11-23 10:00", "11-24 10:00", "11-30 10:00", "12-01 10:00"]
    assert [one for one, _, _ in found] == [ids[0], ids[1], ids[7], ids[8]]


@pytest.mark.parametrize(("scope", "left"), [("one", 9), ("following", 3), ("all", 0)])
async def test_occurrences_are_removed_one_from_here_on_or_all(service: Service, scope: Scope, left: int) -> None:
    """C77-55."""
    await begin(service)
    event_id, _, _ = (await stand(service))[3]
    seen = (await service.database.run(load_event, event_id)).version

    await service.database.run(events.remove_event, event_id, seen=seen, scope=scope, act=ACT)

    assert len(await stand(service)) == left
    await service.database.run(extend_series, act=Act("service", ACT.at + timedelta(days=900)))
    assert len(await stand(service)) == left


NIGHTS = {
    "spring": (datetime(2027, 3, 26, 1, 30, tzinfo=UTC), ["02:30", "02:30", "03:30", "02:30", "02:30"], 1),
    "autumn": (datetime(2027, 10, 29, 0, 30, tzinfo=UTC), ["02:30"] * 5, 0),
}
"""From the Friday before clocks change in Berlin: its half past two, what the wall shows, and the hour in UTC then."""


@pytest.mark.parametrize("season", NIGHTS)
async def test_series_of_half_past_two_keeps_its_time_when_clocks_change(service: Service, season: str) -> None:
    """C77-55, C77-59: in spring there is no half past two that Sunday, in autumn the first of two is meant."""
    start, walls, sunday = NIGHTS[season]
    night = {"zone": "Europe/Berlin", "starts_at": start, "ends_at": start + timedelta(hours=1)}
    await begin(service, rule="FREQ=DAILY;COUNT=5", **night)
    ids = [one for one, _, _ in await stand(service)]

    third = await service.database.run(load_event, ids[2])
    assert [wall[6:] for _, wall, _ in await stand(service)] == walls
    assert third.starts_at is not None
    assert third.ends_at is not None
    assert (third.starts_at.hour, third.ends_at - third.starts_at) == (sunday, timedelta(hours=1))

    await change(service, ids[2], "one", place="Hall")
    await change(service, ids[1], "all", topic="Bake rye")
    assert [(wall[6:], topic) for _, wall, topic in await stand(service)] == [
        (wall, "Bake" if place == 2 else "Bake rye") for place, wall in enumerate(walls)
    ]


@pytest.mark.parametrize("season", NIGHTS)
@pytest.mark.parametrize("scope", ["following", "all"])
async def test_series_changed_from_the_night_of_the_clocks_keeps_its_time(
    service: Service, season: str, scope: Scope
) -> None:
    """C77-55: what is changed there is another thing than the time, which the clock passed over."""
    start, walls, _ = NIGHTS[season]
    await begin(service, rule="FREQ=DAILY;COUNT=5", zone="Europe/Berlin", starts_at=start, ends_at=None)
    ids = [one for one, _, _ in await stand(service)]

    await change(service, ids[2], scope, topic="Bake rye")
    found = await stand(service)

    assert [wall[6:] for _, wall, _ in found] == walls
    assert [one for one, _, _ in found] == ids
    assert [topic for _, _, topic in found] == ["Bake" if scope == "following" else "Bake rye"] * 2 + ["Bake rye"] * 3


async def test_single_event_becomes_the_first_of_a_series(service: Service) -> None:
    made = await begin(service, rule=None)

    await change(service, made.id, "one", rule="FREQ=WEEKLY;COUNT=3")

    assert (await stand(service))[0][0] == made.id
    assert len(await stand(service)) == 3


async def test_series_that_begins_long_ago_or_loses_its_rule_is_refused(service: Service) -> None:
    with pytest.raises(EventRuleRefusedError):
        await begin(service, starts_at=START - timedelta(days=600), ends_at=None)
    made = await begin(service)
    with pytest.raises(EventStepRefusedError):
        await change(service, made.id, "all", rule=None)


async def test_month_of_many_series_is_read_by_an_index(service: Service) -> None:
    """The window of a month is bounded whatever stands before and after it."""

    async def fill(connection: AsyncConnection) -> str:
        many = """insert into event (kind_id, topic, zone, starts_at, is_all_day, importance, version, created_at, changed_at, is_detached)
            select 5, 'x', 'UTC', timestamptz '2026-01-01' + n * interval '1 minute', false, 2, 1, now(), now(), false
            from generate_series(1, 200000) n"""
        await connection.execute(text(many))
        await connection.execute(text("analyze event"))
        plan = """explain select id from event where archived_at is null and listed_at >= '2026-03-01'
            and listed_at < '2026-03-02' order by listed_at desc, id desc limit 26"""
        return "\n".join((await connection.execute(text(plan))).scalars())

    assert "event_by_start" in await service.database.run(fill)
