"""How a series was changed, in words, from the old and new settings that the journal keeps."""

from collections.abc import Mapping

from msgspec import Struct

from api.pages.words import mark
from loyalty.cards.audit import KeptAct

SETTINGS: Mapping[str, str] = {
    "name": mark("Name"),
    "kind": mark("Kind of card"),
    "number_template": mark("Number template"),
    "price_lists": mark("Price lists"),
    "price_list_choice": mark("Choice among price lists"),
    "percent_without_quotation": mark("Percent without a fixed price"),
    "dearer_quotations": mark("Dearer fixed prices"),
    "credit_limit": mark("Limit"),
    "allow_other_payment": mark("Other payment"),
    "return_policy": mark("Partial returns"),
    "manual_with_percent": mark("Discount by hand"),
    "valid_from": mark("First day"),
    "valid_until": mark("Last day"),
    "hours_from": mark("Hours"),
    "hours_until": mark("Hours"),
    "activation": mark("Activation"),
    "term": mark("Term"),
    "total_rounding": mark("Rounding of the total"),
    "points": mark("Points"),
}


class Change(Struct, frozen=True):
    """One change: which settings are others now, and the percent before and after. Neither for the first version."""

    act: KeptAct
    settings: tuple[str, ...]
    percents: tuple[int, int] | None


def describe_change(act: KeptAct) -> Change:
    """Say what a change changed; a setting that has no words yet goes by its own name."""
    data = act.data or {}
    old, new = data.get("old"), data.get("new")
    if not isinstance(old, dict) or not isinstance(new, dict):
        return Change(act, (), None)
    changed = [name for name in new if old.get(name) != new[name]]
    percents = (int(old.get("percent", 0)), int(new["percent"])) if "percent" in changed else None
    named = dict.fromkeys(SETTINGS.get(name, name) for name in changed if name != "percent")
    return Change(act, tuple(named), percents)
