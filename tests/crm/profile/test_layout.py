"""How the panels of a profile stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.profile.layout import Layout, LayoutAct, Place, arrange, change, keep, put_before

OFFERED = (Place("summary", "wide"), Place("cards"), Place("notes"), Place("files", is_open=False))
NAMES = tuple(place.panel for place in OFFERED)
ACTS: tuple[LayoutAct, ...] = ("earlier", "later", "widen", "narrow", "open", "close", "hide", "show")


def _names(layout: Layout) -> str:
    return " ".join(place.panel for place in layout)


@pytest.mark.parametrize(
    ("panel", "before", "then"),
    [
        ("notes", "summary", "notes summary cards files"),
        ("summary", "files", "cards notes summary files"),
        ("summary", None, "cards notes files summary"),
    ],
)
def test_a_panel_is_put_before_another_or_at_the_end(panel: str, before: str | None, then: str) -> None:
    """BG-12."""
    assert _names(put_before(OFFERED, panel, before)) == then


def test_moving_steps_over_hidden_panels_and_stops_at_the_ends() -> None:
    """BG-12."""
    layout = change(OFFERED, "cards", "hide")
    assert _names(change(layout, "notes", "earlier")) == "notes summary cards files"
    assert _names(change(layout, "summary", "later")) == "cards notes summary files"
    assert change(layout, "summary", "earlier") == layout
    assert change(layout, "files", "later") == layout


def test_what_a_module_brings_later_stands_behind_as_it_offers_itself() -> None:
    """BG-06."""
    kept = (Place("notes", is_hidden=True), Place("summary", "narrow"))
    assert arrange(kept, OFFERED) == (*kept, Place("cards"), Place("files", is_open=False))


def test_a_module_that_is_away_keeps_the_place_of_its_panel() -> None:
    """BG-06."""
    kept = (Place("files", "wide"), *OFFERED[:2])
    without = arrange(kept, OFFERED[:3])
    assert _names(without) == "summary cards notes"
    assert Place("files", "wide") in keep(change(without, "notes", "earlier"), kept)


@pytest.mark.parametrize("act", ACTS)
def test_a_panel_that_is_not_there_is_refused(act: LayoutAct) -> None:
    with pytest.raises(KeyError):
        change(OFFERED, "tasks", act)
    with pytest.raises(KeyError):
        put_before(OFFERED, "tasks", None)
    with pytest.raises(KeyError):
        put_before(OFFERED, "cards", "tasks")


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(ACTS))))
def test_no_acts_lose_or_double_a_panel(acts: list[tuple[str, LayoutAct]]) -> None:
    layout: Layout = OFFERED
    for panel, act in acts:
        layout = change(layout, panel, act)
    assert sorted(place.panel for place in layout) == sorted(NAMES)
