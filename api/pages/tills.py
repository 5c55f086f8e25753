"""Shops and their tills: what they are called, which tokens and codes they have, and new ones.

A till is set up with a code, which becomes a token without anybody typing one; a token is shown once. Whoever may do
this gives and takes access for tills alone.
"""

from zoneinfo import ZoneInfo, available_timezones

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.enrolments import open_enrolment, revoke_enrolment
from api.auth.rights import allows
from api.auth.token_list import OpenCode, Token, list_open_codes, list_store_tokens
from api.auth.tokens import create_token, revoke_token
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form
from api.pages.queries import choice, link, text
from api.pages.renderer import Call, database_of, page, redirect, zone_of
from api.pages.users_secrets import Secret, show_once
from api.pages.words import mark
from api.state import read_clock
from loyalty.installation import Store, change_store, find_store, list_store_tills, list_stores, make_store

PATH = "/settings/tills"
STORE_PATH = "/settings/tills/store"
PAGE_ROWS = 100
MOST_TILLS = 1_000
LABELS = {
    "code": mark("Code"),
    "name": mark("Name"),
    "timezone": mark("Time zone"),
    "store": mark("Shop"),
    "till": mark("Till"),
}
DONE = {
    "saved": mark("The shop was saved."),
    "token": mark("The token is void; every server refuses it within ten seconds."),
    "code": mark("The code is void."),
}
_NO_ZONE = Problem(mark("This is no time zone. A zone is named as Europe/Sofia."))


class _Till(Struct, frozen=True):
    """A till with its good tokens and open codes."""

    code: str
    tokens: list[Token]
    codes: list[OpenCode]


class _StorePage(Struct, frozen=True):
    store: Store
    tills: list[_Till]


@get(PATH, opt=dict(allows("settings.edit")))
async def show_tills(request: Call) -> Response[str]:
    """List shops by their code, and offer a code for a new till."""
    return await _show_stores(request, Form({}))


@get(STORE_PATH, opt=dict(allows("settings.edit")))
async def show_store(request: Call) -> Response[str]:
    """Show a shop's settings, its tills, and their tokens and codes."""
    return await _show_store(request, text(request, "code"), None)


@post(STORE_PATH, opt=dict(allows("settings.edit")))
async def save_store(request: Call) -> Response[str]:
    """Save what a shop is called and its time zone."""
    form, code = await read_form(request), text(request, "code")
    name, timezone = form.need("name", forms.short_text, ""), form.need("timezone", _zone, "UTC")
    if form.problems:
        return await _show_store(request, code, form)
    await database_of(request).run(change_store, Store(code, name, timezone), act=act_of(request))
    return redirect(link(STORE_PATH, {"code": code, "done": "saved"}))


@get("/settings/new-store", opt=dict(allows("settings.edit")))
async def show_new_store(request: Call) -> Response[str]:
    """Show the form of a new shop."""
    return _show_new_store(request, Form({"timezone": zone_of(request).key}))


@post("/settings/new-store", opt=dict(allows("settings.edit")))
async def make_new_store(request: Call) -> Response[str]:
    """Make a shop, or show the form again with what is wrong."""
    form = await read_form(request)
    code, name = form.need("code", forms.code, ""), form.need("name", forms.short_text, "")
    timezone = form.need("timezone", _zone, "UTC")
    if not form.problems:
        if await database_of(request).run(make_store, Store(code, name, timezone), act=act_of(request)):
            return redirect(link(STORE_PATH, {"code": code}))
        form.refuse("code", Problem(mark("There is a shop of this code already.")))
    return _show_new_store(request, form)


def _show_new_store(call: Call, form: Form) -> Response[str]:
    status = REFUSED if form.problems else 200
    zones = sorted(available_timezones())
    return page(call, "store_form.html", status=status, here=PATH, form=form, labels=LABELS, zones=zones)


