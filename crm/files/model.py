"""What a file is called and what it is, whatever its sender says. Pure.

Key idea: neither a name nor a media type from outside is believed. A name loses its folders and whatever could act on
a screen or a disk; a type is read off the first bytes, and what is not known is bytes. So nothing that a browser would
run is ever served as what it claims to be.
"""

import unicodedata
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from crm.files.errors import FileRefusedError

MOST_FILE_NAME = 200
BYTES: Final = "application/octet-stream"
_TEXT: Final = "text/plain"
PDF: Final = "application/pdf"
_HEADS: Final = (
    (0, b"%PDF-", PDF),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (8, b"WAVEfmt ", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (4, b"ftypM4A ", "audio/mp4"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_OFFICE: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_DEVICES: Final = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
_FORBIDDEN: Final = set('<>:"|?*')
_SNIFFED = 4_096


class NewFile(Struct, frozen=True):
    """A file as it is kept: a name that may stand on any disk, its type, its bytes and their SHA-256."""

    name: str
    media_type: str
    content: bytes
    hash: bytes


def make_file(name: str, content: bytes, *, most_bytes: int) -> NewFile:
    """Make a file of what was sent. Raises FileRefusedError."""
    if not content:
        raise FileRefusedError("is empty", field="file")
    if len(content) > most_bytes:
        raise FileRefusedError(f"has at most {most_bytes // 2**20} MiB", field="file")
    clean = clean_name(name)
    return NewFile(clean, sniff_type(clean, content), content, sha256(content).digest())


def clean_name(name: str) -> str:
    """Give a name without folders, controls, hidden marks of direction and what a disk refuses.

    Raises FileRefusedError.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(" " if character.isspace() else character for character in last if _is_plain(character))
    clean = " ".join(plain.split()).strip(". ")
    stem, dot, ending = clean.rpartition(".")
    if not clean:
        raise FileRefusedError("the file has no name", field="file")
    if len(clean) > MOST_FILE_NAME:
        ending = ending[:20] if dot else ""
        clean = (stem or clean)[: MOST_FILE_NAME - len(ending) - len(dot)].rstrip(". ") + dot + ending
    return f"_{clean}" if clean.partition(".")[0].upper() in _DEVICES else clean


def download_headers(name: str) -> dict[str, str]:
    """Give the headers with which a file leaves: to be kept under its name (RFC 6266), and run by nobody."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }


def _is_plain(character: str) -> bool:
    return character.isspace() or (unicodedata.category(character)[0] != "C" and character not in _FORBIDDEN)


def sniff_type(name: str, content: bytes) -> str:
    """Tell what a file is by its first bytes; office documents are told from other archives by their ending."""
    for start, head, media_type in _HEADS:
        if content.startswith(head, start):
            return _OFFICE.get(name.rpartition(".")[2].lower(), media_type) if head.startswith(b"PK") else media_type
    return _TEXT if _is_text(content[:_SNIFFED], is_whole=len(content) <= _SNIFFED) else BYTES


def _is_text(head: bytes, *, is_whole: bool) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if is_whole or error.start < len(head) - 4:  # a character may be cut at the end
            return False
        text = head[: error.start].decode()
    return all(character.isprintable() or character in "\t\r\n" for character in text)
