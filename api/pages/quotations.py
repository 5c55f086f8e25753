"""The prices of a price list: a page of them to read and to change in bulk.

A form row carries what was seen (`was`, `was_price`) beside what is wanted, so that two people who change different
articles at the same time do not undo each other. A row without an article is passed over; a ticked one is taken out.
"""

from bisect import bisect_left
from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from api.auth.rights import allows
from api.pages.edge import act_of, newest_catalogue
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.price_lists import PATH, load_price_list
from api.pages.queries import link, text
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from loyalty.cards.audit import list_price_list_acts
from loyalty.cards.quotations import PriceChange, change_quotations
from loyalty.errors import LoyaltyError
from loyalty.imports.quotations import MOST_SKU_LENGTH, read_price
from loyalty.money import PRICE
from loyalty.pricing.model import PriceList

ROWS = 50
EMPTY_ROWS = 3
MOST_ROWS = 500
"""So many rows one form changes, those that were pasted into it among them."""

_WRONG_PRICES: Mapping[str, Problem] = {
    "no_price": Problem(mark("A price such as 12.90, with at most 4 decimals.")),
    "ambiguous_price": Problem(mark("Is the comma a decimal mark? Write 1.234 or 1234.")),
}
_NO_SKU = Problem(mark("The article is missing."))
_LONG_SKU = Problem(mark("At most %(count)s characters."), {"count": str(MOST_SKU_LENGTH)})
_REPEATED = Problem(mark("The article stands in the list already."))
_TOO_MANY = Problem(mark("Too many rows for one form: import them as a file."))


class PriceRow(Struct, frozen=True):
    """A row of the form: what was seen, and what is typed."""

    was: str = ""
    was_price: str = ""
    sku: str = ""
    price: str = ""
    is_removed: bool = False


class RowsPage(Struct, frozen=True):
    """The rows that are shown, and the addresses of the neighbouring pages."""

    rows: list[PriceRow]
    before: str | None
    after: str | None


@get("/price-lists/{code:str}", opt=dict(allows("prices.read")))
async def show_price_list(request: Call, code: FromPath[str]) -> Response[str]:
    """Show a price list: its prices page by page, when it acts, and how it was changed."""
    known = await load_price_list(request, code)
    return await _show(request, known, take_page(request, known), Form({}))


@post("/price-lists/{code:str}", opt=dict(allows("prices.edit")))
async def save_quotations(request: Call, code: FromPath[str]) -> Response[str]:
    """Save the rows of a page, or show it again with what is wrong."""
    known = await load_price_list(request, code)
    form = await read_form(request)
    rows = _read_rows(form)
    changes = _read_changes(form, rows, known)
    if not form.problems:
        try:
            await database_of(request).run(change_quotations, code, changes, act=act_of(request))
        except LoyaltyError as error:
            where = next((place for place, row in enumerate(rows) if error.field in (row.sku, row.was)), 0)
            form.refuse(f"price-{where}", Problem("%(detail)s", {"detail": error.detail.capitalize() + "."}))
    if form.problems:
        return await _show(request, known, RowsPage(rows, None, None), form)
    return redirect(link(f"{PATH}/{code}", {"saved": str(len(changes)), "from": form.text("from")}))


async def _show(call: Call, known: PriceList, shown: RowsPage, form: Form) -> Response[str]:
    catalogue = await newest_catalogue(call)
    saved = text(call, "saved")
    return page(
        call,
        "price_list.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{known.code}",
        known=known,
        shown=shown,
        rows=[*shown.rows, *[PriceRow()] * (EMPTY_ROWS if not form.problems else 0)],
        form=form,
        labels={name: _row_label(name) for name in form.problems},
        wanted=text(call, "find"),
        start=text(call, "from"),
        users=[series for series in catalogue.series.values() if known.code in series.settings.price_lists],
        acts=await database_of(call).run(list_price_list_acts, known.code),
        saved=int(saved) if saved.isdecimal() else None,
    )


def _row_label(field: str) -> str:
    kind, _, place = field.partition("-")
    return f"{int(place) + 1}" if kind in {"sku", "price"} and place.isdecimal() else field


def take_page(call: Call, known: PriceList) -> RowsPage:
    """Take the rows from an article on, of those whose name holds what is looked for."""
    find, start = text(call, "find"), text(call, "from")
    skus = sorted(sku for sku in known.quotations if find.casefold() in sku.casefold())
    first = bisect_left(skus, start)
    last = first + ROWS
    path = f"{PATH}/{known.code}"
    earlier = max(0, first - ROWS)
    return RowsPage(
        [_row(sku, known.quotations[sku]) for sku in skus[first:last]],
        link(path, {"find": find, "from": skus[earlier] if earlier else ""}) if first else None,
        link(path, {"find": find, "from": skus[last]}) if last < len(skus) else None,
    )


def _row(sku: str, price: int) -> PriceRow:
    shown = PRICE.format(price, least_places=2)
    return PriceRow(sku, shown, sku, shown)


def _read_rows(form: Form) -> list[PriceRow]:
    """Read the rows as they stand in the form; fields of one row have one place among their like."""
    columns = [form.texts(name) for name in ("was", "was_price", "sku", "price")]
    if len({len(column) for column in columns}) > 1 or len(columns[0]) > MOST_ROWS:
        form.refuse("sku-0", _TOO_MANY)
        columns = [column[: min(map(len, columns))][:MOST_ROWS] for column in columns]
    removed = set(form.texts("remove"))
    rows = enumerate(zip(*columns, strict=True))
    return [PriceRow(was, seen, sku, price, str(place) in removed) for place, (was, seen, sku, price) in rows]


def _read_changes(form: Form, rows: list[PriceRow], known: PriceList) -> list[PriceChange]:
    changes: list[PriceChange] = []
    named: set[str] = set()
    for place, row in enumerate(rows):
        if row.is_removed or (not row.sku and not row.price):
            if row.was:
                changes.append(PriceChange(row.was, _seen(row), None))
            continue
        price = _read_row(form, place, row)
        if (row.sku, row.price) == (row.was, row.was_price) or price is None:
            continue
        if row.sku != row.was:
            if row.sku in named or row.sku in known.quotations:
                form.refuse(f"sku-{place}", _REPEATED)
            named.add(row.sku)
            if row.was:
                changes.append(PriceChange(row.was, _seen(row), None))
        changes.append(PriceChange(row.sku, _seen(row) if row.sku == row.was else None, price))
    return changes


def _seen(row: PriceRow) -> int | None:
    price = read_price(row.was_price)
    return price if isinstance(price, int) else None


def _read_row(form: Form, place: int, row: PriceRow) -> int | None:
    if not row.sku:
        form.refuse(f"sku-{place}", _NO_SKU)
    elif len(row.sku) > MOST_SKU_LENGTH:
        form.refuse(f"sku-{place}", _LONG_SKU)
    price = read_price(row.price)
    if isinstance(price, int):
        return price
    form.refuse(f"price-{place}", _WRONG_PRICES[price])
    return None
