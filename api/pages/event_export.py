"""A journal of events as a file, to its end; who took it along stands in the journal of acts."""

from collections.abc import Iterator, Mapping

from litestar import Response, get
from litestar.exceptions import ClientException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table
from api.pages.edge import act_of
from api.pages.event_filters import Journal, read_filter
from api.pages.event_words import DIRECTIONS, IMPORTANCES, STATES
from api.pages.queries import text
from api.pages.renderer import Call, database_of, formats_of, language_of, say_of
from api.state import read_clock
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.events.kinds import list_kinds
from crm.events.model import Kind
from crm.events.repository.listing import EventFilter, EventRow, list_events
from database.activity import record_activity

MOST_EXPORTED = 50_000
ROWS_AT_ONCE = 1_000
HEADER = (
    "Start", "End", "Kind", "Direction", "State", "Topic", "Party", "Contact persons", "Responsible", "Made by",
    "Result", "What came of it", "Importance",
)  # fmt: skip


class _Read(Struct, frozen=True):
    rows: list[EventRow]
    kinds: Mapping[str, Kind]
    results: Mapping[str, Entry]


@get("/events/export/{ending:str}", opt=dict(allows("events.read")))
async def export_events(request: Call, ending: FromPath[str]) -> Response[bytes]:
    """Give a whole journal as a file."""
    journal: Journal = "contacts" if text(request, "journal") == "contacts" else "events"
    wanted = read_filter(request, journal, until=text(request, "until"))
    read = await database_of(request).run(_read_all, request, wanted)
    header = ["id", *map(say_of(request), HEADER)]
    return answer_table(journal, ending, header, _cells(request, read))


async def _read_all(connection: AsyncConnection, call: Call, wanted: EventFilter) -> _Read:
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
    return _Read(
        rows,
        {one.code: one for one in await list_kinds(connection)},
        {one.code: one for one in await list_entries(connection, "event_result")},
    )


def _cells(call: Call, read: _Read) -> Iterator[list[Cell]]:
    say, language, f, now = say_of(call), language_of(call), formats_of(call), read_clock()
    for row in read.rows:
        result = read.results.get(row.result_code or "")
        yield [
            row.id,
            None if row.starts_at is None else f"{f.local(row.starts_at, row.zone):%Y-%m-%d %H:%M}",
            None if row.ends_at is None else f"{f.local(row.ends_at, row.zone):%Y-%m-%d %H:%M}",
            read.kinds[row.kind].name(language),
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
