"""The rules of a series: its three tables as one form, their runs with a preview, and the rehearsal of a changed table.

A run and a rehearsal are jobs; what came of them stands on the job's page.
"""

from datetime import timedelta

from litestar import Response, get, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, newest_catalogue, today_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.queries import text
from api.pages.renderer import Call, currency_of, database_of, page, redirect
from api.pages.rules_form import (
    BONUS,
    CHANGES,
    DOWNGRADES,
    PERIODS,
    RECEIPT,
    TURNOVER,
    read_rules,
    read_turnover,
    row_of,
    rows_of,
    show_rules,
)
from api.pages.series import PATH, load_series
from api.pages.words import mark
from loyalty.cards.model import Series
from loyalty.cards.series_rules import put_rules
from loyalty.errors import LoyaltyError, SettingRefusedError
from loyalty.tiers.late import list_runs
from loyalty.tiers.rehearsal import RehearsalWish, ask_for_rehearsal
from loyalty.tiers.runs import ask_for_run

REHEARSED_DAYS = 182
LABELS = {
    "rules": mark("Rules"),
    "idle_value": mark("Nothing bought"),
    "period": mark("Period"),
    "first": mark("From day"),
    "last": mark("To day"),
}
_NO_TABLE = Problem(mark("The table of percents is empty: fill it before it is rehearsed."))


@get("/series/{code:str}/rules", opt=dict(allows("cards.read")))
async def show_series_rules(request: Call, code: FromPath[str]) -> Response[str]:
    """Show the rules of a series, and their newest runs."""
    series = await load_series(request, code)
    return await _show(request, series, show_rules(series.rules, currency_of(request).scale))


@post("/series/{code:str}/rules", opt=dict(allows("prices.edit")))
async def save_series_rules(request: Call, code: FromPath[str]) -> Response[str]:
    """Save the rules, or show the form again with what is wrong."""
    series = await load_series(request, code)
    form = await read_form(request)
    rules = read_rules(form, currency_of(request).scale)
    if not form.problems:
        try:
            await database_of(request).run(put_rules, series.code, rules, act=act_of(request))
        except SettingRefusedError as error:
            form.refuse(row_of(form, error), forms.told(error.detail))
    if form.problems:
        return await _show(request, series, form)
    return redirect(f"{PATH}/{series.code}/rules?done=saved")


@post("/series/{code:str}/rehearsals", opt=dict(allows("prices.edit")))
async def rehearse_rules(request: Call, code: FromPath[str]) -> Response[str]:
    """Put the rehearsal of the table as it stands in the form into the queue; nothing is saved."""
    series = await load_series(request, code)
    form = await read_form(request)
    table = read_turnover(form, currency_of(request).scale)
    first, last = form.need("first", forms.day, None), form.need("last", forms.day, None)
    if table is None:
        form.refuse("rules", _NO_TABLE)
    if table is None or first is None or last is None or form.problems:
        return await _show(request, series, form)
    wish = RehearsalWish(series.code, table, first, last)
    try:
        job_id = await database_of(request).run(ask_for_rehearsal, wish, act=act_of(request))
    except SettingRefusedError as error:
        named = {"from": "first", "until": "last"}.get(error.field or "")
        form.refuse(named or row_of(form, error), forms.told(error.detail))
        return await _show(request, series, form)
    return redirect(f"/jobs/{job_id}")


@post("/series/{code:str}/runs", opt=dict(allows("prices.edit")))
async def run_rules(request: Call, code: FromPath[str]) -> Response[str]:
    """Put a run of the tables for a period into the queue, or its preview."""
    series = await load_series(request, code)
    sent = await read_form(request)
    period = sent.need("period", forms.short_text, "")
    form = show_rules(series.rules, currency_of(request).scale)
    if not sent.problems:
        is_preview = sent.text("preview") != "no"
        try:
            job_id = await database_of(request).run(
                ask_for_run, series.code, period=period, preview=is_preview, act=act_of(request)
            )
            return redirect(f"/jobs/{job_id}")
        except LoyaltyError as error:
            sent.refuse("period", forms.told(error.detail))
    form.problems.update(sent.problems)
    return await _show(request, series, form, period=period)


async def _show(call: Call, series: Series, form: Form, *, period: str = "previous") -> Response[str]:
    today = today_of(call)
    return page(
        call,
        "rules.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{series.code}/rules",
        series=series,
        form=form,
        labels=LABELS | {field: _label(field) for field in form.problems if "-" in field},
        tables={name: rows_of(form, columns) for name, columns in _TABLES.items()},
        periods=PERIODS,
        downgrades=DOWNGRADES,
        kinds=CHANGES,
        period=period,
        first=form.text("first") or (today - timedelta(days=REHEARSED_DAYS)).isoformat(),
        last=form.text("last") or today.isoformat(),
        others=await _series_of_its_kind(call, series),
        runs=await database_of(call).run(list_runs, series.code),
        is_saved=text(call, "done") == "saved",
    )


def _label(field: str) -> str:
    """Name a cell by its table and row, as the summary of what is wrong does."""
    table, _, place = field.partition("-")
    return f"{table[0].upper()}{int(place) + 1}" if place.isdecimal() else field


async def _series_of_its_kind(call: Call, series: Series) -> dict[str, str]:
    catalogue = await newest_catalogue(call)
    kind = series.settings.kind
    return {
        other.code: other.settings.name
        for other in catalogue.series.values()
        if other.settings.kind == kind and other.id != series.id
    }


_TABLES = {"turnover": TURNOVER, "receipt": RECEIPT, "bonus": BONUS}
