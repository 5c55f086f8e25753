"""Kinds of events, which users make: one can be chosen at once."""

from collections.abc import Mapping
from typing import Annotated, get_args

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from api.auth.model import UserRole
from api.auth.rights import allows
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.directories import Names
from api.rest.event_bodies import Version
from api.rest.party_bodies import Code
from api.rest.problems import PROBLEMS
from crm.events import kinds
from crm.events.kinds import KindDraft
from crm.events.model import Kind
from pos_adapter.protocol import Text, Wire

ROLES = get_args(UserRole)


class KindBody(Wire, frozen=True, kw_only=True):
    """What is said of a kind; `roles` are those who may add such events, everybody where it is empty."""

    names: Names
    icon: Text = "calendar"
    is_contact: bool = False
    needs_party: bool = False
    is_pinned: bool = False
    roles: Annotated[tuple[Text, ...], Meta(max_length=20)] = ()


class NewKind(KindBody, frozen=True, kw_only=True):
    """A new kind at the end."""

    code: Code


class KindChange(KindBody, frozen=True, kw_only=True):
    """A kind as it is to be; an archived one is offered no more."""

    version: Version
    archived: bool = False


class KindAnswer(Struct, frozen=True):
    """A kind of events."""

    code: str
    names: Mapping[str, str]
    icon: str
    is_contact: bool
    needs_party: bool
    is_pinned: bool
    roles: tuple[str, ...]
    version: int
    archived: bool


class KindsAnswer(Struct, frozen=True):
    """All kinds in their order."""

    kinds: list[KindAnswer]


@get("/", opt=dict(allows("events.read")), responses=PROBLEMS)
async def get_event_kinds(request: Call) -> KindsAnswer:
    """List the kinds of events, archived ones too."""
    found = await service_of(request).database.run(kinds.list_kinds)
    return KindsAnswer([_render(kind) for kind in found])


@post("/", dto=Body, return_dto=None, responses=PROBLEMS)
async def make_event_kind(request: Call, data: JSONBody[NewKind]) -> KindAnswer:
    """Add a kind."""
    database = service_of(request).database
    made = await database.run(kinds.make_kind, data.code, _draft(data), roles=ROLES, act=act_of(request))
    return _render(made)


@put("/{code:str}", dto=Body, return_dto=None, responses=PROBLEMS)
async def change_event_kind(request: Call, code: FromPath[str], data: JSONBody[KindChange]) -> KindAnswer:
    """Change a kind, put it away or take it out again."""
    changed = await service_of(request).database.run(
        kinds.change_kind,
        code,
        _draft(data),
        is_archived=data.archived,
        seen=data.version,
        roles=ROLES,
        act=act_of(request),
    )
    return _render(changed)


def _draft(body: KindBody) -> KindDraft:
    return KindDraft(**{name: getattr(body, name) for name in KindDraft.__struct_fields__})


def _render(kind: Kind) -> KindAnswer:
    shared = {name: getattr(kind, name) for name in KindAnswer.__struct_fields__ if name != "archived"}
    return KindAnswer(**shared, archived=kind.is_archived)


router = Router(
    "/v1/event-kinds",
    route_handlers=[get_event_kinds, make_event_kind, change_event_kind],
    opt=dict(allows("settings.edit", module="events")),
    tags=["Events"],
)
