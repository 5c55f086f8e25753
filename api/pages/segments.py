"""Segments on a page: those there are with what each asks, how many are in each now, and those put away.

A count is asked for by each row as the page shows, so that a slow one holds up no other.
"""

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import act_of
from api.pages.forms import read_form
from api.pages.party_list import address_of_view, context_of, reader_of
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.segment_tree import ShownGroup, load_party_names, show_group
from api.pages.segment_words import JOINTS, MODES
from crm.segments import service as segments
from crm.segments.editing import open_tree
from crm.segments.errors import SegmentRefusedError
from crm.segments.model import Segment
from crm.views.listing import load_words
from crm.views.model import DEFAULT_COLUMNS, Filter, View

PATH = "/segments"


class ShownSegment(Struct, frozen=True):
    """A segment, what it asks in words, and the address of the list of its parties."""

    segment: Segment
    group: ShownGroup
    address: str


@get(PATH, opt=dict(allows("segments.read")))
async def show_segments(request: Call) -> Response[str]:
    """Show the segments in use, or those in the archive."""
    is_archived = "archived" in request.query_params
    rows = await database_of(request).run(_load, request, is_archived=is_archived)
    return page(request, "segments.html", rows=rows, is_archived=is_archived, modes=MODES, joints=JOINTS)


@get("/segments/{segment_id:int}/count", opt=dict(allows("segments.read")))
async def show_count(request: Call, segment_id: FromPath[int]) -> Response[str]:
    """Show how many parties are in a segment now; None is told where its conditions mean nothing any more."""
    count = await database_of(request).run(_count, request, segment_id)
    return page(request, "segment_count.html", count=count, address=address_of_segment(segment_id))


@post("/segments/{segment_id:int}/archive", opt=dict(allows("segments.edit")))
async def archive_segment(request: Call, segment_id: FromPath[int]) -> Response[str]:
    """Put a segment away, or take it out of the archive."""
    form = await read_form(request)
    change = segments.unarchive_segment if form.is_ticked("restore") else segments.archive_segment
    await database_of(request).run(change, segment_id, act=act_of(request))
    return redirect(PATH)


def address_of_segment(segment_id: int) -> str:
    """Give the address of the list of a segment's parties."""
    return address_of_view(View((Filter("segment", "any_of", (str(segment_id),)),), DEFAULT_COLUMNS))


async def _load(connection: AsyncConnection, call: Call, *, is_archived: bool) -> list[ShownSegment]:
    found = await segments.list_segments(connection, is_archived=is_archived)
    reader = reader_of(call, await load_words(connection))
    names = await load_party_names(connection, [one.definition for one in found])
    return [
        ShownSegment(one, show_group(open_tree(one.definition), reader, names), address_of_segment(one.id))
        for one in found
    ]


async def _count(connection: AsyncConnection, call: Call, segment_id: int) -> int | None:
    segment = await segments.load_segment(connection, segment_id)
    context = context_of(call, await load_words(connection))
    try:
        return await segments.count_parties(connection, segment.definition, context)
    except SegmentRefusedError:
        return None
