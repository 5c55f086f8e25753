"""Printing cards of a series: what the API, the pages and the command line share.

Key idea: cards are loaded, then drawn beside the event loop, then the journal says who printed which of them; only
after that does anybody get the file. A `Printer` draws one file at a time and refuses when too many wait, since drawing
takes a processor's whole attention.
"""

import asyncio
from collections.abc import Callable

from msgspec import Struct, structs

from database.activity import Act
from database.engine import Database
from devices.printing.errors import PrintingError, TooManyCardsError
from devices.printing.model import MOST_CARDS, Fonts, Paper, Sheet
from loyalty.cards.printing import load_named, load_part, record_printed

MOST_WAITING = 4
"""How many files may wait for the one that is being drawn; a fifth is asked to come again."""


class PrinterBusyError(PrintingError):
    """Too many files wait to be drawn: ask again in a moment."""

    code = "printer_busy"


class Order(Struct, frozen=True):
    """Which cards are printed, and how: those named by identifier, else so many from the identifier `first` on."""

    sheet: Sheet
    first: int = 0
    count: int = MOST_CARDS
    card_ids: tuple[int, ...] | None = None
    with_name: bool = True
    """Whether the name of the series stands on every card; else the sheet's own title does."""


class Printed(Struct, frozen=True):
    """A file of cards: how many, and the identifier from which the next file goes on, None after the last card."""

    pdf: bytes
    cards: int
    next_first: int | None


class Printer:
    """Draws files one after another in one process."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def draw(self, numbers: list[str], sheet: Sheet) -> bytes:
        """Draw the cards of some numbers. Raises PrintingError, of which PrinterBusyError comes at once."""
        from devices.printing.sheets import draw_sheets  # noqa: PLC0415 - 0.1 s that only those who print should wait

        return await self._in_turn(lambda: draw_sheets(numbers, sheet, self._fonts))

    async def draw_paper(self, paper: Paper) -> bytes:
        """Draw a paper for people. Raises PrintingError, of which PrinterBusyError comes at once."""
        from devices.printing.papers import draw_paper  # noqa: PLC0415 - as above

        return await self._in_turn(lambda: draw_paper(paper, self._fonts))

    async def _in_turn(self, draw: Callable[[], bytes]) -> bytes:
        if self._waiting > MOST_WAITING:
            raise PrinterBusyError("too many files wait to be drawn: ask again in a moment", field="count")
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(draw)
        finally:
            self._waiting -= 1


async def print_cards(database: Database, printer: Printer, code: str, order: Order, *, act: Act) -> Printed:
    """Print cards of a series and keep in the journal who did.

    Raises LoyaltyError, PrintingError; then there is no file, and nothing is kept.
    """
    if max(order.count, len(order.card_ids or ())) > MOST_CARDS:
        field = "count" if order.card_ids is None else "card_ids"
        raise TooManyCardsError(f"one file holds at most {MOST_CARDS} cards: print the rest as another", field=field)
    if order.card_ids is None:
        part = await database.run(load_part, code, first=order.first, count=order.count)
    else:
        part = await database.run(load_named, code, order.card_ids)
    sheet = structs.replace(order.sheet, title=part.series.settings.name) if order.with_name else order.sheet
    pdf = await printer.draw([card.number for card in part.cards], sheet)
    how = {"layout": sheet.layout, "symbology": sheet.symbology, "dpi": sheet.dpi}
    await database.run(record_printed, part, how=how, act=act)
    return Printed(pdf, len(part.cards), part.next_first)
