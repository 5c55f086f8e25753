"""The journals of events and of contacts: by period and filters, counted and grouped by kind, and to take along.

Without a period a list ends a month ahead, and says so in its field: what repeats for ever would stand before
everything else. The address carries everything, so a list can be saved under a name.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal
from urllib.parse import parse_qsl

from litestar import Response, get, post
from litestar.exceptions import ClientException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table
from api.pages.edge import act_of, today_of
from api.pages.event_around import MOST_PROJECTS
from api.pages.event_words import DIRECTIONS, IMPORTANCES, STATES
from api.pages.forms import read_form
from api.pages.queries import choice, link, text, whole_number
from api.pages.renderer import (
    Call,
    Renderer,
    database_of,
    formats_of,
    language_of,
    page,
    principal_of,
    redirect,
    zone_of,
)
from api.state import read_clock
from crm.colleagues.repository import list_colleagues
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.events.kinds import list_kinds
from crm.events.model import Direction, Kind, State
from crm.events.repository.listing import (
    EventFilter,
    EventRow,
    count_by_kind,
    list_by_kind,
    list_events,
)
from crm.parties.listing import load_names
from crm.tasks.repository.tasks import list_projects
from crm.views.repository.saved import SavedView
from crm.views.saving import delete_view, list_views, save_view
from database.activity import Importance, record_activity
from database.keyset import Page, Place
from loyalty.errors import LoyaltyError

Journal = Literal["events", "contacts"]
FIELDS = (
    "kind", "direction", "state", "party", "person", "responsible", "author", "result", "words", "importance",
    "project", "since", "until",
)  # fmt: skip
AHEAD = timedelta(days=31)
MOST_EXPORTED = 50_000
ROWS_AT_ONCE = 1_000
_DIRECTIONS: Mapping[str, Direction] = {one: one for one in DIRECTIONS}
_STATES: Mapping[str, State] = {one: one for one in STATES}
_IMPORTANCES: Mapping[str, Importance] = {"1": 1, "2": 2, "3": 3}


class Around(Struct, frozen=True):
    """What a journal offers to filter by, and the names of the parties that it is of."""

    kinds: Mapping[str, Kind]
    colleagues: Mapping[int, str]
    results: Mapping[str, Entry]
    projects: Mapping[int, str]
    parties: Mapping[int, str]
    views: list[SavedView]


class Shown(Struct, frozen=True):
    """A journal: its page, or its groups, and how many there are by kind."""

    around: Around
    counts: Mapping[str, int]
    page: Page[EventRow] | None
    groups: Mapping[str, list[EventRow]]


@get("/events", opt=dict(allows("events.read")))
async def show_events(request: Call) -> Response[str]:
    """List events by kind, state, people and period, the latest first."""
    return await _show(request, "events")


@get("/contacts", opt=dict(allows("events.read")))
async def show_contacts(request: Call) -> Response[str]:
    """List contacts alone: what was said with whom, and what is planned."""
    return await _show(request, "contacts")


@post("/events/views", opt=dict(allows("events.read")))
async def save_events_view(request: Call) -> Response[str]:
    """Save a journal under a name, or delete a view of one's own; a name that is taken is left as it is."""
    form = await read_form(request)
    path = "/contacts" if form.text("journal") == "contacts" else "/events"
    user_id = principal_of(request).user_id
    assert user_id is not None, "pages are for people"
    database, act = database_of(request), act_of(request)
    fields = [pair for pair in parse_qsl(form.text("query")) if pair[0] in (*FIELDS, "group")]
    try:
        if form.text("delete"):
            await database.run(delete_view, int(form.text("delete")), user_id, act=act)
        else:
            query = link("", dict(fields)).removeprefix("?")
            name, shared = form.text("name"), form.is_ticked("shared")
            await database.run(save_view, path, user_id, name=name, query=query, shared=shared, act=act)
    except LoyaltyError as refusal:
        return redirect(link(path, {**dict(fields), "refused": refusal.detail}))
    return redirect(link(path, dict(fields)))


@get("/events/export/{ending:str}", opt=dict(allows("events.read")))
async def export_events(request: Call, ending: FromPath[str]) -> Response[bytes]:
    """Give a whole journal as a file; who took it along stands in the journal of acts."""
    journal: Journal = "contacts" if text(request, "journal") == "contacts" else "events"
    wanted = _read_filter(request, journal, _chosen(request))
    rows, around = await database_of(request).run(_read_all, request, wanted)
    renderer: Renderer = request.app.state["renderer"]
    header = ["id", *(renderer.say(title) for title in _HEADER)]
    return answer_table(journal, ending, header, _cells(request, rows, around))


_HEADER = (
    "Start", "End", "Kind", "Direction", "State", "Topic", "Party", "Contact persons", "Responsible", "Made by",
    "Result", "What came of it", "Importance",
)  # fmt: skip


async def _show(call: Call, journal: Journal) -> Response[str]:
    chosen = _chosen(call)
    is_first = not any(name in call.query_params for name in (*FIELDS, "older", "newer"))
    if is_first:
        chosen["until"] = (today_of(call) + AHEAD).isoformat()
    wanted, path = _read_filter(call, journal, chosen), f"/{journal}"
    group = text(call, "group") == "kind"
    place = None if group else _place(call)
    now = read_clock()
    user_id = principal_of(call).user_id or 0
    shown = await database_of(call).run(
        _load, wanted, group=group, place=place, now=now, page_name=path, user_id=user_id
    )
    kept = chosen | {"group": "kind" if group else ""}
    return page(
        call,
        "events.html",
        journal=journal,
        path=path,
        chosen=chosen,
        is_filtered=not is_first and any(chosen.values()),
        group=group,
        shown=shown,
        around=shown.around,
        now=now,
        states=STATES,
        directions=DIRECTIONS,
        importances=IMPORTANCES,
        query=link("", kept).removeprefix("?"),
        grouped=link(path, chosen | {"group": "" if group else "kind"}),
        exports={one: link(f"/events/export/{one}", chosen | {"journal": journal}) for one in ("csv", "xlsx")},
        links={code: link(path, chosen | {"kind": code}) for code in shown.counts},
        newer=None if shown.page is None else _link(path, kept, shown.page.newer),
        older=None if shown.page is None else _link(path, kept, shown.page.older),
        refused=text(call, "refused"),
    )


