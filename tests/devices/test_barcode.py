import pytest

from devices.barcode import card_number
from devices.model import Scan


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
