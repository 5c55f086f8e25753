"""The first hour of a shop: from an empty database to the first card that is read at a till, step by step on one page.

Key idea: a step offers the same use case as its own page does, with what most shops would fill in; it is done when what
it is for is there. So the guide keeps no place of its own: it can be left, taken up again, and gone past on the pages.
"""

from collections.abc import Mapping
from typing import Final

from litestar import Response, get, post
from msgspec import structs

from api.auth.enrolments import open_enrolment
from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, service_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.users_secrets import Secret, show_once
from api.pages.words import mark
from crm.shop.model import STEPS, Standing, Step
from crm.shop.service import change_shop, leave_guide, load_standing
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import make_cards
from loyalty.errors import LoyaltyError
from loyalty.installation import Store, make_store
from loyalty.money import WHOLE

PATH = "/start"
CARDS = 10
AGENT = "http://127.0.0.1:8471/"
"""Where the page of a till's agent is if nobody gave it another port."""
TITLES: Mapping[Step, str] = {
    "shop": mark("What the business is called"),
    "store": mark("The first shop"),
    "series": mark("A series of cards"),
    "cards": mark("Ten cards"),
    "till": mark("A till"),
    "scan": mark("The first card that is read"),
}
LABELS: Mapping[str, str] = {
    "name": mark("Name"),
    "code": mark("Code"),
    "number_template": mark("Number template"),
    "discount_percent": mark("Percent"),
    "till": mark("Till"),
}
_USUAL: Final[Mapping[Step, Mapping[str, str]]] = {
    "store": {"code": "0001"},
    "series": {"code": "CLUB", "number_template": "2901%08^", "discount_percent": "5"},
    "till": {"till": "1"},
}
_KNOWN = Problem(mark("There is a shop of this code already."))


@get(PATH, opt=dict(allows("settings.edit")))
async def show_first_steps(request: Call) -> Response[str]:
    """Show the steps with the one that is next."""
    return await _show(request, None)


@post(f"{PATH}/shop", opt=dict(allows("settings.edit")))
async def name_shop(request: Call) -> Response[str]:
    """Keep what the shop is called."""
    form, standing = await _read(request)
    if standing.next != "shop":
        return redirect(PATH)
    name = form.need("name", forms.short_text, "")
    if not form.problems:
        shop = structs.replace(standing.shop, name=name)
        await database_of(request).run(change_shop, shop, seen=standing.version, act=act_of(request))
    return await _go_on(request, form)


@post(f"{PATH}/store", opt=dict(allows("settings.edit")))
async def make_first_store(request: Call) -> Response[str]:
    """Make a shop in the installation's time zone."""
    form, standing = await _read(request)
    if standing.next != "store":
        return redirect(PATH)
    code, name = form.need("code", forms.code, ""), form.need("name", forms.short_text, "")
    if not form.problems:
        store = Store(code, name, service_of(request).settings.timezone)
        if not await database_of(request).run(make_store, store, act=act_of(request)):
            form.refuse("code", _KNOWN)
    return await _go_on(request, form)


@post(f"{PATH}/series", opt=dict(allows("settings.edit")))
async def make_first_series(request: Call) -> Response[str]:
    """Make a series of discount cards."""
    form, standing = await _read(request)
    if standing.next != "series":
        return redirect(PATH)
    code = form.need("code", forms.code, "")
    settings = SeriesSettings(
        form.need("name", forms.short_text, ""),
        "discount",
        form.need("number_template", forms.short_text, ""),
        percent=form.need("discount_percent", forms.percent(least=-WHOLE), 0),
    )
    if not form.problems:
        try:
            await database_of(request).run(put_series, code, settings, act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, LABELS, "number_template")
    return await _go_on(request, form)


@post(f"{PATH}/cards", opt=dict(allows("settings.edit")))
async def make_first_cards(request: Call) -> Response[str]:
    """Make some cards of the first series."""
    form, standing = await _read(request)
    if standing.next == "cards" and standing.series is not None:
        try:
            await database_of(request).run(make_cards, standing.series, count=CARDS, act=act_of(request))
        except LoyaltyError as error:
            form.refuse_by(error, (), "code")
    return await _go_on(request, form)


@post(f"{PATH}/till", status_code=200, opt=dict(allows("settings.edit")))
async def make_first_code(request: Call) -> Response[str]:
    """Make the code of a till and show it once, with the commands that make use of it."""
    form, standing = await _read(request)
    till = form.need("till", forms.short_text, "")
    if form.problems or standing.store is None:
        return await _go_on(request, form)
    made = await database_of(request).run(open_enrolment, store=standing.store, till=till, act=act_of(request))
    server = str(request.base_url).rstrip("/")
    secret = Secret(
        text=made.text,
        title=mark("Code for till %(till)s of shop %(store)s"),
        names={"till": till, "store": standing.store},
        told=mark("The code was made."),
        hint=mark("The first command sets the till up, the second one starts it. Go back and read a card then."),
        section=(PATH, mark("First steps")),
        until=made.expires_at,
        command=f"tallycard till init --server {server} --code {made.text} && tallycard till",
    )
    return show_once(request, secret)


@post(f"{PATH}/leave", opt=dict(allows("settings.edit")))
async def leave_first_steps(request: Call) -> Response[str]:
    """Let the first page show the steps no more, or again."""
    is_left = (await read_form(request)).text("to") != "again"
    await database_of(request).run(leave_guide, is_left=is_left, act=act_of(request))
    return redirect("/" if is_left else PATH)


async def load_guide(call: Call) -> Standing | None:
    """Read how far the first steps are, for the first page; None where they were left."""
    standing = await database_of(call).run(load_standing)
    return None if standing.guide_left_at is not None else standing


async def _read(call: Call) -> tuple[Form, Standing]:
    """Read a form and how far the steps are; a form of a step that is done already asks for nothing more."""
    return await read_form(call), await database_of(call).run(load_standing)


async def _go_on(call: Call, form: Form) -> Response[str]:
    return await _show(call, form) if form.problems else redirect(PATH)


async def _show(call: Call, sent: Form | None) -> Response[str]:
    standing = await database_of(call).run(load_standing)
    usual = {} if standing.next is None else _USUAL.get(standing.next, {})
    form = Form(usual) if sent is None else sent
    return page(
        call,
        "first_steps.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        standing=standing,
        steps=STEPS,
        titles=TITLES,
        form=form,
        labels=LABELS,
        settings=service_of(call).settings,
        cards=CARDS,
        agent=AGENT,
    )


FIRST_STEPS = (
    show_first_steps,
    name_shop,
    make_first_store,
    make_first_series,
    make_first_cards,
    make_first_code,
    leave_first_steps,
)
