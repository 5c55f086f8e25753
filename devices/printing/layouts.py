"""The sheets that cards are printed on: paper, cards, key tags and labels, measured in micrometres.

Cards are ISO/IEC 7810 ID-1 (85.60 x 53.98 mm) and stand edge to edge, so that one cut parts two of them; marks beyond
the edges show where. Labels follow the two grids that most makers sell, 21 on A4 and 30 on Letter, and have no marks. A
key tag keeps the place of its hole free. `card` and `label` are one to a page: for card printers, and for label rolls
of 58 x 40 mm.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from devices.printing.model import Box, Dpi, LayoutName, dots

A4 = (210_000, 297_000)
LETTER = (215_900, 279_400)
ID_1 = (85_600, 53_980)
KEY_TAG = (54_000, 28_500)
ROLL_LABEL = (58_000, 40_000)

MARK_LENGTH_UM = 4_000
MARK_GAP_UM = 1_000
MARK_WIDTH_UM = 150


class Layout(Struct, frozen=True):
    """A page and its cards, all in micrometres: (width, height) and (from left, from top).

    `pitch` leads from one card to its neighbour, `margin` stays free of text inside a card, `hole` is the width kept
    free for a hole at its left side, `type_size` is the height of ordinary print.
    """

    page: tuple[int, int]
    card: tuple[int, int]
    columns: int
    rows: int
    corner: tuple[int, int]
    pitch: tuple[int, int]
    margin: int
    type_size: int
    hole: int = 0
    is_cut: bool = False

    @property
    def cards(self) -> int:
        """How many cards stand on a page."""
        return self.columns * self.rows

    def page_size(self, dpi: Dpi) -> tuple[int, int]:
        """Give width and height of the page in dots; a whole number, which differs from the paper by half a dot."""
        return dots(self.page[0], dpi), dots(self.page[1], dpi)

    def place(self, index: int, dpi: Dpi) -> tuple[int, int]:
        """Give the corner of a card of the page in dots; cards run by lines from the top left."""
        row, column = divmod(index, self.columns)
        left, top = self.corner
        return dots(left + column * self.pitch[0], dpi), dots(top + row * self.pitch[1], dpi)

    def marks(self, dpi: Dpi) -> Iterator[Box]:
        """Give the lines that show where to cut, beyond the outer edges of the cards; none where nothing is cut."""
        if not self.is_cut:
            return
        (left, top), (across, down) = self.corner, self.pitch
        right, bottom = left + self.columns * across, top + self.rows * down
        length, gap, width = dots(MARK_LENGTH_UM, dpi), dots(MARK_GAP_UM, dpi), dots(MARK_WIDTH_UM, dpi)
        for column in range(self.columns + 1):
            x = dots(left + column * across, dpi) - width // 2
            yield Box(x, dots(top, dpi) - gap - length, width, length)
            yield Box(x, dots(bottom, dpi) + gap, width, length)
        for row in range(self.rows + 1):
            y = dots(top + row * down, dpi) - width // 2
            yield Box(dots(left, dpi) - gap - length, y, length, width)
            yield Box(dots(right, dpi) + gap, y, length, width)


def _to_cut(page: tuple[int, int], card: tuple[int, int], *, columns: int, rows: int, **more: int) -> Layout:
    """Lay cards edge to edge in the middle of a page."""
    corner = ((page[0] - columns * card[0]) // 2, (page[1] - rows * card[1]) // 2)
    return Layout(page, card, columns, rows, corner, card, is_cut=True, **more)


def _alone(card: tuple[int, int], *, margin: int, type_size: int) -> Layout:
    """Let a card be the page."""
    return Layout(card, card, 1, 1, (0, 0), card, margin=margin, type_size=type_size)


LAYOUTS: Final[Mapping[LayoutName, Layout]] = MappingProxyType(
    {
        "a4-cards": _to_cut(A4, ID_1, columns=2, rows=5, margin=4_500, type_size=3_200),
        "letter-cards": _to_cut(LETTER, ID_1, columns=2, rows=4, margin=4_500, type_size=3_200),
        "a4-labels": Layout(
            A4, (63_500, 38_100), 3, 7, (7_250, 15_150), (66_000, 38_100), margin=2_500, type_size=2_400
        ),
        "letter-labels": Layout(
            LETTER, (66_675, 25_400), 3, 10, (4_763, 12_700), (69_850, 25_400), margin=2_000, type_size=2_200
        ),
        "a4-tags": _to_cut(A4, KEY_TAG, columns=3, rows=9, margin=1_800, type_size=2_200, hole=6_800),
        "letter-tags": _to_cut(LETTER, KEY_TAG, columns=3, rows=9, margin=1_800, type_size=2_200, hole=6_800),
        "card": _alone(ID_1, margin=4_500, type_size=3_200),
        "label": _alone(ROLL_LABEL, margin=2_000, type_size=2_400),
    }
)
