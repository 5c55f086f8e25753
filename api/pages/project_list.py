"""The list of projects, with filters that the address carries, and the same list as a file to take along."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from litestar import Response, get
from litestar.exceptions import ClientException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table, headings
from api.pages.edge import act_of, today_of
from api.pages.moments import read_moment_place, shorten
from api.pages.project_words import SHOWN, state_word
from api.pages.queries import choice, link, place_link, text, whole_number
from api.pages.renderer import Call, database_of, language_of, page, principal_of, say_of
from api.state import read_clock
from crm.colleagues.repository import list_colleagues
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.parties.listing import load_names
from crm.planning.project import count_progress
from crm.planning.work import Progress
from crm.projects.listing import ProjectFilter, ProjectRow, Shown, list_projects
from database.activity import record_activity
from database.keyset import Page, Place

PATH = "/projects"
FIELDS = ("text", "shown", "kind", "manager", "party", "overdue")
ME = "me"
MOST_EXPORTED = 50_000
ROWS_AT_ONCE = 1_000
HEADER = headings(
    "id", "name", "kind", "party", "manager", "begins", "due", "overdue", "closed", "tasks", "done",
    "tasks overdue",
)  # fmt: skip
_SHOWN: Mapping[str, Shown] = {one: one for one in SHOWN}


class _Listed(Struct, frozen=True):
    found: Page[ProjectRow]
    progress: Mapping[int, Progress]
    kinds: Mapping[str, Entry]
    people: Mapping[int, str]
    parties: Mapping[int, str]


@get(PATH, opt=dict(allows("tasks.read")))
async def show_projects(request: Call) -> Response[str]:
    """Show a page of projects, the newest change first."""
    chosen = {name: text(request, name) for name in FIELDS}
    wanted, today = _read_filter(request), today_of(request)
    listed = await database_of(request).run(_load, wanted, place=read_moment_place(request), today=today)
    return page(
        request,
        "projects.html",
        chosen=chosen,
        is_filtered=any(chosen.values()),
        rows=listed.found.rows,
        progress=listed.progress,
        nothing=Progress(),
        kinds=listed.kinds,
        people=listed.people,
        party=listed.parties.get(wanted.party_id or 0),
        today=today,
        shown=SHOWN,
        state_word=state_word,
        me=ME,
        csv=link(f"{PATH}/export/csv", chosen),
        xlsx=link(f"{PATH}/export/xlsx", chosen),
        newer=place_link(PATH, chosen, shorten(listed.found.newer)),
        older=place_link(PATH, chosen, shorten(listed.found.older)),
    )


@get(f"{PATH}/export/{{ending:str}}", opt=dict(allows("tasks.read")))
async def export_projects(request: Call, ending: FromPath[str]) -> Response[bytes]:
    """Give the whole list as a file; who took it along stands in the journal, without the filter's words."""
    rows = await database_of(request).run(_read_all, request, _read_filter(request))
    return answer_table("projects", ending, [*map(say_of(request), HEADER)], rows)


def _read_filter(call: Call) -> ProjectFilter:
    def read_user(typed: str) -> int | None:
        return principal_of(call).user_id if typed == ME else whole_number(typed)

    return ProjectFilter(
        shown=choice(call, "shown", _SHOWN.__getitem__) or "open",
        kind=text(call, "kind") or None,
        party_id=choice(call, "party", whole_number),
        manager_id=choice(call, "manager", read_user),
        is_overdue=bool(text(call, "overdue")),
        words=text(call, "text") or None,
    )


async def _load(connection: AsyncConnection, wanted: ProjectFilter, *, place: Place | None, today: date) -> _Listed:
    found = await list_projects(connection, wanted, today=today, place=place)
    return _Listed(
        found,
        await count_progress(connection, [row.id for row in found.rows], now=read_clock()),
        {one.code: one for one in await list_entries(connection, "project_kind")},
        {one.id: one.name for one in await list_colleagues(connection)},
        await load_names(connection, [] if wanted.party_id is None else [wanted.party_id]),
    )


async def _read_all(connection: AsyncConnection, call: Call, wanted: ProjectFilter) -> list[list[Cell]]:
    """Read the list to its end. Raises ClientException for one that is too long."""
    now, today, language = read_clock(), today_of(call), language_of(call)
    kinds = {one.code: one.name(language) for one in await list_entries(connection, "project_kind")}
    lines: list[list[Cell]] = []
    place: Place | None = None
    while True:
        found = await list_projects(connection, wanted, today=today, place=place, size=ROWS_AT_ONCE)
        progress = await count_progress(connection, [row.id for row in found.rows], now=now)
        lines += [[*_cells(row, kinds, today), *_counts(progress.get(row.id, Progress()))] for row in found.rows]
        if found.older is None:
            break
        if len(lines) >= MOST_EXPORTED:
            raise ClientException(f"a file holds at most {MOST_EXPORTED:,} projects: filter the list first")
        place = found.older
    data = {"count": len(lines), "fields": sorted(name for name in FIELDS if text(call, name))}
    await record_activity(connection, act=act_of(call), what="projects.exported", record="projects", data=data)
    return lines


def _cells(row: ProjectRow, kinds: Mapping[str, str], today: date) -> Iterator[Cell]:
    yield from (row.id, row.name, kinds.get(row.kind, row.kind), row.party, row.manager)
    yield from (_day(row.starts_on), _day(row.due_on))
    yield "yes" if row.is_overdue(today) else ""
    yield _day(row.closed_at)


def _day(day: date | datetime | None) -> str | None:
    return None if day is None else day.isoformat()[: len("2026-11-22")]


def _counts(progress: Progress) -> Iterator[Cell]:
    yield from (progress.total, progress.done, progress.overdue)
