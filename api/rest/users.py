"""Users of the back office: who may come in, and as what.

A password is made by the server and told once, in the answer; the person changes it afterwards.
"""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from api.auth.errors import UserUnknownError
from api.auth.model import UserRole
from api.auth.passwords import PasswordChecks, invent_password
from api.auth.rights import allows
from api.auth.user_changes import UserSettings, change_user, disable_user, enable_user, set_password, unlock_user
from api.auth.user_list import State, User, UserFilter, list_users, load_user
from api.auth.users import MINUTES_OF_A_DAY, create_user
from api.rest.bodies import Body
from api.rest.calls import Call, act_of, service_of
from api.rest.lists import read_place
from api.rest.problems import PROBLEMS
from api.rest.task_bodies import Code
from api.state import read_clock
from database.identifiers import MOST_ID
from pos_adapter.protocol import Text, Wire


class NewUser(Wire, frozen=True):
    """A person who is to come in; the extension is that of their desk phone."""

    login: Text
    name: Text
    role: UserRole
    extension: Text | None = None


class UserChange(Wire, frozen=True):
    """What a user becomes; `version` is the one that was looked at.

    The department is a code, `daily_minutes` how long they work on a working day, `email` where notices are sent;
    absent, they stay as they are.
    """

    version: Annotated[int, Meta(ge=1, le=2_147_483_647)]
    name: Text
    role: UserRole
    extension: Text | None = None
    department: Code | UnsetType | None = UNSET
    daily_minutes: Annotated[int, Meta(ge=0, le=MINUTES_OF_A_DAY)] | UnsetType = UNSET
    email: Text | UnsetType | None = UNSET


class UserAnswer(Struct, frozen=True):
    """A user."""

    user_id: int
    login: str
    name: str
    role: UserRole
    extension: str | None
    department: str | None
    daily_minutes: int
    email: str | None
    state: State
    version: int
    created_at: datetime
    has_second_factor: bool


class UserPage(Struct, frozen=True):
    """Users, the newest first."""

    users: list[UserAnswer]
    next: str | None


class UserMade(Struct, frozen=True):
    """A new user with the password to begin with; it cannot be shown again."""

    user: UserAnswer
    password: str


class NewPassword(Struct, frozen=True):
    """A password that cannot be shown again."""

    password: str


@get("/", responses=PROBLEMS)
async def get_users(request: Call, after: FromQuery[str | None] = None) -> UserPage:
    """List users, page by page."""
    page = await service_of(request).database.run(list_users, UserFilter(), place=read_place(after), now=read_clock())
    return UserPage([_render(user) for user in page.rows], None if page.older is None else str(page.older.key[0]))


@post("/", dto=Body, return_dto=None, responses=PROBLEMS)
async def make_user(request: Call, data: JSONBody[NewUser]) -> UserMade:
    """Make a user and tell the password to begin with."""
    database, password = service_of(request).database, invent_password()
    hashed = await _checks(request).hash(password)
    user_id = await database.run(
        create_user,
        login=data.login,
        name=data.name,
        role=data.role,
        extension=data.extension,
        password_hash=hashed,
        act=act_of(request),
    )
    return UserMade(await _answer(request, user_id), password)


@get("/{user_id:int}", responses=PROBLEMS)
async def get_user(request: Call, user_id: FromPath[int]) -> UserAnswer:
    """Read a user."""
    return await _answer(request, user_id)


@patch("/{user_id:int}", dto=Body, return_dto=None, responses=PROBLEMS)
async def save_user(request: Call, user_id: FromPath[int], data: JSONBody[UserChange]) -> UserAnswer:
    """Change a user's name, role, extension, department, hours and address; 409 if somebody else did meanwhile."""
    known, act = _known(user_id), act_of(request)
    before = await service_of(request).database.run(load_user, known, now=act.at)
    settings = UserSettings(
        data.name,
        data.role,
        data.extension,
        before.department if data.department is UNSET else data.department,
        before.daily_minutes if data.daily_minutes is UNSET else data.daily_minutes,
        before.email if data.email is UNSET else data.email,
    )
    await service_of(request).database.run(change_user, known, settings, version=data.version, act=act)
    return await _answer(request, user_id)


@post("/{user_id:int}/disable", status_code=200, responses=PROBLEMS)
async def disable(request: Call, user_id: FromPath[int]) -> UserAnswer:
    """Close an account; its sessions end at once."""
    await service_of(request).database.run(disable_user, _known(user_id), act=act_of(request))
    return await _answer(request, user_id)


@post("/{user_id:int}/enable", status_code=200, responses=PROBLEMS)
async def enable(request: Call, user_id: FromPath[int]) -> UserAnswer:
    """Open a closed account again."""
    await service_of(request).database.run(enable_user, _known(user_id), act=act_of(request))
    return await _answer(request, user_id)


@post("/{user_id:int}/unlock", status_code=200, responses=PROBLEMS)
async def unlock(request: Call, user_id: FromPath[int]) -> UserAnswer:
    """Let a user sign in whom wrong passwords locked out."""
    await service_of(request).database.run(unlock_user, _known(user_id), act=act_of(request))
    return await _answer(request, user_id)


@post("/{user_id:int}/password", status_code=200, responses=PROBLEMS)
async def give_password(request: Call, user_id: FromPath[int]) -> NewPassword:
    """Give a user a new password; their sessions end at once."""
    password = invent_password()
    hashed = await _checks(request).hash(password)
    await service_of(request).database.run(set_password, _known(user_id), hashed, act=act_of(request))
    return NewPassword(password)


def _known(user_id: int) -> int:
    if user_id > MOST_ID:
        raise UserUnknownError("no user has this identifier")
    return user_id


def _checks(call: Call) -> PasswordChecks:
    checks: PasswordChecks = call.app.state["password_checks"]
    return checks


async def _answer(call: Call, user_id: int) -> UserAnswer:
    return _render(await service_of(call).database.run(load_user, user_id, now=read_clock()))


def _render(user: User) -> UserAnswer:
    own = {name: getattr(user, name) for name in UserAnswer.__struct_fields__ if name != "user_id"}
    return UserAnswer(user_id=user.id, **own)


router = Router(
    "/v1/users",
    route_handlers=[get_users, make_user, get_user, save_user, disable, enable, unlock, give_password],
    opt=dict(allows("users.edit")),
    tags=["Users"],
)