@post("/settings/tills/codes", status_code=200, opt=dict(allows("settings.edit")))
async def make_code(request: Call) -> Response[str]:
    """Make a code for a till and show it once; a shop or till first named comes into being."""
    form = await read_form(request)
    store, till = form.need("store", forms.short_text, ""), form.need("till", forms.short_text, "")
    if form.problems:
        return await _show_stores(request, form)
    made = await database_of(request).run(open_enrolment, store=store, till=till, act=act_of(request))
    server = str(request.base_url).rstrip("/")
    secret = Secret(
        text=made.text,
        title=mark("Code for till %(till)s of shop %(store)s"),
        names={"till": till, "store": store},
        told=mark("The code was made."),
        hint=mark("Five wrong tries end it. It can be made void on the page of the shop."),
        section=(PATH, mark("Tills")),
        record=(link(STORE_PATH, {"code": store}), store),
        until=made.expires_at,
        command=f"tallycard till init --server {server} --code {made.text}",
    )
    return show_once(request, secret)


@post("/settings/tills/codes/{number:int}/end", opt=dict(allows("settings.edit")))
async def end_code(request: Call, number: FromPath[int]) -> Response[str]:
    """Make a code void; one that is over already stays so."""
    await database_of(request).run(revoke_enrolment, number, act=act_of(request))
    return await _back(request, "code")


@post("/settings/tills/tokens", status_code=200, opt=dict(allows("settings.edit")))
async def make_till_token(request: Call) -> Response[str]:
    """Make a token for a till that calls the server itself, and show it once."""
    form = await read_form(request)
    store, till = form.need("store", forms.short_text, ""), form.need("till", forms.short_text, "")
    if form.problems:
        return await _show_stores(request, form)
    made = await database_of(request).run(create_token, role="till", store=store, till=till, act=act_of(request))
    secret = Secret(
        text=made,
        title=mark("Token for till %(till)s of shop %(store)s"),
        names={"till": till, "store": store},
        told=mark("The token was made."),
        hint=mark("For a cash register that calls the server itself. A till with the agent is set up by a code."),
        section=(PATH, mark("Tills")),
        record=(link(STORE_PATH, {"code": store}), store),
    )
    return show_once(request, secret)


@post("/settings/tills/tokens/{number:int}/end", opt=dict(allows("settings.edit")))
async def end_till_token(request: Call, number: FromPath[int]) -> Response[str]:
    """Make a token of a till void."""
    await database_of(request).run(revoke_token, number, only_tills=True, act=act_of(request))
    return await _back(request, "token")


async def _back(call: Call, done: str) -> Response[str]:
    store = (await read_form(call)).text("store")
    return redirect(link(STORE_PATH, {"code": store, "done": done}) if store else PATH)


async def _show_stores(call: Call, form: Form) -> Response[str]:
    found = await database_of(call).run(list_stores, after=text(call, "after"), most=PAGE_ROWS + 1)
    shown = found[:PAGE_ROWS]
    return page(
        call,
        "tills.html",
        status=REFUSED if form.problems else 200,
        here=PATH if form.problems else None,
        stores=shown,
        form=form,
        labels=LABELS,
        first=PATH if text(call, "after") else None,
        older=link(PATH, {"after": shown[-1].code}) if len(found) > PAGE_ROWS else None,
    )


async def _show_store(call: Call, code: str, sent: Form | None) -> Response[str]:
    shown = await database_of(call).run(_load_store, code)
    form = Form({"name": shown.store.name, "timezone": shown.store.timezone}) if sent is None else sent
    return page(
        call,
        "till_store.html",
        status=REFUSED if form.problems else 200,
        here=link(STORE_PATH, {"code": code}),
        store=shown.store,
        tills=shown.tills,
        form=form,
        labels=LABELS,
        zones=sorted(available_timezones()),
        done=choice(call, "done", DONE.__getitem__),
    )


async def _load_store(connection: AsyncConnection, code: str) -> _StorePage:
    store = await find_store(connection, code)
    if store is None:
        raise NotFoundException("there is no such shop")
    tokens = await list_store_tokens(connection, code)
    codes = await list_open_codes(connection, code, now=read_clock())
    tills = [
        _Till(
            till,
            [token for token in tokens if token.till_code == till],
            [one for one in codes if one.till_code == till],
        )
        for till in await list_store_tills(connection, code, most=MOST_TILLS)
    ]
    return _StorePage(store, tills)


def _zone(name: str) -> str:
    """Read a time zone. Raises WrongError."""
    if name not in available_timezones():
        raise WrongError(_NO_ZONE)
    return ZoneInfo(name).key
