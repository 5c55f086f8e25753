"""PAP-23: a code holds exactly the number it was asked for, with its quiet zone, or is refused."""

import pytest

from devices.printing.codes import encode, is_ean13
from devices.printing.errors import SymbologyMisfitError


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        ("2000000000010", "Code 128 or QR"),  # a wrong check digit, which python-barcode would put right
        ("2000000000015X", "Code 128 or QR"),  # too long, which python-barcode would cut
        ("200000000001", "Code 128 or QR"),
        ("200000000001٥", "QR"),
        ("GOLD-0001", "Code 128 or QR"),
    ],
)
def test_number_that_is_no_ean_is_refused_with_what_fits(number: str, advice: str) -> None:
    with pytest.raises(SymbologyMisfitError, match=f"choose {advice}") as refused:
        encode(number, "ean13")
    assert number not in str(refused.value)


def test_upc_a_is_printed_with_its_leading_zero() -> None:
    assert is_ean13("036000291452")
    assert encode("036000291452", "ean13").text == "0036000291452"


def test_code_128_refuses_what_it_does_not_hold() -> None:
    with pytest.raises(SymbologyMisfitError, match="choose QR"):
        encode("Ц000001", "code128")
    assert encode("Ц000001", "qr").text == "Ц000001"


@pytest.mark.parametrize(
    ("symbology", "number", "width", "left", "right"),
    [("ean13", "2900000000018", 113, 11, 7), ("code128", "L01A9", 110, 10, 10), ("qr", "2900000000018", 29, 4, 4)],
)
def test_code_has_its_quiet_zone(symbology: str, number: str, width: int, left: int, right: int) -> None:
    code = encode(number, symbology)  # type: ignore[arg-type] # a table of cases has plain text
    assert code.width == width
    assert min(run.x for run in code.runs) == left
    assert max(run.x + run.width for run in code.runs) == width - right
