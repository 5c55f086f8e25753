"""What a message says: from whom, to whom, what it answers, its texts and files. Pure, and never an exception.

Key idea: the text that people read is chosen as mail programs do: HTML made harmless, and plain text
beside it, made of the HTML where there is none. What is no text is a file. Nothing is loaded from
elsewhere; a picture that came along is told by its name in the message.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from crm.files.errors import FileRefusedError
from crm.files.model import NewFile, make_file
from crm.mail import mime
from crm.mail.mime import Address, Tree
from crm.markup import WEB, is_too_deep, make_cleaner, plain_text

MOST_TEXT: Final = 500_000
MOST_HTML: Final = 1_000_000
MOST_SUBJECT: Final = 1_000
MOST_FILES: Final = 50
MOST_REFERENCES: Final = 100
NOBODY: Final = Address("unknown@invalid")
"""From whom a message is that does not say it."""
_SHOWN: Final = ("text/plain", "text/html")
_CLEANER: Final = make_cleaner(WEB | {"cid"})
_ENDINGS: Final = {
    "rfc822": ".eml", "calendar": ".ics", "html": ".html", "plain": ".txt", "png": ".png", "jpeg": ".jpg"
}  # fmt: skip
_TAGS: Final = re.compile(r"<[^<>]*>")


class Attachment(Struct, frozen=True):
    """A file of a message; one that the text shows has the name by which it does."""

    file: NewFile
    content_id: str | None


class Read(Struct, frozen=True, kw_only=True):
    """What a message says. `answers` are the messages that it follows, the nearest first."""

    message_id: str | None
    answers: tuple[str, ...]
    sender: Address
    reply_to: str | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    written_at: datetime
    text: str
    html: str | None
    files: tuple[Attachment, ...]
    is_automatic: bool


def read_message(tree: Tree, *, now: datetime) -> Read:
    """Read what a message says."""
    plain, html = _texts(tree)
    names = mime.message_names(tree, "Message-ID")
    replies = mime.addresses(tree, "Reply-To")
    return Read(
        message_id=names[0] if names else None,
        answers=_answers(tree),
        sender=next(iter(mime.addresses(tree, "From") or mime.addresses(tree, "Sender", "Return-Path")), NOBODY),
        reply_to=replies[0].address if replies else None,
        to=tuple(one.written for one in mime.addresses(tree, "To")),
        cc=tuple(one.written for one in mime.addresses(tree, "Cc")),
        subject=mime.clean_text(mime.header(tree, "Subject"))[:MOST_SUBJECT],
        written_at=mime.moment(tree, now=now),
        text=plain[:MOST_TEXT],
        html=html,
        files=tuple(_files(tree)),
        is_automatic=_is_automatic(tree),
    )


def _answers(tree: Tree) -> tuple[str, ...]:
    """Give the messages that a message follows: the one that it answers, then its references backwards (RFC 5322)."""
    nearest = mime.message_names(tree, "In-Reply-To")[:MOST_REFERENCES]
    before = mime.message_names(tree, "References")[-MOST_REFERENCES:]
    return tuple(dict.fromkeys((*nearest, *reversed(before))))


def _texts(tree: Tree) -> tuple[str, str | None]:
    """Give the plain text and the clean HTML of a message; what stands between files is read in a row."""
    parts = [part for part in mime.walk(tree) if _is_shown(part)]
    plain = [mime.text_of(part) for part in parts if part.get_content_type() == "text/plain"]
    html = [mime.text_of(part) for part in parts if part.get_content_type() == "text/html"]
    return _show("\n\n".join(plain)[:MOST_TEXT].strip(), "\n".join(html)[:MOST_HTML])


def _show(plain: str, html: str) -> tuple[str, str | None]:
    """Give the text and the clean HTML that are shown; HTML that is nested as nobody writes it is text alone."""
    if not html.strip():
        return plain, None
    if is_too_deep(html):
        return plain or _TAGS.sub(" ", html).strip(), None
    clean = _CLEANER.clean(html)
    return plain or plain_text(clean), clean


def _files(tree: Tree) -> Iterator[Attachment]:
    """Give the files of a message, no more than are kept."""
    found = 0
    for number, part in enumerate(mime.walk(tree), 1):
        if found == MOST_FILES or _is_shown(part):
            continue
        content = _attached_message(part) if part.get_content_maintype() == "message" else mime.body(part)
        file = _file(_name(part, number), content)
        if file is not None:
            found += 1
            names = mime.message_names(part, "Content-ID")
            yield Attachment(file, names[0] if names else None)


def _is_shown(part: Tree) -> bool:
    """Tell whether a part is text to be read, and not a file that happens to be text."""
    return part.get_content_type() in _SHOWN and part.get_content_disposition() != "attachment"


def _attached_message(part: Tree) -> bytes:
    """Give a message that was attached as the bytes of a file."""
    try:
        return b"\n".join(child.as_bytes() for child in mime.children(part)) or mime.body(part)
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return mime.body(part)


def _name(part: Tree, number: int) -> str:
    try:
        given = part.get_filename() or ""
    except (LookupError, ValueError, TypeError, AttributeError):
        given = ""
    name = mime.clean_text(mime.decode_words(mime.one_line(given)))
    return name or f"part {number}{_ENDINGS.get(part.get_content_subtype(), '')}"


def _file(name: str, content: bytes) -> NewFile | None:
    """Make a file; one without content is none, and a name that no disk takes is replaced."""
    if not content:
        return None
    try:
        return make_file(name, content, most_bytes=len(content))
    except FileRefusedError:
        return make_file("file", content, most_bytes=len(content))


def _is_automatic(tree: Tree) -> bool:
    """Tell whether a machine wrote it by itself (RFC 3834): an absence, a receipt, a list."""
    automatic = mime.header(tree, "Auto-Submitted").casefold()
    precedence = mime.header(tree, "Precedence").casefold()
    return (automatic not in {"", "no"}) or precedence in {"bulk", "junk", "auto_reply", "list"}
