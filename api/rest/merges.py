"""Duplicates of parties, merging two into one, and taking a merge back."""

from datetime import datetime
from typing import Annotated

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from api.auth.rights import allows
from api.rest.bodies import Body, Identifier
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from crm.attributes.errors import AttributeUnknownError
from crm.attributes.model import MOST_ATTRIBUTES
from crm.attributes.repository import list_attributes
from crm.merging.duplicates import (
    MOST_LISTED,
    ask_for_search,
    dismiss_pair,
    find_lookalikes,
    list_pairs,
    restore_pair,
)
from crm.merging.model import Choices, Field, Lookalike, Merge, Pair, Reason
from crm.merging.service import list_merges, load_merge, merge_parties, undo_merge
from crm.parties.service import load_party
from database.identifiers import MOST_ID
from pos_adapter.answers import JobStarted
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Wire

Version = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Code = Annotated[str, Meta(pattern=r"^[a-z0-9_]{1,40}$")]
_PLACE_PARTS = 3
_MOST_PLACE_DIGITS = 18


class MergeBody(Wire, frozen=True):
    """Which party is merged into the one of the path, and what that one takes from it where both have something.

    With both versions, nothing is merged that was changed since it was looked at.
    """

    merged: Identifier
    take: Annotated[list[Field], Meta(max_length=5)] | None = None
    take_attributes: Annotated[list[Code], Meta(max_length=MOST_ATTRIBUTES)] | None = None
    version: Version | None = None
    merged_version: Version | None = None


class UndoBody(Wire, frozen=True):
    """How a merge is taken back: with `partial` as far as it can be."""

    partial: bool = False


class SearchBody(Wire, frozen=True):
    """What is looked at: what was changed since the last search, or with `whole` all parties."""

    whole: bool = False


class PairBody(Wire, frozen=True):
    """Two parties that were found to be alike; `dismissed` says that they are not one."""

    first: Identifier
    second: Identifier
    dismissed: bool


class PairAnswer(Struct, frozen=True):
    """Two parties that may be one, and what they have in common, what says most first."""

    first: int
    second: int
    reasons: list[Reason]
    strength: int
    found_at: datetime
    dismissed: bool


class PairPage(Struct, frozen=True):
    """Pairs, the strongest first; `next` is what to give as `after` for the rows behind."""

    pairs: list[PairAnswer]
    next: str | None


class LookalikesAnswer(Struct, frozen=True):
    """The parties that one looks like, the strongest pair first."""

    lookalikes: list[Lookalike]


class MergeAnswer(Struct, frozen=True):
    """A merge: what was moved counts rows by part, and nothing where the person was erased since."""

    merge_id: int
    kept: int
    merged: int
    at: datetime
    actor: str
    undone_at: datetime | None
    moved: dict[str, int] | None = None


class MergePage(Struct, frozen=True):
    """Merges, the newest first."""

    merges: list[MergeAnswer]
    next: str | None


@get("/v1/duplicates", opt=dict(allows("parties.read")), responses=PROBLEMS)
async def get_duplicates(
    request: Call, *, dismissed: FromQuery[bool] = False, after: FromQuery[str | None] = None
) -> PairPage:
    """List pairs of parties that may be one, the strongest first, page by page."""
    pairs = await service_of(request).database.run(list_pairs, after=_read_place(after), is_dismissed=dismissed)
    return PairPage([_render_pair(pair) for pair in pairs], place_of(pairs))


@post("/v1/duplicates/search", opt=dict(allows("parties.merge")), dto=Body, return_dto=None, status_code=202,
      responses=PROBLEMS)  # fmt: skip
async def search(request: Call, data: JSONBody[SearchBody]) -> JobStarted:
    """Start a job that looks for duplicates."""
    database = service_of(request).database
    return JobStarted(await database.run(ask_for_search, is_whole=data.whole, act=act_of(request)))


@post("/v1/duplicates/dismiss", opt=dict(allows("parties.merge")), dto=Body, return_dto=None, status_code=204,
      responses=PROBLEMS)  # fmt: skip
async def dismiss(request: Call, data: JSONBody[PairBody]) -> None:
    """Say that two parties are not one, or take that back."""
    mark = dismiss_pair if data.dismissed else restore_pair
    await service_of(request).database.run(mark, data.first, data.second, act=act_of(request))


@post("/v1/parties/{party_id:int}/lookalikes", opt=dict(allows("parties.read")), status_code=200, responses=PROBLEMS)
async def get_lookalikes(request: Call, party_id: FromPath[int]) -> LookalikesAnswer:
    """Look for duplicates of one party now."""
    database = service_of(request).database
    await database.run(load_party, party_id)
    return LookalikesAnswer(await database.run(find_lookalikes, party_id, act=act_of(request)))


