"""How people get in, for administrators: their open sessions, their second factor, and of whom one is demanded."""

from datetime import datetime
from typing import Annotated

from litestar import Router, delete, get, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from api.auth.errors import SessionUnknownError, UserUnknownError
from api.auth.model import Demand
from api.auth.policy import change_policy, load_policy
from api.auth.rights import allows
from api.auth.second_factor import remove_factor
from api.auth.sessions import end_session, end_sessions, list_sessions
from api.auth.user_list import load_user
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.problems import PROBLEMS
from api.state import read_clock
from database.identifiers import MOST_ID
from pos_adapter.protocol import Wire


class SessionItem(Struct, frozen=True):
    """An open session: the browser in a few words, when it began, and its last use to the minute."""

    session_id: int
    device: str
    created_at: datetime
    seen_at: datetime


class SessionList(Struct, frozen=True):
    """The open sessions of a user, the one used last first."""

    sessions: list[SessionItem]


class PolicyAnswer(Struct, frozen=True):
    """Of whom a second factor is demanded."""

    second_factor: Demand
    version: int


class PolicyChange(Wire, frozen=True):
    """Of whom a second factor is to be demanded; `version` is the one that was looked at."""

    second_factor: Demand
    version: Annotated[int, Meta(ge=1, le=2_147_483_647)]


@get("/v1/users/{user_id:int}/sessions", responses=PROBLEMS)
async def get_sessions(request: Call, user_id: FromPath[int]) -> SessionList:
    """List where a user is signed in."""
    run, known = service_of(request).database.run, await _known(request, user_id)
    found = await run(list_sessions, known, now=read_clock())
    return SessionList([SessionItem(one.id, one.device, one.created_at, one.seen_at) for one in found])


@delete("/v1/users/{user_id:int}/sessions", status_code=204, responses=PROBLEMS)
async def end_all(request: Call, user_id: FromPath[int]) -> None:
    """End all sessions of a user at once."""
    await service_of(request).database.run(end_sessions, await _known(request, user_id), act=act_of(request))


@delete("/v1/users/{user_id:int}/sessions/{session_id:int}", status_code=204, responses=PROBLEMS)
async def end_one(request: Call, user_id: FromPath[int], session_id: FromPath[int]) -> None:
    """End one session of a user at once."""
    known = await _known(request, user_id)
    if session_id > MOST_ID:
        raise SessionUnknownError("no open session of this user has this identifier")
    await service_of(request).database.run(end_session, known, session_id, act=act_of(request))


@delete("/v1/users/{user_id:int}/second-factor", status_code=204, responses=PROBLEMS)
async def take_second_factor_away(request: Call, user_id: FromPath[int]) -> None:
    """Take a user's second factor away, as for a lost phone; the password alone signs in afterwards."""
    await service_of(request).database.run(remove_factor, await _known(request, user_id), act=act_of(request))


@get("/v1/access-policy", responses=PROBLEMS)
async def get_policy(request: Call) -> PolicyAnswer:
    """Read of whom a second factor is demanded."""
    return await _policy(request)


@put("/v1/access-policy", dto=Body, return_dto=None, responses=PROBLEMS)
async def put_policy(request: Call, data: JSONBody[PolicyChange]) -> PolicyAnswer:
    """Demand a second factor of nobody, administrators or everybody, at once; 409 if somebody else changed it."""
    service = service_of(request)
    await service.database.run(
        change_policy, data.second_factor, version=data.version, key=service.settings.mail_key, act=act_of(request)
    )
    return await _policy(request)


async def _policy(call: Call) -> PolicyAnswer:
    policy = await service_of(call).database.run(load_policy)
    return PolicyAnswer(policy.second_factor, policy.version)


async def _known(call: Call, user_id: int) -> int:
    """Give the number of a user that exists. Raises UserUnknownError."""
    if user_id > MOST_ID:
        raise UserUnknownError("no user has this identifier")
    return (await service_of(call).database.run(load_user, user_id, now=read_clock())).id


router = Router(
    "/",
    route_handlers=[get_sessions, end_all, end_one, take_second_factor_away, get_policy, put_policy],
    opt=dict(allows("users.edit")),
    tags=["Users"],
)
