"""The journal of letters: the tree of kinds and the archive on the left, the letters of the chosen node beside it.

The address carries the node and the filter. What is shown can be taken along as a file, and those that are ticked are
moved into the archive or out of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from litestar import Response, get, post
from litestar.exceptions import ClientException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages.downloads import Cell, answer_table, headings
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form, told
from api.pages.letter_words import FIELDS, FLOWS, MEDIA, PRIORITIES
from api.pages.queries import choice, link, place, place_link, text, whole_number
from api.pages.renderer import Call, database_of, language_of, page, principal_of, redirect, say_of
from api.pages.words import mark
from crm.letters import service
from crm.letters.kinds import list_kinds
from crm.letters.listing import LetterFilter, LetterRow, list_letters
from crm.letters.model import Flow, Kind, Medium, Node, Priority, arrange
from crm.parties.listing import load_names
from database.activity import record_activity
from database.keyset import Page, Place
from loyalty.errors import LoyaltyError

PATH = "/letters"
CHOSEN = ("kind", "archived", "text", "flow", "medium", "priority", "party", "since", "until", "unread")
MOST_EXPORTED = 50_000
ROWS_AT_ONCE = 1_000
HEADER = headings(
    "id", "flow", "medium", "kind", "number", "registered", "document number", "document date", "priority",
    "topic", "party", "contact person", "made by", "files", "archived",
)  # fmt: skip
_FLOWS: Mapping[str, Flow] = {one: one for one in FLOWS}
_MEDIA: Mapping[str, Medium] = {one: one for one in MEDIA}
_PRIORITIES: Mapping[str, Priority] = {"1": 1, "2": 2, "3": 3}
_NONE_TICKED = Problem(mark("Tick the letters that are meant."))


class _Listed(Struct, frozen=True):
    found: Page[LetterRow]
    kinds: Sequence[Kind]
    parties: Mapping[int, str]


class TreeLink(Struct, frozen=True):
    """A node of the tree with where it leads."""

    node: Node
    href: str
    is_current: bool


@get(PATH, opt=dict(allows("letters.read")))
async def show_letters(request: Call) -> Response[str]:
    """Show a page of the journal."""
    return await _show(request, {name: text(request, name) for name in CHOSEN}, Form({}))


@get(f"{PATH}/export/{{ending:str}}", opt=dict(allows("letters.read")))
async def export_letters(request: Call, ending: FromPath[str]) -> Response[bytes]:
    """Give what the journal shows as a file; who took it along stands in the journal of acts."""
    rows = await database_of(request).run(_read_all, request, _read_filter(request))
    return answer_table("letters", ending, [*map(say_of(request), HEADER)], rows)


@post(f"{PATH}/archive", opt=dict(allows("letters.edit")))
async def archive_ticked_letters(request: Call) -> Response[str]:
    """Move the letters that were ticked into the archive."""
    return await _move(request, is_archived=True)


@post(f"{PATH}/restore", opt=dict(allows("letters.edit")))
async def restore_ticked_letters(request: Call) -> Response[str]:
    """Take the letters that were ticked out of the archive."""
    return await _move(request, is_archived=False)


async def _move(call: Call, *, is_archived: bool) -> Response[str]:
    form = await read_form(call)
    ids = [int(one) for one in form.texts("letter") if one.isascii() and one.isdigit()]
    if not ids:
        form.refuse("letters", _NONE_TICKED)
    else:
        act = service.archive_letters if is_archived else service.restore_letters
        try:
            await database_of(call).run(act, ids, act=act_of(call))
        except LoyaltyError as error:
            form.refuse("letters", told(error.detail))
    if form.problems:
        return await _show(call, {"archived": "" if is_archived else "yes"}, form)
    here = link(PATH, {name: form.text(name) for name in CHOSEN})
    return redirect(f"{PATH}/{ids[0]}" if form.is_ticked("alone") else here)


async def _show(call: Call, chosen: Mapping[str, str], form: Form) -> Response[str]:
    fields = {name: chosen.get(name, "") for name in CHOSEN}
    wanted = LetterFilter(is_archived=bool(fields["archived"])) if form.problems else _read_filter(call)
    listed = await database_of(call).run(_load, wanted, where=place(call, int, date, int))
    beside = {name: value for name, value in fields.items() if name not in {"kind", "archived"}}
    return page(
        call,
        "letters.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        form=form,
        labels=FIELDS,
        chosen=fields,
        is_filtered=any(beside.values()),
        tree=_tree(listed.kinds, fields, beside),
        journal=link(PATH, beside),
        archive=link(PATH, beside | {"archived": "yes"}),
        kinds={one.code: one for one in listed.kinds},
        rows=listed.found.rows,
        party=listed.parties.get(wanted.party_id or 0),
        flows=FLOWS,
        media=MEDIA,
        priorities=PRIORITIES,
        csv=link(f"{PATH}/export/csv", fields),
        xlsx=link(f"{PATH}/export/xlsx", fields),
        newer=place_link(PATH, fields, listed.found.newer),
        older=place_link(PATH, fields, listed.found.older),
    )


def _tree(kinds: Sequence[Kind], fields: Mapping[str, str], beside: dict[str, str]) -> list[TreeLink]:
    """Give the nodes that are in use, and the one that is shown; each keeps the filter beside it."""
    return [
        TreeLink(one, link(PATH, beside | {"kind": one.kind.code}), one.kind.code == fields["kind"])
        for one in arrange(kinds)
        if not one.kind.is_archived or one.kind.code == fields["kind"]
    ]


def _read_filter(call: Call) -> LetterFilter:
    return LetterFilter(
        is_archived=bool(text(call, "archived")),
        flow=choice(call, "flow", _FLOWS.__getitem__),
        kind=text(call, "kind") or None,
        medium=choice(call, "medium", _MEDIA.__getitem__),
        priority=choice(call, "priority", _PRIORITIES.__getitem__),
        party_id=choice(call, "party", whole_number),
        since=choice(call, "since", date.fromisoformat),
        until=choice(call, "until", date.fromisoformat),
        unread_by=principal_of(call).user_id if text(call, "unread") else None,
        words=text(call, "text") or None,
    )


async def _load(connection: AsyncConnection, wanted: LetterFilter, *, where: Place | None) -> _Listed:
    found = await list_letters(connection, wanted, place=where)
    names = await load_names(connection, [] if wanted.party_id is None else [wanted.party_id])
    return _Listed(found, await list_kinds(connection), names)


async def _read_all(connection: AsyncConnection, call: Call, wanted: LetterFilter) -> list[list[Cell]]:
    """Read the list to its end. Raises ClientException for one that is too long."""
    kinds = {one.code: one.name(language_of(call)) for one in await list_kinds(connection)}
    lines: list[list[Cell]] = []
    where: Place | None = None
    while True:
        found = await list_letters(connection, wanted, place=where, size=ROWS_AT_ONCE)
        lines += [list(_cells(row, kinds)) for row in found.rows]
        if found.older is None:
            break
        if len(lines) >= MOST_EXPORTED:
            raise ClientException(f"a file holds at most {MOST_EXPORTED:,} letters: filter the list first")
        where = found.older
    data = {"count": len(lines), "fields": sorted(name for name in CHOSEN if text(call, name))}
    await record_activity(connection, act=act_of(call), what="letters.exported", record="letters", data=data)
    return lines


def _cells(row: LetterRow, kinds: Mapping[str, str]) -> Iterator[Cell]:
    yield from (row.id, row.flow, row.medium, kinds.get(row.kind, row.kind), row.number)
    yield from (row.registered_on.isoformat(), row.document_number)
    yield None if row.document_date is None else row.document_date.isoformat()
    yield from (row.priority, row.topic, row.party, row.person, row.colleague, row.files)
    yield None if row.archived_at is None else row.archived_at.date().isoformat()
