"""Calendars: whose events stand where, on which days, and at what cost."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any  # plans of PostgreSQL are JSON
from zoneinfo import ZoneInfo

from msgspec import structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.state import Service
from crm.calendar import repository
from crm.calendar.feeds import MOST_ENTRIES, choose_entries
from crm.calendar.model import Day, Entry, Layers, Source, bounds_of, days_from, month_days
from crm.calendar.service import read_days
from crm.events import service as events
from crm.events.ending import cancel_event
from crm.events.model import Draft, Event
from crm.parties.births import read_birth_date
from crm.parties.model import PartyDetails
from crm.parties.service import make_party
from crm.tasks.model import TaskDetails
from crm.tasks.service import make_task
from tests.api.people import add_person, statements
from tests.conftest import ACT
from tests.factories import make_company, make_person

SOFIA = ZoneInfo("Europe/Sofia")
NOVEMBER = month_days(date(2026, 11, 22), 0)
TALK = Draft(
    kind="meeting",
    topic="Rye for May",
    zone=SOFIA.key,
    starts_at=datetime(2026, 11, 24, 10, tzinfo=SOFIA),
    ends_at=datetime(2026, 11, 24, 11, tzinfo=SOFIA),
    responsible_id=1,
)


async def keep(service: Service, draft: Draft) -> Event:
    return await service.database.run(events.make_event, draft, role="admin", act=ACT)


async def read(service: Service, layers: Layers, days: list[date]) -> list[Day]:
    return await service.database.run(read_days, layers, days, zone=SOFIA)


def titles(days: list[Day]) -> dict[str, list[str]]:
    return {str(day.date): [entry.title for entry in day.entries] for day in days if day.entries}


async def test_event_stands_in_the_calendar_of_whoever_is_responsible(service: Service) -> None:
    """UNF-03, UNF-25: and in no colleague's."""
    await add_person(service.database, login="ada")
    await add_person(service.database, login="bob")
    await keep(service, TALK)

    mine = await read(service, Layers(users=(1,)), NOVEMBER)
    other = await read(service, Layers(users=(2,)), NOVEMBER)
    both = await read(service, Layers(), NOVEMBER)

    assert titles(mine) == titles(both) == {"2026-11-24": ["Rye for May"]}
    assert titles(other) == {}


async def test_event_without_start_end_or_responsible_stands_in_no_calendar(service: Service) -> None:
    """UNF-26: it stays in the list."""
    await add_person(service.database)
    made = await keep(service, TALK)
    lacking = [{"responsible_id": None}, {"ends_at": None}, {"starts_at": None, "ends_at": None}]

    shown, seen = [], 1
    for without in [*lacking, {}]:
        draft = structs.replace(TALK, **without)
        changed = await service.database.run(
            events.change_event, made.id, draft, seen=seen, scope="one", role="admin", act=ACT
        )
        seen = changed.version
        shown.append(titles(await read(service, Layers(), NOVEMBER)))

    assert shown == [{}, {}, {}, {"2026-11-24": ["Rye for May"]}]


async def test_cancelled_event_stands_in_no_calendar(service: Service) -> None:
    """UNF-16: the time is free again."""
    await add_person(service.database)
    made, kept = await keep(service, TALK), await keep(service, structs.replace(TALK, topic="Oats"))

    await service.database.run(cancel_event, made.id, "Ill", act=ACT)

    assert titles(await read(service, Layers(), NOVEMBER)) == {"2026-11-24": [kept.topic]}


