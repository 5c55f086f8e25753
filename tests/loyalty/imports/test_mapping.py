import re
import textwrap
import tomllib
from pathlib import Path

import msgspec
import pytest

from crm.parties.reading import PartyColumns, PartyMapping, PartySettings
from loyalty.imports.card_mapping import CardColumns, CardFileSettings, CardMapping
from loyalty.imports.mapping import Column, MappingError, fit_mapping
from loyalty.imports.receipt_mapping import PACKAGE, CardSettings, ReceiptColumns, ReceiptMapping, ReceiptSettings
from tests.loyalty.imports.sheets import HEADER, OTHER_HEADER

GUIDE = Path(__file__).parents[3] / "docs" / "import.md"
MINE = """
source = "kiosk"
delimiter = ";"
decimal_mark = ","
[columns]
number = "No"
sku = "Article"
quantity = "Pieces"
price = "Price"
closed_at = "Day"
[receipt]
store = "kiosk"
time_formats = ["%d.%m.%Y"]
"""


def fit(header: str, named: str | None = None) -> dict[str, Column]:
    return fit_mapping(ReceiptMapping, PACKAGE, named=named, header_line=header).columns


@pytest.mark.parametrize("header", [HEADER, OTHER_HEADER, HEADER.upper(), HEADER.replace(",", " , ") + ",,"])
def test_ready_mapping_is_recognised_by_either_edition_of_the_header(header: str) -> None:
    assert [fit(header)[word].place for word in ("number", "price", "customer")] == [0, 5, 6]


def test_missing_column_is_named_with_what_the_file_has() -> None:
    with pytest.raises(MappingError) as error:
        fit("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,Total")
    assert "online_retail wants UnitPrice or Price (price), CustomerID or Customer ID (customer)" in str(error.value)
    assert "it has InvoiceNo, StockCode, Description, Quantity, InvoiceDate, Total" in str(error.value)


def test_column_that_stands_there_twice_is_refused() -> None:
    with pytest.raises(MappingError, match="cannot tell which column is price: the file has two named UnitPrice"):
        fit(HEADER + ",UnitPrice")


def test_mapping_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE, encoding="utf-8")
    assert fit("Day;No;Article;Pieces;Price", str(tmp_path / "mine.toml"))["closed_at"] == Column(0, "Day")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("store =", "shop ="), "unknown field `shop` - at `receipt`"),
        (('store = "kiosk"', ""), "missing required field `store` - at `receipt`"),
        (('source = "kiosk"', "source = 7"), "Expected `str`, got `int` - at `source`"),
        (("%d.%m.%Y", "%H:%M"), "'%H:%M' is no form of a local date such as"),
        (("[receipt]", '[cards]\nseries = "K"\nname = "K"\ntemplate = "%"\n[receipt]'), "a template looks like"),
        (("[receipt]", '[cards]\nseries = "K"\nname = "K"\ntemplate = "29%010"\n[receipt]'), "belong together"),
        (("[receipt]", "[receipt"), "at line 11"),
    ],
)
def test_mistake_in_a_mapping_is_named_with_its_place(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    (tmp_path / "mine.toml").write_text(MINE.replace(*change), encoding="utf-8")
    with pytest.raises(MappingError, match=r"mine\.toml") as error:
        fit("Day;No;Article;Pieces;Price", str(tmp_path / "mine.toml"))
    assert problem in str(error.value)


def test_mapping_that_does_not_exist_is_refused() -> None:
    with pytest.raises(MappingError, match="there is no mapping retail; ready are online_retail"):
        fit(HEADER, "retail")
    with pytest.raises(MappingError, match=r"missing\.toml: No such file"):
        fit(HEADER, "missing.toml")


def test_examples_of_the_guide_are_mappings() -> None:
    receipts, cards, parties = _examples()
    assert msgspec.convert(receipts, ReceiptMapping).source == "kiosk"
    assert msgspec.convert(cards, CardMapping).cards.holders == "club"
    assert msgspec.convert(parties, PartyMapping).source == "club"


def test_guide_names_every_key() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    receipts = (ReceiptMapping, ReceiptColumns, ReceiptSettings, CardSettings)
    kinds = (*receipts, CardMapping, CardColumns, CardFileSettings, PartyMapping, PartyColumns, PartySettings)
    keys = {key for kind in kinds for key in kind.__struct_fields__} - {"columns", "receipt", "cards", "party"}
    assert not {key for key in keys if not re.search(rf"\b{key}\b", guide)} - {"address_2", "address_3"}


def _examples() -> list[dict[str, object]]:
    """Give the mappings that the guide shows."""
    blocks = re.findall(r"^    source = .*\n(?:(?:    .*)?\n)+", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    return [tomllib.loads(textwrap.dedent(block)) for block in blocks]
