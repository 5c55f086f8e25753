"""What kinds, statuses and means of business documents are called, and the buttons of their steps."""

from collections.abc import Mapping

from api.pages.words import Word, mark
from crm.documents.model import Kind, Means, ShownStatus, Status

KINDS: Mapping[Kind, Word] = {
    "order": Word(mark("Order"), "clip"),
    "supplier_order": Word(mark("Supplier order"), "truck"),
    "invoice": Word(mark("Invoice"), "receipt"),
    "payment": Word(mark("Payment"), "tally"),
    "delivery": Word(mark("Delivery"), "box"),
}
NEW: Mapping[Kind, str] = {
    "order": mark("New order"),
    "supplier_order": mark("New supplier order"),
    "invoice": mark("New invoice"),
    "payment": mark("New payment"),
    "delivery": mark("New delivery"),
}
STATUSES: Mapping[ShownStatus, Word] = {
    "draft": Word(mark("Draft"), "ring", "issued"),
    "confirmed": Word(mark("Confirmed"), "ok", "active"),
    "done": Word(mark("Done"), "ok", "closed"),
    "issued": Word(mark("Issued, not paid"), "clock", "expired"),
    "paid": Word(mark("Paid"), "ok", "active"),
    "planned": Word(mark("Planned"), "clock", "issued"),
    "received": Word(mark("Received"), "ok", "active"),
    "under_way": Word(mark("Under way"), "swap", "expired"),
    "delivered": Word(mark("Delivered"), "ok", "active"),
    "cancelled": Word(mark("Cancelled"), "no", "closed"),
}
MEANS: Mapping[Means, str] = {
    "cash": mark("Cash"),
    "card": mark("Bank card"),
    "points": mark("Points"),
    "transfer": mark("Bank transfer"),
}
STEPS: Mapping[Status, str] = {
    "confirmed": mark("Confirm"),
    "done": mark("Mark as done"),
    "issued": mark("Issue"),
    "received": mark("Mark as received"),
    "under_way": mark("Send off"),
    "delivered": mark("Mark as delivered"),
    "cancelled": mark("Cancel document"),
}
"""What the button of a step says."""

BELOW: Mapping[Kind, tuple[Kind, ...]] = {
    "order": ("invoice", "delivery", "payment"),
    "supplier_order": (),
    "invoice": ("payment", "delivery"),
    "payment": (),
    "delivery": (),
}
"""What is usually made under a document of a kind."""
