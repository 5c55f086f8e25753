"""Makes the receipts and documents of drafts. Pure.

Only the source's name and the receipt's number are its identity, so that the same receipt in another edition of the
file is the same. A return has its quantities turned round; a line of positive quantity in it was taken back.
"""

from collections.abc import Iterable
from datetime import date, tzinfo
from uuid import UUID, uuid5

from msgspec import Struct

from loyalty.cards.model import Catalogue
from loyalty.imports.drafts import Draft
from loyalty.imports.receipt_mapping import ReceiptMapping
from loyalty.money import PRICE, QUANTITY, Currency
from loyalty.pricing.model import Line
from loyalty.receipts.documents import POSTED, DocumentContent
from loyalty.receipts.model import Payment, Receipt, ReceiptLine

NAMESPACE = UUID("d1f4c1d2-52b5-5b0e-9c46-6f0f3a0f6e55")


class Place(Struct, frozen=True):
    """What receipts need beyond their file: mapping, the store's time zone, currency, and card numbers by customer."""

    mapping: ReceiptMapping
    zone: tzinfo
    currency: Currency
    card_numbers: dict[int, str]


def make_place(mapping: ReceiptMapping, catalogue: Catalogue, drafts: Iterable[Draft]) -> Place:
    """Make the place of a mapping's receipts as of a catalogue."""
    numbers: dict[int, str] = {}
    if mapping.cards is not None:
        template = mapping.cards.numbers()
        customers = sorted({draft.customer for draft in drafts if draft.customer is not None})
        numbers = {customer: template.number(customer) for customer in customers}
    return Place(mapping, catalogue.zone(mapping.receipt.store), catalogue.currency, numbers)


def identify(source: str, number: str) -> UUID:
    """Give the UUID of a receipt or document of a source: the same for ever."""
    return uuid5(NAMESPACE, f"{source}:{number}")


def build_receipt(draft: Draft, place: Place) -> Receipt:
    """Make the receipt of a sale or return: no discounts, one payment of an unknown kind."""
    assert draft.kind != "adjustment", "an adjustment is a document"
    settings = place.mapping.receipt
    sign = -1 if draft.kind == "return" else 1
    total = sign * draft.total
    return Receipt(
        uid=identify(place.mapping.source, draft.number),
        kind=draft.kind,
        suspended=False,
        store=settings.store,
        till=till_of(draft.number, settings.tills),
        till_instance=None,
        seq=None,
        shift=settings.shift,
        number=draft.number,
        business_date=draft.closed_at.date(),
        closed_at=draft.closed_at.replace(tzinfo=place.zone),
        priced_at=None,
        cashier=settings.cashier,
        offline=False,
        card=None if draft.customer is None else place.card_numbers[draft.customer],
        entry=None,
        lines=tuple([_build_line(draft, index, sign) for index in range(len(draft.lines))]),
        payments=(Payment("other", total),),
        total=total,
        calculation_id=None,
        original=None,
    )


def _build_line(draft: Draft, index: int, sign: int) -> ReceiptLine:
    line = draft.lines[index]
    gross = sign * line.gross
    return ReceiptLine(Line(index + 1, line.sku, sign * line.quantity, line.price, gross), 0, gross, line.name, None)


def build_adjustment(draft: Draft, place: Place) -> DocumentContent:
    """Make the document of an adjustment, with the file's signs."""
    money = place.currency.scale
    lines: list[dict[str, object]] = [
        {
            "sku": line.sku,
            "name": line.name,
            "quantity": QUANTITY.format(line.quantity, least_places=0),
            "price": PRICE.format(line.price, least_places=place.currency.places),
            "net": money.format(line.gross),
        }
        for line in draft.lines
    ]
    return DocumentContent(
        kind="adjustment",
        number=draft.number,
        date=draft.closed_at.date(),
        status=POSTED,
        party_id=None,
        card=None if draft.customer is None else place.card_numbers[draft.customer],
        total=draft.total,
        lines=lines,
        parent_uid=None,
    )


def till_of(number: str, tills: int) -> str:
    """Give the till that a number falls to: its digits modulo the number of tills, counted from 1."""
    digits = "".join(character for character in number if character.isascii() and character.isdigit())
    return str(int(digits or 0) % tills + 1)


def month_of(draft: Draft) -> date:
    """Give the first day of the month in which a receipt is kept."""
    return draft.closed_at.date().replace(day=1)
