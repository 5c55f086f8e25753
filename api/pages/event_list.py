"""The journals of events and of contacts: by period and filters, counted and grouped by kind.

Without a filter a list ends a month ahead, and says so in its field: what repeats for ever would stand before
everything else.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from litestar import Response, get
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import today_of
from api.pages.event_filters import FIELDS, GROUP, Journal, read_fields, read_filter
from api.pages.event_words import DIRECTIONS, IMPORTANCES, STATES
from api.pages.moments import read_moment_place, shorten
from api.pages.named import MOST_PROJECTS
from api.pages.party_choice import settle_parties
from api.pages.queries import link, place_link, text
from api.pages.renderer import Call, database_of, page, redirect, user_id_of
from api.state import read_clock
from crm.colleagues.repository import list_colleagues
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.events.kinds import list_kinds
from crm.events.model import Kind
from crm.events.repository.listing import EventFilter, EventRow, count_by_kind, list_by_kind, list_events
from crm.parties.listing import load_names
from crm.tasks.repository.tasks import list_projects
from crm.views.repository.saved import SavedView
from crm.views.saving import list_views
from database.keyset import Page, Place

AHEAD = timedelta(days=31)


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


async def _show(call: Call, journal: Journal) -> Response[str]:
    settled = await settle_parties(call, ("party", "person"))
    if isinstance(settled, str):
        return redirect(settled)
    typed, is_grouped, path = read_fields(call), text(call, GROUP) == "kind", f"/{journal}"
    is_first = not any(name in call.query_params for name in (*FIELDS, "older", "newer"))
    chosen = typed | ({"until": (today_of(call) + AHEAD).isoformat()} if is_first else {})
    grouped = {GROUP: "kind" if is_grouped else ""}
    place = None if is_grouped else read_moment_place(call)
    wanted, now = read_filter(call, journal, until=chosen["until"]), read_clock()
    shown = await database_of(call).run(
        _load, wanted, path, is_grouped=is_grouped, place=place, now=now, user_id=user_id_of(call)
    )
    found = shown.page
    return page(
        call,
        "events.html",
        journal=journal,
        path=path,
        chosen=chosen,
        problems=settled,
        is_filtered=any(typed.values()),
        is_grouped=is_grouped,
        shown=shown,
        around=shown.around,
        now=now,
        states=STATES,
        directions=DIRECTIONS,
        importances=IMPORTANCES,
        query=link("", typed | grouped).removeprefix("?"),
        views=link(f"{path}/views", typed | grouped),
        other=link(path, chosen | {GROUP: "" if is_grouped else "kind"}),
        exports={one: link(f"/events/export/{one}", chosen | {"journal": journal}) for one in ("csv", "xlsx")},
        links={code: link(path, chosen | {"kind": code}) for code in shown.counts},
        newer=None if found is None else place_link(path, chosen, shorten(found.newer)),
        older=None if found is None else place_link(path, chosen, shorten(found.older)),
    )


async def _load(
    connection: AsyncConnection,
    wanted: EventFilter,
    path: str,
    *,
    is_grouped: bool,
    place: Place | None,
    now: datetime,
    user_id: int,
) -> Shown:
    named = [one for one in (wanted.party_id, wanted.person_id) if one is not None]
    around = Around(
        kinds={one.code: one for one in await list_kinds(connection)},
        colleagues={one.id: one.name for one in await list_colleagues(connection)},
        results={one.code: one for one in await list_entries(connection, "event_result")},
        projects=await list_projects(connection, most=MOST_PROJECTS),
        parties=await load_names(connection, named),
        views=await list_views(connection, path, user_id),
    )
    counts = await count_by_kind(connection, wanted, now=now)
    if is_grouped:
        return Shown(around, counts, None, await list_by_kind(connection, wanted, now=now))
    return Shown(around, counts, await list_events(connection, wanted, now=now, place=place), {})
