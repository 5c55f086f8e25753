"""What a business document is, and what each kind may become. Pure.

Key idea: five kinds are one record with lines, a total and a status. An order of ours, `supplier_order`, goes to a
party that is a supplier. The first status of a kind is a draft, in which everything can be changed. The step out of it
issues the document: name and address of the party are kept in it as they were that day, and from then on only its
status moves.

An invoice is paid when the received payments under it reach its total; that is computed and never kept, so that it
cannot be wrong. Money is in minor units, prices in 1/10000, quantities in millionths, as everywhere.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from crm.documents.errors import BusinessDocumentRefusedError
from crm.parties.model import AddressUse
from loyalty.money import MOST_MINOR, MOST_QUANTITY, line_gross

Day: TypeAlias = date
"""A day, where a field is called `date` too."""

Kind = Literal["order", "supplier_order", "invoice", "payment", "delivery"]
Status = Literal[
    "draft", "confirmed", "done", "issued", "planned", "received", "under_way", "delivered", "cancelled"
]  # fmt: skip
ShownStatus = Literal[
    "draft", "confirmed", "done", "issued", "paid", "planned", "received", "under_way", "delivered", "cancelled"
]  # fmt: skip
Means = Literal["cash", "card", "points", "transfer"]

FIRST: Final[Mapping[Kind, Status]] = {
    "order": "draft",
    "supplier_order": "draft",
    "invoice": "draft",
    "payment": "planned",
    "delivery": "planned",
}
STEPS: Final[Mapping[Kind, Mapping[Status, tuple[Status, ...]]]] = {
    "order": {"draft": ("confirmed", "cancelled"), "confirmed": ("done", "cancelled"), "done": (), "cancelled": ()},
    "supplier_order": {
        "draft": ("confirmed", "cancelled"),
        "confirmed": ("done", "cancelled"),
        "done": (),
        "cancelled": (),
    },
    "invoice": {"draft": ("issued", "cancelled"), "issued": ("cancelled",), "cancelled": ()},
    "payment": {"planned": ("received",), "received": ()},
    "delivery": {
        "planned": ("under_way", "cancelled"),
        "under_way": ("delivered", "cancelled"),
        "delivered": (),
        "cancelled": (),
    },
}
"""Which statuses a kind has, and what may follow each."""
ADDRESSES: Final[Mapping[Kind, AddressUse]] = {
    "order": "tax",
    "supplier_order": "tax",
    "invoice": "tax",
    "payment": "tax",
    "delivery": "warehouse",
}
"""The address that a document of a kind carries: one chosen of this use, else the main one."""
MOST_LINES = 500
MOST_PRICE = 10**14
MOST_TEXT = 200
MOST_NOTE = 2_000


class Line(Struct, frozen=True):
    """A line: so many of something at a price."""

    name: str
    quantity: int
    price: int
    sku: str | None = None

    def total(self, places: int) -> int:
        """Give what it comes to in a currency with so many decimals, rounded half-up once."""
        return line_gross(self.quantity, self.price, places)


class Draft(Struct, frozen=True, kw_only=True):
    """What is said of a document. Without a number it gets the next one; the total of lines is theirs.

    A payment has an amount and a means and no lines; a delivery goes to an address of the party, on a planned day. The
    person is the party's contact person for it.
    """

    date: Day
    number: str | None = None
    parent_id: int | None = None
    lines: tuple[Line, ...] = ()
    amount: int | None = None
    means: Means | None = None
    due_on: Day | None = None
    planned_on: Day | None = None
    address_id: int | None = None
    person_id: int | None = None
    note: str | None = None


class Addressee(Struct, frozen=True):
    """Name and address of the party as a document carries them."""

    name: str
    line: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Document(Struct, frozen=True, kw_only=True):
    """A document as it is kept; `addressee` since it was issued, `paid` is what was received under it."""

    id: int
    kind: Kind
    number: str
    date: Day
    party_id: int
    parent_id: int | None
    status: Status
    total: int
    lines: tuple[Line, ...]
    means: Means | None
    due_on: Day | None
    planned_on: Day | None
    delivered_on: Day | None
    address_id: int | None
    person_id: int | None
    addressee: Addressee | None
    note: str | None
    issued_at: datetime | None
    version: int
    created_at: datetime
    changed_at: datetime
    paid: int = 0

    @property
    def shown_status(self) -> ShownStatus:
        """The status that people see: an issued invoice may be paid."""
        return shown_status(self.kind, self.status, total=self.total, paid=self.paid)

    @property
    def is_open(self) -> bool:
        """Whether everything can still be changed."""
        return self.status == FIRST[self.kind]

    @property
    def steps(self) -> tuple[Status, ...]:
        """What may follow its status."""
        return STEPS[self.kind][self.status]


def shown_status(kind: Kind, status: Status, *, total: int, paid: int) -> ShownStatus:
    """Tell the status that people see, from what is kept and what was paid."""
    return "paid" if kind == "invoice" and status == "issued" and paid >= total else status


def total_of(lines: Sequence[Line], places: int) -> int:
    """Add up lines, each rounded half-up once."""
    return sum(line.total(places) for line in lines)


def check_draft(kind: Kind, draft: Draft, places: int) -> int:
    """Check what is said of a document of a kind, and give its total. Raises BusinessDocumentRefusedError."""
    if draft.number is not None and not 0 < len(draft.number.strip()) <= MOST_TEXT:
        raise BusinessDocumentRefusedError(f"has 1 to {MOST_TEXT} characters", field="number")
    if draft.note is not None and len(draft.note) > MOST_NOTE:
        raise BusinessDocumentRefusedError(f"has at most {MOST_NOTE:,} characters", field="note")
    _check_fields(kind, draft)
    if kind == "payment":
        return _check_amount(draft)
    for index, line in enumerate(draft.lines):
        _check_line(line, f"lines[{index}]")
    total = total_of(draft.lines, places)
    if total >= MOST_MINOR:
        raise BusinessDocumentRefusedError("comes to more than a document holds", field="lines")
    return total


def _check_fields(kind: Kind, draft: Draft) -> None:
    """Refuse what belongs to another kind."""
    foreign = {
        "amount": draft.amount is not None and kind != "payment",
        "means": draft.means is not None and kind != "payment",
        "lines": bool(draft.lines) and kind == "payment",
        "due_on": draft.due_on is not None and kind != "invoice",
        "planned_on": draft.planned_on is not None and kind != "delivery",
        "address_id": draft.address_id is not None and kind == "payment",
    }
    for field, is_foreign in foreign.items():
        if is_foreign:
            raise BusinessDocumentRefusedError(f"is not of the kind {kind}", field=field)
    if draft.due_on is not None and draft.due_on < draft.date:
        raise BusinessDocumentRefusedError("lies before the document's own day", field="due_on")
    if len(draft.lines) > MOST_LINES:
        raise BusinessDocumentRefusedError(f"has at most {MOST_LINES} lines", field="lines")


def _check_amount(draft: Draft) -> int:
    if draft.means is None:
        raise BusinessDocumentRefusedError("says how it is paid", field="means")
    if draft.amount is None or not 0 < draft.amount < MOST_MINOR:
        raise BusinessDocumentRefusedError("is more than nothing", field="amount")
    return draft.amount


def _check_line(line: Line, field: str) -> None:
    if not 0 < len(line.name.strip()) <= MOST_TEXT:
        raise BusinessDocumentRefusedError(f"has 1 to {MOST_TEXT} characters", field=f"{field}.name")
    if line.sku is not None and not 0 < len(line.sku) <= MOST_TEXT:
        raise BusinessDocumentRefusedError(f"has 1 to {MOST_TEXT} characters", field=f"{field}.sku")
    if not 0 < line.quantity <= MOST_QUANTITY:
        raise BusinessDocumentRefusedError("is more than nothing", field=f"{field}.quantity")
    if not 0 <= line.price < MOST_PRICE:
        raise BusinessDocumentRefusedError("is not negative", field=f"{field}.price")