async def test_event_over_midnight_and_event_of_days_stand_on_each_of_their_days(service: Service) -> None:
    await add_person(service.database)
    night = [datetime(2026, 11, 3, 22, tzinfo=SOFIA), datetime(2026, 11, 4, 2, tzinfo=SOFIA)]
    fair = [datetime(2026, 10, 20, 9, tzinfo=SOFIA), datetime(2026, 11, 1, 18, tzinfo=SOFIA)]
    whole = [datetime(2026, 11, 6, tzinfo=SOFIA), datetime(2026, 11, 8, tzinfo=SOFIA)]
    for topic, (begin, end) in {"Night": night, "Fair": fair, "Whole": whole}.items():
        await keep(
            service, structs.replace(TALK, topic=topic, starts_at=begin, ends_at=end, is_all_day=topic == "Whole")
        )

    found = titles(await read(service, Layers(), days_from(date(2026, 10, 31), 9)))

    assert found == {
        "2026-10-31": ["Fair"],
        "2026-11-01": ["Fair"],
        "2026-11-03": ["Night"],
        "2026-11-04": ["Night"],
        "2026-11-06": ["Whole"],
        "2026-11-07": ["Whole"],
    }


async def test_whole_day_of_a_far_zone_keeps_its_date(service: Service) -> None:
    await add_person(service.database)
    day = datetime(2026, 11, 24, tzinfo=ZoneInfo("Pacific/Auckland"))
    far = structs.replace(TALK, topic="Far", zone="Pacific/Auckland", starts_at=day, ends_at=day, is_all_day=True)
    await keep(service, far)

    assert titles(await read(service, Layers(), [date(2026, 11, 24)])) == {"2026-11-24": ["Far"]}
    assert titles(await read(service, Layers(), [date(2026, 11, 23)])) == {}


async def test_open_task_stands_on_the_day_it_is_due(service: Service) -> None:
    await add_person(service.database)
    due = datetime(2026, 11, 25, 17, tzinfo=SOFIA)
    details = TaskDetails(kind="task", title="Order labels", executor_id=1, due_at=due)
    await service.database.run(make_task, details, author_id=1, act=ACT)

    assert titles(await read(service, Layers(users=(1,)), NOVEMBER)) == {"2026-11-25": ["Order labels"]}
    assert titles(await read(service, Layers(sources=frozenset({"events"})), NOVEMBER)) == {}


async def test_birthday_of_29_february_is_kept_on_the_28th_of_common_years(service: Service) -> None:
    """C77-22: and on its own day in leap years, with its year or without."""
    for name, born in (("Leap", "--02-29"), ("Eve", "1990-02-28"), ("March", "--03-01")):
        details = PartyDetails(name=name, legal_status="natural_person", birth_date=read_birth_date(born))
        await service.database.run(make_party, details, act=ACT)

    common, leap = [titles(await read(service, Layers(), days_from(date(year, 2, 28), 3))) for year in (2027, 2028)]

    assert common == {"2027-02-28": ["Leap", "Eve"], "2027-03-01": ["March"]}
    assert leap == {"2028-02-28": ["Eve"], "2028-02-29": ["Leap"], "2028-03-01": ["March"]}


async def test_own_calendar_has_birthdays_of_whom_one_has_events_with(service: Service) -> None:
    """C77-22: responsible for them or taking part, with the person or for whom they speak; of all where it is asked."""
    for login in ("ada", "bob"):
        await add_person(service.database, login=login)
    people = ["Client", "Speaker", "Guest", "Stranger"]
    born = [await make_person(service.database, name) for name in people]
    await service.database.run(_born_today, born)
    mill = await make_company(service.database, "Mill")
    await service.database.run(
        execute,
        "insert into contact_person (party_id, person_id, position) values (:mill, :one, 1)",
        mill=mill,
        one=born[1],
    )
    await keep(service, structs.replace(TALK, party_id=born[0]))
    await keep(service, structs.replace(TALK, party_id=mill, responsible_id=2, participants=(1,)))
    await keep(service, structs.replace(TALK, kind="event", persons=(born[2],), reminded=(2,)))

    day, birthdays = days_from(date(2026, 11, 22), 1), frozenset[Source]({"birthdays"})
    mine, other = [
        titles(await read(service, Layers(users=(one,), sources=birthdays), day)).get("2026-11-22") for one in (1, 2)
    ]
    everyone = await read(service, Layers(users=(1,), sources=frozenset({"all_birthdays"})), day)

    assert (mine, other) == (["Client", "Speaker", "Guest"], ["Speaker"])
    assert titles(everyone) == {"2026-11-22": people}


