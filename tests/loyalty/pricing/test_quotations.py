from datetime import date, datetime, time

import pytest

from loyalty.pricing.model import Window
from loyalty.pricing.quotations import quote
from tests.loyalty.pricing.lines import AT, losers, make_goods, make_list, make_rules, nets, price

LISTS = (make_list("LOW", rank=10, A="9.00"), make_list("MID", rank=20, A="8.50"), make_list("TOP", rank=30, A="9.50"))
NIGHT = Window(weekdays=(5,), hours_from=time(22), hours_until=time(2))


def test_highest_rank_wins_and_the_others_say_so() -> None:
    priced = price(make_goods(sku="A"), rules=make_rules("0", *LISTS))

    assert (nets(priced), losers(priced)) == ([950], [("lower_rank", "LOW"), ("lower_rank", "MID")])


def test_lowest_price_wins_where_the_series_says_so() -> None:
    priced = price(make_goods(sku="A"), rules=make_rules("0", *LISTS, price_list_choice="lowest"))

    assert (nets(priced), losers(priced)) == ([850], [("not_lowest", "LOW"), ("not_lowest", "TOP")])


def test_equal_ranks_are_decided_by_the_lower_price() -> None:
    lists = (make_list("X", rank=1, A="9.00"), make_list("Y", rank=1, A="8.00"))

    assert nets(price(make_goods(sku="A"), rules=make_rules("0", *lists))) == [800]


def test_list_out_of_its_time_leaves_the_place_to_the_next() -> None:
    closed = make_list("TOP", rank=9, window=Window(valid_until=date(2026, 11, 19)), A="5.00")

    priced = price(make_goods(sku="A"), rules=make_rules("0", closed, make_list("LOW", rank=1, A="9.00")))

    assert (nets(priced), losers(priced)) == ([900], [("outside_dates", "TOP")])


def test_dearer_list_leaves_the_place_to_the_next() -> None:
    lists = (make_list("TOP", rank=9, A="11.00"), make_list("LOW", rank=1, A="9.00"))

    priced = price(make_goods(sku="A"), rules=make_rules("0", *lists))

    assert (nets(priced), losers(priced)) == ([900], [("dearer", "TOP")])


def test_quotation_at_the_price_itself_takes_nothing_off() -> None:
    found, passed_over = quote(make_goods(sku="A"), make_rules("0", make_list(A="10.00")), at=AT)

    assert found is not None
    assert (found.price, passed_over) == (100_000, [])


@pytest.mark.parametrize(
    ("moment", "refused"),
    [
        ("2026-11-20T21:59:59", "outside_hours"),
        ("2026-11-20T22:00:00", None),
        ("2026-11-20T23:59:59", None),
        ("2026-11-21T00:00:00", None),
        ("2026-11-21T02:00:00", None),
        ("2026-11-21T02:00:00.999999", None),
        ("2026-11-21T02:00:01", "outside_hours"),
        ("2026-11-21T22:30:00", "outside_dates"),
        ("2026-11-20T01:30:00", "outside_dates"),
        ("2026-11-23T01:00:00", "outside_dates"),
    ],
)
def test_hours_over_midnight_belong_to_the_day_they_began(moment: str, refused: str | None) -> None:
    assert NIGHT.refusal(datetime.fromisoformat(moment)) == refused


@pytest.mark.parametrize(
    ("window", "refused"),
    [
        (Window(), None),
        (Window(valid_from=date(2026, 11, 20), valid_until=date(2026, 11, 20)), None),
        (Window(valid_from=date(2026, 11, 21)), "outside_dates"),
        (Window(valid_until=date(2026, 11, 19)), "outside_dates"),
        (Window(weekdays=(5,)), None),
        (Window(weekdays=(1, 2, 3, 4, 6, 7)), "outside_dates"),
        (Window(hours_from=time(12), hours_until=time(12)), None),
        (Window(hours_from=time(12, 0, 1), hours_until=time(13)), "outside_hours"),
        (Window(hours_from=time(9), hours_until=time(11, 59, 59)), "outside_hours"),
    ],
)
def test_ends_of_a_window_belong_to_it(window: Window, refused: str | None) -> None:
    assert window.refusal(AT) == refused


def test_last_night_of_a_list_runs_on_into_the_next_day() -> None:
    last = Window(valid_until=date(2026, 11, 20), hours_from=time(22), hours_until=time(2))

    assert last.refusal(datetime.fromisoformat("2026-11-21T01:00")) is None
    assert last.refusal(datetime.fromisoformat("2026-11-21T22:00")) == "outside_dates"
