from pathlib import Path
from random import Random

import pytest

from loyalty.imports.drafts import read_drafts
from loyalty.imports.progress import StoppedError, Watch
from loyalty.imports.tabular import open_table
from loyalty.money import ONE_UNIT
from tests.loyalty.imports.sheets import HEADER, OTHER_HEADER, SHOP, make_sheet, read_sheet

GOOD = "500009,TEA,GREEN TEA,1,2011-03-01 10:00:00,3.50,12001,UK"


def test_rows_of_a_receipt_may_stand_anywhere_and_in_any_order(tmp_path: Path, rng: Random) -> None:
    shuffled = rng.sample(SHOP, k=len(SHOP))

    first, _ = read_sheet(make_sheet(tmp_path))
    other, _ = read_sheet(make_sheet(tmp_path, shuffled, header=OTHER_HEADER, name="other.csv"))

    assert [draft.number for draft in first.receipts] == ["500001", "500002", "500003", "C500004", "A500005"]
    for one, same in zip(first.receipts, other.receipts, strict=True):
        assert [line.content for line in one.lines] == [line.content for line in same.lines]
        assert (one.number, one.closed_at, one.customer, one.total) == (
            same.number,
            same.closed_at,
            same.customer,
            same.total,
        )


def test_receipt_has_its_earliest_time_and_all_its_duplicates(tmp_path: Path) -> None:
    drafts, _ = read_sheet(make_sheet(tmp_path))
    receipt = drafts.receipts[0]
    assert receipt.closed_at.isoformat() == "2011-03-01T10:00:00"
    assert [(line.sku, line.quantity // ONE_UNIT, line.gross) for line in receipt.lines] == [
        ("CUP", 1, 425),
        ("CUP", 1, 425),
        ("TEA", 2, 700),
    ]


def test_customers_number_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    drafts, _ = read_sheet(make_sheet(tmp_path, [GOOD.replace("12001", "12001.0")]))
    assert drafts.receipts[0].customer == 12_001


@pytest.mark.parametrize(
    ("price", "gross"), [("0.001", 0), ("0.005", 1), ("0.0049", 0), ("0.0050", 1), ("0", 0), ("1.234500", 123)]
)
def test_each_line_is_rounded_once_half_up(tmp_path: Path, price: str, gross: int) -> None:
    drafts, _ = read_sheet(make_sheet(tmp_path, [GOOD.replace("3.50", price)]))
    assert drafts.receipts[0].total == gross


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (GOOD.replace("3.50", "3.50001"), "UnitPrice has more than 4 decimals"),
        (GOOD.replace("3.50", ""), 'UnitPrice must be a decimal string such as "12.90"'),
        (GOOD.replace(",1,", ",1e3,"), 'Quantity must be a decimal string such as "12.90"'),
        (GOOD.replace(",1,", ",1000000001,"), "quantity or amount is too large"),
        (GOOD.replace("2011-03-01", "01/03/2011"), "InvoiceDate must be of the form 2011-12-30 18:45:10"),
        (GOOD.replace("2011-03-01", "0011-03-01"), "InvoiceDate lies outside the years 1800 to 2200"),
        (GOOD.replace("TEA,", " ,", 1), "StockCode is empty"),
        (GOOD.replace("500009", ""), "InvoiceNo is empty or has more than 200 characters"),
        (GOOD.replace("GREEN TEA", "x" * 2_001), "Description has more than 2,000 characters"),
        (GOOD.replace("12001", "Anna"), "CustomerID must be a whole number from 1 to 9999999999"),
        (GOOD.replace("12001", "0"), "CustomerID must be a whole number from 1 to 9999999999"),
        (GOOD.removesuffix(",UK"), "has 7 fields, the header has 8"),
        (GOOD.replace("3.50", "-3.50"), "its receipt has a negative price, which only an adjustment may have"),
    ],
)
def test_row_that_cannot_be_read_is_named_with_its_reason(tmp_path: Path, row: str, reason: str) -> None:
    drafts, _ = read_sheet(make_sheet(tmp_path, [SHOP[3], row]))
    assert [draft.number for draft in drafts.receipts] == ["500002"]
    assert [(one.line, one.reason.startswith(reason)) for one in drafts.rejections] == [(3, True)]


def test_receipt_with_a_bad_row_stays_out_whole(tmp_path: Path) -> None:
    drafts, _ = read_sheet(make_sheet(tmp_path, [SHOP[0], SHOP[3], "500001,CUP,CUP", SHOP[2]]))
    assert [draft.number for draft in drafts.receipts] == ["500002"]
    assert sorted((one.line, one.led_by) for one in drafts.rejections) == [(2, 4), (4, None), (5, 4)]


@pytest.mark.parametrize("customer", ["12002", ""])
def test_receipt_of_two_customers_stays_out(tmp_path: Path, customer: str) -> None:
    drafts, _ = read_sheet(make_sheet(tmp_path, [GOOD, GOOD.replace("12001", customer)]))
    assert not drafts.receipts
    assert {one.reason for one in drafts.rejections} == {"its receipt names different customers in its lines"}


def test_prefix_without_a_number_behind_it_is_no_prefix(tmp_path: Path) -> None:
    rows = [GOOD.replace("500009", number) for number in ("C1", "CASH1", "A1", "AC1")]
    drafts, _ = read_sheet(make_sheet(tmp_path, rows))
    assert {draft.number: draft.kind for draft in drafts.receipts} == {
        "C1": "return",
        "CASH1": "sale",
        "A1": "adjustment",
        "AC1": "sale",
    }


def test_reading_ends_where_somebody_asks_for_the_end(tmp_path: Path) -> None:
    _, layout = read_sheet(make_sheet(tmp_path))
    with open_table(make_sheet(tmp_path)) as table, pytest.raises(StoppedError):
        read_drafts(table, layout, Watch(lambda _done, _total: None, lambda: True))


def test_file_without_rows_holds_nothing(tmp_path: Path) -> None:
    drafts, _ = read_sheet(make_sheet(tmp_path, [], header=HEADER))
    assert (drafts.rows, drafts.receipts, drafts.rejections) == (0, [], [])
