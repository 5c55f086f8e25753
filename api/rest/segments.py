"""Segments: parties by conditions, kept under a name, counted and read as they are now; and scores of parties."""

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, context_of, service_of
from api.rest.lists import read_place
from api.rest.problems import PROBLEMS
from api.rest.segment_bodies import (
    Conditions,
    CountAnswer,
    MemberItem,
    MembersAnswer,
    ScoresAnswer,
    SegmentAnswer,
    SegmentBody,
    SegmentChange,
    SegmentsAnswer,
    render_scores,
    render_segment,
)
from crm.scores.service import ask_for_scoring, load_scores
from crm.segments import service as segments
from crm.segments.service import PARTIES_PER_PAGE
from crm.views.listing import load_words
from crm.views.trees import Tree
from pos_adapter.answers import JobStarted

_READ, _EDIT = dict(allows("segments.read")), dict(allows("segments.edit"))


@get("/segments", opt=_READ, responses=PROBLEMS)
async def get_segments(request: Call, archived: FromQuery[bool] = False) -> SegmentsAnswer:  # noqa: FBT002 # by name
    """List segments, those in use or those in the archive."""
    found = await service_of(request).database.run(segments.list_segments, is_archived=archived)
    return SegmentsAnswer([render_segment(one) for one in found])


@post("/segments", opt=_EDIT, dto=Body, return_dto=None, responses=PROBLEMS)
async def make_segment(request: Call, data: JSONBody[SegmentBody]) -> SegmentAnswer:
    """Make a segment."""

    async def make(connection: AsyncConnection) -> SegmentAnswer:
        context = context_of(request, await load_words(connection))
        return render_segment(await segments.make_segment(connection, data.read(), context, act=act_of(request)))

    return await service_of(request).database.run(make)


@post("/segments/count", opt=_READ, dto=Body, return_dto=None, status_code=200, responses=PROBLEMS)
async def count_conditions(request: Call, data: JSONBody[Conditions]) -> CountAnswer:
    """Count the parties of conditions that are not kept."""
    return await service_of(request).database.run(_count, request, data.definition)


@get("/segments/{segment_id:int}", opt=_READ, responses=PROBLEMS)
async def get_segment(request: Call, segment_id: FromPath[int]) -> SegmentAnswer:
    """Read a segment, one in the archive too."""
    return render_segment(await service_of(request).database.run(segments.load_segment, segment_id))


@put("/segments/{segment_id:int}", opt=_EDIT, dto=Body, return_dto=None, responses=PROBLEMS)
async def change_segment(request: Call, segment_id: FromPath[int], data: JSONBody[SegmentChange]) -> SegmentAnswer:
    """Change a segment; what somebody else changed meanwhile is not written over."""

    async def change(connection: AsyncConnection) -> SegmentAnswer:
        context, seen, act = context_of(request, await load_words(connection)), data.version, act_of(request)
        changed = segments.change_segment(connection, segment_id, data.read(), context, seen=seen, act=act)
        return render_segment(await changed)

    return await service_of(request).database.run(change)


@post("/segments/{segment_id:int}/archive", opt=_EDIT, status_code=200, responses=PROBLEMS)
async def archive_segment(request: Call, segment_id: FromPath[int]) -> SegmentAnswer:
    """Put a segment away; again changes nothing."""
    archived = service_of(request).database.run(segments.archive_segment, segment_id, act=act_of(request))
    return render_segment(await archived)


@post("/segments/{segment_id:int}/restore", opt=_EDIT, status_code=200, responses=PROBLEMS)
async def restore_segment(request: Call, segment_id: FromPath[int]) -> SegmentAnswer:
    """Take a segment out of the archive; again changes nothing."""
    restored = service_of(request).database.run(segments.unarchive_segment, segment_id, act=act_of(request))
    return render_segment(await restored)


@get("/segments/{segment_id:int}/count", opt=_READ, responses=PROBLEMS)
async def count_segment(request: Call, segment_id: FromPath[int]) -> CountAnswer:
    """Count the parties that are in a segment now."""

    async def count(connection: AsyncConnection) -> CountAnswer:
        segment = await segments.load_segment(connection, segment_id)
        return await _count(connection, request, segment.definition)

    return await service_of(request).database.run(count)


@get("/segments/{segment_id:int}/parties", opt=_READ, responses=PROBLEMS)
async def get_members(request: Call, segment_id: FromPath[int], after: FromQuery[str | None] = None) -> MembersAnswer:
    """List the parties that are in a segment now, page by page."""
    place = read_place(after)
    behind = 0 if place is None else int(str(place.key[0]))

    async def read(connection: AsyncConnection) -> list[tuple[int, str]]:
        segment = await segments.load_segment(connection, segment_id)
        return await segments.list_parties(
            connection, segment.definition, context_of(request, await load_words(connection)), after=behind
        )

    found = await service_of(request).database.run(read)
    following = str(found[-1][0]) if len(found) == PARTIES_PER_PAGE else None
    return MembersAnswer([MemberItem(*one) for one in found], following)


@get("/scores", opt=_READ, responses=PROBLEMS)
async def get_scores(request: Call) -> ScoresAnswer:
    """Count parties by how recently and how often they bought within a year."""
    service = service_of(request)
    return render_scores(await service.database.run(load_scores), service.money)


@post("/scores", opt=_EDIT, status_code=202, responses=PROBLEMS)
async def score(request: Call) -> JobStarted:
    """Score all parties anew; a scoring that waits already is the one."""
    return JobStarted(await service_of(request).database.run(ask_for_scoring, act=act_of(request)))


async def _count(connection: AsyncConnection, call: Call, tree: Tree) -> CountAnswer:
    return CountAnswer(await segments.count_parties(connection, tree, context_of(call, await load_words(connection))))


router = Router(
    "/v1",
    route_handlers=[
        get_segments,
        make_segment,
        count_conditions,
        get_segment,
        change_segment,
        archive_segment,
        restore_segment,
        count_segment,
        get_members,
        get_scores,
        score,
    ],
    tags=["Segments"],
)
