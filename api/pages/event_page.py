"""The page of an event: what it says, how it ended, what was made from it; its files are seen and heard in it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import Right
from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, service_of
from api.pages.event_fields import fill_held, read_held
from api.pages.event_structure import open_paths
from api.pages.event_words import DIRECTIONS, IMPORTANCES, KINDS, LABELS, SCOPES, STATES
from api.pages.forms import REFUSED, Form, read_form
from api.pages.named import Names, load_named, named_in
from api.pages.notifications import note_seen
from api.pages.renderer import Call, database_of, page, principal_of, redirect
from api.pages.uploads import PICTURES, READABLE, read_file, show_file
from api.pages.words import mark
from api.recordings import answer_sound
from api.state import read_clock
from api.uploads import MOST_UPLOAD_BYTES
from crm.attributes.service import RecordValues, load_values
from crm.directories.model import Entry
from crm.directories.service import list_entries
from crm.events import documents, ending, files
from crm.events import service as events
from crm.events.keeping import load_event, values_of
from crm.events.kinds import load_kind
from crm.events.model import Event, Kind, Outcome, Scope
from crm.events.repository.files import EventFile
from crm.events.repository.kin import Kin, describe
from crm.origins.repository import Branch, list_ancestors, list_tree
from loyalty.errors import LoyaltyError

_SCOPES: Mapping[str, Scope] = {one: one for one in SCOPES}


class Made(Struct, frozen=True):
    """Something that is made from an event; `{id}`, `{party}` and `{person}` in its address stand for what it has."""

    right: Right
    href: str
    icon: str
    text: str
    wants_party: bool = False


MADE = (
    Made("events.edit", "/events/new?follow={id}", "calendar", mark("Follow-up")),
    Made("tasks.edit", "/tasks/new?from=event:{id}", "ok", mark("Task")),
    Made(
        "business.edit",
        "/new-business-document?kind=order&party={party}&person={person}&from=event:{id}",
        "clip",
        mark("Order"),
    ),
    Made(
        "business.edit",
        "/new-business-document?kind=supplier_order&party={party}&person={person}&from=event:{id}",
        "truck",
        mark("Supplier order"),
    ),
    Made(
        "business.edit",
        "/new-business-document?kind=invoice&party={party}&person={person}&from=event:{id}",
        "receipt",
        mark("Invoice"),
    ),
    Made("cards.act", "/parties/{party}/give-card", "card", mark("Card"), wants_party=True),
)
"""Each kind of record that can be made from an event, with the module that makes it."""


class Shown(Struct, frozen=True):
    """An event with all that its page shows."""

    event: Event
    kind: Kind
    names: Names
    results: tuple[Entry, ...]
    files: Sequence[EventFile]
    documents: Mapping[str, Kin | None]
    parent: Kin | None
    children: Mapping[str, Kin]
    said: RecordValues


@get("/events/{event_id:int}", opt=dict(allows("events.read")))
async def show_event(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Show an event."""
    await note_seen(request, f"event:{event_id}")
    return await _show(request, event_id, Form({}))


