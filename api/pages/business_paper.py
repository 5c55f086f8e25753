"""A business document as a paper: the same words for the printed page and the PDF."""

from collections.abc import Callable, Iterator

from api.pages.business_words import KINDS, MEANS, STATUSES
from api.pages.formats import Formats
from api.pages.words import mark
from crm.documents.model import Addressee, Document
from crm.parties.addresses import in_one_line
from crm.parties.model import PartyAddress
from crm.shop.model import Shop
from devices.printing.model import Column, Paper

_NAMES = {
    "shop": mark("From", "sender"),
    "reached": mark("Reached at"),
    "numbers": mark("Registration numbers"),
    "party": mark("For"),
    "address": mark("Address"),
    "status": mark("Status"),
    "date": mark("Date"),
    "due_on": mark("To be paid by"),
    "planned_on": mark("Planned for"),
    "delivered_on": mark("Delivered on"),
    "means": mark("Paid by"),
    "paid": mark("Paid"),
    "total": mark("Total, %(currency)s"),
    "open": mark("Still to pay, %(currency)s"),
}
_COLUMNS = (
    (mark("Goods"), False),
    (mark("Quantity"), True),
    (mark("Price"), True),
    (mark("Sum"), True),
)
_FOOT = mark("%(kind)s %(number)s")


def make_paper(document: Document, addressee: Addressee, shop: Shop, *, f: Formats, say: Callable[[str], str]) -> Paper:
    """Write a document out in the reader's language; `say` translates a text of the pages."""
    title = say(_FOOT) % {"kind": say(KINDS[document.kind].text), "number": document.number}
    columns = [Column(say(text), is_number=is_number) for text, is_number in _COLUMNS]
    sums = [(say(_NAMES["total"]) % {"currency": f.currency.code}, f.money(document.total))]
    if document.kind == "invoice" and document.paid:
        left = max(0, document.total - document.paid)
        sums += [(say(_NAMES["paid"]), f.money(document.paid))]
        sums += [(say(_NAMES["open"]) % {"currency": f.currency.code}, f.money(left))]
    has_lines = bool(document.lines)
    return Paper(
        title,
        facts=[*_head(shop, say), *_facts(document, addressee, f, say), *(() if has_lines else sums)],
        columns=columns if has_lines else (),
        rows=[
            (
                line.name if line.sku is None else f"{line.name} · {line.sku}",
                f.quantity(line.quantity),
                f.price(line.price),
                f.money(line.total(f.currency.places)),
            )
            for line in document.lines
        ],
        sums=sums if has_lines else (),
        note=document.note or "",
        foot=title,
    )


def _head(shop: Shop, say: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Give who writes, as far as the shop said."""
    reached = ", ".join(text for text in (shop.phone, shop.email, shop.website) if text)
    told = {"shop": shop.name, "address": ", ".join(shop.address.splitlines()), "reached": reached}
    yield from ((say(_NAMES[name]), text) for name, text in {**told, "numbers": shop.numbers}.items() if text)


def _facts(
    document: Document, addressee: Addressee, f: Formats, say: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """Give what stands above the lines; what is not said of a document is left out."""
    lines = {name: getattr(addressee, name) for name in Addressee.__struct_fields__ if name != "name"}
    address = in_one_line(PartyAddress(**lines))
    facts = {
        "party": addressee.name,
        "address": address,
        "date": f.day(document.date),
        "due_on": document.due_on and f.day(document.due_on),
        "planned_on": document.planned_on and f.day(document.planned_on),
        "delivered_on": document.delivered_on and f.day(document.delivered_on),
        "means": document.means and say(MEANS[document.means]),
        "status": say(STATUSES[document.shown_status].text),
    }
    yield from ((say(_NAMES[name]), text) for name, text in facts.items() if text)
