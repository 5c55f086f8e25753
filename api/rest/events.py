"""Events and contacts: planned, held, completed, cancelled; repeated by rules of RFC 5545."""

from datetime import datetime
from typing import Annotated

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.event_bodies import (
    CancelBody,
    EventAnswer,
    EventChange,
    EventsAnswer,
    NewEvent,
    OutcomeBody,
    read_draft,
    read_outcome,
    render_event,
    render_rows,
)
from api.rest.problems import PROBLEMS
from api.state import read_clock
from crm.changes import Change
from crm.events import ending
from crm.events import service as events
from crm.events.keeping import load_event
from crm.events.model import Direction, Event, Outcome, Scope, State
from crm.events.repository.events import list_changes
from crm.events.repository.listing import EventFilter, count_by_kind, list_events
from crm.events.structure import Node, load_structure
from database.activity import Importance
from database.identifiers import MOST_ID
from database.keyset import Place
from pos_adapter.problems import BodyError

MOST_WORDS = 200
Reference = Annotated[int | None, QueryParameter(ge=1, le=MOST_ID)]


class CountsAnswer(Struct, frozen=True):
    """How many events there are by kind; of more than 10,000 the latest are counted."""

    counts: dict[str, int]


class StructureAnswer(Struct, frozen=True):
    """The tree that an event stands in, None where nothing of it is of the project that was asked for."""

    root: Node | None


class EventHistoryAnswer(Struct, frozen=True):
    """What was changed about an event, the newest first; of very many changes the newest."""

    changes: list[Change]


def read_filter(
    *,
    kind: FromQuery[str | None] = None,
    is_contact: FromQuery[bool | None] = None,
    direction: FromQuery[Direction | None] = None,
    in_state: Annotated[State | None, QueryParameter(name="state")] = None,
    party_id: Reference = None,
    person_id: Reference = None,
    responsible_id: Reference = None,
    author_id: Reference = None,
    result_code: FromQuery[str | None] = None,
    words: FromQuery[str | None] = None,
    importance: FromQuery[Importance | None] = None,
    project_id: Reference = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
) -> EventFilter:
    """Read which events are meant; `until` is not included, `words` are searched in all texts. Raises BodyError."""
    for name, text in (("kind", kind), ("result_code", result_code), ("words", words)):
        if text is not None and (len(text) > MOST_WORDS or "\0" in text):
            raise BodyError(name, f"has at most {MOST_WORDS} characters")
    return EventFilter(
        kind=kind,
        is_contact=is_contact,
        direction=direction,
        state=in_state,
        party_id=party_id,
        person_id=person_id,
        responsible_id=responsible_id,
        author_id=author_id,
        result_code=result_code,
        words=words,
        importance=importance,
        project_id=project_id,
        since=_aware(since, "since"),
        until=_aware(until, "until"),
    )


_FILTERED = {"wanted": Provide(read_filter, sync_to_thread=False)}


@get("/v1/events", opt=dict(allows("events.read")), dependencies=_FILTERED, responses=PROBLEMS)
async def get_events(
    request: Call, wanted: NamedDependency[EventFilter], after: FromQuery[str | None] = None
) -> EventsAnswer:
    """List events, the latest start first."""
    place, now = _read_place(after), read_clock()
    found = await service_of(request).database.run(list_events, wanted, now=now, place=place)
    behind = None if found.older is None else "_".join(_print_key(part) for part in found.older.key)
    return EventsAnswer(render_rows(found.rows, now), behind)


@get("/v1/events/counts", opt=dict(allows("events.read")), dependencies=_FILTERED, responses=PROBLEMS)
async def get_event_counts(request: Call, wanted: NamedDependency[EventFilter]) -> CountsAnswer:
    """Count events by kind."""
    return CountsAnswer(await service_of(request).database.run(count_by_kind, wanted, now=read_clock()))


@post("/v1/events", opt=dict(allows("events.edit")), dto=Body, return_dto=None, responses=PROBLEMS)
async def make_event(request: Call, data: JSONBody[NewEvent]) -> EventAnswer:
    """Make an event, or a series of them; the answer is the first one."""
    service, user = service_of(request), request.user
    made = await service.database.run(
        events.make_event,
        read_draft(data, zone=service.settings.timezone, author_id=user.user_id),
        role=user.role,
        user_id=user.user_id,
        outcome=read_outcome(data.outcome),
        origin=data.origin,
        act=act_of(request),
    )
    return _answer(made)


@get("/v1/events/{event_id:int}", opt=dict(allows("events.read")), responses=PROBLEMS)
async def get_event(request: Call, event_id: FromPath[int]) -> EventAnswer:
    """Read an event."""
    return _answer(await service_of(request).database.run(load_event, event_id))


