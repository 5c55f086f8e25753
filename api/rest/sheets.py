"""Sheets of cards as PDF, a file at a time.

A POST, although it changes nothing but the journal: whole numbers go out, so no cache and no history may keep the
answer, and what was asked for stands in a body.
"""

from typing import Annotated

from litestar import Response, Router, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from api.auth.rights import allows
from api.rest.bodies import Body, Identifier
from api.rest.calls import Call, act_of, read_code, service_of
from api.rest.problems import PROBLEMS
from api.sheets import Order, Printer, print_cards
from devices.printing.model import MOST_CARDS, MOST_TEXT, Dpi, LayoutName, Sheet, Symbology
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Wire

NEXT_FIRST = "Next-First"
"""The header that says with which `first` the next file goes on; absent after the last card."""


class SheetOrder(Wire, frozen=True):
    """Which cards of a series to print - from an identifier on, or named - and how."""

    first: Identifier | None = None
    count: Annotated[int, Meta(ge=1)] | None = None
    card_ids: list[Identifier] | None = None
    layout: LayoutName | None = None
    symbology: Symbology | None = None
    dpi: Dpi | None = None
    series_name: bool | None = None
    text: Annotated[str, Meta(max_length=MOST_TEXT)] | None = None


@post(
    "/v1/series/{code:str}/sheets",
    dto=Body,
    return_dto=None,
    status_code=200,
    media_type="application/pdf",
    responses=PROBLEMS,
)
async def print_sheets(request: Call, code: FromPath[str], data: JSONBody[SheetOrder]) -> Response[bytes]:
    """Print cards of a series, at most 500 in a file; `Next-First` says where the next file begins."""
    service, code = service_of(request), read_code(code)
    printer: Printer = request.app.state["printer"]
    printed = await print_cards(service.database, printer, code, _read_order(data), act=act_of(request))
    headers = {"Content-Disposition": 'attachment; filename="cards.pdf"', "Cache-Control": "no-store"}
    if printed.next_first is not None:
        headers[NEXT_FIRST] = str(printed.next_first)
    return Response(printed.pdf, media_type="application/pdf", headers=headers)


def _read_order(body: SheetOrder) -> Order:
    if body.card_ids is not None and (body.first is not None or body.count is not None):
        raise BodyError("card_ids", "stands alone, without first and count")
    sheet = Sheet(
        layout=body.layout or "a4-cards",
        symbology=body.symbology or "code128",
        dpi=body.dpi or 300,
        text=body.text or "",
    )
    return Order(
        sheet,
        first=body.first or 0,
        count=MOST_CARDS if body.count is None else body.count,
        card_ids=None if body.card_ids is None else tuple(dict.fromkeys(body.card_ids)),
        with_name=body.series_name is not False,
    )


router = Router("/", route_handlers=[print_sheets], opt=dict(allows("cards.make")), tags=["Cards"])
