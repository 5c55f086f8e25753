"""Where a page begins is read back as it was written, and nothing else is read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from crm.views.listing import Words
from crm.views.model import View, ViewError
from crm.views.places import parse_place, print_place
from crm.views.repository.pages import KeyValue, ListPlace


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("name", "Anna ~ Bob"),
        ("name", ""),
        ("changed", datetime(2026, 11, 22, 10, 5, 7, 123456, UTC)),
        ("turnover", -12_345),
        ("turnover", None),
        ("party.size", Decimal("2.50")),
        ("party.since", date(9999, 12, 31)),
        ("party.slogan", "Fresh~daily"),
        ("party.chain", False),
        ("party.band", 2),
    ],
)
def test_place_comes_back_from_its_address(words: Words, sort: str, key: KeyValue | None) -> None:
    place = ListPlace(17, key, is_back=True)
    assert parse_place(print_place(place), View(sort=sort), words.attributes, is_back=True) == place


@pytest.mark.parametrize(
    ("sort", "text"),
    [
        ("name", "x~Anna"),
        ("name", "0~Anna"),
        ("name", "99999999999999999999~Anna"),
        ("name", "1~\0"),
        ("name", "1~" + "x" * 2_000),
        ("changed", "1~2026-11-22T10:00:00"),
        ("turnover", "1~1.5"),
        ("turnover", "1~" + "9" * 30),
        ("party.size", "1~NaN"),
        ("party.size", "1~big"),
        ("party.chain", "1~yes"),
        ("party.gone", "1~1"),
    ],
)
def test_place_that_no_page_gave_is_refused(words: Words, sort: str, text: str) -> None:
    with pytest.raises(ViewError):
        parse_place(text, View(sort=sort), words.attributes, is_back=False)
