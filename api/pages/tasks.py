"""The list of tasks: incoming, outgoing, personal, watched and all, with filters that the address carries.

The badge of the navigation is a small page of its own, so that whatever tells of news can have it fetched again.
"""

from typing import get_args

from litestar import Response, get
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.named import Named
from api.pages.queries import text
from api.pages.renderer import Call, database_of, page, principal_of
from api.pages.task_around import Around, Choices, load_around, load_choices
from api.pages.task_bulk import Told, load_told
from api.pages.task_filters import ME, Wanted, read_task_place, read_wanted
from api.pages.task_words import TABS
from api.state import read_clock
from crm.tasks.listing import MOST_COUNTED, TabCounts, TaskPage
from crm.tasks.model import Tab
from crm.tasks.repository.listing import count_tabs, count_unseen, list_tasks
from crm.views.repository.saved import SavedView
from crm.views.saving import list_views

PATH = "/tasks"


class _Shown(Struct, frozen=True):
    found: TaskPage
    around: Around
    choices: Choices
    counts: TabCounts
    saved: list[SavedView]
    told: Told | None


class ShownTab(Struct, frozen=True):
    """A tab of the list and how many open tasks are behind it."""

    name: str
    address: str
    is_here: bool
    count: int


@get(PATH, opt=dict(allows("tasks.read")))
async def show_tasks(request: Call) -> Response[str]:
    """Show a page of tasks, the most urgent first."""
    wanted = read_wanted(request)
    shown = await database_of(request).run(_load, request, wanted)
    party_id = wanted.filter.party_id
    return page(
        request,
        "tasks.html",
        wanted=wanted,
        chosen=wanted.fields,
        rows=shown.found.rows,
        now=read_clock(),
        around=shown.around,
        choices=shown.choices,
        party=shown.around.parties.get(party_id or 0),
        tabs=[_tab(wanted, tab, shown.counts) for tab in get_args(Tab)],
        saved=shown.saved,
        most=MOST_COUNTED,
        me=ME,
        told=shown.told,
        none_ticked=bool(text(request, "none")),
        query=wanted.address(PATH).partition("?")[2],
        back=wanted.place_address(PATH, shown.found.back),
        on=wanted.place_address(PATH, shown.found.on),
    )


async def _load(connection: AsyncConnection, call: Call, wanted: Wanted) -> _Shown:
    user_id = principal_of(call).user_id or 0
    place = read_task_place(call, wanted.sort)
    found = await list_tasks(connection, wanted.filter, now=read_clock(), sort=wanted.sort, place=place)
    party_id = wanted.filter.party_id
    more = Named(frozenset() if party_id is None else frozenset({party_id}))
    return _Shown(
        found,
        await load_around(connection, found.rows, more),
        await load_choices(connection),
        await count_tabs(connection, user_id),
        await list_views(connection, PATH, user_id),
        await load_told(connection, call),
    )


def _tab(wanted: Wanted, tab: Tab, counts: TabCounts) -> ShownTab:
    count: int = getattr(counts, tab)
    return ShownTab(TABS[tab], wanted.address(PATH, tab="" if tab == "all" else tab), wanted.filter.tab == tab, count)


@get("/tasks/unseen", opt=dict(allows("tasks.read")))
async def show_unseen(request: Call) -> Response[str]:
    """Show how many tasks others gave the reader who never opened them: the badge of the navigation."""
    count = await database_of(request).run(count_unseen, principal_of(request).user_id or 0)
    return page(request, "tasks_unseen.html", count=count, most=MOST_COUNTED)
