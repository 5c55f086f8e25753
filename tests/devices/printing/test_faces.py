"""PAP-23: on every layout the code keeps its quiet zone, a module is whole dots, and all of it stays on the card."""

from typing import get_args

import pytest

from devices.printing.codes import encode
from devices.printing.errors import CodeTooWideError
from devices.printing.faces import lay_out, module_dots
from devices.printing.layouts import LAYOUTS
from devices.printing.model import Box, Dpi, Face, LayoutName, Sheet, Symbology, Words, dots

QUIET = {"ean13": (11, 7), "code128": (10, 10), "qr": (4, 4)}
NUMBER = "2900000000018"
LEAST_BARS_UM = 6_000


def measure(text: str, size: int, is_bold: bool) -> int:  # noqa: FBT001 - as `Measure` says
    return len(text) * size * (62 if is_bold else 57) // 100


def around(words: Words) -> Box:
    """Give the box of a line: the first digit of an EAN stands in its quiet zone by right, all others do not."""
    width = measure(words.text, words.size, words.is_bold)
    return Box(words.x - width // 2 if words.is_centred else words.x, words.y - words.size * 3 // 4, width, words.size)


def overlap(one: Box, other: Box) -> bool:
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.y + other.height and other.y < one.y + one.height


def extent(boxes: list[Box]) -> Box:
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.width for box in boxes), max(box.y + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def lay(layout: LayoutName, symbology: Symbology, dpi: Dpi, number: str = NUMBER) -> tuple[Face, int]:
    """Give a face with title and text, and how many dots wide its modules are."""
    code = encode(number, symbology)
    sheet = Sheet(layout=layout, symbology=symbology, dpi=dpi, title="Gold", text="Ten percent")
    face = lay_out(code, sheet, LAYOUTS[layout], measure)
    return face, min(box.width for box in face.boxes)


@pytest.mark.parametrize("layout", get_args(LayoutName))
@pytest.mark.parametrize("symbology", get_args(Symbology))
@pytest.mark.parametrize("dpi", get_args(Dpi))
def test_quiet_zone_stays_white_and_on_the_card(layout: LayoutName, symbology: Symbology, dpi: Dpi) -> None:
    face, module = lay(layout, symbology, dpi)
    dark = extent(face.boxes)
    left, right = (modules * module for modules in QUIET[symbology])
    quiet = Box(dark.x - left, dark.y, dark.width + left + right, dark.height)
    hole, width = dots(LAYOUTS[layout].hole, dpi), dots(LAYOUTS[layout].card[0], dpi)
    assert hole <= quiet.x
    assert quiet.x + quiet.width <= width
    assert symbology == "qr" or dark.height >= dots(LEAST_BARS_UM, dpi)
    digits = 13 if symbology == "ean13" else 0  # digits stand between the guards, by the standard's own drawing
    assert not [words for words in face.words[: len(face.words) - digits] if overlap(around(words), quiet)]


@pytest.mark.parametrize("layout", get_args(LayoutName))
@pytest.mark.parametrize(("dpi", "module"), [(203, 3), (300, 4)])
def test_ean_is_nearly_nominal_on_every_layout(layout: LayoutName, dpi: Dpi, module: int) -> None:
    assert lay(layout, "ean13", dpi)[1] == module


@pytest.mark.parametrize(
    ("symbology", "dpi", "room", "module"),
    [
        ("ean13", 203, 113 * 3, 3),
        ("ean13", 203, 113 * 3 - 1, 2),
        ("ean13", 203, 113 * 2 - 1, None),
        ("ean13", 300, 113 * 9, 4),
        ("ean13", 300, 113 * 3, 3),
        ("ean13", 300, 113 * 3 - 1, None),
        ("code128", 300, 121 * 2, 2),
        ("code128", 300, 121 * 2 - 1, None),
    ],
)
def test_module_is_the_widest_whole_number_of_dots_that_fits(
    symbology: Symbology, dpi: Dpi, room: int, module: int | None
) -> None:
    number = NUMBER if symbology == "ean13" else "290000001"
    assert module_dots(encode(number, symbology), symbology, room, dpi) == module


def test_long_number_is_refused_as_bars_and_printed_as_a_square() -> None:
    number = "LOYALTY-CARD-OF-THE-SHOP-0000000000000017"[:40]
    with pytest.raises(CodeTooWideError, match="choose a larger layout, or QR") as refused:
        lay("a4-tags", "code128", 203, number)
    assert number not in str(refused.value)
    face, _ = lay("a4-tags", "qr", 203, number)
    assert "".join(words.text for words in reversed(face.words[2:])) == number
