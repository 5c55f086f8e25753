"""Reads a table from a file: comma-separated text, plain or compressed, line by line.

The key idea: every row carries the number of its first line, and a row that is broken is still a row, with what is
wrong with it, so that one bad row never hides the next. Where the file itself cannot be trusted - another encoding, a
damaged archive, a quote that swallows lines - reading ends with an error that says where. It guesses no encoding.
"""

import csv
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

MOST_LINE_BYTES = 1_048_576
ENDINGS = (".csv", ".csv.xz", ".csv.gz")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DAMAGE = (EOFError, lzma.LZMAError, gzip.BadGzipFile, zlib.error)


class TableError(Exception):
    """A file that cannot be read as a table; the message names the file, the place and what to do."""


class Row(Struct, frozen=True, gc=False):
    """A row by the number of its first line; `fault` says what is wrong with it as a whole."""

    line: int
    cells: list[str]
    fault: str | None = None


class Table:
    """An open file. The first line is its header; the rows are given once, in order."""

    def __init__(self, path: Path, file: BinaryIO, stream: BinaryIO) -> None:
        self.path = path
        self.size = path.stat().st_size
        self._file = file
        self._stream = stream
        self._offset = 0
        self._lines = self._read_lines()
        self.header_line = next(self._lines, "")
        if not self.header_line.strip():
            raise TableError(f"{path} is empty: its first line names the columns")

    @property
    def position(self) -> int:
        """How many bytes of the file, as it lies on the disk, have been read."""
        return self._file.tell()

    def rows(self, delimiter: str) -> Iterator[Row]:
        """Give all rows but empty ones. Raises TableError."""
        width = len(split_header(self.header_line, delimiter))
        taken: list[str] = []
        reader = csv.reader(_remember(self._lines, taken), delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 2
            taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._broken_row(line, taken, error=error, delimiter=delimiter)
                continue
            if cells:
                yield Row(line, cells, _fault(cells, taken, width))

    def _broken_row(self, line: int, taken: list[str], *, error: csv.Error, delimiter: str) -> Row:
        if len(taken) > 1:
            raise TableError(
                f"{self.path}, line {line}: a quote is opened there and not closed as it should be ({error})"
            )
        return Row(line, taken[0].rstrip("\r\n").split(delimiter), f"cannot be taken apart: {error}")

    def _read_lines(self) -> Iterator[str]:
        number = 0
        try:
            while raw := self._stream.readline(MOST_LINE_BYTES + 1):
                number += 1
                if len(raw) > MOST_LINE_BYTES:
                    raise TableError(
                        f"{self.path}, line {number}: has more than {MOST_LINE_BYTES:,} bytes; is it a table?"
                    )
                yield self._decode(raw, number)
                self._offset += len(raw)
        except _DAMAGE as error:
            raise TableError(f"{self.path} is damaged or cut off after line {number}: {error}; get it again") from error

    def _decode(self, raw: bytes, number: int) -> str:
        text = raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw
        try:
            return text.decode()
        except UnicodeDecodeError as error:
            place = self._offset + len(raw) - len(text) + error.start
            raise TableError(
                f"{self.path}, line {number}: byte {place:,} of the text is no UTF-8; save the file as UTF-8"
            ) from error


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """Open a file by the ending of its name. Raises TableError."""
    try:
        with path.open("rb") as file, _decompress(path, file) as stream:
            yield Table(path, file, stream)
    except OSError as error:
        raise TableError(f"{path}: {error.strerror or error}") from error


def split_header(line: str, delimiter: str) -> list[str]:
    """Give the names of the columns, without blanks around them."""
    return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]


def _decompress(path: Path, file: BinaryIO) -> BinaryIO:
    name = path.name.lower()
    if not name.endswith(ENDINGS):
        raise TableError(f"{path}: files that end in {', '.join(ENDINGS)} can be read")
    if name.endswith(".xz"):
        return io.BufferedReader(lzma.open(file))
    return io.BufferedReader(gzip.open(file)) if name.endswith(".gz") else file


def _remember(lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _fault(cells: list[str], taken: list[str], width: int) -> str | None:
    if len(cells) != width:
        return f"has {len(cells)} fields, the header has {width}"
    return "holds a NUL character" if "\0" in "".join(taken) else None
