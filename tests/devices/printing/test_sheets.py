"""PAP-23: what is printed at 203 and 300 dots an inch, as a thermal printer would, is read back by a real decoder."""

from itertools import groupby
from typing import get_args

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from api.pages.assets import fonts_of, load_assets
from devices.printing.errors import CharacterMissingError, TextTooLongError, TooManyCardsError
from devices.printing.layouts import LAYOUTS
from devices.printing.model import MOST_CARDS, Dpi, LayoutName, Sheet, Symbology
from devices.printing.sheets import draw_sheets
from loyalty.numbering import read_template

FONTS = fonts_of(load_assets())
TEMPLATE = read_template("290%09^")
FORMATS = {"ean13": "EAN13", "code128": "Code128", "qr": "QRCode"}

layouts = pytest.mark.parametrize("layout", get_args(LayoutName))
symbologies = pytest.mark.parametrize("symbology", get_args(Symbology))
resolutions = pytest.mark.parametrize("dpi", get_args(Dpi))


def numbers_of(count: int) -> list[str]:
    return [TEMPLATE.number(counter * 7_919) for counter in range(1, count + 1)]


def render(pdf: bytes, dpi: float, page: int = 0) -> Image.Image:
    """Give a page in shades of grey; a hair less than whole, lest pdfium add a column for the last fraction."""
    picture: Image.Image = pypdfium2.PdfDocument(pdf)[page].render(scale=dpi / 72 - 1e-6, grayscale=True).to_pil()
    return picture


def burn(picture: Image.Image) -> Image.Image:
    """Leave black and white alone, as a thermal head does."""
    return picture.point(lambda shade: 255 if shade > 127 else 0)


def read(picture: Image.Image) -> list[tuple[str, str]]:
    """Give symbology and number of every code, by lines."""
    codes = sorted(zxingcpp.read_barcodes(picture), key=place)
    return [(code.format.name, code.text) for code in codes]


def place(code: zxingcpp.Barcode) -> tuple[int, int]:
    corner = code.position.top_left
    return round(corner.y / 100), corner.x


@layouts
@symbologies
@resolutions
def test_every_card_of_a_sheet_is_read_back(layout: LayoutName, symbology: Symbology, dpi: Dpi) -> None:
    """PAP-23."""
    numbers = numbers_of(LAYOUTS[layout].cards)
    sheet = Sheet(layout=layout, symbology=symbology, dpi=dpi, title="Золота картка «Весна»", text="Знижка 10 %")
    found = read(burn(render(draw_sheets(numbers, sheet, FONTS), dpi)))
    assert found == [(FORMATS[symbology], number) for number in numbers]


@pytest.mark.parametrize("layout", ["card", "label", "a4-tags"])
@symbologies
@resolutions
def test_worn_print_is_read_back(layout: LayoutName, symbology: Symbology, dpi: Dpi) -> None:
    """PAP-23: blurred, a little off in scale and grey."""
    numbers = numbers_of(LAYOUTS[layout].cards)
    pdf = draw_sheets(numbers, Sheet(layout=layout, symbology=symbology, dpi=dpi, title="Gold"), FONTS)
    picture = (
        render(pdf, 2 * dpi * 1.013).filter(ImageFilter.GaussianBlur(1.4)).point(lambda shade: 40 + shade * 3 // 5)
    )
    assert {number for _, number in read(picture)} == set(numbers)


@pytest.mark.parametrize("symbology", ["ean13", "code128"])
@pytest.mark.parametrize(("dpi", "module"), [(203, 3), (300, 4)])
def test_every_bar_is_a_whole_number_of_dots(symbology: Symbology, dpi: Dpi, module: int) -> None:
    sheet = Sheet(layout="card", symbology=symbology, dpi=dpi)
    picture = burn(render(draw_sheets(numbers_of(1), sheet, FONTS), dpi))
    row = [picture.getpixel((x, picture.height * 7 // 10)) for x in range(picture.width)]
    runs = [(shade, len(list(group))) for shade, group in groupby(row)]
    assert {width % module for _, width in runs[1:-1]} == {0}
    assert min(width for shade, width in runs if shade == 0) == module


def test_text_travels_inside_the_file_in_any_alphabet() -> None:
    pdf = draw_sheets(numbers_of(1), Sheet(title="Злато карта", text="Знижка № 1 · 5 ₴ · Ελλάδα"), FONTS)
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert "Злато карта" in text
    assert "Знижка № 1 · 5 ₴ · Ελλάδα" in text


def test_page_is_the_paper_to_half_a_dot_and_is_printed_in_its_own_size() -> None:
    pdf = draw_sheets(numbers_of(11), Sheet(layout="a4-cards", dpi=203), FONTS)
    pages = pypdfium2.PdfDocument(pdf)
    assert len(pages) == 2
    assert [
        abs(size - paper) <= 36 / 203 for size, paper in zip(pages[0].get_size(), (595.276, 841.89), strict=True)
    ] == [True] * 2
    assert b"/PrintScaling /None" in pdf


def test_same_cards_give_the_same_bytes() -> None:
    assert draw_sheets(numbers_of(3), Sheet(), FONTS) == draw_sheets(numbers_of(3), Sheet(), FONTS)


def test_title_that_is_too_long_is_shortened() -> None:
    pdf = draw_sheets(numbers_of(1), Sheet(layout="a4-tags", title="Золота картка постійного покупця «Весна»"), FONTS)
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert text.splitlines()[0].startswith("Золота картка")
    assert text.splitlines()[0].endswith("…")


def test_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(TextTooLongError, match="wider than a card"):
        draw_sheets(numbers_of(1), Sheet(layout="a4-tags", text="Щ" * 60), FONTS)


@pytest.mark.parametrize(("sheet", "field"), [(Sheet(title="金"), "title"), (Sheet(text="a\tb"), "text")])
def test_character_without_a_picture_is_refused(sheet: Sheet, field: str) -> None:
    with pytest.raises(CharacterMissingError) as refused:
        draw_sheets(numbers_of(1), sheet, FONTS)
    assert refused.value.field == field


def test_more_cards_than_one_file_holds_are_refused() -> None:
    assert len(pypdfium2.PdfDocument(draw_sheets(numbers_of(MOST_CARDS), Sheet(), FONTS))) == MOST_CARDS // 10
    with pytest.raises(TooManyCardsError, match="at most 500 cards"):
        draw_sheets(numbers_of(MOST_CARDS + 1), Sheet(), FONTS)
