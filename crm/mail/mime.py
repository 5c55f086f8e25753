"""The bytes of a message as a tree of parts, however broken they are. Pure, and never an exception.

Key idea: whoever wrote a message may be an enemy. The tree is made by the standard library at its most forgiving;
what is taken out of it, headers, addresses, texts, is read here with a bound on its length and a second guess for every
charset, so that what cannot be read is shown as it is and nothing stops the mailbox.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from msgspec import Struct

Tree = Message
MOST_NESTED: Final = 30
MOST_BOUNDARIES: Final = 5_000
"""A message that speaks of more parts with parts in them, or of more parts, is read by its headers alone."""
MOST_HEADERS: Final = 256 * 2**10
MOST_PARTS: Final = 200
MOST_DEPTH: Final = 20
MOST_HEADER: Final = 20_000
MOST_NAME: Final = 500
MOST_ADDRESS: Final = 254
MOST_ADDRESSES: Final = 200
FALLBACK: Final = "cp1252"
_NESTING: Final = re.compile(rb"content-type\s*:\s*(?:multipart|message)/", re.IGNORECASE)
_BODY: Final = re.compile(rb"\A\r?\n|\n\r?\n")
_SPECIAL: Final = re.compile(r'[()<>@,;:\\".\[\]]')
_NAME: Final = re.compile(r"<([^<>\s]{1,500})>")
_WORDS: Final = re.compile(r"\?=\s+=\?")
_UNREADABLE: Final = (LookupError, UnicodeError, ValueError, TypeError, AttributeError, RecursionError)
"""What the standard library is known to raise on what is no mail."""


class Address(Struct, frozen=True):
    """An address with the name of whose it is, as the message says it."""

    address: str
    name: str = ""

    @property
    def written(self) -> str:
        """The address with its name, as people write it and programs read it again."""
        if not self.name:
            return self.address
        escaped = self.name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{self.address}>' if _SPECIAL.search(self.name) else f"{self.name} <{self.address}>"


def parse_tree(raw: bytes) -> Tree:
    """Parse a message; one that is nested, or has parts or headers, as no program makes it has its headers alone."""
    has_body = _BODY.search(raw, 0, MOST_HEADERS) is not None
    is_usual = len(_NESTING.findall(raw)) <= MOST_NESTED and raw.count(b"\n--") <= MOST_BOUNDARIES
    if is_usual and has_body:
        try:
            return message_from_bytes(raw, policy=compat32)
        except _UNREADABLE:
            pass
    return BytesHeaderParser(policy=compat32).parsebytes(raw if has_body else raw[:MOST_HEADERS])


def walk(tree: Tree, depth: int = 0) -> Iterator[Tree]:
    """Give the parts of a message that have no parts themselves, an attached message as one; no more than a bound."""
    if depth > MOST_DEPTH:
        return
    if tree.get_content_maintype() == "multipart" and tree.is_multipart():
        for part in children(tree)[:MOST_PARTS]:
            yield from walk(part, depth + 1)
    else:
        yield tree


def children(tree: Tree) -> list[Tree]:
    """Give the parts of a part."""
    payload = tree.get_payload() if tree.is_multipart() else []
    return [part for part in payload if isinstance(part, Message)]


def header(tree: Tree, name: str) -> str:
    """Give a header as a reader reads it, in one line; empty where it is not there."""
    return decode_words(raw_header(tree, name))


def raw_header(tree: Tree, name: str) -> str:
    """Give a header as it was written, unfolded, bytes that are no ASCII read as text."""
    found = next((value for given, value in tree.raw_items() if given.lower() == name.lower()), "")
    return one_line(_as_text(str(found)[:MOST_HEADER]))


def decode_words(text: str) -> str:
    """Read the encoded words of a header (RFC 2047); what is broken stays as it stands."""
    if "=?" not in text:
        return text
    try:
        chunks = decode_header(_WORDS.sub("?==?", text))
    except (HeaderParseError, *_UNREADABLE):
        return text
    return one_line("".join(chunk if isinstance(chunk, str) else decode(chunk, charset) for chunk, charset in chunks))


def addresses(tree: Tree, *names: str) -> tuple[Address, ...]:
    """Give the addresses of headers, each once; what is none is left out."""
    given = [raw_header(tree, name) for name in names]
    try:
        found = getaddresses([one for one in given if one])
    except _UNREADABLE:
        return ()
    kept = {
        address.casefold(): Address(address, decode_words(name)[:MOST_NAME])
        for name, address in found[:MOST_ADDRESSES]
        if is_address(address)
    }
    return tuple(kept.values())


def is_address(text: str) -> bool:
    """Tell whether a text may be an address: what can be written to and shown."""
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and len(text) <= MOST_ADDRESS and text.isprintable() and " " not in text


def message_names(tree: Tree, name: str) -> tuple[str, ...]:
    """Give the names of messages that a header has, without their brackets, as they stand."""
    return tuple(_NAME.findall(raw_header(tree, name)))


def body(part: Tree) -> bytes:
    """Give the bytes of a part that has no parts."""
    try:
        content = part.get_payload(decode=True)
    except _UNREADABLE:
        return b""
    return content if isinstance(content, bytes) else b""


def text_of(part: Tree) -> str:
    """Give a part as text, whatever its charset is or claims to be; line ends as everywhere else."""
    try:
        charset = part.get_content_charset()
    except _UNREADABLE:
        charset = None
    return clean_text(decode(body(part), charset))


def decode(content: bytes, charset: str | None) -> str:
    """Read bytes as text by the charset that they claim, else as UTF-8, else as Western European."""
    for name in (charset, "utf-8"):
        if name:
            try:
                return content.decode(name)
            except _UNREADABLE:
                continue
    return content.decode(FALLBACK, "replace")


def clean_text(text: str) -> str:
    """Give a text that any database keeps: no half characters, no zero, one kind of line ends."""
    whole = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return whole.replace("\r\n", "\n").replace("\r", "\n")


def one_line(text: str) -> str:
    """Give a text in one line without controls."""
    return "".join(one if one.isprintable() else " " for one in text).strip()


def moment(tree: Tree, *, now: datetime) -> datetime:
    """Give when a message says that it was written; now where it says nothing or lies in the future."""
    try:
        said = parsedate_to_datetime(raw_header(tree, "Date"))
        aware = said if said.tzinfo is not None else said.replace(tzinfo=UTC)
        return min(aware.astimezone(UTC), now)
    except (OverflowError, *_UNREADABLE):
        return now


def _as_text(text: str) -> str:
    """Read the bytes that a header holds as they came."""
    try:
        return text.encode("ascii", "surrogateescape").decode()
    except UnicodeError:
        return text.encode("utf-8", "surrogateescape").decode(FALLBACK, "replace")
