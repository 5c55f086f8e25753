"""The dispatcher's workplace: filters left, the feed in the middle, what a row is about at the right.

Key idea: the page is one GET, so a filter, an open row and a saved filter are addresses, and all of it reads without
scripts. With them a row opens beside the feed, keys move and choose, and rows that came meanwhile wait under a bar,
where they move nothing until somebody asks for them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from litestar import Response, get
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Principal
from api.auth.rights import allows
from api.feed_sources import families_of, readable_sources
from api.pages.audit_values import Value, say_values, tell
from api.pages.audit_words import NAMES
from api.pages.dispatcher_filters import PATH, Asked, print_place, read_asked, read_place
from api.pages.dispatcher_rows import act_text, group_rows, show_rows
from api.pages.dispatcher_words import GROUPS, SOURCES, STATUSES, TOLD_ICON
from api.pages.event_words import IMPORTANCES
from api.pages.named import MOST_PROJECTS
from api.pages.party_choice import settle_parties
from api.pages.queries import choice
from api.pages.renderer import (
    Call,
    database_of,
    formats_of,
    has,
    language_of,
    modules_off_of,
    page,
    principal_of,
    redirect,
    say_of,
    zone_of,
)
from api.pages.words import Word
from api.state import read_clock
from crm.colleagues.model import Colleague
from crm.colleagues.repository import list_colleagues
from crm.dispatcher.around import Around, load_around
from crm.dispatcher.model import FeedPage, FeedRow, Moment
from crm.dispatcher.repository.entries import ToldSource
from crm.dispatcher.repository.feed import PAGE_ROWS
from crm.dispatcher.service import MOST_NEW, count_new, list_acts, list_pinned, load_row, read_feed
from crm.dispatcher.telling import list_sources
from crm.events.repository.files import EventFile, list_files
from crm.parties.listing import load_names
from crm.parties.repository.audit import KeptChange, list_kept_changes
from crm.tasks.repository.tasks import list_projects
from crm.views.repository.saved import SavedView
from crm.views.saving import list_views
from database.journal import JournalRow

GROUPED_ROWS = 200
"""So many rows are put under heads of parties, projects or kinds."""

LIVE_TOPICS = (
    "event task project party business_document document card series price_list rule job signal user"
    " feed_entry feed_source survey"
)
"""Changes of these are told to an open page at once; what tills do is looked for every few seconds."""


class Opened(Struct, frozen=True):
    """The row that stands open, with the values behind it and the recordings of its talk."""

    row: FeedRow
    changes: Sequence[KeptChange]
    recordings: Sequence[EventFile]


class Loaded(Struct, frozen=True, kw_only=True):
    """All that a page of the feed is made of."""

    told: list[ToldSource]
    sources: Mapping[str, frozenset[str]]
    found: FeedPage
    pinned: list[FeedRow]
    opened: Opened | None
    around: Around
    acts: list[str]
    projects: Mapping[int, str]
    colleagues: list[Colleague]
    views: list[SavedView]
    party: str | None


@get(PATH, opt=dict(allows("dispatcher.read")))
async def show_dispatcher(request: Call) -> Response[str]:
    """Show the feed over all sources that the reader may read."""
    settled = await settle_parties(request, ("party",))
    if isinstance(settled, str):
        return redirect(settled)
    asked, now = read_asked(request), read_clock()
    loaded = await database_of(request).run(
        _load, asked, principal_of(request), now=now, zone=zone_of(request).key, modules_off=modules_off_of(request)
    )
    shown = show_rows(request, loaded.found.rows, loaded.around, loaded.told, now=now)
    pinned = show_rows(request, loaded.pinned, loaded.around, loaded.told, now=now)
    opened = loaded.opened
    newest = loaded.found.rows[0].place if loaded.found.rows else Moment(now, 0)
    return page(
        request,
        "dispatcher.html",
        asked=asked,
        problem=settled.get("party"),
        loaded=loaded,
        groups=group_rows(shown, asked.group, request),
        pinned=pinned,
        pins={one.id for one in loaded.pinned},
        opened=opened,
        detail=None if opened is None else show_rows(request, [opened.row], loaded.around, loaded.told, now=now)[0],
        values=[] if opened is None else _values(request, opened),
        acts={act: act_text(request, act) for act in loaded.acts},
        sources=_named_sources(request, loaded),
        statuses=STATUSES,
        group_names=GROUPS,
        importances=IMPORTANCES,
        news=asked.address(f"{PATH}/news", after=print_place(newest)),
        topics=LIVE_TOPICS,
        older=None if loaded.found.older is None else asked.address(older=print_place(loaded.found.older)),
        names=NAMES,
    )


@get(f"{PATH}/news", opt=dict(allows("dispatcher.read")))
async def show_news(request: Call) -> Response[str]:
    """Say how many rows came above the newest one that a page shows."""
    asked, after = read_asked(request), choice(request, "after", read_place) or Moment(read_clock(), 0)
    count = await database_of(request).run(
        _count, asked, after, principal_of(request), zone=zone_of(request).key, modules_off=modules_off_of(request)
    )
    return page(request, "dispatcher_news.html", count=count, most=MOST_NEW, asked=asked)


async def _count(
    connection: AsyncConnection,
    asked: Asked,
    after: Moment,
    user: Principal,
    *,
    zone: str,
    modules_off: frozenset[str],
) -> int:
    sources = readable_sources(user, await list_sources(connection), modules_off)
    wanted = asked.filter.reading(families_of(sources, asked.sources))
    return await count_new(connection, wanted, after=after, words=asked.words, now=read_clock(), zone=zone)


async def _load(
    connection: AsyncConnection,
    asked: Asked,
    user: Principal,
    *,
    now: datetime,
    zone: str,
    modules_off: frozenset[str],
) -> Loaded:
    told = await list_sources(connection)
    sources = readable_sources(user, told, modules_off)
    readable = families_of(sources)
    found = await read_feed(
        connection,
        asked.filter.reading(families_of(sources, asked.sources)),
        words=asked.words,
        now=now,
        zone=zone,
        before=asked.before,
        size=PAGE_ROWS if asked.group == "day" else GROUPED_ROWS,
    )
    pinned = [] if asked.before is not None else await list_pinned(connection, readable)
    opened = None if asked.opened is None else await _open(connection, asked.opened, readable)
    rows = [*found.rows, *pinned, *([] if opened is None else [opened.row])]
    names = {} if asked.filter.party_id is None else await load_names(connection, [asked.filter.party_id])
    return Loaded(
        told=told,
        sources=sources,
        found=found,
        pinned=pinned,
        opened=opened,
        around=await load_around(connection, rows, now=now, zone=zone),
        acts=await list_acts(connection, readable),
        projects=await list_projects(connection, most=MOST_PROJECTS) if "projects" in sources else {},
        colleagues=await list_colleagues(connection),
        views=await list_views(connection, PATH, user.user_id or 0),
        party=next(iter(names.values()), None),
    )


async def _open(connection: AsyncConnection, place: Moment, families: frozenset[str]) -> Opened:
    row = await load_row(connection, place, families)
    acts = [] if row.party_id is None else [(row.party_id, row.at)]
    kind, _, key = row.record.partition(":")
    files = await list_files(connection, int(key)) if kind == "event" else []
    return Opened(row, await list_kept_changes(connection, acts), [one for one in files if one.is_recording])


def _values(call: Call, opened: Opened) -> list[Value]:
    """Say what the act changed; people's own data for whoever may read parties."""
    row = opened.row
    act = JournalRow(row.id, row.at, row.actor, row.act, row.record, row.card_id, row.party_id, row.data)
    changes = opened.changes if has(call, "parties.read") else []
    return say_values(tell(act, changes, formats_of(call)), say_of(call))


def _named_sources(call: Call, loaded: Loaded) -> dict[str, Word]:
    say = say_of(call)
    programs = {one.code: Word(one.name(language_of(call)), TOLD_ICON) for one in loaded.told}
    own = {code: Word(say(word.text), word.icon) for code, word in SOURCES.items()}
    known = {**programs, **own}
    return {code: known.get(code, Word(code, TOLD_ICON)) for code in loaded.sources}
