"""The page on which a segment is put together, with how many parties its conditions mean as they stand.

Key idea: the conditions travel with the form, as a tree in a hidden field, and every button changes them and answers
the whole page with the count. htmx takes the builder out of it; without scripts the page itself is shown.
"""

from collections.abc import Callable, Mapping

import msgspec
from litestar import Response, get, post
from litestar.exceptions import ClientException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.party_list import context_of, read_view, reader_of
from api.pages.party_list_filters import Chip, Reader
from api.pages.party_list_inputs import Input, list_inputs, list_offers, read_new_filter
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.segment_tree import load_party_names, show_group
from api.pages.segment_words import JOINTS, LABELS, MODES
from api.pages.segments import PATH, address_of_segment
from crm.segments import service as segments
from crm.segments.editing import (
    Condition,
    Group,
    Mode,
    add_part,
    close_group,
    deny,
    drop,
    open_tree,
    parse_path,
    set_mode,
)
from crm.segments.errors import SegmentChangedError, SegmentRefusedError
from crm.segments.model import Segment, SegmentDetails
from crm.views.listing import Words, load_words
from crm.views.model import Filter, ViewError
from crm.views.trees import NOT_IN_TREES, AllOf, Leaf
from loyalty.errors import LoyaltyError

MOST_TREE = 30_000


class Draft(Struct, frozen=True):
    """What is being put together; `adding` is a condition whose operands are asked for, `at` the group it goes to."""

    group: Group
    adding: Filter | None = None
    at: str = ""


class Adding(Struct, frozen=True):
    """A condition that is being added: what it says so far, and the fields that it asks for."""

    value: str
    chip: Chip
    inputs: tuple[Input, ...]


class Found(Struct, frozen=True):
    """What the page needs: words, names of parties, how many are meant, and what is wrong with the conditions."""

    words: Words
    names: dict[int, str]
    count: int | None
    wrong: str | None


@get("/segments/new", opt=dict(allows("segments.edit")))
async def show_new_segment(request: Call) -> Response[str]:
    """Show the page of a new segment; a list's filters that come along are its conditions."""
    filters = [one for one in read_view(request).filters if one.field not in NOT_IN_TREES]
    tree = AllOf(tuple(Leaf(one.field, one.operator, one.operands) for one in filters))
    return await _show(request, Form({}), Draft(open_tree(tree)))


@post("/segments/new", opt=dict(allows("segments.edit")))
async def make_segment(request: Call) -> Response[str]:
    """Change the conditions of a segment that is not kept yet, or keep it."""
    return await _answer(request, await read_form(request), None)


@get("/segments/{segment_id:int}", opt=dict(allows("segments.read")))
async def show_segment(request: Call, segment_id: FromPath[int]) -> Response[str]:
    """Show a segment as it is kept."""
    segment = await database_of(request).run(segments.load_segment, segment_id)
    typed = {"name": segment.name, "note": segment.note or "", "version": str(segment.version)}
    return await _show(request, Form(typed), Draft(open_tree(segment.definition)), segment=segment)


@post("/segments/{segment_id:int}", opt=dict(allows("segments.edit")))
async def save_segment(request: Call, segment_id: FromPath[int]) -> Response[str]:
    """Change the conditions of a segment on the page, or keep them."""
    segment = await database_of(request).run(segments.load_segment, segment_id)
    return await _answer(request, await read_form(request), segment)


async def _answer(call: Call, form: Form, segment: Segment | None) -> Response[str]:
    try:
        draft = _read_draft(form)
        verb, _, place = form.text("do").partition(":")
        if verb == "save":
            return await _save(call, form, draft, segment)
        if verb in {"add", "put"}:
            draft = await _add(call, form, draft, verb, place)
        elif verb in _CHANGES:
            draft = Draft(_CHANGES[verb](draft.group, place))
    except LookupError as error:
        raise ClientException("the form speaks of a condition that is not there") from error
    return await _show(call, form, draft, segment=segment)


