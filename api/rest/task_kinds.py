"""Kinds of tasks with their business cycles, and reports of what they measure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

from litestar import Router, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct, field

from api.auth.model import UserRole
from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from api.rest.task_bodies import Code, Version
from api.state import read_clock
from crm.tasks.cycles import MOST_STATES, CycleDraft, Kind, Part, Stage, StateDraft, Transition
from crm.tasks.kinds import change_kind, list_kinds, load_kind, make_kind
from crm.tasks.repository.reports import CustomerRequests, StateTime, list_open_requests, measure_states
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Text, Wire

DAYS = timedelta(days=90)
"""So far back the times of states reach where no other moment is asked for."""
Names = Annotated[dict[str, Text], Meta(min_length=1, max_length=10)]


class CycleState(Wire, frozen=True):
    """A state in its place; one that is known by its code is changed, another is made."""

    state: Code
    names: Names
    stage: Stage
    archived: bool | None = None


class CycleTransition(Wire, frozen=True):
    """A way from a state to another; without roles and parts it is everybody's who may edit tasks."""

    source: Code = field(name="from")
    target: Code = field(name="to")
    roles: Annotated[list[UserRole], Meta(max_length=20)] | None = None
    parts: Annotated[list[Part], Meta(max_length=4)] | None = None


class CycleBody(Wire, frozen=True, kw_only=True):
    """A kind with its whole cycle; a state that is known and not named is archived."""

    names: Names
    states: Annotated[list[CycleState], Meta(min_length=1, max_length=MOST_STATES)]
    transitions: Annotated[list[CycleTransition], Meta(max_length=MOST_STATES * MOST_STATES)]
    request: bool | None = None
    archived: bool | None = None

    def read(self) -> CycleDraft:
        """Give it as the use cases take it."""
        return CycleDraft(
            self.names,
            [StateDraft(one.state, one.names, one.stage, one.archived is True) for one in self.states],
            [
                Transition(one.source, one.target, tuple(one.roles or ()), tuple(one.parts or ()))
                for one in self.transitions
            ],
            is_request=self.request is True,
            is_archived=self.archived is True,
        )


class NewKind(CycleBody, frozen=True, kw_only=True):
    """A new kind of tasks."""

    kind: Code


class KindChange(CycleBody, frozen=True, kw_only=True):
    """A kind as it is to be, from the version that the caller saw."""

    version: Version


class CycleStateAnswer(Struct, frozen=True):
    """A state of a cycle."""

    state: str
    names: Mapping[str, str]
    stage: Stage
    archived: bool


class CycleTransitionAnswer(Struct, frozen=True):
    """A way from a state to another, and for whom it is open."""

    source: str = field(name="from")
    target: str = field(name="to")
    roles: tuple[str, ...]
    parts: tuple[Part, ...]


class KindAnswer(Struct, frozen=True):
    """A kind of tasks with its cycle."""

    kind: str
    names: Mapping[str, str]
    request: bool
    archived: bool
    version: int
    states: list[CycleStateAnswer]
    transitions: list[CycleTransitionAnswer]


class KindsAnswer(Struct, frozen=True):
    """The kinds of tasks in their order, archived ones included."""

    kinds: list[KindAnswer]


class StateTimesAnswer(Struct, frozen=True):
    """How long tasks stayed in each state, of the stays that ended in a period."""

    states: list[StateTime]


class OpenRequestsAnswer(Struct, frozen=True):
    """The customers who wait for something, those with most late requests first."""

    customers: list[CustomerRequests]


@get("/v1/task-kinds", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_kinds(request: Call) -> KindsAnswer:
    """List the kinds of tasks with their business cycles."""
    return KindsAnswer([_render(one) for one in await service_of(request).database.run(list_kinds)])


@post(
    "/v1/task-kinds",
    opt=dict(allows("settings.edit", module="tasks")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def post_kind(request: Call, data: JSONBody[NewKind]) -> KindAnswer:
    """Make a kind of tasks; it can be chosen at once."""
    made = await service_of(request).database.run(make_kind, data.kind, data.read(), act=act_of(request))
    return _render(made)


@get("/v1/task-kinds/{kind:str}", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_kind(request: Call, kind: FromPath[str]) -> KindAnswer:
    """Read a kind of tasks."""
    return _render(await service_of(request).database.run(load_kind, kind))


@put(
    "/v1/task-kinds/{kind:str}",
    opt=dict(allows("settings.edit", module="tasks")),
    dto=Body,
    return_dto=None,
    responses=PROBLEMS,
)
async def put_kind(request: Call, kind: FromPath[str], data: JSONBody[KindChange]) -> KindAnswer:
    """Change a kind and its business cycle, archive it or bring it back."""
    changed = await service_of(request).database.run(
        change_kind, kind, data.read(), seen=data.version, act=act_of(request)
    )
    return _render(changed)


@get("/v1/task-reports/times", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_state_times(
    request: Call, since: FromQuery[datetime | None] = None, before: FromQuery[datetime | None] = None
) -> StateTimesAnswer:
    """Measure the mean and median time in each state of each kind, over the last 90 days if nothing else is asked."""
    end = before or read_clock()
    for name, moment in (("since", since), ("before", before)):
        if moment is not None and moment.tzinfo is None:
            raise BodyError(name, "must have an offset from UTC")
    start = since or max(end.astimezone(UTC), datetime.min.replace(tzinfo=UTC) + DAYS) - DAYS
    return StateTimesAnswer(await service_of(request).database.run(measure_states, since=start, before=end))


@get("/v1/task-reports/requests", opt=dict(allows("tasks.read")), responses=PROBLEMS)
async def get_open_requests(request: Call) -> OpenRequestsAnswer:
    """List the open requests of each customer."""
    return OpenRequestsAnswer(await service_of(request).database.run(list_open_requests, now=read_clock()))


def _render(kind: Kind) -> KindAnswer:
    return KindAnswer(
        kind=kind.code,
        names=kind.names,
        request=kind.is_request,
        archived=kind.is_archived,
        version=kind.version,
        states=[CycleStateAnswer(one.code, one.names, one.stage, one.is_archived) for one in kind.states],
        transitions=[CycleTransitionAnswer(one.source, one.target, one.roles, one.parts) for one in kind.transitions],
    )


router = Router(
    "/",
    route_handlers=[get_kinds, post_kind, get_kind, put_kind, get_state_times, get_open_requests],
    tags=["Tasks"],
)
