"""Printing cards of a series from its page: a file of at most `MOST_CARDS`, from a card on."""

from collections.abc import Mapping
from typing import get_args

from litestar import Response, post
from litestar.params import FromPath

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of
from api.pages.forms import Form, Problem, read_form
from api.pages.renderer import HEADERS, Call, database_of
from api.pages.series import load_series, show_series_page
from api.pages.words import mark
from api.sheets import Order, Printer, print_cards
from devices.printing.errors import PrintingError
from devices.printing.model import MOST_CARDS, LayoutName, Sheet, Symbology
from loyalty.errors import LoyaltyError

LAYOUTS: dict[str, LayoutName] = {name: name for name in get_args(LayoutName)}
SYMBOLOGIES: dict[str, Symbology] = {name: name for name in get_args(Symbology)}
LABELS: Mapping[str, str] = {"first": mark("From the card"), "printed": mark("How many to print")}
_TOO_MANY = Problem(mark("At most %(most)s in one file."), {"most": str(MOST_CARDS)})


@post("/series/{code:str}/sheets", opt=dict(allows("cards.make")))
async def print_series_cards(request: Call, code: FromPath[str]) -> Response[bytes] | Response[str]:
    """Give a file of cards, or show the series with what is wrong."""
    series = await load_series(request, code)
    form = await read_form(request)
    order = _read_order(form)
    if not form.problems:
        printer: Printer = request.app.state["printer"]
        try:
            printed = await print_cards(database_of(request), printer, series.code, order, act=act_of(request))
        except (LoyaltyError, PrintingError) as error:
            form.refuse("printed", forms.told(str(error)))
        else:
            headers = {**HEADERS, "Content-Disposition": 'attachment; filename="cards.pdf"'}
            return Response(printed.pdf, media_type="application/pdf", headers=headers, status_code=200)
    return await show_series_page(request, series, form)


def _read_order(form: Form) -> Order:
    count = form.need("printed", forms.count, MOST_CARDS)
    if count > MOST_CARDS:
        form.refuse("printed", _TOO_MANY)
    sheet = Sheet(
        layout=form.need("layout", forms.one_of(LAYOUTS), "a4-cards"),
        symbology=form.need("symbology", forms.one_of(SYMBOLOGIES), "code128"),
    )
    return Order(sheet, first=form.read("first", forms.count, 0), count=count)
