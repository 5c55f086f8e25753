"""Draws sheets of cards into a PDF with reportlab.

Key idea: the page is a whole number of the printer's dots and its unit is one dot, so every bar stands on whole dots at
the resolution it was drawn for. The file asks viewers to print it in its own size. The same cards give the same bytes.

It refuses more than `MOST_CARDS` in one file, since a PDF is built in memory: larger sets come in several files.
"""

from collections.abc import Sequence
from io import BytesIO
from math import ceil

from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from devices.printing.codes import encode
from devices.printing.errors import TooManyCardsError
from devices.printing.faces import lay_out
from devices.printing.fonts import check_characters, load_font, one_at_a_time
from devices.printing.layouts import LAYOUTS, Layout
from devices.printing.model import MOST_CARDS, Box, Face, Fonts, Sheet, dots

POINTS_PER_INCH = 72
HOLE_RADIUS_UM = 2_000


def draw_sheets(numbers: Sequence[str], sheet: Sheet, fonts: Fonts) -> bytes:
    """Draw the cards of some numbers, in their order, and give the PDF.

    Raises the errors of `devices.printing.errors`; then there is no file at all.
    """
    if len(numbers) > MOST_CARDS:
        raise TooManyCardsError(f"one file holds at most {MOST_CARDS:,} cards", field="count")
    with one_at_a_time:
        return _draw(numbers, sheet, fonts)


def _draw(numbers: Sequence[str], sheet: Sheet, fonts: Fonts) -> bytes:
    layout = LAYOUTS[sheet.layout]
    regular, bold = load_font(fonts.regular), load_font(fonts.bold)
    check_characters(sheet.title, "title", bold)
    check_characters(sheet.text, "text", regular)

    def measure(text: str, size: int, is_bold: bool) -> int:  # noqa: FBT001 - as `Measure` says
        return ceil((bold if is_bold else regular).stringWidth(text, size))

    file = BytesIO()
    width, height = layout.page_size(sheet.dpi)
    dot = POINTS_PER_INCH / sheet.dpi
    canvas = Canvas(file, pagesize=(width * dot, height * dot), pageCompression=1, invariant=1)
    canvas.setCreator("Tallycard")
    canvas.setTitle(sheet.title)
    canvas.setViewerPreference("PrintScaling", "None")
    for first in range(0, len(numbers), layout.cards):
        canvas.scale(dot, dot)
        _draw_frame(canvas, sheet, layout)
        for index, number in enumerate(numbers[first : first + layout.cards]):
            x, y = layout.place(index, sheet.dpi)
            face = lay_out(encode(number, sheet.symbology), sheet, layout, measure)
            _draw_face(canvas, face, (x, height - y), (regular, bold))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _draw_frame(canvas: Canvas, sheet: Sheet, layout: Layout) -> None:
    """Draw what is on every page, whatever its cards: the marks to cut by, and rings where holes go."""
    _, height = layout.page_size(sheet.dpi)
    _fill(canvas, list(layout.marks(sheet.dpi)), (0, height))
    if layout.hole:
        canvas.setLineWidth(1)
        for index in range(layout.cards):
            x, y = layout.place(index, sheet.dpi)
            middle = y + dots(layout.card[1], sheet.dpi) // 2
            canvas.circle(x + dots(layout.hole, sheet.dpi) // 2, height - middle, dots(HOLE_RADIUS_UM, sheet.dpi))


def _draw_face(canvas: Canvas, face: Face, corner: tuple[int, int], fonts: tuple[TTFont, TTFont]) -> None:
    _fill(canvas, face.boxes, corner)
    left, top = corner
    for words in face.words:
        canvas.setFont(fonts[words.is_bold].fontName, words.size)
        draw = canvas.drawCentredString if words.is_centred else canvas.drawString
        draw(left + words.x, top - words.y, words.text)


def _fill(canvas: Canvas, boxes: Sequence[Box], corner: tuple[int, int]) -> None:
    """Fill boxes as one shape, so that no viewer shows a seam where two of them touch. The PDF counts from below."""
    left, top = corner
    path = canvas.beginPath()
    for box in boxes:
        path.rect(left + box.x, top - box.y - box.height, box.width, box.height)
    canvas.drawPath(path, stroke=0, fill=1)
