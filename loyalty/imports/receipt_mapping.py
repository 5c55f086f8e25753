"""What a mapping of receipts says: columns, the till that is stood in for, and the series of the customers' cards."""

from typing import Annotated

from msgspec import Meta, Struct

from loyalty.imports.mapping import Columns, FileMapping, Headers, Name
from loyalty.imports.times import check_formats
from loyalty.numbering import Template, read_template

PACKAGE = "loyalty.imports"

Formats = Annotated[tuple[Name, ...], Meta(min_length=1)]


class ReceiptColumns(Columns, frozen=True, kw_only=True):
    """The columns of a file with a row for each line of a receipt."""

    number: Headers
    sku: Headers
    quantity: Headers
    price: Headers
    closed_at: Headers
    name: Headers | None = None
    customer: Headers | None = None


class ReceiptSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is the same for all receipts of a file, and how their kinds are told by their numbers.

    A prefix counts where a digit follows it. Quantities of returns are negative in the file.
    """

    store: Name
    time_formats: Formats
    tills: Annotated[int, Meta(ge=1, le=1_000)] = 1
    shift: Annotated[int, Meta(ge=0, le=2_147_483_647)] = 1
    cashier: Annotated[str, Meta(max_length=200)] = "import"
    return_prefix: Name | None = None
    adjustment_prefix: Name | None = None

    def __post_init__(self) -> None:
        """Check the forms of times. Raises ValueError."""
        check_formats(self.time_formats)


class CardSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The series in which each customer has a card, whose number is made from the customer's."""

    series: Name
    name: Name
    template: Name

    def __post_init__(self) -> None:
        """Check the template. Raises TemplateError, which is a ValueError."""
        self.numbers()

    def numbers(self) -> Template:
        """Give the read template."""
        return read_template(self.template)


class ReceiptMapping(FileMapping, frozen=True, kw_only=True):
    """A mapping of a file of receipts."""

    columns: ReceiptColumns
    receipt: ReceiptSettings
    cards: CardSettings | None = None
    decimal_mark: Annotated[str, Meta(pattern="^[.,]$")] = "."

    def __post_init__(self) -> None:
        """Check that customers and their cards are named together. Raises ValueError."""
        if (self.columns.customer is None) != (self.cards is None):
            raise ValueError("columns.customer and the table cards belong together: both or neither")
