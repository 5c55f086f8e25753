"""Use cases of segments: made, changed, put away, counted, read. Who is in one is asked anew each time.

Lists, mailings and reports take a segment by its identifier, as the filter `segment` of `crm.views`.
"""

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from msgspec import structs, to_builtins
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.attributes import reports
from crm.attributes.reports import Group
from crm.segments import repository
from crm.segments.errors import (
    SegmentArchivedError,
    SegmentChangedError,
    SegmentNameTakenError,
    SegmentNotFoundError,
    SegmentRefusedError,
)
from crm.segments.model import MOST_SEGMENTS, Segment, SegmentDetails, check_details
from crm.views.model import ViewError
from crm.views.repository.context import Context
from crm.views.trees import Tree, check_tree
from database.activity import Act, record_activity
from database.identifiers import MOST_ID

T = TypeVar("T")

MOST_LISTED = 500
PARTIES_PER_PAGE = 500


async def list_segments(connection: AsyncConnection, *, is_archived: bool = False) -> list[Segment]:
    """List segments by name, the archived ones or the others."""
    return await repository.list_segments(connection, is_archived=is_archived, limit=MOST_LISTED)


async def load_segment(connection: AsyncConnection, segment_id: int) -> Segment:
    """Load a segment, an archived one too. Raises SegmentNotFoundError."""
    return await _load(connection, segment_id, is_locked=False)


async def make_segment(connection: AsyncConnection, details: SegmentDetails, context: Context, *, act: Act) -> Segment:
    """Make a segment. Raises SegmentRefusedError, SegmentNameTakenError."""
    clean = _check(details, context)
    if await repository.count_segments(connection) >= MOST_SEGMENTS:
        raise SegmentRefusedError(f"there are at most {MOST_SEGMENTS} segments: archive one first", field="name")
    values = {**_columns(clean), "version": 1, "created_at": act.at, "changed_at": act.at}
    try:
        segment_id = await repository.insert_segment(connection, values)
    except IntegrityError as error:
        raise _taken() from error
    await _record(connection, segment_id, "made", act=act)
    return await load_segment(connection, segment_id)


async def change_segment(
    connection: AsyncConnection, segment_id: int, details: SegmentDetails, context: Context, *, seen: int, act: Act
) -> Segment:
    """Give a segment its name, note and conditions anew; `seen` is the version that the editor saw.

    Raises SegmentNotFoundError, SegmentArchivedError, SegmentChangedError, SegmentRefusedError, SegmentNameTakenError.
    """
    before = await _load(connection, segment_id, is_locked=True)
    if before.archived_at is not None:
        raise SegmentArchivedError("the segment is archived: take it out of the archive first")
    clean = _check(details, context)
    changed = [name for name in SegmentDetails.__struct_fields__ if getattr(clean, name) != getattr(before, name)]
    if not changed:
        return before
    if before.version != seen:
        raise SegmentChangedError("somebody else changed the segment meanwhile: load it again", field="version")
    try:
        await repository.update_segment(connection, segment_id, {**_columns(clean), "changed_at": act.at})
    except IntegrityError as error:
        raise _taken() from error
    await _record(connection, segment_id, "changed", changed, act=act)
    return await load_segment(connection, segment_id)


async def archive_segment(connection: AsyncConnection, segment_id: int, *, act: Act) -> Segment:
    """Put a segment away: it is offered no more, and means the same where it is named already.

    Again changes nothing. Raises SegmentNotFoundError.
    """
    return await _archive(connection, segment_id, is_archived=True, act=act)


async def unarchive_segment(connection: AsyncConnection, segment_id: int, *, act: Act) -> Segment:
    """Take a segment out of the archive. Again changes nothing. Raises SegmentNotFoundError."""
    return await _archive(connection, segment_id, is_archived=False, act=act)


async def count_parties(connection: AsyncConnection, tree: Tree, context: Context) -> int:
    """Count the parties that a tree means now, archived ones left out. Raises SegmentRefusedError."""
    _check_tree(tree, context)
    return await _asked(repository.count_parties(connection, tree, context))


async def list_parties(
    connection: AsyncConnection, tree: Tree, context: Context, *, after: int = 0, limit: int = PARTIES_PER_PAGE
) -> list[tuple[int, str]]:
    """List the next parties that a tree means now: identifiers, rising, with names. Raises SegmentRefusedError."""
    return await _asked(repository.list_party_ids(connection, tree, context, after=after, limit=limit))


async def report_bands(
    connection: AsyncConnection,
    cuts: Sequence[int],
    context: Context,
    *,
    segment_id: int,
    where: str | None = None,
    by: str | None = None,
) -> list[Group]:
    """Count the cards of a segment's parties by turnover, as `crm.attributes.reports` does those of all.

    Raises SegmentNotFoundError, SegmentRefusedError, and what that report raises.
    """
    segment = await load_segment(connection, segment_id)
    _check_tree(segment.definition, context)
    held = await _asked(repository.prepare_held(connection, segment.definition, context))
    return await reports.report_bands(connection, cuts, where=where, by=by, meant=held)


async def _load(connection: AsyncConnection, segment_id: int, *, is_locked: bool) -> Segment:
    is_id = 0 < segment_id <= MOST_ID
    found = await repository.find_segment(connection, segment_id, is_locked=is_locked) if is_id else None
    if found is None:
        raise SegmentNotFoundError("there is no such segment")
    return found


async def _archive(connection: AsyncConnection, segment_id: int, *, is_archived: bool, act: Act) -> Segment:
    before = await _load(connection, segment_id, is_locked=True)
    if is_archived == (before.archived_at is not None):
        return before
    values = {"archived_at": act.at if is_archived else None, "changed_at": act.at}
    await repository.update_segment(connection, segment_id, values)
    await _record(connection, segment_id, "archived" if is_archived else "restored", act=act)
    return await load_segment(connection, segment_id)


def _check(details: SegmentDetails, context: Context) -> SegmentDetails:
    clean = check_details(details)
    _check_tree(clean.definition, context)
    return clean


def _check_tree(tree: Tree, context: Context) -> None:
    try:
        check_tree(tree, context.attributes, money=context.money)
    except ViewError as error:
        raise SegmentRefusedError(str(error), field="definition") from error


async def _asked(answer: Awaitable[T]) -> T:
    """Await what a query gives; a word that is gone from its directory is the caller's to mend."""
    try:
        return await answer
    except ViewError as error:
        raise SegmentRefusedError(str(error), field="definition") from error


def _columns(details: SegmentDetails) -> dict[str, object]:
    return structs.asdict(details) | {"definition": to_builtins(details.definition)}


def _taken() -> SegmentNameTakenError:
    return SegmentNameTakenError("there is a segment of this name already, perhaps in the archive", field="name")


async def _record(
    connection: AsyncConnection, segment_id: int, what: str, fields: Sequence[str] = (), *, act: Act
) -> None:
    """Keep who did what and the names of changed fields; conditions may speak of people."""
    data = {"fields": list(fields)} if fields else None
    await record_activity(connection, act=act, what=f"segment.{what}", record=f"segment:{segment_id}", data=data)
