"""The settings of access: of whom a second step for signing in is demanded, and whose lookups of cards are stopped."""

from typing import Final, get_args

from litestar import Response, get, post

from api.auth.errors import PolicyChangedError, SecondFactorRefusedError
from api.auth.guessing import MOST_REFUSED, STOPPED_FOR, WITHIN, allow_again, list_stopped
from api.auth.model import Demand
from api.auth.policy import change_policy, load_policy
from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.queries import choice
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from api.state import read_clock

PATH: Final = "/settings/access"
DEMANDS: Final[dict[str, Demand]] = {demand: demand for demand in get_args(Demand)}
DEMAND_WORDS: Final = {
    "nobody": mark("Nobody; who wants one sets it up"),
    "administrators": mark("Administrators"),
    "everybody": mark("Everybody"),
}
LABELS: Final = {"second_factor": mark("Demanded of"), "version": mark("Somebody else")}
DONE: Final = {
    "saved": mark("The settings of access were saved."),
    "allowed": mark("Cards can be looked up there again."),
}
_CHANGED: Final = Problem(mark("Changed it meanwhile. What stands there now is chosen; save again to replace it."))


@get(PATH, opt=dict(allows("users.edit")))
async def show_access(request: Call) -> Response[str]:
    """Show the settings."""
    return await _show(request, Form({}))


@post(PATH, opt=dict(allows("users.edit")))
async def save_access(request: Call) -> Response[str]:
    """Keep of whom a second step is demanded; it holds at once for who is signed in too."""
    form = await read_form(request)
    demand: Demand = form.need("second_factor", forms.one_of(DEMANDS), "nobody")
    version, key = form.need("version", forms.count, 0), request.app.state["settings"].mail_key
    if not form.problems:
        try:
            await database_of(request).run(change_policy, demand, version=version, key=key, act=act_of(request))
        except SecondFactorRefusedError as error:
            form.refuse("second_factor", forms.told(error.detail))
        except PolicyChangedError:
            form.refuse("version", _CHANGED)
    return await _show(request, form) if form.problems else redirect(f"{PATH}?done=saved")


@post(f"{PATH}/allow", opt=dict(allows("users.edit")))
async def allow_lookups(request: Call) -> Response[str]:
    """Let a till or person look cards up again whom refused lookups stopped."""
    form = await read_form(request)
    await database_of(request).run(allow_again, form.text("who"), act=act_of(request))
    return redirect(f"{PATH}?done=allowed")


ACCESS: Final = (show_access, save_access, allow_lookups)


async def _show(call: Call, sent: Form) -> Response[str]:
    database, now = database_of(call), read_clock()
    policy = await database.run(load_policy)
    form = Form({"second_factor": policy.second_factor})
    form.problems.update(sent.problems)
    return page(
        call,
        "access.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        form=form,
        labels=LABELS,
        policy=policy,
        demands=DEMAND_WORDS,
        stopped=await database.run(list_stopped, now=now),
        most=MOST_REFUSED,
        within=int(WITHIN.total_seconds()) // 60,
        stopped_for=int(STOPPED_FOR.total_seconds()) // 60,
        done=choice(call, "done", DONE.__getitem__),
    )
