"""Price lists: the list of them, and the form of what one says beside its prices."""

from collections.abc import Mapping
from datetime import date, time

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import structs

from api.auth.rights import allows
from api.languages.sorting import sort_key
from api.pages import forms
from api.pages.edge import act_of, newest_catalogue
from api.pages.forms import REFUSED, Form, Problem, WrongError, read_form
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from loyalty.cards.model import PriceListSettings
from loyalty.cards.series import put_price_list
from loyalty.errors import LoyaltyError
from loyalty.pricing.model import PriceList, Window

PATH = "/price-lists"
NEW_PATH = "/new-price-list"
LABELS: Mapping[str, str] = {
    "code": mark("Code"),
    "name": mark("Name"),
    "rank": mark("Rank"),
    "valid_from": mark("First day"),
    "valid_until": mark("Last day"),
    "weekdays": mark("Weekdays"),
    "hours_from": mark("From", "hours"),
    "hours_until": mark("To", "hours"),
}
MOST_RANK = 1_000_000
WEEKDAYS = range(1, 8)
EMPTY = PriceListSettings(name="", rank=0, window=Window(), quotations={})
_TAKEN = Problem(mark("A price list of this code is there already."))


@get(PATH, opt=dict(allows("prices.read")))
async def show_price_lists(request: Call) -> Response[str]:
    """List all price lists, the highest rank first, with the series that use them."""
    catalogue = await newest_catalogue(request)
    lists = sorted(catalogue.price_lists.values(), key=lambda one: (-one.rank, sort_key(one.name)))
    users = {
        one.code: [series for series in catalogue.series.values() if one.code in series.settings.price_lists]
        for one in lists
    }
    return page(request, "price_lists.html", lists=lists, users=users)


@get(NEW_PATH, opt=dict(allows("prices.edit")))
async def show_new_price_list(request: Call) -> Response[str]:
    """Show the empty form."""
    return _show_form(request, _show_settings("", EMPTY), None)


@get("/price-lists/{code:str}/edit", opt=dict(allows("prices.edit")))
async def show_price_list_form(request: Call, code: FromPath[str]) -> Response[str]:
    """Show the form of a price list."""
    before = await load_price_list(request, code)
    return _show_form(request, _show_settings(code, settings_of(before)), before)


@post(NEW_PATH, opt=dict(allows("prices.edit")))
async def make_price_list(request: Call) -> Response[str]:
    """Make a price list, which then wants its prices."""
    form = await read_form(request)
    code = form.need("code", forms.code, "")
    if code in (await newest_catalogue(request)).price_lists:
        form.refuse("code", _TAKEN)
    return await _save(request, form, None)


@post("/price-lists/{code:str}/edit", opt=dict(allows("prices.edit")))
async def change_price_list(request: Call, code: FromPath[str]) -> Response[str]:
    """Change what a price list says beside its prices."""
    return await _save(request, await read_form(request), await load_price_list(request, code))


async def _save(call: Call, form: Form, before: PriceList | None) -> Response[str]:
    settings = _read_settings(form, EMPTY if before is None else settings_of(before))
    if form.problems:
        return _show_form(call, form, before)
    code = form.text("code") if before is None else before.code
    try:
        await database_of(call).run(put_price_list, code, settings, act=act_of(call))
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "name")
        return _show_form(call, form, before)
    return redirect(f"{PATH}/{code}")


def _show_form(call: Call, form: Form, before: PriceList | None) -> Response[str]:
    return page(
        call,
        "price_list_form.html",
        status=REFUSED if form.problems else 200,
        here=NEW_PATH if before is None else f"{PATH}/{before.code}/edit",
        form=form,
        before=before,
        labels=LABELS,
        weekdays=WEEKDAYS,
    )


def _show_settings(code: str, settings: PriceListSettings) -> Form:
    window = settings.window
    texts: dict[str, str | list[str]] = {
        "code": code,
        "name": settings.name,
        "rank": str(settings.rank),
        "valid_from": _iso(window.valid_from),
        "valid_until": _iso(window.valid_until),
        "weekdays": [str(day) for day in window.weekdays],
        "hours_from": _iso(window.hours_from),
        "hours_until": _iso(window.hours_until),
    }
    return Form(texts)


def _iso(value: date | time | None) -> str:
    return "" if value is None else value.isoformat()


def _read_settings(form: Form, before: PriceListSettings) -> PriceListSettings:
    since, until = forms.read_hours(form)
    days = sorted({int(day) for day in form.texts("weekdays") if day in {str(one) for one in WEEKDAYS}})
    window = Window(
        valid_from=form.read("valid_from", forms.day, None),
        valid_until=form.read("valid_until", forms.day, None),
        weekdays=() if len(days) == len(WEEKDAYS) else tuple(days),
        hours_from=since,
        hours_until=until,
    )
    return structs.replace(
        before, name=form.need("name", forms.short_text, ""), rank=form.read("rank", _rank, 0), window=window
    )


def _rank(text: str) -> int:
    try:
        rank = int(text.replace("\N{MINUS SIGN}", "-")) if text.isascii() or "\N{MINUS SIGN}" in text else None
    except ValueError:
        rank = None
    if rank is None or abs(rank) > MOST_RANK:
        raise WrongError(Problem(mark("A whole number: of several lists the highest acts.")))
    return rank


def settings_of(known: PriceList) -> PriceListSettings:
    """Give the settings of a list as the catalogue has it."""
    return PriceListSettings(known.name, known.rank, known.window, known.quotations)


async def load_price_list(call: Call, code: str) -> PriceList:
    """Load a price list by the code in an address. Raises NotFoundException."""
    found = (await newest_catalogue(call)).price_lists.get(code)
    if found is None:
        raise NotFoundException("there is no such price list")
    return found
