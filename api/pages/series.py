"""Series of cards: the list, the page of one, the form that makes or changes it, and making cards of it."""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.languages.sorting import sort_key
from api.pages import forms
from api.pages.edge import act_of, newest_catalogue, service_of
from api.pages.forms import REFUSED, Form, read_form
from api.pages.jobs import watch
from api.pages.queries import choice, whole_number
from api.pages.renderer import Call, currency_of, database_of, page, redirect
from api.pages.series_form import (
    ACTIVATIONS,
    KINDS,
    LABELS,
    LIST_CHOICES,
    RETURN_POLICIES,
    ROUNDINGS,
    read_settings,
    show_settings,
)
from api.pages.series_history import describe_change
from api.pages.template_check import report_template
from api.pages.term_fields import units_of
from api.pages.words import CARD_KINDS, mark
from database.jobs import Job, list_jobs
from loyalty.cards.audit import KeptAct, list_series_acts
from loyalty.cards.listing import load_counters
from loyalty.cards.model import Catalogue, Series, SeriesSettings
from loyalty.cards.series import put_series
from loyalty.cards.service import MOST_AT_ONCE
from loyalty.errors import LoyaltyError

PATH = "/series"
NEW_PATH = "/new-series"
EMPTY = SeriesSettings(name="", kind="discount")
WORDS: Mapping[str, Mapping[str, str]] = {
    "list_choices": LIST_CHOICES,
    "return_policies": RETURN_POLICIES,
    "activations": ACTIVATIONS,
    "roundings": ROUNDINGS,
}
_TAKEN = forms.Problem(mark("A series of this code is there already."))


class NumbersLeft(Struct, frozen=True):
    """How far a series' template is used up."""

    last: int
    first: int
    capacity: int

    @property
    def used(self) -> int:
        """How many of its numbers were passed."""
        return max(0, min(self.last - self.first + 1, self.capacity))

    @property
    def left(self) -> int:
        """How many numbers are left."""
        return self.capacity - self.used


class _SeriesPage(Struct, frozen=True):
    counter: int
    acts: list[KeptAct]
    jobs: list[Job]


class ListedSeries(Struct, frozen=True):
    """A series in the list."""

    series: Series
    numbers: NumbersLeft | None


@get(PATH, opt=dict(allows("cards.read")))
async def show_series_list(request: Call) -> Response[str]:
    """List all series by name."""
    catalogue = await newest_catalogue(request)
    counters = await database_of(request).run(load_counters)
    found = sorted(catalogue.series.values(), key=lambda one: sort_key(one.settings.name))
    rows = [ListedSeries(one, numbers_left(one, counters.get(one.id, 0))) for one in found]
    return page(request, "series_list.html", rows=rows)


@get("/series/{code:str}", opt=dict(allows("cards.read")))
async def show_series(request: Call, code: FromPath[str]) -> Response[str]:
    """Show a series: its settings, how far its numbers are used, and how it was changed."""
    series = await load_series(request, code)
    first = choice(request, "first", whole_number)
    return await show_series_page(request, series, Form({"first": str(first or ""), "printed": "100"}))


async def show_series_page(call: Call, series: Series, making: Form) -> Response[str]:
    """Show a series with the form that makes cards as it was filled."""
    catalogue = await newest_catalogue(call)
    shown = await database_of(call).run(_load_page, series)
    return page(
        call,
        "series.html",
        status=REFUSED if making.problems else 200,
        here=f"{PATH}/{series.code}",
        series=series,
        settings=series.settings,
        lists=[catalogue.price_lists[code] for code in series.settings.price_lists],
        numbers=numbers_left(series, shown.counter),
        changes=[describe_change(act) for act in shown.acts],
        jobs=[watch(job) for job in shown.jobs if not job.has_ended or job == shown.jobs[0]],
        form=making,
        made=choice(call, "made", whole_number) or 0,
        at_once=MOST_AT_ONCE,
        **WORDS,
    )


async def _load_page(connection: AsyncConnection, series: Series) -> _SeriesPage:
    return _SeriesPage(
        (await load_counters(connection)).get(series.id, 0),
        await list_series_acts(connection, series),
        [job for job in await list_jobs(connection) if job.arguments.get("series") == series.code],
    )


def numbers_left(series: Series, last: int) -> NumbersLeft | None:
    """Tell how far the template of a series is used; None without a template."""
    template = series.template
    return None if template is None else NumbersLeft(last, template.first, template.capacity)


@get(NEW_PATH, opt=dict(allows("cards.make")))
async def show_new_series(request: Call) -> Response[str]:
    """Show the empty form."""
    form = show_settings("", EMPTY, currency_of(request).scale)
    return await _show_form(request, form, None)


@get("/series/{code:str}/edit", opt=dict(allows("cards.make")))
async def show_series_form(request: Call, code: FromPath[str]) -> Response[str]:
    """Show the form with the settings of a series."""
    series = await load_series(request, code)
    form = show_settings(series.code, series.settings, currency_of(request).scale)
    return await _show_form(request, form, series)


@post(NEW_PATH, opt=dict(allows("cards.make")))
async def make_series(request: Call) -> Response[str]:
    """Make a series, or show the form again with what is wrong."""
    form = await read_form(request)
    code = form.need("code", forms.code, "")
    catalogue = await newest_catalogue(request)
    if catalogue.find_series(code) is not None:
        form.refuse("code", _TAKEN)
    return await _save(request, form, None)


@post("/series/{code:str}/edit", opt=dict(allows("cards.make")))
async def change_series(request: Call, code: FromPath[str]) -> Response[str]:
    """Change a series, or show the form again with what is wrong."""
    return await _save(request, await read_form(request), await load_series(request, code))


async def _save(call: Call, form: Form, before: Series | None) -> Response[str]:
    money = currency_of(call).scale
    settings = read_settings(form, EMPTY if before is None else before.settings, money)
    if form.is_ticked("check"):  # of the template alone, while the rest is perhaps not filled yet
        form.problems.clear()
        return await _show_form(call, form, before)
    if form.problems:
        return await _show_form(call, form, before)
    code = form.text("code") if before is None else before.code
    try:
        await database_of(call).run(put_series, code, settings, act=act_of(call))
    except LoyaltyError as error:
        form.refuse_by(error, LABELS, "name")
        return await _show_form(call, form, before)
    await service_of(call).catalogue.newest()
    return redirect(f"{PATH}/{code}")


async def _show_form(call: Call, form: Form, before: Series | None) -> Response[str]:
    catalogue = await newest_catalogue(call)
    return page(
        call,
        "series_form.html",
        status=REFUSED if form.problems else 200,
        here=NEW_PATH if before is None else f"{PATH}/{before.code}/edit",
        form=form,
        before=before,
        labels=LABELS,
        kinds={kind: CARD_KINDS[kind] for kind in KINDS},
        term_units=units_of(form, "term"),
        lifetime_units=units_of(form, "points_lifetime"),
        lists=sorted(catalogue.price_lists.values(), key=lambda one: sort_key(one.name)),
        report=await report_template(call, form.text("number_template"), None if before is None else before.code),
        **WORDS,
    )


async def load_series(call: Call, code: str) -> Series:
    """Load a series by the code in an address. Raises NotFoundException."""
    catalogue: Catalogue = await newest_catalogue(call)
    series = catalogue.find_series(code)
    if series is None:
        raise NotFoundException("there is no such series")
    return series
