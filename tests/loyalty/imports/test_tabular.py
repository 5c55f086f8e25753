import gzip
import lzma
from pathlib import Path

import pytest

from loyalty.imports.tabular import MOST_LINE_BYTES, Row, TableError, open_table

TEXT = "name,note\nTea,green\nCup,\n"


def read(path: Path) -> list[Row]:
    with open_table(path) as table:
        return list(table.rows(","))


def test_plain_and_compressed_files_give_the_same_rows(tmp_path: Path) -> None:
    files = {"a.csv": TEXT.encode(), "a.csv.xz": lzma.compress(TEXT.encode()), "a.CSV.GZ": gzip.compress(TEXT.encode())}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    found = [read(tmp_path / name) for name in files]

    assert found == [[Row(2, ["Tea", "green"]), Row(3, ["Cup", ""])]] * 3


def test_byte_order_mark_belongs_to_no_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    with open_table(tmp_path / "a.csv") as table:
        assert table.header_line == "name,note\n"


def test_row_counts_from_its_first_line_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('name,note\n"Tea\nbag",green\n\nCup,red\n', encoding="utf-8")
    assert [(row.line, row.cells) for row in read(tmp_path / "a.csv")] == [
        (2, ["Tea\nbag", "green"]),
        (5, ["Cup", "red"]),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Tea", "has 1 fields, the header has 2"),
        ("Tea,green,hot", "has 3 fields, the header has 2"),
        ("Tea,gr\0een", "holds a NUL character"),
        ('"Tea"x,green', "cannot be taken apart: ',' expected after '\"'"),
    ],
)
def test_broken_row_hides_no_other(tmp_path: Path, line: str, fault: str) -> None:
    (tmp_path / "a.csv").write_text(f"name,note\n{line}\nCup,red\n", encoding="utf-8")

    broken, good = read(tmp_path / "a.csv")

    assert (broken.line, broken.fault) == (2, fault)
    assert good == Row(3, ["Cup", "red"])


def test_other_encoding_is_named_by_its_byte(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT.encode() + "Café,noir\n".encode("latin-1"))
    with pytest.raises(TableError, match="line 4: byte 28 of the text is no UTF-8; save the file as UTF-8"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize(("name", "compress"), [("a.csv.xz", lzma.compress), ("a.csv.gz", gzip.compress)])
def test_archive_that_is_cut_off_ends_the_reading(tmp_path: Path, name: str, compress: object) -> None:
    assert callable(compress)
    (tmp_path / name).write_bytes(compress(("name,note\n" + "Tea,green\n" * 9_000).encode())[:-20])
    with pytest.raises(TableError, match="damaged or cut off after line"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "is empty: its first line names the columns"),
        ("a.csv", b"\n", "is empty"),
        ("a.csv.xz", b"", "is damaged or cut off after line 0"),
        ("a.csv.xz", b"name,note\n", "is damaged"),
        ("a.csv.gz", b"name,note\n", "is damaged"),
        ("a.xlsx", b"PK", "files that end in .csv, .csv.xz, .csv.gz can be read"),
        ("a.csv", b'name,note\n"Tea,green\nCup,red\n', "line 2: a quote is opened there and not closed"),
        ("a.csv", b"name,note\n" + b"x" * (MOST_LINE_BYTES + 1), "line 2: has more than 1,048,576 bytes"),
    ],
)
def test_file_that_is_no_table_is_refused_with_its_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError, match=reason):
        read(tmp_path / name)


def test_folder_and_missing_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("folder.csv", "missing.csv"):
        with pytest.raises(TableError, match=name):
            read(tmp_path / name)
