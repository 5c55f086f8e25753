"""The calendar for programs: what stands on some days, by the same layers that the pages have, and feeds given out.

A feed is a person's: people make and see their own, and a program says whose it makes.
"""

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct, structs

from api.auth.errors import NotAllowedError
from api.auth.rights import allows
from api.calendar_sources import open_sources
from api.rest.bodies import Body
from api.rest.calendar_feed import path_of
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from crm.calendar import feeds
from crm.calendar.errors import CalendarFeedUnknownError
from crm.calendar.model import MOST_KINDS, MOST_USERS, USUAL, Entry, Layers, Source, days_from
from crm.calendar.service import read_days
from database.identifiers import MOST_ID
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Text, Wire

MOST_DAYS = 62


class EntryItem(Struct, frozen=True):
    """What stands in a calendar: an event, a task at its due time, or a birthday; `id` is its own or the person's."""

    source: Source
    id: int
    title: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    is_all_day: bool
    zone: str
    responsible: str | None
    party: str | None
    place: str | None
    is_done: bool
    is_repeated: bool


class DayItem(Struct, frozen=True):
    """A day; `has_more` tells that not everything of it is here."""

    date: date
    entries: list[EntryItem]
    has_more: bool


class CalendarAnswer(Struct, frozen=True):
    """Days in their order, each with what stands on it: long entries first, then by the clock."""

    days: list[DayItem]


class NewFeed(Wire, frozen=True, kw_only=True):
    """A calendar to be given out: no users are everybody, no kinds are all."""

    name: Text
    user_id: int | None = None
    users: Annotated[tuple[int, ...], Meta(max_length=MOST_USERS)] = ()
    kinds: Annotated[tuple[Text, ...], Meta(max_length=MOST_KINDS)] = ()
    project_id: int | None = None
    show: tuple[Source, ...] = USUAL


class FeedMade(Struct, frozen=True):
    """The path of a feed, which cannot be told again."""

    feed_id: int
    path: str


class FeedItem(Struct, frozen=True):
    """A feed without its path."""

    feed_id: int
    name: str
    created_at: datetime
    used_at: datetime | None


class FeedsAnswer(Struct, frozen=True):
    """Feeds that are good, the newest first."""

    feeds: list[FeedItem]


@get("/", opt=dict(allows("calendar.read")), responses=PROBLEMS)
async def get_calendar(
    request: Call,
    since: FromQuery[date],
    days: FromQuery[int] = 7,
    user: FromQuery[list[int] | None] = None,
    kind: FromQuery[list[str] | None] = None,
    project: FromQuery[int | None] = None,
    show: FromQuery[list[Source] | None] = None,
) -> CalendarAnswer:
    """Give what stands on so many days from one on: of users, or everybody; of kinds, or all; of a project."""
    if not 0 < days <= MOST_DAYS:
        raise BodyError("days", f"must be 1 to {MOST_DAYS}")
    if not date(1970, 1, 1) <= since <= date(2199, 1, 1):
        raise BodyError("since", "must be a day from 1970 to 2199")
    service = service_of(request)
    asked = frozenset(USUAL if show is None else show)
    layers = Layers(users=tuple(user or ()), kinds=tuple(kind or ()), project_id=project, sources=asked)
    feeds.check_layers(layers)
    seen = structs.replace(layers, sources=asked & open_sources(request.user.role, service.settings.modules_off))
    zone = ZoneInfo(service.settings.timezone)
    found = await service.database.run(read_days, seen, days_from(since, days), zone=zone)
    return CalendarAnswer([DayItem(day.date, [_item(one) for one in day.entries], day.has_more) for day in found])


@get("/feeds", opt=dict(allows("calendar.share")), responses=PROBLEMS)
async def get_feeds(request: Call, user_id: FromQuery[int | None] = None) -> FeedsAnswer:
    """List the feeds of a person."""
    found = await service_of(request).database.run(feeds.list_feeds, _owner(request, user_id))
    return FeedsAnswer([FeedItem(one.id, one.name, one.created_at, one.used_at) for one in found])


@post("/feeds", opt=dict(allows("calendar.share")), dto=Body, return_dto=None, responses=PROBLEMS)
async def make_feed(request: Call, data: JSONBody[NewFeed]) -> FeedMade:
    """Give a calendar out under a secret path, which is told once."""
    layers = Layers(users=data.users, kinds=data.kinds, project_id=data.project_id, sources=frozenset(data.show))
    owner, act = _owner(request, data.user_id), act_of(request)
    made = service_of(request).database.run(feeds.make_feed, owner, name=data.name, layers=layers, act=act)
    feed_id, secret = await made
    return FeedMade(feed_id, path_of(secret))


@delete("/feeds/{feed_id:int}", opt=dict(allows("calendar.share")), status_code=204, responses=PROBLEMS)
async def end_feed(request: Call, feed_id: FromPath[int], user_id: FromQuery[int | None] = None) -> None:
    """Take a calendar back."""
    if feed_id > MOST_ID:
        raise CalendarFeedUnknownError("no calendar of yours that is good has this number")
    owner, act = _owner(request, user_id), act_of(request)
    await service_of(request).database.run(feeds.revoke_feed, feed_id, owner, act=act)


def _item(entry: Entry) -> EntryItem:
    return EntryItem(
        source=entry.source,
        id=entry.id,
        title=entry.title,
        kind=entry.kind,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        is_all_day=entry.is_all_day,
        zone=entry.zone,
        responsible=entry.responsible,
        party=entry.party,
        place=entry.place,
        is_done=entry.is_done,
        is_repeated=entry.is_repeated,
    )


def _owner(call: Call, user_id: int | None) -> int:
    """Tell whose feeds are meant. Raises BodyError, NotAllowedError."""
    own = call.user.user_id
    if own is not None and user_id not in {None, own}:
        raise NotAllowedError("a calendar is given out by whom it is of")
    owner = user_id if own is None else own
    if owner is None or not 0 < owner <= MOST_ID:
        raise BodyError("user_id", "says whose calendar it is")
    return owner


router = Router("/v1/calendar", route_handlers=[get_calendar, get_feeds, make_feed, end_feed], tags=["Calendar"])