def _read_draft(form: Form) -> Draft:
    """Read the conditions that a form carries, with groups as they were chosen. Raises LookupError, ClientException."""
    text = form.text("tree")
    if len(text) > MOST_TREE:
        raise ClientException("the conditions are too many")
    try:
        group = msgspec.json.decode(text, type=Group)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ClientException("the conditions of the form cannot be read") from error
    for name in form.names():
        if name.startswith("mode_"):
            mode: Mode = next((mode for mode in MODES if mode == form.text(name)), "all")
            group = set_mode(group, parse_path(name.removeprefix("mode_")), mode)
    field, _, operator = form.text("adding").rpartition(".")
    return Draft(group, Filter(field, operator) if field else None, form.text("at"))


async def _add(call: Call, form: Form, draft: Draft, verb: str, place: str) -> Draft:
    """Ask for a condition's operands, or add it: at once if it has none. Raises LookupError, ClientException."""
    if verb == "add":
        field, _, operator = form.text(f"offer_{place}").rpartition(".")
        if not field:
            return Draft(draft.group)
        draft = Draft(draft.group, Filter(field, operator), place)
    if draft.adding is None:
        return draft
    reader = reader_of(call, await database_of(call).run(load_words))
    try:
        if verb == "add" and list_inputs(reader, draft.adding):
            return draft
        one = read_new_filter(reader, form, draft.adding)
    except ViewError as error:
        raise ClientException(str(error)) from error
    if one is None:
        return draft
    leaf = Condition(Leaf(one.field, one.operator, one.operands))
    return Draft(add_part(draft.group, parse_path(draft.at), leaf))


async def _save(call: Call, form: Form, draft: Draft, segment: Segment | None) -> Response[str]:
    tree = close_group(draft.group) or AllOf()
    details = SegmentDetails(form.text("name"), tree, form.raw("note") or None)
    seen = int(form.text("version")) if form.text("version").isdigit() else 0

    async def keep(connection: AsyncConnection) -> Segment:
        context, act = context_of(call, await load_words(connection)), act_of(call)
        if segment is None:
            return await segments.make_segment(connection, details, context, act=act)
        return await segments.change_segment(connection, segment.id, details, context, seen=seen, act=act)

    try:
        await database_of(call).run(keep)
    except LoyaltyError as refusal:
        form.refuse_by(refusal, LABELS, "definition")
        theirs = segment if isinstance(refusal, SegmentChangedError) else None
        return await _show(call, form, draft, segment=segment, theirs=theirs)
    return redirect(PATH)


_CHANGES: Mapping[str, Callable[[Group, str], Group]] = {
    "group": lambda group, place: add_part(group, parse_path(place), Group("any")),
    "deny": lambda group, place: deny(group, parse_path(place)),
    "drop": lambda group, place: drop(group, parse_path(place)),
}
"""What buttons do to the conditions, by the word before the colon; the place stands behind it."""


async def _load(connection: AsyncConnection, call: Call, group: Group) -> Found:
    words, tree = await load_words(connection), close_group(group)
    if tree is None:
        return Found(words, {}, None, None)
    names = await load_party_names(connection, [tree])
    try:
        return Found(words, names, await segments.count_parties(connection, tree, context_of(call, words)), None)
    except SegmentRefusedError as refusal:
        return Found(words, names, None, refusal.detail)


async def _show(
    call: Call, form: Form, draft: Draft, *, segment: Segment | None = None, theirs: Segment | None = None
) -> Response[str]:
    found = await database_of(call).run(_load, call, draft.group)
    reader = reader_of(call, found.words)
    return page(
        call,
        "segment_form.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/new" if segment is None else f"{PATH}/{segment.id}",
        segment=segment,
        address=None if segment is None else address_of_segment(segment.id),
        form=form,
        labels=LABELS,
        tree=msgspec.json.encode(draft.group).decode(),
        root=show_group(draft.group, reader, found.names),
        theirs=None if theirs is None else show_group(open_tree(theirs.definition), reader, found.names),
        count=found.count,
        wrong=found.wrong,
        adding=_adding(reader, draft),
        at=draft.at,
        offers=list_offers(reader, NOT_IN_TREES),
        modes=MODES,
        joints=JOINTS,
    )


def _adding(reader: Reader, draft: Draft) -> Adding | None:
    one = draft.adding
    if one is None:
        return None
    try:
        return Adding(f"{one.field}.{one.operator}", reader.chip(one, {}), list_inputs(reader, one))
    except ViewError as error:
        raise ClientException(str(error)) from error
