"""Where everything stands on one card: the code with its number, the title and the text.

Key idea: a module of the code is a whole number of dots. It is the widest one that fits and is at most `WIDEST_UM`;
below `NARROWEST_UM` readers begin to fail, so a code that needs less is refused. Bars come near to the 0.33 mm that GS1
calls nominal: 3 dots (0.375 mm) at 203 dpi and 4 dots (0.339 mm) at 300 dpi. Where a long number leaves no room for
those, 2 dots at 203 dpi (0.250 mm) and 3 at 300 dpi (0.254 mm) are a compromise, a little under the 0.264 mm that GS1
asks for; Code 128 goes down to 2 dots at 300 dpi (0.169 mm). A code reaches nearly to the edge of the card, for its
quiet zone is a margin already.

It measures text by a function it is given, and draws nothing.
"""

from collections.abc import Callable, Mapping
from typing import Final

from devices.printing.codes import EAN_QUIET, Code
from devices.printing.errors import CodeTooWideError, TextTooLongError
from devices.printing.layouts import Layout
from devices.printing.model import UM_PER_INCH, Box, Dpi, Face, Sheet, Symbology, Words, dots
from loyalty.numbering import mask

Measure = Callable[[str, int, bool], int]
"""Gives the width of a text in dots, from its size in dots and whether it is bold."""

NARROWEST_UM: Final[Mapping[Symbology, int]] = {"ean13": 250, "code128": 165, "qr": 338}
WIDEST_UM: Final[Mapping[Symbology, int]] = {"ean13": 380, "code128": 380, "qr": 1_000}
TALLEST_BARS_UM = 17_000
EDGE_UM = 500
"""What a cut may stray from its line: a code keeps so far from the edge of its card."""
EAN_GUARD_MODULES = 5
EAN_HALF = 6
SMALLEST_PERCENT = 70
"""How far print may shrink to fit in."""
MOST_NUMBER_LINES = 3
ELLIPSIS = "…"

_LINE_PERCENT = 135
_ASCENT_PERCENT = 80
_LINE_ABOVE_PERCENT = 100
_TITLE_PERCENT = 130
_GAP_PERCENT = 70
_EAN_DIGIT_PERCENT = 150  # of the 7 modules that a digit's bars are wide: a digit's own width is 57 % of its height