@put("/v1/events/{event_id:int}", opt=dict(allows("events.edit")), dto=Body, return_dto=None, responses=PROBLEMS)
async def change_event(request: Call, event_id: FromPath[int], data: JSONBody[EventChange]) -> EventAnswer:
    """Change an event: of a series one, this and what follows, or all."""
    service = service_of(request)
    changed = await service.database.run(
        events.change_event,
        event_id,
        read_draft(data, zone=service.settings.timezone, author_id=None),
        seen=data.version,
        scope=data.scope,
        role=request.user.role,
        act=act_of(request),
    )
    return _answer(changed)


@delete("/v1/events/{event_id:int}", opt=dict(allows("events.edit")), status_code=204, responses=PROBLEMS)
async def remove_event(
    request: Call,
    event_id: FromPath[int],
    version: FromQuery[int],
    of_series: Annotated[Scope, QueryParameter(name="scope")] = "one",
) -> None:
    """Take an event out of all lists: of a series one, this and what follows, or all."""
    database = service_of(request).database
    await database.run(events.remove_event, event_id, seen=version, scope=of_series, act=act_of(request))


@post(
    "/v1/events/{event_id:int}/completion",
    opt=dict(allows("events.edit")),
    dto=Body,
    return_dto=None,
    status_code=200,
    responses=PROBLEMS,
)
async def complete_event(request: Call, event_id: FromPath[int], data: JSONBody[OutcomeBody]) -> EventAnswer:
    """Complete an event with its result."""
    database, user_id = service_of(request).database, request.user.user_id
    outcome = Outcome(data.result_code, data.result, data.held_at)
    done = await database.run(ending.complete_event, event_id, outcome, user_id=user_id, act=act_of(request))
    return _answer(done)


@post(
    "/v1/events/{event_id:int}/cancellation",
    opt=dict(allows("events.edit")),
    dto=Body,
    return_dto=None,
    status_code=200,
    responses=PROBLEMS,
)
async def cancel_event(request: Call, event_id: FromPath[int], data: JSONBody[CancelBody]) -> EventAnswer:
    """Cancel an event for a reason; it stays, and takes up nobody's time."""
    database = service_of(request).database
    return _answer(await database.run(ending.cancel_event, event_id, data.reason, act=act_of(request)))


@post("/v1/events/{event_id:int}/reopening", opt=dict(allows("events.edit")), status_code=200, responses=PROBLEMS)
async def reopen_event(request: Call, event_id: FromPath[int]) -> EventAnswer:
    """Take back that an event was completed or cancelled."""
    return _answer(await service_of(request).database.run(ending.reopen_event, event_id, act=act_of(request)))


@get("/v1/events/{event_id:int}/history", opt=dict(allows("events.read")), responses=PROBLEMS)
async def get_event_history(request: Call, event_id: FromPath[int]) -> EventHistoryAnswer:
    """Read every change of an event's fields, with old and new values."""
    database = service_of(request).database
    await database.run(load_event, event_id)
    return EventHistoryAnswer(await database.run(list_changes, event_id))


@get("/v1/events/{event_id:int}/structure", opt=dict(allows("events.read")), responses=PROBLEMS)
async def get_event_structure(
    request: Call, event_id: FromPath[int], project_id: FromQuery[int | None] = None
) -> StructureAnswer:
    """Read the whole tree of what an event was made from and what was made from it, or what of it is of a project."""
    database = service_of(request).database
    event = await database.run(load_event, event_id)
    return StructureAnswer(await database.run(load_structure, f"event:{event.id}", project_id=project_id))


def _answer(event: Event) -> EventAnswer:
    return render_event(event, read_clock())


def _aware(moment: datetime | None, field: str) -> datetime | None:
    """Check that a moment has an offset. Raises BodyError."""
    if moment is not None and moment.tzinfo is None:
        raise BodyError(field, "must have an offset such as +02:00 or Z")
    return moment


def _print_key(part: object) -> str:
    return part.isoformat() if isinstance(part, datetime) else str(part)


def _read_place(after: str | None) -> Place | None:
    if after is None:
        return None
    try:
        moment, one = after.split("_")
        return Place((datetime.fromisoformat(moment), int(one)))
    except ValueError as error:
        raise BodyError("after", "must be the `next` of the page before") from error


router = Router(
    "/",
    route_handlers=[
        get_events,
        get_event_counts,
        make_event,
        get_event,
        change_event,
        remove_event,
        complete_event,
        cancel_event,
        reopen_event,
        get_event_history,
        get_event_structure,
    ],
    tags=["Events"],
)
