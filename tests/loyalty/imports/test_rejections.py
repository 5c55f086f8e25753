from pathlib import Path

import pytest

from loyalty.imports.rejections import Rejection, rejected_file, write_rejected
from tests.loyalty.imports.sheets import HEADER, SHOP, make_sheet, read_sheet


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("year.csv.xz", "year.rejected.csv"),
        ("year.2011.csv", "year.2011.rejected.csv"),
        ("year.rejected.csv", "year.rejected.rejected.csv"),
    ],
)
def test_rejected_rows_go_beside_their_work(source: str, target: str) -> None:
    assert rejected_file(Path("elsewhere", source), Path("here")) == Path("here", target)


def test_corrected_file_can_be_imported_as_it_is(tmp_path: Path) -> None:
    sheet = make_sheet(tmp_path, [*SHOP[:2], SHOP[2].replace("4.25", "four"), *SHOP[3:]])
    drafts, _ = read_sheet(sheet)
    target = rejected_file(sheet, tmp_path)

    write_rejected(sheet, target, drafts.rejections, delimiter=",")
    written = target.read_text(encoding="utf-8")
    target.write_text(written.replace("four", "4.25"), encoding="utf-8")

    assert written.splitlines()[0] == f"line,reason,{HEADER}"
    assert [line.split(",")[0] for line in written.splitlines()[1:]] == ["2", "3", "4"]
    assert '4,"UnitPrice must be a decimal string such as ""12.90""",500001,CUP' in written
    assert [draft.number for draft in read_sheet(target)[0].receipts] == ["500001"]


def test_row_with_a_payment_card_is_not_written_down(tmp_path: Path) -> None:
    sheet = make_sheet(tmp_path)
    write_rejected(sheet, tmp_path / "out.csv", [Rejection(5, "why", is_secret=True)], delimiter=",")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1:] == ["5,why"]
