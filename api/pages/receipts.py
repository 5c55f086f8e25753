"""The list of receipts, the page of one with its lines, their reasons, payments and flags, and its void."""

from datetime import date
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.rights import allows
from api.pages import forms
from api.pages.edge import act_of, find_card
from api.pages.flag_words import FLAGS
from api.pages.forms import REFUSED, Form, read_form
from api.pages.queries import choice, place, place_link, text, whole_number
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.task_links import TiedTasks, load_tied
from api.pages.words import mark
from database.keyset import Page, Place
from loyalty.errors import LoyaltyError
from loyalty.pricing.model import PricedLine
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
from loyalty.receipts.reprice import Cause, explain_receipt
from loyalty.receipts.voids import void_receipt

PATH = "/receipts"
KINDS: dict[str, ReceiptKind] = {"sale": "sale", "return": "return"}
FILTERS = ("since", "until", "store", "till", "kind", "flag", "card")
ANY_FLAG = "any"


_VOIDED = mark("The receipt was voided; what it moved on cards was moved back.")


class Totals(Struct, frozen=True):
    """The sums of a receipt's lines in minor units."""

    gross: int
    discount: int
    net: int


class _ReceiptsPage(Struct, frozen=True):
    stores: list[StoreRow]
    found: Page[ReceiptRow]
    card_masked: str | None


class Explained(Struct, frozen=True):
    """A receipt with what its rules gave at its own moment, line by line."""

    full: FullReceipt
    lines: dict[int, PricedLine]
    by_rules: int
    cause: Cause | None
    tasks: TiedTasks | None


@get(PATH, opt=dict(allows("receipts.read")))
async def show_receipts(request: Call) -> Response[str]:
    """List receipts by day, store, kind and flag."""
    chosen = {name: text(request, name) for name in FILTERS}
    limits = ReceiptFilter(
        since=choice(request, "since", date.fromisoformat),
        until=choice(request, "until", date.fromisoformat),
        store=chosen["store"] or None,
        till=chosen["till"] or None,
        kind=choice(request, "kind", KINDS.__getitem__),
        card_id=choice(request, "card", whole_number),
        is_flagged=bool(chosen["flag"]),
        flag=choice(request, "flag", _flag),
    )
    shown = await database_of(request).run(_load_receipts, limits, where=place(request, date, int))
    return page(
        request,
        "receipts.html",
        chosen=chosen,
        is_filtered=any(chosen.values()),
        stores=shown.stores,
        card_masked=shown.card_masked,
        rows=shown.found.rows,
        newer=place_link(PATH, chosen, shown.found.newer),
        older=place_link(PATH, chosen, shown.found.older),
    )


def _flag(value: str) -> str | None:
    """Read the code of a flag; any of them is none in particular."""
    if value != ANY_FLAG and value not in FLAGS:
        raise ValueError(value)
    return None if value == ANY_FLAG else value


async def _load_receipts(connection: AsyncConnection, limits: ReceiptFilter, *, where: Place | None) -> _ReceiptsPage:
    card = None if limits.card_id is None else (await find_card(connection, limits.card_id)).masked
    return _ReceiptsPage(await list_stores(connection), await list_receipts(connection, limits, place=where), card)


@get("/receipts/{uid:uuid}", opt=dict(allows("receipts.read")))
async def show_receipt(request: Call, uid: FromPath[UUID]) -> Response[str]:
    """Show one receipt with the reasons of each line's price."""
    found = await database_of(request).run(_explain, request, uid)
    full = found.full
    return page(
        request,
        "receipt.html",
        full=full,
        row=full.row,
        detail=full.detail,
        totals=_totals(full),
        explained=found,
        tied=found.tasks,
        done=choice(request, "done", {"void": _VOIDED}.__getitem__),
    )


async def _explain(connection: AsyncConnection, call: Call, uid: UUID) -> Explained:
    full = await find_receipt(connection, uid)
    if full is None:
        raise NotFoundException("there is no such receipt")
    repriced = await explain_receipt(connection, uid)
    assert repriced is not None, "the receipt was just found"
    priced = repriced.priced
    lines, tasks = {line.line: line for line in priced.lines}, await load_tied(connection, call, f"receipt:{uid}")
    return Explained(full, lines, priced.discount, repriced.cause, tasks)


@get("/receipts/{uid:uuid}/void", opt=dict(allows("receipts.void")))
async def show_void(request: Call, uid: FromPath[UUID]) -> Response[str]:
    """Ask for the reason of a void."""
    return await _show_void(request, uid, Form({"void_uid": str(uuid4())}))


@post("/receipts/{uid:uuid}/void", opt=dict(allows("receipts.void")))
async def void(request: Call, uid: FromPath[UUID]) -> Response[str]:
    """Void a receipt, once for each form, or show the form again with what is wrong."""
    form = await read_form(request)
    reason = form.need("reason", forms.long_text, "")
    void_uid = form.need("void_uid", forms.uid, uid)
    if form.problems:
        return await _show_void(request, uid, form)
    try:
        await database_of(request).run(
            void_receipt, uid, void_uid=void_uid, reason=reason, only_for=None, act=act_of(request)
        )
    except LoyaltyError as error:
        form.refuse("reason", forms.told(error.detail))
        return await _show_void(request, uid, form)
    return redirect(f"{PATH}/{uid}?done=void")


async def _show_void(call: Call, uid: UUID, form: Form) -> Response[str]:
    full = await database_of(call).run(find_receipt, uid)
    if full is None:
        raise NotFoundException("there is no such receipt")
    return page(
        call,
        "receipt_void.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{uid}/void",
        row=full.row,
        full=full,
        form=form,
        labels={"reason": mark("Reason")},
    )


def _totals(full: FullReceipt) -> Totals:
    return Totals(
        sum(line.gross for line in full.lines),
        sum(line.discount for line in full.lines),
        sum(line.net for line in full.lines),
    )
