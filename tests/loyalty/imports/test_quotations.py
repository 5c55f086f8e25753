"""Prices of a price list from tables as people have them: with and without a header, with commas, broken in places."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from loyalty.imports import sheets
from loyalty.imports.quotations import Change, compare, read_file, read_pasted, read_price
from loyalty.imports.tabular import TableError


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize(
    "table",
    [
        "sku,price\n1001,7.50\n",
        "Name;Price;Article\nRye;7,50;1001\n",
        "1001\t7.50\n",
        "1001;7,5\n",
        "\ufeffsku,price\n1001,7.5",
    ],
)
def test_columns_are_found_by_their_names_or_by_their_place(table: str) -> None:
    assert read_pasted(table).quotations == {"1001": 75_000}


def test_workbook_gives_numbers_as_its_cells_show_them() -> None:
    reading = read_file(
        workbook(["sku", "price"], [1001, 0.1 + 0.2], ["A-7", "12,90"], [3.0, 1e-4], [None, None]), "a.xlsx"
    )
    assert reading.quotations == {"1001": 3_000, "A-7": 129_000, "3": 1}


def test_row_that_cannot_be_read_hides_no_other() -> None:
    reading = read_pasted('sku,price\n1,free\n,5\n2,-1\n3,1.23456\n4,"1,234"\n5,6\n5,7\n' + "x" * 201 + ",1\n6\n")
    assert reading.quotations == {"5": 60_000}
    assert [(row.line, row.reason) for row in reading.refused] == [
        (2, "no_price"), (3, "no_sku"), (4, "no_price"), (5, "no_price"), (6, "ambiguous_price"), (8, "repeated"),
        (9, "long_sku"), (10, "broken"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "price"),
    [("7.50", 75_000), ("7,5", 75_000), ("0", 0), ("1 200", 12_000_000), ("1234,5", 12_345_000), ("1,234", "ambiguous_price"),
     ("-1", "no_price"), ("1.2.3", "no_price"), ("", "no_price"), ("1e3", "no_price"), ("9" * 13, "no_price")],
)  # fmt: skip
def test_price_is_read_as_people_write_it_and_never_guessed(typed: str, price: int | str) -> None:
    assert read_price(typed) == price


def test_apostrophe_before_a_formula_is_ours_and_taken_off_again() -> None:
    assert read_pasted("sku,price\n'=SUM(A1),1\n'quoted,2\n").quotations == {"=SUM(A1)": 10_000, "'quoted": 20_000}


def test_difference_of_two_states_names_each_article_once() -> None:
    found = compare({"a": 1, "b": 2, "c": 3}, {"b": 2, "c": 4, "d": 5})
    assert found == [Change("a", 1, None), Change("c", 3, 4), Change("d", None, 5)]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"plain text"])
def test_file_that_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(TableError, match=r"spring\.xlsx is no workbook"):
        read_file(content, "spring.xlsx")


def test_workbook_that_unpacks_to_too_much_is_refused_before_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "PASTED", sheets.SheetLimits(unpacked_bytes=1_000))
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 10_000)
    with pytest.raises(TableError, match="unpacks to more than"):
        read_file(kept.getvalue(), "bomb.xlsx")


def test_name_of_the_file_that_was_sent_stands_in_its_error() -> None:
    with pytest.raises(TableError, match=r"^prices\.csv, line 1"):
        read_file(b"\xff\n", "C:/fakepath/prices.csv")
