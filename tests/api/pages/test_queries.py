"""Addresses of pages: what stands in them is read strictly and written so that it is read again."""

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from litestar.exceptions import ClientException
from litestar.testing import RequestFactory

from api.pages.queries import choice, link, place, place_link, text
from api.pages.renderer import Call
from database.keyset import Place


def call(**fields: str) -> Call:
    return RequestFactory().get("/cards", query_params={**fields})


def call_of(address: str) -> Call:
    return call(**dict(parse_qsl(urlsplit(address).query)))


def test_field_is_read_without_blanks_around_it() -> None:
    assert text(call(series=" GOLD "), "series") == "GOLD"
    assert text(call(), "series") == ""


@pytest.mark.parametrize("value", ["x" * 201, "a\0b"])
def test_field_that_is_too_long_or_no_text_is_refused(value: str) -> None:
    with pytest.raises(ClientException, match="series"):
        text(call(series=value), "series")


def test_choice_is_none_where_it_is_empty() -> None:
    assert choice(call(since="2026-11-22"), "since", date.fromisoformat) == date(2026, 11, 22)
    assert choice(call(since=""), "since", date.fromisoformat) is None


def test_choice_that_is_not_known_is_refused() -> None:
    with pytest.raises(ClientException, match="since is none"):
        choice(call(since="yesterday"), "since", date.fromisoformat)


@pytest.mark.parametrize("where", [Place((17,)), Place((17,), is_towards_newer=True)])
def test_place_of_a_page_is_read_as_it_was_written(where: Place) -> None:
    address = place_link("/cards", {"series": "GOLD", "state": ""}, where)
    assert address is not None
    assert address.startswith("/cards?series=GOLD&")
    assert place(call_of(address), int) == where


def test_place_of_several_parts_is_read_as_it_was_written() -> None:
    where = Place((date(2026, 11, 22), 57))
    address = place_link("/receipts", {}, where)
    assert address == "/receipts?older=2026-11-22_57"
    assert place(call_of(address), date, int) == where


def test_end_of_a_list_has_no_address() -> None:
    assert place_link("/cards", {}, None) is None
    assert link("/cards", {"series": ""}) == "/cards"


@pytest.mark.parametrize("older", ["x", "-1", "1_2", "٣", "1" * 19, "1.5", "2026-11-22"])
def test_place_that_is_no_key_of_the_list_is_refused(older: str) -> None:
    with pytest.raises(ClientException, match="older"):
        place(call(older=older), int)
