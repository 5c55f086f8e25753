"""The dispatcher's feed over REST: read by filters and words, and what other programs tell of their work."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Principal
from api.auth.rights import allows
from api.feed_sources import OWN_FAMILIES, families_of, readable_sources, source_of
from api.rest.bodies import Body, Identifier
from api.rest.calls import Call, act_of, service_of
from api.rest.feed_bodies import (
    EntryAnswer,
    FeedAnswer,
    ProgressBody,
    SourceBody,
    SourcesAnswer,
    TellingBody,
    print_place,
    render_row,
    render_sources,
)
from api.rest.problems import PROBLEMS, repeated
from api.settings import Settings
from api.state import read_clock
from crm.dispatcher import telling
from crm.dispatcher.around import load_around
from crm.dispatcher.model import FeedFilter, Moment, Status
from crm.dispatcher.repository.entries import ToldSource
from crm.dispatcher.service import read_feed
from database.activity import Importance
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Text

_NOTHING: frozenset[str] = frozenset()


class Asked(Struct, frozen=True):
    """What a program wants to read; the families of its filter are set when its rights are known."""

    filter: FeedFilter
    sources: tuple[str, ...]
    words: str


def read_asked(
    *,
    source: FromQuery[list[Text] | None] = None,
    act: FromQuery[Text | None] = None,
    status: FromQuery[Status | None] = None,
    importance: FromQuery[Importance | None] = None,
    actor: FromQuery[Text | None] = None,
    words: FromQuery[Text | None] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    party_id: Annotated[Identifier | None, QueryParameter()] = None,
    project_id: Annotated[Identifier | None, QueryParameter()] = None,
    without_project: FromQuery[bool] = False,
) -> Asked:
    """Read which rows are meant. Raises BodyError."""
    wanted = FeedFilter(
        families=_NOTHING,
        act=act,
        status=status,
        importance=importance,
        actor=actor,
        since=_aware(since, "since"),
        until=_aware(until, "until"),
        party_id=party_id,
        project_id=project_id,
        without_project=without_project,
    )
    return Asked(wanted, tuple(source or ()), words or "")


@get(
    "/v1/feed",
    opt=dict(allows("dispatcher.read")),
    dependencies={"asked": Provide(read_asked, sync_to_thread=False)},
    responses=PROBLEMS,
)
async def get_feed(request: Call, asked: NamedDependency[Asked], after: FromQuery[str | None] = None) -> FeedAnswer:
    """Read the feed over all sources that the caller may read, the newest first."""
    service, before = service_of(request), _read_place(after)
    return await service.database.run(_read, request.user, service.settings, asked, before=before, now=read_clock())


@get("/v1/feed/sources", opt=dict(allows("dispatcher.read")), responses=PROBLEMS)
async def get_feed_sources(request: Call) -> SourcesAnswer:
    """List the sources that the caller may read."""
    service = service_of(request)
    told = await service.database.run(telling.list_sources)
    return render_sources(readable_sources(request.user, told, service.settings.modules_off), told)


@put(
    "/v1/feed/sources/{code:str}",
    opt=dict(allows("settings.edit", module="dispatcher")),
    dto=Body,
    return_dto=None,
    status_code=204,
    responses=PROBLEMS,
)
async def put_feed_source(request: Call, code: FromPath[str], data: JSONBody[SourceBody]) -> None:
    """Register a program that tells of its work, name it anew, switch it on or off."""
    source = ToldSource(code, data.names, data.is_on)
    await service_of(request).database.run(telling.put_source, source, taken=OWN_FAMILIES, act=act_of(request))


@post(
    "/v1/feed",
    opt=dict(allows("dispatcher.tell")),
    dto=Body,
    return_dto=None,
    responses=repeated(EntryAnswer),
)
async def tell_feed(request: Call, data: JSONBody[TellingBody]) -> Response[EntryAnswer]:
    """Tell of a piece of work: 201 for what is new, 200 for what was told under the same UUID already."""
    entry, is_new = await service_of(request).database.run(telling.tell, data.telling(), act=act_of(request))
    return Response(EntryAnswer.of(entry), status_code=201 if is_new else 200)


@patch("/v1/feed/{uid:uuid}", opt=dict(allows("dispatcher.tell")), dto=Body, return_dto=None, responses=PROBLEMS)
async def tell_feed_progress(request: Call, uid: FromPath[UUID], data: JSONBody[ProgressBody]) -> EntryAnswer:
    """Tell that a piece of work went on: another state, another plan, or that it came."""
    progress = telling.Progress(status=data.status, planned_at=data.planned_at, actual_at=data.actual_at)
    return EntryAnswer.of(
        await service_of(request).database.run(telling.tell_progress, uid, progress, act=act_of(request))
    )


async def _read(
    connection: AsyncConnection,
    user: Principal,
    settings: Settings,
    asked: Asked,
    *,
    before: Moment | None,
    now: datetime,
) -> FeedAnswer:
    sources = readable_sources(user, await telling.list_sources(connection), settings.modules_off)
    wanted = asked.filter.reading(families_of(sources, asked.sources))
    zone = settings.timezone
    page = await read_feed(connection, wanted, words=asked.words, now=now, zone=zone, before=before)
    around = await load_around(connection, page.rows, now=now, zone=zone)
    rows = [
        render_row(
            row,
            source_of(row.family),
            around.known.get(row.record),
            party=around.party(row),
            project=around.project(row),
            now=now,
        )
        for row in page.rows
    ]
    return FeedAnswer(rows, print_place(page.older), page.is_cut)


def _aware(moment: datetime | None, field: str) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise BodyError(field, "needs an offset, as in 2026-11-22T10:00:00+02:00")
    return moment


def _read_place(after: str | None) -> Moment | None:
    if after is None:
        return None
    moment, _, row = after.partition("_")
    try:
        place = Moment(datetime.fromisoformat(moment), int(row))
    except ValueError as error:
        raise BodyError("after", "must be the `next` of the page before") from error
    if place.at.tzinfo is None or not 0 <= place.id < 2**63:
        raise BodyError("after", "must be the `next` of the page before")
    return place


router = Router(
    "/",
    route_handlers=[get_feed, get_feed_sources, put_feed_source, tell_feed, tell_feed_progress],
    tags=["Dispatcher"],
)