def test_feed_that_is_cut_keeps_events_and_tasks_and_calls_birthdays_so() -> None:
    first = datetime(2026, 1, 1, tzinfo=SOFIA)
    shared: dict[str, Any] = {
        "starts_at": first,
        "ends_at": first,
        "is_all_day": True,
        "zone": SOFIA.key,
        "kind": "",
        "icon": "",
    }
    birthdays = [Entry(source="birthdays", id=one, title="Anna", **shared) for one in range(MOST_ENTRIES)]
    later = Entry(source="events", id=1, title="Talk", **shared | {"starts_at": first + timedelta(days=300)})

    kept = choose_entries([*birthdays, later], "bg")

    assert (len(kept), kept[0].title, kept[1].title) == (MOST_ENTRIES, "Talk", "Рожден ден: Anna")
    assert choose_entries(birthdays[:1], None)[0].title == "Birthday: Anna"


async def test_month_among_200_000_repeated_events_is_read_by_index_and_no_further_than_it_shows(
    service: Service,
) -> None:
    await add_person(service.database)
    await service.database.run(_fill)

    with statements(service.database) as made:
        everybody = await read(service, Layers(), NOVEMBER)
        alone = await read(service, Layers(users=(1,)), NOVEMBER)

    assert len([one for one in made if "select" in one.lower()]) <= 2 * 3, "one for each source"
    assert all(len(day.entries) <= 60 and day.has_more for day in everybody)
    assert [day.date for day in alone if day.has_more] == NOVEMBER
    for layers in (Layers(), Layers(users=(1,))):
        nodes = await service.database.run(_plan, layers)
        looked = [node for node in nodes if node.get("Relation Name") == "event"]
        assert {node["Node Type"] for node in looked} <= {"Index Scan", "Index Only Scan"}
        assert {node["Index Name"] for node in looked} & {"event_calendar", "event_calendar_all"}
        assert sum(node["Actual Rows"] * node["Actual Loops"] for node in looked) < 44 * 61 * 3


async def _born_today(connection: AsyncConnection, ids: list[int]) -> None:
    await execute(connection, "update party set birth_date = '1990-11-22' where id = any(:ids)", ids=ids)


async def execute(connection: AsyncConnection, /, statement: str, **values: Any) -> None:
    await connection.execute(text(statement), values)


async def _fill(connection: AsyncConnection) -> None:
    """Let 200 series happen every day for 1,000 days, all of the same person."""
    await connection.execute(
        text(
            "insert into event_series (rule, zone, starts, made_until, template)"
            " select 'FREQ=DAILY', 'Europe/Sofia', '2025-06-01', '2028-02-26', '{}' from generate_series(1, 200)"
        )
    )
    await connection.execute(
        text(
            "insert into event (kind_id, topic, zone, starts_at, ends_at, responsible_id, series_id, series_start,"
            " created_at, changed_at) select 2, 'Repeated', 'Europe/Sofia', d + s.id * interval '5 minutes',"
            " d + s.id * interval '5 minutes' + interval '30 minutes', 1, s.id, d, now(), now()"
            " from event_series s, generate_series(timestamp '2025-06-01', timestamp '2028-02-25', '1 day') d"
        )
    )
    await connection.execute(text("analyze event"))


async def _plan(connection: AsyncConnection, layers: Layers) -> list[dict[str, Any]]:
    """Give the nodes of the plan by which a month was read."""
    conditions = "and e.responsible_id = w.id" if layers.users else ""
    query = text("explain (analyze, format json) " + repository.EVENTS.format(wanted=conditions))
    bounds = bounds_of(days_from(NOVEMBER[0] - timedelta(days=1), len(NOVEMBER) + 2), SOFIA)
    values: dict[str, object] = {"since": [since for since, _ in bounds], "until": [until for _, until in bounds]}
    values |= {"users": list(layers.users) if layers.users else [None], "most": 61}
    row = (await connection.execute(query, values)).scalar_one()
    return list(_nodes(row[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
