"""How the cards of a bonus series earn and spend points, as fields of the series' form."""

from collections.abc import Mapping

from api.pages import forms
from api.pages.forms import Form
from api.pages.term_fields import read_term_fields, show_term
from api.pages.words import mark
from loyalty.money import PERCENT, QUANTITY, WHOLE, Scale
from loyalty.pricing.points import MOST_RATE, PointsRules

LABELS: Mapping[str, str] = {
    "points_per_money": mark("Points for one of money"),
    "points_per_unit": mark("Points for one unit of goods"),
    "points_value": mark("What a point pays"),
    "points_cap": mark("Most of a receipt, in percent"),
    "points_lifetime": mark("Points last"),
    "points_least": mark("Least receipt"),
    "points_skip": mark("Articles without points"),
}


def show_points(rules: PointsRules, money: Scale) -> dict[str, str | list[str]]:
    """Give the texts of the fields."""
    lifetime = show_term(rules.lifetime)
    return {
        "points_per_money": QUANTITY.format(rules.per_money, least_places=0),
        "points_per_unit": QUANTITY.format(rules.per_unit, least_places=0),
        "points_value": money.format(rules.value),
        "points_cap": PERCENT.format(rules.spend_percent_cap, least_places=0),
        "points_lifetime": lifetime.count,
        "points_lifetime_unit": lifetime.unit,
        "points_least": money.format(rules.min_receipt),
        "points_skip": ", ".join(rules.skip_skus),
    }


def read_points(form: Form, money: Scale) -> PointsRules:
    """Read the fields; what is left empty takes its default."""
    default = PointsRules(value=money.unit)
    return PointsRules(
        per_money=form.read("points_per_money", _rate, 0),
        per_unit=form.read("points_per_unit", _rate, 0),
        value=form.read("points_value", forms.money(money, least=1), default.value),
        spend_percent_cap=form.read("points_cap", forms.percent(least=0), WHOLE),
        lifetime=read_term_fields(form, "points_lifetime"),
        min_receipt=form.read("points_least", forms.money(money, least=0), 0),
        skip_skus=tuple(dict.fromkeys(word for part in form.text("points_skip").split(",") if (word := part.strip()))),
    )


def _rate(text: str) -> int:
    return forms.bounded(QUANTITY, text, least=0, most=MOST_RATE)