def module_dots(code: Code, symbology: Symbology, room: int, dpi: Dpi) -> int | None:
    """Give how many dots wide a module is printed in a room of so many dots; None where the code does not fit."""
    narrowest = -(-NARROWEST_UM[symbology] * dpi // UM_PER_INCH)
    widest = WIDEST_UM[symbology] * dpi // UM_PER_INCH
    fitting = min(room // code.width, widest)
    return fitting if fitting >= narrowest else None


def lay_out(code: Code, sheet: Sheet, layout: Layout, measure: Measure) -> Face:
    """Lay one card out. Raises CodeTooWideError, TextTooLongError."""
    width, height = dots(layout.card[0], sheet.dpi), dots(layout.card[1], sheet.dpi)
    margin, edge = dots(layout.margin, sheet.dpi), dots(EDGE_UM, sheet.dpi)
    hole = dots(layout.hole, sheet.dpi)
    for_text = _inner(width, height, margin, hole=hole)
    for_code = _inner(width, height, edge, hole=hole)
    size = dots(layout.type_size, sheet.dpi)
    place = _place_matrix if code.height is not None else _place_bars
    return place(code, sheet, for_text, for_code, size=size, measure=measure)


def _inner(width: int, height: int, margin: int, *, hole: int) -> Box:
    """Give what is left of a card within a margin, and beside a hole at its left."""
    left = max(margin, hole)
    return Box(left, margin, width - left - margin, height - 2 * margin)


def _place_bars(code: Code, sheet: Sheet, room: Box, free: Box, *, size: int, measure: Measure) -> Face:
    """Put the title and the text above, the bars below and the number under them."""
    module = _module(code, sheet, free.width)
    words = _head(sheet, room, size=size, measure=measure)
    left = free.x + (free.width - module * code.width) // 2
    if sheet.symbology == "ean13":
        number, above = _ean_digits(code, left, room, module=module), _ASCENT_PERCENT
    else:
        middle = free.x + free.width // 2
        number = _number_lines(code.text, room, size=size, measure=measure, x=middle, is_centred=True)
        above = _LINE_ABOVE_PERCENT
    foot = min(line.y - line.size * above // 100 for line in number)
    top = max([room.y, *(line.y + line.size * _GAP_PERCENT // 100 for line in words)])
    height = min(foot - top, dots(TALLEST_BARS_UM, sheet.dpi))
    guard = height + min(EAN_GUARD_MODULES * module, room.y + room.height - foot)
    boxes = [
        Box(left + run.x * module, foot - height, run.width * module, guard if run.is_guard else height - module)
        for run in code.runs
    ]
    return Face(boxes, words + number)


def _place_matrix(code: Code, sheet: Sheet, room: Box, free: Box, *, size: int, measure: Measure) -> Face:
    """Put the square at the right, and the title, the text and the number at the left of it."""
    module = _module(code, sheet, min(free.height, free.width // 2))
    side = module * code.width
    left, top = free.x + free.width - side, free.y + (free.height - side) // 2
    beside = Box(room.x, room.y, left - room.x, room.height)
    words = _head(sheet, beside, size=size, measure=measure)
    number = _number_lines(code.text, beside, size=size, measure=measure, x=beside.x, is_centred=False)
    boxes = [Box(left + run.x * module, top + run.y * module, run.width * module, module) for run in code.runs]
    return Face(boxes, words + number)


def _module(code: Code, sheet: Sheet, room: int) -> int:
    module = module_dots(code, sheet.symbology, room, sheet.dpi)
    if module is None:
        advice = "choose a larger layout" if sheet.symbology == "qr" else "choose a larger layout, or QR"
        raise CodeTooWideError(
            f"the code of {mask(code.text)} is too wide to scan on layout {sheet.layout}: {advice}", field="layout"
        )
    return module


def _head(sheet: Sheet, room: Box, *, size: int, measure: Measure) -> list[Words]:
    """Place the title, shortened where it must be, and below it the text. Raises TextTooLongError."""
    words: list[Words] = []
    y = room.y
    if sheet.title:
        title_size = size * _TITLE_PERCENT // 100
        y += title_size * _ASCENT_PERCENT // 100
        words.append(Words(_shorten(sheet.title, room.width, title_size, measure), room.x, y, title_size, is_bold=True))
        y += title_size * (_LINE_PERCENT - _ASCENT_PERCENT) // 100
    if sheet.text:
        fitting = _shrink(sheet.text, room.width, size, measure)
        if fitting is None:
            raise TextTooLongError(f"the text is wider than a card of layout {sheet.layout}", field="text")
        words.append(Words(sheet.text, room.x, y + size * _ASCENT_PERCENT // 100, fitting))
    return words


def _ean_digits(code: Code, left: int, room: Box, *, module: int) -> list[Words]:
    """Place each digit under its own bars and the first one before them, as GS1 draws it."""
    size = 7 * module * _EAN_DIGIT_PERCENT // 100
    y = room.y + room.height
    start = EAN_QUIET[0]
    places = [start - 5]  # modules: the first digit stands in the quiet zone, the halves behind 3 and 8 of guards
    places += [start + 3 + 7 * place + 3 for place in range(EAN_HALF)]
    places += [start + 3 + 7 * EAN_HALF + 5 + 7 * place + 3 for place in range(EAN_HALF)]
    return [
        Words(digit, left + place * module + module // 2, y, size, is_centred=True)
        for digit, place in zip(code.text, places, strict=True)
    ]


def _number_lines(number: str, room: Box, *, size: int, measure: Measure, x: int, is_centred: bool) -> list[Words]:
    """Place the number at the foot of a room, in equal parts on several lines where it is long."""
    for count in range(1, MOST_NUMBER_LINES + 1):
        length = -(-len(number) // count)
        parts = [number[start : start + length] for start in range(0, len(number), length)]
        sizes = [_shrink(part, room.width, size, measure) for part in parts]
        if None not in sizes:
            fitting = min(found for found in sizes if found is not None)
            return [
                Words(part, x, room.y + room.height - place * fitting, fitting, is_centred=is_centred)
                for place, part in enumerate(reversed(parts))
            ]
    raise TextTooLongError("the number is too long for the layout: choose a larger one", field="layout")


def _shrink(text: str, room: int, size: int, measure: Measure) -> int | None:
    """Give the largest size, down to `SMALLEST_PERCENT`, in which a text fits; None where it does not."""
    fitting = min(size, size * room // max(1, measure(text, size, False)))
    return fitting if fitting >= size * SMALLEST_PERCENT // 100 else None


def _shorten(text: str, room: int, size: int, measure: Measure) -> str:
    """Cut a text to what fits, with an ellipsis at its end."""
    if measure(text, size, True) <= room:
        return text
    kept = len(text)
    while kept and measure(text[:kept].rstrip() + ELLIPSIS, size, True) > room:
        kept -= 1
    return text[:kept].rstrip() + ELLIPSIS
