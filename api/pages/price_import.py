"""Prices in and out of a price list as a whole: import with a preview of what changes, and export.

Nothing is kept between the preview and its confirmation but the preview's own form: it carries each change with the
price that was seen, so that confirming does what was shown or says that somebody else was quicker.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from api.auth.rights import allows
from api.pages import forms
from api.pages.downloads import answer_table
from api.pages.edge import act_of
from api.pages.forms import REFUSED, Form, Problem, read_form
from api.pages.price_lists import PATH, load_price_list
from api.pages.queries import link
from api.pages.renderer import Call, database_of, page, redirect
from api.pages.words import mark
from loyalty.cards.quotations import PriceChange, change_quotations
from loyalty.errors import LoyaltyError
from loyalty.imports.quotations import Change, Reading, compare, read_file, read_pasted
from loyalty.imports.tabular import TableError
from loyalty.money import PRICE
from loyalty.pricing.model import PriceList

MOST_SHOWN = 200
LABELS: Mapping[str, str] = {"file": mark("File"), "pasted": mark("Pasted rows"), "mode": mark("What it does")}
Mode = Literal["add", "replace"]
MODES: dict[str, Mode] = {"add": "add", "replace": "replace"}
MODE_WORDS: Mapping[str, str] = {
    "add": mark("Adds and changes; articles that are not in the table stay as they are"),
    "replace": mark("Replaces the list; articles that are not in the table are taken out"),
}
REASONS: Mapping[str, str] = {
    "broken": mark("has another number of cells than the first line"),
    "no_sku": mark("names no article"),
    "long_sku": mark("names an article too long to be one"),
    "no_price": mark("has no price of at most 4 decimals"),
    "ambiguous_price": mark("has a price that can be read in two ways, such as 1,234"),
    "repeated": mark("names an article a second time"),
}
_NOTHING = Problem(mark("Choose a file or paste rows."))


class Preview(Struct, frozen=True):
    """What an import would change."""

    changes: list[Change]
    reading: Reading
    same: int

    @property
    def added(self) -> int:
        """How many articles get a price that had none."""
        return sum(change.old is None for change in self.changes)

    @property
    def removed(self) -> int:
        """How many articles lose theirs."""
        return sum(change.new is None for change in self.changes)

    @property
    def changed(self) -> int:
        """How many get another one."""
        return len(self.changes) - self.added - self.removed


@get("/price-lists/{code:str}/import", opt=dict(allows("prices.edit")))
async def show_import(request: Call, code: FromPath[str]) -> Response[str]:
    """Show the form that takes a file or pasted rows."""
    return _show_form(request, await load_price_list(request, code), Form({"mode": "add"}))


@post("/price-lists/{code:str}/import", opt=dict(allows("prices.edit")), status_code=200)
async def preview_import(request: Call, code: FromPath[str]) -> Response[str]:
    """Show what a table would change; nothing changes yet."""
    known = await load_price_list(request, code)
    form = await read_form(request)
    mode = form.read("mode", forms.one_of(MODES), "add")
    reading = await _read(form)
    if reading is None:
        return _show_form(request, known, form)
    found = reading.quotations
    after = found if mode == "replace" else {**known.quotations, **found}
    changes = compare(known.quotations, after)
    same = sum(known.quotations.get(sku) == price for sku, price in found.items())
    return _show_preview(request, known, Preview(changes, reading, same), form)


async def _read(form: Form) -> Reading | None:
    file = form.files.get("file")
    content = b"" if file is None else await file.read()
    pasted = form.raw("pasted")
    if not content and not pasted.strip():
        form.refuse("file", _NOTHING)
        return None
    try:
        return read_file(content, file.filename) if content and file is not None else read_pasted(pasted)
    except TableError as error:
        form.refuse("file" if content else "pasted", forms.told(str(error)))
        return None


@post("/price-lists/{code:str}/import/save", opt=dict(allows("prices.edit")))
async def save_import(request: Call, code: FromPath[str]) -> Response[str]:
    """Do what the preview showed."""
    known = await load_price_list(request, code)
    form = await read_form(request)
    try:
        changes = msgspec.json.decode(form.text("changes"), type=list[Change])
        asked = [PriceChange(change.sku, change.old, change.new) for change in changes]
        await database_of(request).run(change_quotations, code, asked, act=act_of(request))
    except msgspec.MsgspecError:
        form.refuse("file", Problem(mark("Load the page again and repeat.")))
    except LoyaltyError as error:
        form.refuse("file", forms.told(f"{error.field}: {error.detail}; look at the preview again"))
    if form.problems:
        return _show_form(request, known, form)
    return redirect(link(f"{PATH}/{code}", {"saved": str(len(changes))}))


def _show_form(call: Call, known: PriceList, form: Form) -> Response[str]:
    return page(
        call,
        "price_import.html",
        status=REFUSED if form.problems else 200,
        here=f"{PATH}/{known.code}/import",
        known=known,
        form=form,
        labels=LABELS,
        modes=MODE_WORDS,
    )


def _show_preview(call: Call, known: PriceList, preview: Preview, form: Form) -> Response[str]:
    return page(
        call,
        "price_preview.html",
        here=f"{PATH}/{known.code}/import",
        known=known,
        form=form,
        preview=preview,
        shown=list(islice(preview.changes, MOST_SHOWN)),
        refused=list(islice(preview.reading.refused, MOST_SHOWN)),
        reasons=REASONS,
        changes=msgspec.json.encode(preview.changes).decode(),
    )


@get("/price-lists/{code:str}/export/{ending:str}", opt=dict(allows("prices.read")))
async def export_prices(request: Call, code: FromPath[str], ending: FromPath[str]) -> Response[bytes]:
    """Give all prices of a list as a file, which can be imported again."""
    known = await load_price_list(request, code)
    rows: list[Sequence[str | Decimal]] = [
        (sku, Decimal(PRICE.format(price, least_places=0))) for sku, price in sorted(known.quotations.items())
    ]
    return answer_table(known.code, ending, ("sku", "price"), rows)