async def _load(
    connection: AsyncConnection,
    wanted: EventFilter,
    *,
    group: bool,
    place: Place | None,
    now: datetime,
    page_name: str,
    user_id: int,
) -> Shown:
    around = await _load_around(connection, wanted, page_name, user_id)
    counts = await count_by_kind(connection, wanted, now=now)
    if group:
        return Shown(around, counts, None, await list_by_kind(connection, wanted, now=now))
    return Shown(around, counts, await list_events(connection, wanted, now=now, place=place), {})


async def _load_around(connection: AsyncConnection, wanted: EventFilter, page_name: str, user_id: int) -> Around:
    named = [one for one in (wanted.party_id, wanted.person_id) if one is not None]
    return Around(
        kinds={one.code: one for one in await list_kinds(connection)},
        colleagues={one.id: one.name for one in await list_colleagues(connection)},
        results={one.code: one for one in await list_entries(connection, "event_result")},
        projects=await list_projects(connection, most=MOST_PROJECTS),
        parties=await load_names(connection, named),
        views=await list_views(connection, page_name, user_id),
    )


def _chosen(call: Call) -> dict[str, str]:
    return {name: text(call, name) for name in FIELDS}


def _read_filter(call: Call, journal: Journal, chosen: Mapping[str, str]) -> EventFilter:
    """Read what an address asks for. Raises ClientException."""
    until = chosen["until"]
    return EventFilter(
        kind=chosen["kind"] or None,
        is_contact=True if journal == "contacts" else None,
        direction=choice(call, "direction", _DIRECTIONS.__getitem__),
        state=choice(call, "state", _STATES.__getitem__),
        party_id=choice(call, "party", whole_number),
        person_id=choice(call, "person", whole_number),
        responsible_id=choice(call, "responsible", whole_number),
        author_id=choice(call, "author", whole_number),
        result_code=chosen["result"] or None,
        words=chosen["words"] or None,
        importance=choice(call, "importance", _IMPORTANCES.__getitem__),
        project_id=choice(call, "project", whole_number),
        since=choice(call, "since", lambda day: _midnight(call, date.fromisoformat(day))),
        until=_behind(call, until) if until else None,
    )


def _behind(call: Call, day: str) -> datetime:
    try:
        return _midnight(call, date.fromisoformat(day) + timedelta(days=1))
    except (ValueError, OverflowError) as error:
        raise ClientException("until is none that this page knows") from error


def _midnight(call: Call, day: date) -> datetime:
    return datetime.combine(day, time(), zone_of(call))


def _place(call: Call) -> Place | None:
    for name in ("older", "newer"):
        key = choice(call, name, _read_key)
        if key is not None:
            return Place(key, is_towards_newer=name == "newer")
    return None


def _read_key(value: str) -> tuple[datetime, int]:
    moment, _, one = value.partition("_")
    read = datetime.fromisoformat(moment)
    if read.tzinfo is None:
        raise ValueError("a key has an offset")
    return read, whole_number(one)


def _link(path: str, fields: dict[str, str], where: Place | None) -> str | None:
    if where is None:
        return None
    moment, one = where.key
    assert isinstance(moment, datetime), "lists are ordered by moments"
    name = "newer" if where.is_towards_newer else "older"
    return link(path, fields | {name: f"{moment.isoformat()}_{one}"})


async def _read_all(connection: AsyncConnection, call: Call, wanted: EventFilter) -> tuple[list[EventRow], Around]:
    """Read a journal to its end. Raises ClientException for one that is too long."""
    now = read_clock()
    found = await list_events(connection, wanted, now=now, size=ROWS_AT_ONCE)
    rows = list(found.rows)
    while found.older is not None:
        if len(rows) >= MOST_EXPORTED:
            raise ClientException(f"a file holds at most {MOST_EXPORTED:,} events: choose a period first")
        found = await list_events(connection, wanted, now=now, place=found.older, size=ROWS_AT_ONCE)
        rows += found.rows
    await record_activity(
        connection, act=act_of(call), what="events.exported", record="events", data={"count": len(rows)}
    )
    return rows, await _load_around(connection, wanted, "", 0)


def _cells(call: Call, rows: list[EventRow], around: Around) -> Iterator[list[Cell]]:
    renderer: Renderer = call.app.state["renderer"]
    say, language, f, now = renderer.say, language_of(call), formats_of(call), read_clock()
    for row in rows:
        result = around.results.get(row.result_code or "")
        yield [
            row.id,
            None if row.starts_at is None else f"{f.local(row.starts_at, row.zone):%Y-%m-%d %H:%M}",
            None if row.ends_at is None else f"{f.local(row.ends_at, row.zone):%Y-%m-%d %H:%M}",
            around.kinds[row.kind].name(language),
            say(DIRECTIONS[row.direction].text),
            say(STATES[row.state(now)].text),
            row.topic,
            row.party,
            ", ".join(row.persons),
            row.responsible,
            row.author,
            None if result is None else result.name(language),
            row.result,
            say(IMPORTANCES[str(row.importance)]),
        ]
