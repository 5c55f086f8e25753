"""Small invented files of receipts, and the way from a file to what an import makes of it."""

from collections.abc import Sequence
from pathlib import Path

from api.state import Service
from loyalty.imports.drafts import Drafts, read_drafts
from loyalty.imports.lines import Layout, make_layout
from loyalty.imports.mapping import fit_mapping
from loyalty.imports.progress import Watch
from loyalty.imports.receipt_mapping import PACKAGE, ReceiptMapping
from loyalty.imports.receipts import Imported, import_receipts
from loyalty.imports.tabular import open_table
from tests.conftest import ACT

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
OTHER_HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"

SHOP = (
    "500001,TEA,GREEN TEA,2,2011-03-01 10:00:00,3.50,12001,UK",
    "500001,CUP,CUP,1,2011-03-01 10:01:00,4.25,12001,UK",
    "500001,CUP,CUP,1,2011-03-01 10:01:00,4.25,12001,UK",
    "500002,TEA,GREEN TEA,10,2011-03-02 11:00:00,3.50,12002,UK",
    "500003,POT,POT,1,2011-04-02 11:00:00,20.00,,UK",
    "C500004,TEA,GREEN TEA,-1,2011-04-03 09:00:00,3.50,12001,UK",
    "A500005,B,Adjust bad debt,1,2011-04-04 09:00:00,-11.06,,UK",
)
"""Customer 12001: 7.00 + 8.50 - 3.50 = 12.00; customer 12002: 35.00; a sale without a customer; an adjustment."""


def unwatched() -> Watch:
    """Give a watch that neither looks nor stops."""
    return Watch(lambda _done, _total: None, lambda: False)


def make_sheet(folder: Path, rows: Sequence[str] = SHOP, *, header: str = HEADER, name: str = "shop.csv") -> Path:
    """Write a file of receipts."""
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def read_sheet(path: Path, *, mapping: str | None = None) -> tuple[Drafts, Layout]:
    """Read a file of receipts in a currency of two places."""
    with open_table(path) as table:
        layout = make_layout(
            fit_mapping(ReceiptMapping, PACKAGE, named=mapping, header_line=table.header_line), places=2
        )
        return read_drafts(table, layout, unwatched()), layout


async def import_sheet(
    service: Service, path: Path, *, watch: Watch | None = None, mapping: str | None = None
) -> tuple[Drafts, Imported]:
    """Import a file of receipts through the service's own use cases."""
    drafts, layout = read_sheet(path, mapping=mapping)
    imported = await import_receipts(
        drafts.receipts,
        layout.mapping,
        database=service.database,
        flights=service.flights,
        act=ACT,
        watch=watch or unwatched(),
    )
    return drafts, imported
