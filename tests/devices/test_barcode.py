import pytest

from devices.barcode import card_number, may_hide_payment_card
from devices.decoder import Decoder
from devices.model import Refused, Scan
from tests.fuzz.properties import profile_of

BANK_CARDS = ("5555555555554444", "378282246310005")
GOODS = "4006381333931"
OWN_CARD = "9990010000000010"


def test_gs1_member_number_names_the_card() -> None:
    assert card_number(Scan("8018999001000000000013", "gs1-qr", "]Q3")) == "999001000000000013"
    assert card_number(Scan("8018999001000000000013\x1d10AB", "unknown")) == "999001000000000013"


@pytest.mark.parametrize(
    "scan",
    [
        Scan("2900000012067", "ean13"),
        Scan("8018999001000000000014", "gs1-qr", "]Q3"),
        Scan("801899900100", "gs1-128", "]C1"),
        Scan("8018999001000000000013", "code128", "]C0"),
    ],
)
def test_all_else_names_the_card_by_what_it_says(scan: Scan) -> None:
    assert card_number(scan) == scan.data


@pytest.mark.parametrize(
    "parts",
    [BANK_CARDS, (*BANK_CARDS, *BANK_CARDS), (GOODS, BANK_CARDS[0]), (BANK_CARDS[0], GOODS), (OWN_CARD, BANK_CARDS[0])],
)
def test_bank_cards_that_ran_together_are_refused(parts: tuple[str, ...]) -> None:
    """I10: a reader without an end of its readings, at a machine that was held up while it sent."""
    decoder = Decoder(profile_of("scanner-idle"))
    events = decoder.feed("".join(parts).encode(), 0) + decoder.tick(1_000)
    assert events == [Refused("payment-card")]


@pytest.mark.parametrize("data", [GOODS * 2, OWN_CARD * 2, "00340123450000000018", BANK_CARDS[0], "9" * 40, ""])
def test_what_is_no_row_of_cards_with_a_bank_card_in_it_is_left_to_the_other_rules(data: str) -> None:
    assert not may_hide_payment_card(data, ("999001",))
