"""The shop's own data and the steps of its first hour, as values."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from crm.shop.errors import ShopRefusedError
from crm.shop.model import STEPS, FirstCard, Shop, Standing, Step, check_shop

EMPTY = Standing(
    shop=Shop(), version=1, guide_left_at=None, store=None, series=None, card_id=None, has_till=False, first_card=None
)
READ = FirstCard("0001", "1", 7, datetime(2026, 11, 23, 10, tzinfo=UTC))
FULL = structs.replace(
    EMPTY, shop=Shop("Mill Lane"), store="0001", series="CLUB", card_id=7, has_till=True, first_card=READ
)


def test_first_step_that_is_missing_is_next_and_none_when_all_are_done() -> None:
    assert (EMPTY.next, EMPTY.done) == ("shop", 0)
    assert (FULL.next, FULL.done) == (None, len(STEPS))


@pytest.mark.parametrize(
    ("missing", "step"),
    [
        ({"shop": Shop()}, "shop"),
        ({"store": None}, "store"),
        ({"series": None}, "series"),
        ({"card_id": None}, "cards"),
        ({"has_till": False}, "till"),
        ({"first_card": None}, "scan"),
    ],
)
def test_step_is_done_by_what_it_is_for_however_that_came_about(missing: dict[str, object], step: Step) -> None:
    standing = structs.replace(FULL, **missing)
    assert standing.next == step
    assert standing.done == len(STEPS) - 1


def test_data_are_kept_without_blanks_around_them() -> None:
    assert check_shop(Shop("  Mill Lane ", email=" shop@example.com ")) == Shop("Mill Lane", email="shop@example.com")


@pytest.mark.parametrize(
    ("shop", "field"),
    [
        (Shop(" "), "name"),
        (Shop("x" * 201), "name"),
        (Shop("Mill Lane", address="x" * 501), "address"),
        (Shop("Mill Lane", email="no address"), "email"),
    ],
)
def test_data_that_cannot_be_kept_are_refused_by_their_field(shop: Shop, field: str) -> None:
    with pytest.raises(ShopRefusedError) as refused:
        check_shop(shop)
    assert refused.value.field == field
