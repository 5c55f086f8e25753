"""What groups of a segment's conditions are called."""

from collections.abc import Mapping

from api.pages.words import mark
from crm.segments.editing import Mode

MODES: Mapping[Mode, str] = {
    "all": mark("All of these hold"),
    "any": mark("At least one of these holds"),
    "none": mark("None of these holds"),
    "not_all": mark("Not all of these hold"),
}
JOINTS: Mapping[Mode, str] = {"all": mark("and"), "any": mark("or"), "none": mark("nor"), "not_all": mark("and")}
LABELS: Mapping[str, str] = {
    "name": mark("Name"),
    "note": mark("Note"),
    "definition": mark("Conditions"),
    "version": mark("Conditions"),
}
