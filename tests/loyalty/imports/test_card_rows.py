from datetime import date
from pathlib import Path

import pytest

from loyalty.imports.card_mapping import PACKAGE, CardMapping
from loyalty.imports.card_rows import CardDraft, CardRows, read_cards
from loyalty.imports.mapping import MappingError, fit_mapping
from loyalty.imports.tabular import open_table
from loyalty.money import Scale
from tests.loyalty.imports.sheets import unwatched

HEADER = "number,percent,turnover,balance,points,expires_on,state"


def _read(folder: Path, *rows: str, header: str = HEADER, mapping: str | None = None) -> CardRows:
    path = folder / "cards.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    with open_table(path) as table:
        fitted = fit_mapping(CardMapping, PACKAGE, named=mapping, header_line=table.header_line)
        return read_cards(table, fitted, money=Scale(2), watch=unwatched())


def test_row_becomes_a_draft_and_an_empty_cell_says_nothing(tmp_path: Path) -> None:
    read = _read(tmp_path, "A1,7.5,123.45,-2.00,30,2027-06-30,Blocked", "A2,,,,,,")

    assert read.drafts == [
        CardDraft(
            line=2, number="A1", percent=75_000, turnover=12_345, balance=-200, points=30,
            expires_on=date(2027, 6, 30), state="blocked",
        ),
        CardDraft(line=3, number="A2"),
    ]  # fmt: skip


def test_each_bad_row_is_named_by_its_column_and_hides_no_other(tmp_path: Path) -> None:
    bad = {
        ",5,,,,,": "number is empty",
        "A1,101,,,,,": "percent must lie between -100.0000 and 100.0000",
        "A2,,1.234,,,,": "turnover has more than 2 decimals",
        "A3,,,,1.5,,": "points has more than 0 decimals",
        "A4,,,,,30.06.2027,": "expires_on must be of the form 2011-12-30",
        "A5,,,,,,lost": "state must be one of active, blocked, closed",
        "A6,,": "has 3 fields, the header has 7",
        "5555555555554444,,,,,,": "number looks like a payment card: no card of ours may have it",
    }

    read = _read(tmp_path, *bad, "A7,,,,,,")

    assert [rejection.reason for rejection in read.rejections] == list(bad.values())
    assert [rejection.line for rejection in read.rejections if rejection.is_secret] == [9]
    assert [draft.number for draft in read.drafts] == ["A7"]


def test_holder_and_its_source_belong_together(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('source = "old"\n[columns]\nnumber = "card"\nholder = "who"\n', encoding="utf-8")

    with pytest.raises(MappingError, match="belong together"):
        _read(tmp_path, "A1,7", header="card,who", mapping=str(tmp_path / "own.toml"))
    with_holders = _read(tmp_path, "A1,7,,,,,,", header=HEADER.replace("number", "number,holder"))
    assert with_holders.drafts[0].holder == "7"
