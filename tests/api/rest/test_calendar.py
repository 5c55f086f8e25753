"""The calendar for programs: its days, and feeds as a real calendar program reads them."""

import asyncio
import os
import sys
from pathlib import Path

import httpx
import icalendar
import pytest

from api.rest import calendar_feed
from api.settings import Settings
from crm.calendar.errors import CalendarBusyError
from crm.calendar.feeds import make_feed, revoke_feed
from crm.calendar.model import Layers
from tests.api.pages.conftest import serving
from tests.api.people import add_person
from tests.conftest import ACT, Caller

EVENT = {
    "kind": "meeting",
    "topic": "Rye for May",
    "zone": "Europe/Sofia",
    "starts_at": "2026-11-24T10:00:00+02:00",
    "ends_at": "2026-11-24T11:30:00+02:00",
    "responsible_id": 1,
    "place": "Varna",
}
PROGRAMS = Path(sys.executable).parent


@pytest.fixture
async def feed(caller: Caller, admin: httpx.AsyncClient) -> str:
    """Give the path of a feed of user 1, who has a meeting, and a whole day, and a weekly one of three without its second."""
    await add_person(caller.service.database)
    whole = {"starts_at": "2026-11-27T00:00:00+02:00", "ends_at": "2026-11-29T00:00:00+02:00", "is_all_day": True}
    weekly = {"starts_at": "2026-11-25T09:00:00+02:00", "ends_at": "2026-11-25T09:30:00+02:00"}
    for event in (
        EVENT,
        EVENT | {"topic": "Fair"} | whole,
        EVENT | {"topic": "Weekly", "rule": "FREQ=WEEKLY;COUNT=3"} | weekly,
    ):
        assert (await admin.post("/v1/events", json=event)).status_code == 201
    return await path_of(caller)


async def path_of(caller: Caller, layers: Layers | None = None) -> str:
    made = caller.service.database.run(make_feed, 1, name="Nora", layers=layers or Layers(users=(1,)), act=ACT)
    return f"{calendar_feed.PATH}/{(await made)[1]}.ics"


def events_of(answer: httpx.Response) -> dict[str, icalendar.Component]:
    found = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    return {str(event["uid"]): event for event in found}


@pytest.mark.usefixtures("feed")
async def test_calendar_gives_days_with_what_stands_on_them(admin: httpx.AsyncClient) -> None:
    """UNF-25."""
    found = (await admin.get("/v1/calendar?since=2026-11-24&days=4&user=1")).json()["days"]
    nobody = (await admin.get("/v1/calendar?since=2026-11-24&days=4&user=2")).json()["days"]

    assert [(day["date"], [one["title"] for one in day["entries"]]) for day in found] == [
        ("2026-11-24", ["Rye for May"]),
        ("2026-11-25", ["Weekly"]),
        ("2026-11-26", []),
        ("2026-11-27", ["Fair"]),
    ]
    assert not any(day["entries"] for day in nobody)


@pytest.mark.parametrize(
    ("query", "field"), [("days=0", "days"), ("days=63", "days"), ("show=moons", "show"), ("since=1066-10-14", "since")]
)
async def test_days_that_no_calendar_has_are_refused(admin: httpx.AsyncClient, query: str, field: str) -> None:
    answer = await admin.get(
        f"/v1/calendar?since=2026-11-24&{query}" if "since" not in query else f"/v1/calendar?{query}"
    )

    assert answer.status_code in {400, 422}
    assert answer.json()["errors"][0]["field"] == field


async def test_feed_holds_events_in_utc_with_identifiers_that_last(
    caller: Caller, admin: httpx.AsyncClient, feed: str
) -> None:
    found = events_of(await caller.http.get(feed))
    await admin.put("/v1/events/1", json=EVENT | {"topic": "Oats", "version": 1})
    again = events_of(await caller.http.get(feed))

    meeting, fair = found["event-1@tallycard"], found["event-2@tallycard"]
    assert meeting["dtstart"].to_ical() == b"20261124T080000Z"
    assert meeting["dtend"].to_ical() == b"20261124T093000Z"
    assert (str(meeting["summary"]), str(meeting["location"])) == ("Rye for May", "Varna")
    assert (fair["dtstart"].to_ical(), fair["dtend"].to_ical()) == (b"20261127", b"20261129")
    assert again.keys() == found.keys()
    assert (str(again["event-1@tallycard"]["summary"]), again["event-1@tallycard"]["sequence"]) == ("Oats", 1)