@post("/v1/parties/{party_id:int}/merge", opt=dict(allows("parties.merge")), dto=Body, return_dto=None,
      responses=PROBLEMS)  # fmt: skip
async def merge(request: Call, party_id: FromPath[int], data: JSONBody[MergeBody]) -> Response[MergeAnswer]:
    """Merge another party into this one: its cards, documents and all else follow."""
    if (data.version is None) != (data.merged_version is None):
        raise BodyError("merged_version", "belongs together with version: give both or none")
    seen = None if data.version is None or data.merged_version is None else (data.version, data.merged_version)
    choices = Choices(frozenset(data.take or ()), await _find_attributes(request, data.take_attributes or []))
    database = service_of(request).database
    await database.run(load_party, party_id)
    merge_id = await database.run(merge_parties, party_id, data.merged, choices=choices, seen=seen, act=act_of(request))
    return Response(_render(await database.run(load_merge, merge_id)), status_code=201)


@get("/v1/merges", opt=dict(allows("parties.read")), responses=PROBLEMS)
async def get_merges(request: Call, after: FromQuery[int | None] = None) -> MergePage:
    """List merges, the newest first, page by page."""
    if after is not None and not 0 < after <= MOST_ID:
        raise BodyError("after", "must be the `next` of the page before")
    found = await service_of(request).database.run(list_merges, before=after)
    return MergePage([_render(one) for one in found], str(found[-1].id) if len(found) == MOST_LISTED else None)


@get("/v1/merges/{merge_id:int}", opt=dict(allows("parties.read")), responses=PROBLEMS)
async def get_merge(request: Call, merge_id: FromPath[int]) -> MergeAnswer:
    """Read a merge."""
    return _render(await service_of(request).database.run(load_merge, merge_id))


@post("/v1/merges/{merge_id:int}/undo", opt=dict(allows("parties.merge")), dto=Body, return_dto=None, status_code=200,
      responses=PROBLEMS)  # fmt: skip
async def undo(request: Call, merge_id: FromPath[int], data: JSONBody[UndoBody]) -> MergeAnswer:
    """Take a merge back; what was changed since stands in the way, unless it is `partial`."""
    database = service_of(request).database
    await database.run(undo_merge, merge_id, is_partial=data.partial, act=act_of(request))
    return _render(await database.run(load_merge, merge_id))


async def _find_attributes(call: Call, codes: list[str]) -> frozenset[int]:
    if not codes:
        return frozenset()
    known = await service_of(call).database.run(list_attributes, ("party", "person"), with_archived=True)
    by_code = {attribute.code: attribute.id for attribute in known}
    for index, code in enumerate(codes):
        if code not in by_code:
            raise AttributeUnknownError("no attribute of parties has this code", field=f"take_attributes[{index}]")
    return frozenset(attribute.id for attribute in known if attribute.code in codes)


def _read_place(after: str | None) -> tuple[int, int, int] | None:
    """Read where a page begins. Raises BodyError for what no page gave."""
    if after is None:
        return None
    parts = after.split("_")
    is_place = all(part.isascii() and part.isdigit() and len(part) <= _MOST_PLACE_DIGITS for part in parts)
    if len(parts) != _PLACE_PARTS or not is_place:
        raise BodyError("after", "must be the `next` of the page before")
    strength, first, second = (int(part) for part in parts)
    return strength, first, second


def place_of(pairs: list[Pair]) -> str | None:
    """Name the place behind a page of pairs; None behind the last one."""
    last = pairs[-1] if len(pairs) == MOST_LISTED else None
    return None if last is None else f"{last.strength}_{last.first_id}_{last.second_id}"


def _render_pair(pair: Pair) -> PairAnswer:
    return PairAnswer(
        first=pair.first_id,
        second=pair.second_id,
        reasons=list(pair.reasons),
        strength=pair.strength,
        found_at=pair.found_at,
        dismissed=pair.dismissed_at is not None,
    )


def _render(one: Merge) -> MergeAnswer:
    moved = None if one.before is None else {name: len(rows) for name, rows in one.before.moved.items()}
    return MergeAnswer(one.id, one.kept_id, one.merged_id, one.at, one.actor, one.undone_at, moved)


router = Router(
    "/",
    route_handlers=[get_duplicates, search, dismiss, get_lookalikes, merge, get_merges, get_merge, undo],
    tags=["Parties"],
)
