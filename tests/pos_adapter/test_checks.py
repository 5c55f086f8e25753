import pytest
from msgspec import json

from pos_adapter.checks import check, find_payment_card
from pos_adapter.errors import PaymentCardRefusedError
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Lookup

LOOKUP = json.Decoder(Lookup)
OWN = ("290", "999001")
MASKED = "411111******1111"


@pytest.mark.parametrize(
    "body",
    [
        b'{"number":"4111111111111111"}',
        b'{"number":"4111 1111 1111 1111"}',
        b'{"number":"4111-1111-1111-1111"}',
        b'{"number":"\\u00341111111\\u003111111\\u0031\\u0031"}',
        b'{"number":"\\t4111111111111111"}',
        b'{"raw":";4111111111111111=49121010000?"}',
        b'{"raw":"%B4111111111111111^DOE/JANE^49121010000?"}',
    ],
)
def test_bank_card_is_found_however_it_is_written(body: bytes) -> None:
    assert find_payment_card(body, OWN) == MASKED
    with pytest.raises(PaymentCardRefusedError) as caught:
        check(body, LOOKUP, OWN)
    assert str(caught.value) == f"a number in the body looks like a payment card: {MASKED}"


@pytest.mark.parametrize("raw", [";4111111111111112=49121010000?", "%B4111111111111112^DOE/JANE^49121010000?"])
def test_payment_stripe_is_found_without_a_right_check_digit(raw: str) -> None:
    assert find_payment_card(json.encode({"raw": raw}), OWN) == "411111******1112"


@pytest.mark.parametrize(
    "number",
    [
        "9990010000000010",  # an own prefix, though it passes Luhn
        "2900000000018",
        "4006381333931",  # an EAN-13
        "4111111111111112",  # no right check digit
        "41111111-1111-4111-8111-111111111111",  # a UUID
    ],
)
def test_what_is_no_bank_card_passes_as_it_is(number: str) -> None:
    body = json.encode({"number": number})
    assert find_payment_card(body, OWN) is None
    assert check(body, LOOKUP, OWN).number == number


def test_wrong_shape_is_told_before_a_bank_card() -> None:
    with pytest.raises(BodyError, match="numbers: is not a known field"):
        check(b'{"numbers":"4111111111111111"}', LOOKUP, OWN)
