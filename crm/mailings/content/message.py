"""A message as bytes: made once for a variant, filled for each recipient. Pure.

Key idea: all that is the same for everybody, headers, encoded bodies, files in Base64, is bytes before the first
recipient is known; what differs are slots between them. So a message costs a join of bytes and not a tree of parts.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import Final, Literal

from msgspec import Struct

from crm.mailings.content.encoding import SOFT_BREAK, encode_body, encode_mailbox, encode_words
from crm.mailings.content.markup import clean_html, text_twin
from crm.mailings.content.placeholders import (
    UNSUBSCRIBE_URL,
    UNSUBSCRIBE_WORD,
    Piece,
    Pieces,
    Place,
    fill,
    parse,
    places_of,
    value_of,
)

Priority = Literal[1, 2, 3]
"""Low, normal, high."""
_PRIORITIES: Final[Mapping[int, bytes]] = {
    3: b"X-Priority: 1 (Highest)\r\nImportance: high\r\n",
    2: b"X-Priority: 3 (Normal)\r\nImportance: normal\r\n",
    1: b"X-Priority: 5 (Lowest)\r\nImportance: low\r\n",
}
_FOOTER_HTML: Final = (
    '<p style="font-size:12px;color:#666666">',
    '<a href="', Place(UNSUBSCRIBE_URL), '">', Place(UNSUBSCRIBE_WORD), "</a></p>",
)  # fmt: skip
_FOOTER_TEXT: Final = ("\n-- \n", Place(UNSUBSCRIBE_WORD), ": ", Place(UNSUBSCRIBE_URL), "\n")
_ASCII_LINE: Final = 76


class Content(Struct, frozen=True):
    """What a variant says: a subject, clean HTML where there is any, and plain text; all with places."""

    subject: Pieces
    html: Pieces
    text: Pieces

    @property
    def places(self) -> frozenset[str]:
        """The names of all places."""
        return places_of(self.subject + self.html + self.text)


class Attached(Struct, frozen=True):
    """A file that goes with every message."""

    name: str
    media_type: str
    content: bytes


class Sender(Struct, frozen=True):
    """From whom messages come, and how urgent they are."""

    address: str
    name: str
    priority: int = 2


class Addressee(Struct, frozen=True):
    """To whom a message goes. `key` is unique to the message and stays where it is sent again."""

    name: str
    address: str
    key: str
    values: Mapping[str, str]


Slot = Literal["head", "html", "text"]
Part = bytes | tuple[Slot, Place]


class Letter(Struct, frozen=True):
    """A message in which the recipients' values are missing."""

    subject: Pieces
    start: bytes
    parts: tuple[Part, ...]
    domain: str


def make_content(*, subject: str, html: str, text: str) -> Content:
    """Make a variant's content: HTML is cleaned, a missing twin in plain text and the way out are added.

    Raises ContentRefusedError.
    """
    markup = clean_html(parse(html, field="html"), field="html") if html.strip() else ()
    plain = parse(text, field="text") if text.strip() else text_twin(markup)
    if markup and UNSUBSCRIBE_URL not in places_of(markup):
        markup += _FOOTER_HTML
    if UNSUBSCRIBE_URL not in places_of(plain):
        plain += _FOOTER_TEXT
    return Content(parse(" ".join(subject.split()), field="subject"), markup, plain)


def make_letter(content: Content, sender: Sender, files: Sequence[Attached] = ()) -> Letter:
    """Make the bytes of a content that are the same for everybody."""
    start = b"".join(
        (
            b"From: ", encode_mailbox(sender.name, sender.address), b"\r\nMIME-Version: 1.0\r\n",
            _PRIORITIES[sender.priority], b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        )
    )  # fmt: skip
    domain = sender.address.rpartition("@")[2]
    return Letter(content.subject, start, _merge(_with_files(_body(content), files)), domain)


def write_message(letter: Letter, to: Addressee, *, at: datetime) -> bytes:
    """Fill a letter for a recipient; the same recipient's message has the same identity each time."""
    values = to.values
    head = b"".join(
        (
            letter.start, b"To: ", encode_mailbox(to.name, to.address),
            b"\r\nSubject: ", encode_words(fill(letter.subject, values)),
            b"\r\nDate: ", _date(at.replace(microsecond=0)),
            b"\r\nMessage-ID: <", to.key.encode(), b"@", letter.domain.encode(),
            b">\r\nList-Unsubscribe: <", values[UNSUBSCRIBE_URL].encode(), b">\r\n",
        )
    )  # fmt: skip
    filled = [part if isinstance(part, bytes) else _fill_slot(part, values) for part in letter.parts]
    return head + b"".join(filled)


@lru_cache(maxsize=8)
def _date(second: datetime) -> bytes:
    """Write the date of a second: there are thousands of messages in one."""
    return format_datetime(second).encode()


def _fill_slot(part: tuple[Slot, Place], values: Mapping[str, str]) -> bytes:
    slot, place = part
    value = value_of(place, values)
    return encode_body(escape(value) if slot == "html" else value)


def _body(content: Content) -> list[Part]:
    plain = _text_part(b"text/plain", content.text, "text")
    if not content.html:
        return plain
    html: Pieces = (
        '<!doctype html><html><head><meta charset="utf-8"></head><body>\n',
        *content.html,
        "\n</body></html>\n",
    )
    return _multipart(b"alternative", [plain, _text_part(b"text/html", html, "html")])


def _text_part(media_type: bytes, pieces: Sequence[Piece], slot: Slot) -> list[Part]:
    parts: list[Part] = [
        b"Content-Type: " + media_type + b"; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ]
    for number, piece in enumerate(pieces):
        if number:
            parts.append(SOFT_BREAK)
        parts.append(encode_body(piece) if isinstance(piece, str) else (slot, piece))
    return [*parts, b"\r\n"]


def _with_files(body: list[Part], files: Sequence[Attached]) -> list[Part]:
    return _multipart(b"mixed", [body, *(_file_part(file) for file in files)]) if files else body


def _file_part(file: Attached) -> list[Part]:
    name = "".join(f"%{byte:02X}" for byte in file.name.encode())
    encoded = b64encode(file.content)
    lines = b"\r\n".join(encoded[at : at + _ASCII_LINE] for at in range(0, len(encoded), _ASCII_LINE))
    head = (
        f"Content-Type: {file.media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n filename*=utf-8''{name}\r\n\r\n"
    )
    return [head.encode() + lines + b"\r\n"]


def _multipart(kind: bytes, children: Sequence[list[Part]]) -> list[Part]:
    """Join parts by a boundary that no encoded body can hold, for in one `=` is never followed by `_`."""
    seed = b"".join(part for child in children for part in child if isinstance(part, bytes))
    boundary = b"=_" + sha256(kind + seed).hexdigest()[:32].encode()
    parts: list[Part] = [b"Content-Type: multipart/" + kind + b';\r\n boundary="' + boundary + b'"\r\n\r\n']
    for child in children:
        parts += [b"--" + boundary + b"\r\n", *child]
    return [*parts, b"--" + boundary + b"--\r\n"]


def _merge(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Join neighbours that are bytes."""
    merged: list[Part] = []
    for part in parts:
        if merged and isinstance(part, bytes) and isinstance(merged[-1], bytes):
            merged[-1] += part
        else:
            merged.append(part)
    return tuple(merged)