@post("/events/{event_id:int}/completion", opt=dict(allows("events.edit")))
async def complete_event(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Complete an event with its result."""
    form = await read_form(request)
    event = await database_of(request).run(load_event, event_id)
    held_at = read_held(form, event, read_clock())
    outcome = Outcome(form.text("result_code") or None, form.text("result") or None, held_at)

    async def act(connection: AsyncConnection) -> None:
        user_id = principal_of(request).user_id
        await ending.complete_event(connection, event_id, outcome, user_id=user_id, act=act_of(request))

    return await _do(request, event_id, form, act, field="held_day")


@post("/events/{event_id:int}/cancellation", opt=dict(allows("events.edit")))
async def cancel_event(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Cancel an event for a reason."""
    form = await read_form(request)
    reason = form.need("reason", forms.long_text, "")

    async def act(connection: AsyncConnection) -> None:
        await ending.cancel_event(connection, event_id, reason, act=act_of(request))

    return await _do(request, event_id, form, act, field="reason")


@post("/events/{event_id:int}/reopening", opt=dict(allows("events.edit")))
async def reopen_event(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Take back that an event was completed or cancelled."""
    form = await read_form(request)

    async def act(connection: AsyncConnection) -> None:
        await ending.reopen_event(connection, event_id, act=act_of(request))

    return await _do(request, event_id, form, act, field="state")


@post("/events/{event_id:int}/remove", opt=dict(allows("events.edit")))
async def remove_event(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Take an event out of all lists."""
    form = await read_form(request)
    seen = form.need("version", forms.count, 0)
    scope: Scope = form.read("scope", forms.one_of(_SCOPES), "one")

    async def act(connection: AsyncConnection) -> None:
        await events.remove_event(connection, event_id, seen=seen, scope=scope, act=act_of(request))

    return await _do(request, event_id, form, act, field="state", after="/events")


@post("/events/{event_id:int}/files", opt=dict(allows("events.edit")), request_max_body_size=MOST_UPLOAD_BYTES)
async def add_event_file(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Keep a file with an event, or say why it cannot be."""
    form = await read_form(request)
    file = await read_file(request, form)
    if file is None:
        return await _show(request, event_id, form)

    async def act(connection: AsyncConnection) -> None:
        await files.add_file(connection, event_id, file, act=act_of(request))

    return await _do(request, event_id, form, act, field="file")


@post("/events/{event_id:int}/files/{file_id:int}/remove", opt=dict(allows("events.edit")))
async def remove_event_file(request: Call, event_id: FromPath[int], file_id: FromPath[int]) -> Response[str]:
    """Take a file off an event."""

    async def act(connection: AsyncConnection) -> None:
        await files.remove_file(connection, event_id, file_id, act=act_of(request))

    return await _do(request, event_id, await read_form(request), act, field="file")


@get("/events/{event_id:int}/files/{file_id:int}", opt=dict(allows("events.read")))
async def open_event_file(request: Call, event_id: FromPath[int], file_id: FromPath[int]) -> Response[bytes]:
    """Give a file: what a browser can show is shown, and never run; anything else is kept."""
    file, content = await database_of(request).run(files.open_file, event_id, file_id)
    return show_file(file, content)


@get("/events/{event_id:int}/files/{file_id:int}/sound", opt=dict(allows("recordings.play", module="events")))
async def play_recording(request: Call, event_id: FromPath[int], file_id: FromPath[int]) -> Response[bytes]:
    """Play a recording; the journal says who heard it."""
    return await answer_sound(database_of(request), request.headers, event_id, file_id, act=act_of(request))


@post("/events/{event_id:int}/documents", opt=dict(allows("events.edit")))
async def tie_document(request: Call, event_id: FromPath[int]) -> Response[str]:
    """Let an event speak of a document, named by its number or by the address of its page; or no more."""
    form = await read_form(request)

    async def act(connection: AsyncConnection) -> None:
        if form.text("remove"):
            await documents.take_off(connection, event_id, form.text("remove"), act=act_of(request))
            return
        await documents.attach(connection, event_id, form.text("record"), act=act_of(request))

    return await _do(request, event_id, form, act, field="record")


async def _do(
    call: Call,
    event_id: int,
    form: Form,
    act: Callable[[AsyncConnection], Awaitable[None]],
    *,
    field: str,
    after: str | None = None,
) -> Response[str]:
    """Do something to an event, or show it again with what is wrong."""
    if not form.problems:
        try:
            await database_of(call).run(act)
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, field)
    if form.problems:
        return await _show(call, event_id, form)
    return redirect(after or f"/events/{event_id}")


async def _show(call: Call, event_id: int, form: Form) -> Response[str]:
    shown = await database_of(call).run(_load, event_id)
    event, now = shown.event, read_clock()
    places = {
        "{id}": str(event.id),
        "{party}": str(event.party_id or ""),
        "{person}": str(event.persons[0] if event.persons else ""),
    }
    return page(
        call,
        "event.html",
        status=REFUSED if form.problems else 200,
        here=f"/events/{event.id}",
        shown=shown,
        event=event,
        kind=shown.kind,
        names=shown.names,
        state=event.state(now),
        held=fill_held(event, now),
        states=STATES,
        directions=DIRECTIONS,
        importances=IMPORTANCES,
        scopes=SCOPES,
        kin_words=KINDS,
        kin_paths=open_paths(call),
        made=[(one, _filled(one.href, places)) for one in MADE if not one.wants_party or event.party_id is not None],
        form=form,
        labels=LABELS,
        said=shown.said,
        said_link=f"/events/{event.id}/attributes",
        pictures=PICTURES,
        readable=READABLE,
        most=service_of(call).settings.file_megabytes,
    )


def _filled(href: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        href = href.replace(name, value)
    return href


async def _load(connection: AsyncConnection, event_id: int) -> Shown:
    event = await load_event(connection, event_id)
    record = f"event:{event.id}"
    tied = await documents.list_documents(connection, event.id)
    above = await list_ancestors(connection, record)
    below: list[Branch] = await list_tree(connection, record)
    near = [one.record for one in below if one.depth == 1]
    kin = await describe(connection, {*tied, *above[:1], *near})
    results = [one for one in await list_entries(connection, "event_result") if not one.is_archived]
    return Shown(
        event=event,
        kind=await load_kind(connection, event.kind),
        names=await load_named(connection, named_in([values_of(event)])),
        results=tuple(results),
        files=await files.list_files(connection, event.id),
        documents={one: kin.get(one) for one in tied},
        parent=kin.get(above[0]) if above else None,
        children={one: kin[one] for one in near if one in kin},
        said=await load_values(connection, "event", event.id),
    )