async def test_feed_that_did_not_change_is_not_sent_again(caller: Caller, admin: httpx.AsyncClient, feed: str) -> None:
    first = await caller.http.get(feed)
    by_tag = await caller.http.get(feed, headers={"If-None-Match": first.headers["etag"]})
    by_date = await caller.http.get(feed, headers={"If-Modified-Since": first.headers["last-modified"]})
    await admin.put("/v1/events/1", json=EVENT | {"topic": "Oats", "version": 1})
    changed = await caller.http.get(feed, headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    assert (by_tag.status_code, by_tag.content, by_date.status_code) == (304, b"", 304)
    assert (changed.status_code, changed.headers["etag"] != first.headers["etag"]) == (200, True)


async def test_secret_that_is_wrong_or_taken_back_opens_nothing_and_is_not_repeated(caller: Caller, feed: str) -> None:
    secret = feed.removeprefix(f"{calendar_feed.PATH}/").removesuffix(".ics")
    wrong = await caller.http.get(f"{calendar_feed.PATH}/{'x' * 43}.ics")
    await caller.service.database.run(revoke_feed, 1, 1, act=ACT)
    gone = await caller.http.get(feed)

    assert (wrong.status_code, gone.status_code) == (404, 404)
    assert (wrong.json()["code"], secret in gone.text) == ("calendar_feed_unknown", False)


async def test_feed_of_who_has_left_opens_nothing(caller: Caller, admin: httpx.AsyncClient, feed: str) -> None:
    assert (await admin.post("/v1/users/1/disable")).status_code in {200, 201, 204}

    assert (await caller.http.get(feed)).status_code == 404


async def test_feed_is_read_so_many_times_a_minute(caller: Caller, feed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_feed, "MOST_READS", 3)

    answers = [(await caller.http.get(feed)).status_code for _ in range(3)]
    refused = await caller.http.get(feed)

    assert answers == [200, 200, 200]
    assert (refused.status_code, refused.headers["retry-after"], refused.json()["code"]) == (429, "60", "calendar_busy")


async def test_minute_later_a_feed_is_read_again() -> None:
    now = [30.0]
    reads = calendar_feed.FeedReads(clock=lambda: now[0])
    reads.count(1, 1)
    with pytest.raises(CalendarBusyError):
        reads.count(1, 1)

    now[0] += 60
    reads.count(1, 1)


async def test_khal_shows_what_vdirsyncer_brings(
    feed: str, settings: Settings, database_url: str, admin: httpx.AsyncClient, tmp_path: Path
) -> None:
    """A client that people use, over HTTP: an occurrence that is left out is gone there too."""
    if not (PROGRAMS / "khal").exists():
        reason = "khal is not installed"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    weekly = [one["event_id"] for one in (await admin.get("/v1/events?words=Weekly")).json()["events"]]
    async with serving(settings, database_url) as address:
        configure(tmp_path, address + feed)
        await bring(tmp_path)
        before = await listed(tmp_path)
        assert (await admin.delete(f"/v1/events/{sorted(weekly)[1]}?version=1")).status_code == 204
        await bring(tmp_path)
        after = await listed(tmp_path)

    three = [f"2026-{day} 09:00 Weekly" for day in ("11-25", "12-02", "12-09")]
    rest = ["2026-11-24 10:00 Rye for May", "2026-11-27  Fair"]
    assert sorted(before) == sorted(rest + three)
    assert sorted(after) == sorted([*rest, three[0], three[2]])


def configure(folder: Path, url: str) -> None:
    """Write the files of both programs, so that they touch nothing of whoever runs the tests."""
    (folder / "vdirsyncer").write_text(
        f'[general]\nstatus_path = "{folder}/status"\n'
        '[pair feed]\na = "there"\nb = "here"\ncollections = null\nconflict_resolution = "a wins"\n'
        f'[storage there]\ntype = "http"\nurl = "{url}"\n'
        f'[storage here]\ntype = "filesystem"\npath = "{folder}/kept"\nfileext = ".ics"\n',
        encoding="utf-8",
    )
    (folder / "khal").write_text(
        f"[calendars]\n[[feed]]\npath = {folder}/kept\ntype = calendar\n"
        "[locale]\nlocal_timezone = Europe/Sofia\ndefault_timezone = Europe/Sofia\n"
        "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ntimeformat = %H:%M\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
        f"[sqlite]\npath = {folder}/khal.db\n",
        encoding="utf-8",
    )
    (folder / "kept").mkdir()


async def bring(folder: Path) -> None:
    await run(folder, "vdirsyncer", "-c", str(folder / "vdirsyncer"), "discover")
    await run(folder, "vdirsyncer", "-c", str(folder / "vdirsyncer"), "sync", "--force-delete")


async def listed(folder: Path) -> list[str]:
    """Give what khal lists, each event once: its first day, its time, its name."""
    wanted = ("--once", "--day-format", "", "--format", "{start-date} {start-time} {title}", "2026-11-01", "60d")
    return (await run(folder, "khal", "-c", str(folder / "khal"), "list", *wanted)).split("\n")[:-1]


async def run(folder: Path, program: str, *arguments: str) -> str:
    """Run a program to its end, within a minute, and give what it printed."""
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "Europe/Sofia"}
    running = await asyncio.create_subprocess_exec(
        PROGRAMS / program, *arguments, env=environment, stdout=-1, stderr=-1, stdin=asyncio.subprocess.DEVNULL
    )
    printed, wrong = await asyncio.wait_for(running.communicate(), 60)
    assert running.returncode == 0, wrong.decode()
    return printed.decode()


async def test_feed_is_made_listed_and_ended_by_programs_for_a_person(caller: Caller, admin: httpx.AsyncClient) -> None:
    await add_person(caller.service.database)
    made = await admin.post("/v1/calendar/feeds", json={"name": "Telephone", "user_id": 1, "users": [1]})
    nobodys = await admin.post("/v1/calendar/feeds", json={"name": "Telephone"})
    listed = (await admin.get("/v1/calendar/feeds?user_id=1")).json()["feeds"]

    opened = await caller.http.get(made.json()["path"])
    ended = await admin.delete("/v1/calendar/feeds/1?user_id=1")
    again = await admin.delete("/v1/calendar/feeds/1?user_id=1")

    assert [(one["feed_id"], one["name"]) for one in listed] == [(1, "Telephone")]
    assert (made.status_code, opened.status_code, ended.status_code, again.status_code) == (201, 200, 204, 404)
    assert (nobodys.status_code, nobodys.json()["errors"][0]["field"]) == (400, "user_id")
