"""The settings of a series as a form: from settings to what stands in the fields, and back.

Settings that the form does not ask for stay as they are. How points are earned and spent counts for bonus series alone.
"""

from collections.abc import Mapping
from datetime import date, time

from msgspec import structs

from api.pages import forms
from api.pages.forms import Form
from api.pages.points_form import LABELS as POINTS_LABELS
from api.pages.points_form import read_points, show_points
from api.pages.term_fields import read_term_fields, show_term
from api.pages.words import mark
from loyalty.cards.model import CardKind, SeriesSettings
from loyalty.money import PERCENT, WHOLE, Scale
from loyalty.pricing.model import TotalRounding
from loyalty.pricing.points import PointsRules

LABELS: Mapping[str, str] = {
    "code": mark("Code"),
    "name": mark("Name"),
    "kind": mark("Kind of card"),
    "number_template": mark("Number template"),
    "discount_percent": mark("Percent"),
    "price_lists": mark("Price lists"),
    "price_list_choice": mark("Where several lists have the article"),
    "credit_limit": mark("Limit"),
    "return_policy": mark("What a partial return gives back"),
    "valid_from": mark("First day"),
    "valid_until": mark("Last day"),
    "hours_from": mark("From", "hours"),
    "hours_until": mark("To", "hours"),
    "activation": mark("Activation"),
    "term": mark("Term from activation"),
    **POINTS_LABELS,
    "rounding_step": mark("Step"),
    "rounding_mode": mark("Rounding of the total"),
}
KINDS: dict[str, CardKind] = {"discount": "discount", "credit": "credit", "bonus": "bonus"}
LIST_CHOICES = {"rank": mark("the list of the highest rank"), "lowest": mark("the lowest price")}
RETURN_POLICIES = {
    "pro_rata": mark("its share of what was paid"),
    "reprice": mark("the difference to a receipt without it"),
}
ACTIVATIONS = {
    "none": mark("Cards are active as soon as they are made"),
    "manual": mark("A person activates each card"),
    "first_use": mark("The first receipt activates a card"),
}
ROUNDINGS = {
    "": mark("no rounding"),
    "down": mark("down"),
    "up": mark("up"),
    "nearest": mark("to the nearest"),
}


def show_settings(code: str, settings: SeriesSettings, money: Scale) -> Form:
    """Fill a form with the settings of a series."""
    term, rounding = show_term(settings.term), settings.total_rounding
    texts: dict[str, str | list[str]] = {
        "code": code,
        "name": settings.name,
        "kind": settings.kind,
        "number_template": settings.number_template or "",
        "discount_percent": PERCENT.format(settings.percent, least_places=0),
        "price_lists": list(settings.price_lists),
        "price_list_choice": settings.price_list_choice,
        "percent_without_quotation": _tick(settings.percent_without_quotation),
        "dearer_quotations": _tick(settings.dearer_quotations),
        "credit_limit": money.format(settings.credit_limit),
        "allow_other_payment": _tick(settings.allow_other_payment),
        "return_policy": settings.return_policy,
        "manual_with_percent": _tick(settings.manual_with_percent),
        "valid_from": _iso(settings.valid_from),
        "valid_until": _iso(settings.valid_until),
        "hours_from": _iso(settings.hours_from),
        "hours_until": _iso(settings.hours_until),
        "activation": settings.activation,
        "term": term.count,
        "term_unit": term.unit,
        "rounding_step": "" if rounding is None else money.format(rounding.step),
        "rounding_mode": "" if rounding is None else rounding.mode,
    }
    points = PointsRules(value=money.unit) if settings.points is None else settings.points
    return Form(texts | show_points(points, money))


def read_settings(form: Form, before: SeriesSettings, money: Scale) -> SeriesSettings:
    """Read the settings of a series over those before; what is wrong stands in the form's problems afterwards."""
    hours_from, hours_until = forms.read_hours(form)
    kind = form.need("kind", forms.one_of(KINDS), before.kind)
    return structs.replace(
        before,
        name=form.need("name", forms.short_text, ""),
        kind=kind,
        number_template=form.read("number_template", forms.short_text, None),
        percent=form.read("discount_percent", forms.percent(least=-WHOLE), 0),
        price_lists=tuple(dict.fromkeys(form.texts("price_lists"))),
        price_list_choice="lowest" if form.text("price_list_choice") == "lowest" else "rank",
        percent_without_quotation=form.is_ticked("percent_without_quotation"),
        dearer_quotations=form.is_ticked("dearer_quotations"),
        credit_limit=form.read("credit_limit", forms.money(money, least=0), 0),
        allow_other_payment=form.is_ticked("allow_other_payment"),
        return_policy="reprice" if form.text("return_policy") == "reprice" else "pro_rata",
        manual_with_percent=form.is_ticked("manual_with_percent"),
        valid_from=form.read("valid_from", forms.day, None),
        valid_until=form.read("valid_until", forms.day, None),
        hours_from=hours_from,
        hours_until=hours_until,
        activation=form.read("activation", forms.one_of({name: name for name in ACTIVATIONS}), "none"),
        term=read_term_fields(form, "term"),
        total_rounding=_read_rounding(form, money),
        points=read_points(form, money) if kind == "bonus" else None,
    )


def _read_rounding(form: Form, money: Scale) -> TotalRounding | None:
    mode = form.text("rounding_mode")
    if mode not in {"down", "up", "nearest"}:
        return None
    step = form.need("rounding_step", forms.money(money, least=1), 1)
    return TotalRounding(step, mode)  # type: ignore[arg-type] # it is one of the three


def _tick(value: bool) -> str:  # noqa: FBT001 # it is what the box shows
    return "yes" if value else ""


def _iso(value: date | time | None) -> str:
    return "" if value is None else value.isoformat()
