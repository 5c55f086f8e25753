"""What a file is called and what it is, whatever its sender says."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from crm.files.errors import FileRefusedError
from crm.files.model import MOST_FILE_NAME, clean_name, make_file, sniff_type


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Договор 7.pdf", "Договор 7.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\r\nSet-Cookie: x.txt", "a Set-Cookie x.txt"),
        (".htaccess", "htaccess"),
        ("name. . .", "name"),
        ('q"u<o>t|e?.txt', "quote.txt"),
        ("com1.txt", "_com1.txt"),
        ("aux", "_aux"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_name_is_made_harmless(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


@given(some.text(max_size=400))
def test_name_of_any_text_stands_on_a_disk_and_stays(sent: str) -> None:
    try:
        kept = clean_name(sent)
    except FileRefusedError:
        return
    assert 0 < len(kept) <= MOST_FILE_NAME + 1
    assert not {"/", "\\", "\0", "\n", '"'} & set(kept)
    assert clean_name(kept) == kept


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.html", b"<html><script>", "text/plain"),
        ("a.svg", b"<svg onload='x'/>", "text/plain"),
        ("a.txt", b"%PDF-1.4", "application/pdf"),
        ("a.xlsx", b"PK\x03\x04..", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.zip", b"PK\x03\x04..", "application/zip"),
        ("a.txt", b"RIFF....WEBPVP8", "image/webp"),
        ("a.txt", "я".encode() * 3_000, "text/plain"),
        ("a.txt", b"a" + "я".encode() * 3_000, "text/plain"),
        ("a.txt", b"text\x00", "application/octet-stream"),
        ("a.txt", b"\xd0", "application/octet-stream"),
    ],
)
def test_type_is_read_off_the_bytes(name: str, content: bytes, media_type: str) -> None:
    assert sniff_type(name, content) == media_type


def test_size_is_bounded_to_the_byte() -> None:
    assert len(make_file("a", b"x" * 2**20, most_bytes=2**20).content) == 2**20
    with pytest.raises(FileRefusedError, match="at most 1 MiB"):
        make_file("a", b"x" * (2**20 + 1), most_bytes=2**20)
