import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.numbering import ean_digit, luhn_digit
from loyalty.payment_cards import (
    find_payment_cards,
    is_gtin,
    is_own,
    looks_like_payment_card,
    masked,
    passes_luhn,
)

OWN = {"999001"}


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "5555555555554444",
        "2223003122003222",
        "2200000000000004",
        "6200000000000005",
        "3530111333300000",
        "30569309025904",
        "378282246310005",
    ],
)
def test_published_test_numbers_look_like_payment_cards(number: str) -> None:
    assert looks_like_payment_card(number)
    assert not looks_like_payment_card(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("4000006000000", "a valid EAN-13 that passes Luhn"),
        ("9990010000000010", "no payment range"),
        ("4111111111111112", "fails Luhn"),
        ("2220990000000002", "just below Mastercard"),
        ("2721000000000004", "just above Mastercard"),
        ("2206000000000008", "just above Mir"),
        ("590000000000", "just above 58"),
        ("42222222222", "eleven digits"),
        ("40000000000000000000", "twenty digits"),
        ("４１１１１１１１１１１１１１１１", "digits that are not ASCII"),
        ("", "nothing"),
    ],
)
def test_what_lacks_one_fact_does_not_look_like_a_payment_card(number: str, why: str) -> None:
    assert not looks_like_payment_card(number), why


@pytest.mark.parametrize(
    "text",
    [
        '{"number": "4111111111111111"}',
        '{"number":4111111111111111}',
        '{"comment":"paid by 4111 1111 1111 1111 12/29"}',
        '{"comment":"table 5 4111-1111-1111-1111 declined"}',
        '{"comment":"card:\\n4111111111111111"}',
        '{"raw":"%B4111111111111111^DOE/JANE^4912101?"}',
        '{"raw":";4111111111111111=4912101?"}',
        "411111 1111111111",
        "[1,4111111111111111]",
    ],
)
def test_payment_card_is_found_wherever_it_stands_in_a_body(text: str) -> None:
    assert find_payment_cards(text, OWN) == ["411111******1111"]


@pytest.mark.parametrize(
    "text",
    [
        "41111111-1111-4111-8111-411111111111",
        "deadbeef-4111-4111-8111-411111111111",
        "a4111111111111111",
        "4111111111111111f",
        "41111111111111111111",
        "DE89 3704 0044 0532 0130 00",
        "12.4111111111111111",
        "4111111111111111.00",
        "+4111111111111111",
        "4000006000000",
        "9990010000000010",
        '{"net":"12.90","business_date":"2026-11-22","closed_at":"2026-11-22T10:15:02+03:00"}',
    ],
)
def test_identifiers_decimals_goods_and_own_cards_are_no_payment_cards(text: str) -> None:
    assert find_payment_cards(text, OWN) == []


def test_own_prefix_goes_before_the_payment_rule_and_an_empty_one_owns_nothing() -> None:
    assert find_payment_cards("4111111111111111", {"4111"}) == []
    assert find_payment_cards("4111111111111111", {""}) == ["411111******1111"]
    assert is_own("4111", {"41"})
    assert not is_own("4111", {"", "5"})


def test_all_cards_of_a_body_are_found_in_order() -> None:
    body = json.dumps({"lines": ["5555 5555 5555 4444", "4000006000000", "4111111111111111"]})
    assert find_payment_cards(body, ()) == ["555555******4444", "411111******1111"]


@given(st.uuids(), st.uuids())
def test_no_uuid_is_ever_taken_for_a_payment_card(first: UUID, second: UUID) -> None:
    assert find_payment_cards(json.dumps({"receipt_uid": str(first), "hold_uid": str(second)}), ()) == []


@given(st.text("0123456789", min_size=11, max_size=18))
def test_every_bare_number_is_found_exactly_when_it_looks_like_a_card(digits: str) -> None:
    number = digits + luhn_digit(digits)
    is_upca = len(number) == 12 and is_gtin(number)
    assert find_payment_cards(f'{{"number":"{number}"}}', ()) == (
        [masked(number)] if looks_like_payment_card(number) and not is_upca else []
    )


@given(st.text("0123456789", min_size=1, max_size=30))
def test_check_digits_agree_with_those_that_make_numbers(digits: str) -> None:
    assert passes_luhn(digits + luhn_digit(digits))
    assert is_gtin(digits + ean_digit(digits))
    assert not passes_luhn(digits + str((int(luhn_digit(digits)) + 1) % 10))
    assert not is_gtin(digits + str((int(ean_digit(digits)) + 1) % 10))


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    for found in find_payment_cards(text, OWN):
        assert "*" in found


def test_masked_number_shows_six_and_four_at_most_and_stays_masked() -> None:
    assert masked("378282246310005") == "378282*****0005"
    assert masked(masked("378282246310005")) == "378282*****0005"
    assert masked("4111111") == "*******"
