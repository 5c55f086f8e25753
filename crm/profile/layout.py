"""How the panels of a profile stand: their order, width, and whether they are open or hidden. Pure.

Key idea: a layout names panels, it does not own them. Modules come and go; what a kept layout does not know yet stands
at its end as the module offers it, what no module offers any more is passed over and kept for the day it is back.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from msgspec import Struct, structs

Width = Literal["wide", "narrow"]
LayoutAct = Literal["earlier", "later", "widen", "narrow", "open", "close", "hide", "show"]


class Place(Struct, frozen=True):
    """How one panel stands: in the wide column or the narrow one; a hidden one is neither shown nor asked for."""

    panel: str
    width: Width = "narrow"
    is_open: bool = True
    is_hidden: bool = False


Layout = tuple[Place, ...]


def arrange(kept: Layout | None, offered: Iterable[Place]) -> Layout:
    """Give the layout of the panels that are offered: as it was kept, the new ones behind as they offer themselves."""
    places = {place.panel: place for place in offered}
    if kept is None:
        return tuple(places.values())
    known = {place.panel: place for place in kept if place.panel in places}
    return (*known.values(), *(place for name, place in places.items() if name not in known))


def keep(arranged: Layout, kept: Layout | None) -> Layout:
    """Give what is kept of a changed layout: it, and behind it the places of panels that nobody offers now."""
    names = {place.panel for place in arranged}
    return (*arranged, *(place for place in kept or () if place.panel not in names))


def change(layout: Layout, panel: str, act: LayoutAct) -> Layout:
    """Do an act to a panel; moving steps over hidden ones, which nobody sees. Raises KeyError for an unknown panel."""
    if panel not in {place.panel for place in layout}:
        raise KeyError(panel)
    if act in ("earlier", "later"):
        return _step(layout, panel, -1 if act == "earlier" else 1)
    return tuple(_CHANGES[act](place) if place.panel == panel else place for place in layout)


def put_before(layout: Layout, panel: str, before: str | None) -> Layout:
    """Move a panel before another, to the end if there is none. Raises KeyError for an unknown one."""
    moved = next((place for place in layout if place.panel == panel), None)
    if moved is None:
        raise KeyError(panel)
    rest = [place for place in layout if place.panel != panel]
    if before is None:
        return (*rest, moved)
    index = next((index for index, place in enumerate(rest) if place.panel == before), None)
    if index is None:
        raise KeyError(before)
    return (*rest[:index], moved, *rest[index:])


def _step(layout: Layout, panel: str, by: int) -> Layout:
    shown = [place.panel for place in layout if not place.is_hidden or place.panel == panel]
    index = shown.index(panel) + by
    if not 0 <= index < len(shown):
        return layout
    if by < 0:
        return put_before(layout, panel, shown[index])
    return put_before(layout, panel, shown[index + 1] if index + 1 < len(shown) else None)


_CHANGES: Mapping[LayoutAct, Callable[[Place], Place]] = {
    "widen": lambda place: structs.replace(place, width="wide"),
    "narrow": lambda place: structs.replace(place, width="narrow"),
    "open": lambda place: structs.replace(place, is_open=True),
    "close": lambda place: structs.replace(place, is_open=False),
    "hide": lambda place: structs.replace(place, is_hidden=True),
    "show": lambda place: structs.replace(place, is_hidden=False),
}
