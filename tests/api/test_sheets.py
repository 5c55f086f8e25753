"""The printer draws one file at a time, lets a few wait, and never the whole service with them."""

import asyncio

import pytest

from api.pages.assets import fonts_of, load_assets
from api.sheets import MOST_WAITING, Printer, PrinterBusyError
from devices.printing.errors import SymbologyMisfitError
from devices.printing.model import Sheet

NUMBERS = ["2900000000018"] * 20


async def test_file_too_many_is_asked_to_come_again() -> None:
    printer = Printer(fonts_of(load_assets()))
    orders = [printer.draw(NUMBERS, Sheet()) for _ in range(MOST_WAITING + 3)]
    drawn = await asyncio.gather(*orders, return_exceptions=True)
    assert [type(file) for file in drawn] == [bytes] * (MOST_WAITING + 1) + [PrinterBusyError] * 2
    assert isinstance(await printer.draw(NUMBERS, Sheet()), bytes)


async def test_refused_file_leaves_the_printer_free() -> None:
    printer = Printer(fonts_of(load_assets()))
    for _ in range(MOST_WAITING + 3):
        with pytest.raises(SymbologyMisfitError):
            await printer.draw(["GOLD-1"], Sheet(symbology="ean13"))
    assert isinstance(await printer.draw(NUMBERS, Sheet()), bytes)
