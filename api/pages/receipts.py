"""The list of receipts, and the page of one with its lines, payments and flags."""

from datetime import date
from uuid import UUID

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.pages.queries import choice, place, place_link, text
from api.pages.renderer import Call, database_of, page
from database.keyset import Page, Place
from loyalty.receipts.listing import (
    FullReceipt,
    ReceiptFilter,
    ReceiptRow,
    StoreRow,
    find_receipt,
    list_receipts,
    list_stores,
)
from loyalty.receipts.model import ReceiptKind

PATH = "/receipts"
KINDS: dict[str, ReceiptKind] = {"sale": "sale", "return": "return"}
FILTERS = ("since", "until", "store", "kind", "flagged")


class Totals(Struct, frozen=True):
    """The sums of a receipt's lines in minor units."""

    gross: int
    discount: int
    net: int


class _ReceiptsPage(Struct, frozen=True):
    stores: list[StoreRow]
    found: Page[ReceiptRow]


@get(PATH)
async def show_receipts(request: Call) -> Response[str]:
    """List receipts by day, store, kind and flag."""
    chosen = {name: text(request, name) for name in FILTERS}
    limits = ReceiptFilter(
        since=choice(request, "since", date.fromisoformat),
        until=choice(request, "until", date.fromisoformat),
        store=chosen["store"] or None,
        kind=choice(request, "kind", KINDS.__getitem__),
        is_flagged=chosen["flagged"] == "yes",
    )
    shown = await database_of(request).run(_load_receipts, limits, where=place(request, date, int))
    return page(
        request,
        "receipts.html",
        chosen=chosen,
        is_filtered=any(chosen.values()),
        stores=shown.stores,
        rows=shown.found.rows,
        newer=place_link(PATH, chosen, shown.found.newer),
        older=place_link(PATH, chosen, shown.found.older),
    )


async def _load_receipts(connection: AsyncConnection, limits: ReceiptFilter, *, where: Place | None) -> _ReceiptsPage:
    return _ReceiptsPage(await list_stores(connection), await list_receipts(connection, limits, place=where))


@get("/receipts/{uid:uuid}")
async def show_receipt(request: Call, uid: FromPath[UUID]) -> Response[str]:
    """Show one receipt."""
    found = await database_of(request).run(find_receipt, uid)
    if found is None:
        raise NotFoundException("there is no such receipt")
    return page(request, "receipt.html", full=found, row=found.row, detail=found.detail, totals=_totals(found))


def _totals(full: FullReceipt) -> Totals:
    return Totals(
        sum(line.gross for line in full.lines),
        sum(line.discount for line in full.lines),
        sum(line.net for line in full.lines),
    )
