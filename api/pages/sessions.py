"""Where a person is signed in: their own open sessions, and those of others, which administrators see and end."""

from typing import Final

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from api.auth.errors import SessionUnknownError
from api.auth.rights import allows
from api.auth.sessions import end_session, end_sessions, list_sessions
from api.pages.edge import act_of
from api.pages.queries import choice
from api.pages.renderer import Call, database_of, page, redirect, user_id_of
from api.pages.users import PATH as USERS
from api.pages.users import find_user
from api.pages.words import mark
from api.state import read_clock
from database.identifiers import MOST_ID

OWN: Final = "/account/sessions"
DONE: Final = {"one": mark("The session was ended."), "all": mark("The sessions were ended.")}


@get(OWN, opt=dict(allows("home")))
async def show_own_sessions(request: Call) -> Response[str]:
    """Show where who calls is signed in."""
    return await _show(request, user_id_of(request), OWN, login=None)


@post(f"{OWN}/end", opt=dict(allows("home")))
async def end_other_sessions(request: Call) -> Response[str]:
    """End all own sessions but this one."""
    this = None if request.auth is None else request.auth.hash
    await database_of(request).run(end_sessions, user_id_of(request), but=this, act=act_of(request))
    return redirect(f"{OWN}?done=all")


@post(f"{OWN}/{{session_id:int}}/end", opt=dict(allows("home")))
async def end_own_session(request: Call, session_id: FromPath[int]) -> Response[str]:
    """End one of the own sessions; ending this very one leads to signing in."""
    await _end(request, user_id_of(request), session_id)
    return redirect(f"{OWN}?done=one")


@get(f"{USERS}/{{user_id:int}}/sessions", opt=dict(allows("users.edit")))
async def show_sessions(request: Call, user_id: FromPath[int]) -> Response[str]:
    """Show where a user is signed in."""
    user = await find_user(request, user_id)
    return await _show(request, user.id, f"{USERS}/{user.id}/sessions", login=user.login)


@post(f"{USERS}/{{user_id:int}}/sessions/end", opt=dict(allows("users.edit")))
async def end_all_sessions(request: Call, user_id: FromPath[int]) -> Response[str]:
    """End all sessions of a user."""
    user = await find_user(request, user_id)
    await database_of(request).run(end_sessions, user.id, act=act_of(request))
    return redirect(f"{USERS}/{user.id}/sessions?done=all")


@post(f"{USERS}/{{user_id:int}}/sessions/{{session_id:int}}/end", opt=dict(allows("users.edit")))
async def end_one_session(request: Call, user_id: FromPath[int], session_id: FromPath[int]) -> Response[str]:
    """End one session of a user."""
    user = await find_user(request, user_id)
    await _end(request, user.id, session_id)
    return redirect(f"{USERS}/{user.id}/sessions?done=one")


SESSIONS: Final = (
    show_own_sessions,
    end_other_sessions,
    end_own_session,
    show_sessions,
    end_all_sessions,
    end_one_session,
)


async def _end(call: Call, user_id: int, session_id: int) -> None:
    try:
        await database_of(call).run(end_session, user_id, min(session_id, MOST_ID), act=act_of(call))
    except SessionUnknownError as error:
        raise NotFoundException("there is no such session") from error


async def _show(call: Call, user_id: int, path: str, *, login: str | None) -> Response[str]:
    this = None if call.auth is None else call.auth.hash
    sessions = await database_of(call).run(list_sessions, user_id, this=this, now=read_clock())
    return page(
        call,
        "sessions.html",
        here=path,
        sessions=sessions,
        login=login,
        user_id=user_id,
        others=sum(not one.is_this for one in sessions),
        done=choice(call, "done", DONE.__getitem__),
    )
