"""The same act on many cards: those that were ticked, or all of a filter. Chosen, previewed, then done by a job.

Key idea: which cards are meant stands in the address, by the same fields as in the list, and goes along as hidden
fields. The preview is the change itself, tried and rolled back, so it shows what will come and which cards refuse.
"""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from api.auth.rights import allows
from api.pages import forms
from api.pages.cards import STATES
from api.pages.edge import act_of, newest_catalogue
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.queries import whole_number
from api.pages.renderer import Call, currency_of, database_of, page, redirect
from api.pages.words import mark
from loyalty.cards.mass_changes import Asked, MassAct, MassChange, Preview, ask_for_change, preview_change
from loyalty.cards.mass_undo import ask_for_undo
from loyalty.cards.model import Catalogue
from loyalty.cards.selection import Selection
from loyalty.cards.service import OwnSettings
from loyalty.errors import LoyaltyError
from loyalty.money import WHOLE, Scale

PATH = "/cards/change"
SELECTING = ("which", "card", "series", "state", "holder", "turnover_from", "turnover_to")
MOST_TICKED = 1_000


class MassForm(Struct, frozen=True):
    """What may be done to many cards: its name, its fields, and whether it hurts."""

    title: str
    fields: tuple[str, ...] = ()
    act: MassAct | None = None
    optional: frozenset[str] = frozenset()
    is_dangerous: bool = False


MASS_FORMS: Mapping[str, MassForm] = {
    "block": MassForm(mark("Block cards"), ("reason",), "block", is_dangerous=True),
    "unblock": MassForm(mark("Unblock cards"), ("reason",), "unblock", frozenset({"reason"})),
    "activate": MassForm(mark("Activate cards"), (), "activate"),
    "freeze": MassForm(mark("Freeze cards"), ("from", "until"), "freeze"),
    "unfreeze": MassForm(mark("Unfreeze cards"), (), "unfreeze"),
    "percent": MassForm(mark("Give an own percent"), ("percent",), optional=frozenset({"percent"})),
    "expires_on": MassForm(mark("Set the last day"), ("expires_on",), optional=frozenset({"expires_on"})),
    "move": MassForm(mark("Move to another series"), ("to_series",)),
    "close": MassForm(mark("Close cards for good"), ("reason",), "close", frozenset({"reason"}), is_dangerous=True),
}
LABELS: Mapping[str, str] = {
    "act": mark("What is done"),
    "reason": mark("Reason"),
    "from": mark("First day"),
    "until": mark("Last day"),
    "percent": mark("Percent"),
    "expires_on": mark("Last day"),
    "to_series": mark("Series"),
    "card": mark("Cards"),
}
_NONE_TICKED = Problem(mark("No card is chosen: tick some in the list, or filter it and take all."))
_UNKNOWN = Problem(mark("The filter names something that is not there any more."))


@get(PATH, opt=dict(allows("cards.bulk")))
async def show_mass_change(request: Call) -> Response[str]:
    """Ask what is to be done to the chosen cards, and for what the chosen act needs."""
    query = request.query_params
    form = Form({name: query.getall(name, []) for name in (*SELECTING, "act")})
    selection = await _select(request, form)
    if selection is not None and form.text("act") not in {"", *MASS_FORMS}:
        form.refuse("act", Problem(mark("This is none of the choices.")))
    return await _show(request, form, None)


@post(PATH, opt=dict(allows("cards.bulk")), status_code=200)
async def preview_or_do(request: Call) -> Response[str]:
    """Show what the change would do; with `confirmed`, put it into the queue and lead to its job."""
    form = await read_form(request)
    selection = await _select(request, form)
    change = _read_change(form)
    if selection is None or change is None or form.problems:
        return await _show(request, form, None)
    asked = Asked(selection, change)
    if not form.is_ticked("confirmed"):
        return await _show(request, form, await database_of(request).run(preview_change, asked, act=act_of(request)))
    job_id = await database_of(request).run(ask_for_change, asked, act=act_of(request))
    return redirect(f"/jobs/{job_id}")


@post("/jobs/{job_id:int}/undo", opt=dict(allows("cards.bulk")))
async def undo_mass_change(request: Call, job_id: FromPath[int]) -> Response[str]:
    """Take a mass change back by another job."""
    try:
        undoing = await database_of(request).run(ask_for_undo, job_id, act=act_of(request))
    except LoyaltyError:
        return redirect(f"/jobs/{job_id}")
    return redirect(f"/jobs/{undoing}")


async def _select(call: Call, form: Form) -> Selection | None:
    """Read which cards are meant; None, with a problem, for none."""
    try:
        selection = read_selection(form, await newest_catalogue(call), currency_of(call).scale)
    except (ValueError, KeyError):
        form.refuse("card", _UNKNOWN)
        return None
    if selection is None:
        form.refuse("card", _NONE_TICKED)
    return selection


def read_selection(form: Form, catalogue: Catalogue, money: Scale) -> Selection | None:
    """Read which cards are meant, by the fields of the list. Raises ValueError, KeyError for what is not known."""
    if form.text("which") != "all":
        ticked = tuple(sorted({whole_number(card_id) for card_id in form.texts("card")}))
        return Selection(card_ids=ticked[:MOST_TICKED]) if ticked else None
    series_code, state = form.text("series"), form.text("state")
    series = catalogue.find_series(series_code) if series_code else None
    if series_code and series is None:
        raise KeyError(series_code)
    since, until = form.text("turnover_from"), form.text("turnover_to")
    selection = Selection(
        series_id=None if series is None else series.id,
        state=STATES[state] if state else None,
        holder_id=whole_number(form.text("holder")) if form.text("holder") else None,
        turnover_from=forms.decimal(money, since) if since else None,
        turnover_to=forms.decimal(money, until) if until else None,
    )
    return None if selection == Selection() else selection


def _read_change(form: Form) -> MassChange | None:
    kind = MASS_FORMS.get(form.text("act"))
    if kind is None:
        form.refuse("act", Problem(mark("This is none of the choices.")))
        return None
    if kind.act is None:
        return MassChange(settings=_read_settings(form))
    reason = form.read("reason", forms.long_text, None)
    if kind.act == "block" and reason is None:
        form.need("reason", forms.long_text, "")
    first, last = None, None
    if kind.act == "freeze":
        first, last = form.need("from", forms.day, None), form.need("until", forms.day, None)
    return MassChange(act=kind.act, reason=reason, first=first, last=last)


def _read_settings(form: Form) -> OwnSettings:
    match form.text("act"):
        case "percent":
            return OwnSettings(percent=form.read("percent", forms.percent(least=-WHOLE), None))
        case "expires_on":
            return OwnSettings(expires_on=form.read("expires_on", forms.day, None))
        case _:
            return OwnSettings(series=form.need("to_series", forms.short_text, ""))


async def _show(call: Call, form: Form, preview: Preview | None) -> Response[str]:
    catalogue = await newest_catalogue(call)
    return page(
        call,
        "mass_change.html",
        status=REFUSED if form.problems else 200,
        here=PATH,
        form=form,
        labels=LABELS,
        kinds=MASS_FORMS,
        kind=MASS_FORMS.get(form.text("act")),
        chosen={name: texts for name in SELECTING if (texts := [text for text in form.texts(name) if text])},
        series_names={one.code: one.settings.name for one in catalogue.series.values()},
        preview=preview,
    )
