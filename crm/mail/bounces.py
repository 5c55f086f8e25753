"""Messages that came back: which message, to which address, and why, by the status codes of RFC 3463. Pure.

Key idea: a report of RFC 3464 is read by its fields, from Postfix, Sendmail, Exchange, Gmail and new Exims. The mail
servers that write prose instead, qmail and old Exims, are known by their own first words or header, and the status is
looked for in what they quote. Which message came back is told by the headers that they return, never by the subject.
"""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from crm.mail import mime
from crm.mail.mime import Tree

MOST_REASON: Final = 300
MOST_FAILURES: Final = 100
MOST_PROSE: Final = 100_000
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE: Final = re.compile(r"\b([45])\d\d[ -]")
_ADDRESS: Final = re.compile(r"<?([^\s<>,;:]+@[^\s<>,;:]+)>?")
_RETURNED_NAME: Final = re.compile(r"^message-id:\s*<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE)
_RETURNED_TO: Final = re.compile(r"^to:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_QMAIL: Final = re.compile(r"^Hi\. This is the qmail-send program")
_QMAIL_RECIPIENT: Final = re.compile(r"^<([^<>\s]+@[^<>\s]+)>:\s*\n((?:[^\n]+\n?)*)", re.MULTILINE)


class Failure(Struct, frozen=True):
    """A recipient that a message did not reach, by the addresses that the report names."""

    addresses: frozenset[str]
    status: str
    is_final: bool
    reason: str

    @property
    def is_hard(self) -> bool:
        """Tell whether the address takes nothing for good: status 5.x.x, and nobody tries any more."""
        return self.is_final and self.status.startswith("5")


class Bounce(Struct, frozen=True):
    """A message that came back, by its own name, with whom it was written to and whom it did not reach."""

    message_id: str
    written_to: frozenset[str]
    failures: tuple[Failure, ...]


def read_bounce(tree: Tree) -> Bounce | None:
    """Read a message as a report of another one that came back; None for any other message."""
    if tree.get_content_type() == "multipart/report":
        return _read_report(tree)
    failed = mime.addresses(tree, "X-Failed-Recipients")
    prose = _prose(tree)
    if failed:
        return _read_prose(prose, [(one.address, prose) for one in failed])
    if _QMAIL.match(prose):
        told = prose.partition("--- Below this line")[0]
        return _read_prose(prose, _QMAIL_RECIPIENT.findall(told))
    return None


def _read_report(tree: Tree) -> Bounce | None:
    """Read a report of RFC 3464; one that speaks of success, or of what was read, is none."""
    blocks: list[Tree] = []
    returned: Tree | None = None
    for part in mime.children(tree):
        kind = part.get_content_type()
        if kind in {"message/delivery-status", "message/global-delivery-status"}:
            blocks += mime.children(part) or [mime.parse_tree(mime.body(part))]
        elif kind in {"message/rfc822", "message/global"}:
            returned = next(iter(mime.children(part)), None) or mime.parse_tree(mime.body(part))
        elif kind in {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
            returned = mime.parse_tree(mime.body(part))
    failures = [_read_block(block) for block in blocks[:MOST_FAILURES] if mime.header(block, "Action")]
    if returned is None:
        return None
    names = mime.message_names(returned, "Message-ID")
    written_to = (one.address for one in mime.addresses(returned, "To"))
    return _bounce(names[0] if names else None, written_to, [one for one in failures if one is not None])


def _read_block(block: Tree) -> Failure | None:
    action = mime.header(block, "Action").casefold()
    if action not in {"failed", "delayed"}:
        return None
    named = (_after_type(mime.header(block, name)) for name in ("Final-Recipient", "Original-Recipient"))
    diagnosis = _after_type(mime.header(block, "Diagnostic-Code"))
    status = _status(mime.header(block, "Status") or diagnosis, is_final=action == "failed")
    return Failure(frozenset(one.casefold() for one in named if one), status, action == "failed", diagnosis or status)


def _read_prose(prose: str, told: Iterable[tuple[str, str]]) -> Bounce | None:
    """Read a report in words: recipients with what is said of each, and the headers of the message below."""
    failures = [
        Failure(
            frozenset({address.casefold()}),
            _status(words, is_final=True),
            is_final=True,
            reason=_reason(words, address),
        )
        for address, words in list(told)[:MOST_FAILURES]
    ]
    name = _RETURNED_NAME.search(prose)
    to = _RETURNED_TO.search(prose)
    written_to = _ADDRESS.findall(to[1]) if to else []
    return _bounce(name[1] if name else None, written_to, failures)


def _bounce(message_id: str | None, written_to: Iterable[str], failures: Iterable[Failure]) -> Bounce | None:
    found = tuple(
        Failure(one.addresses, one.status, one.is_final, " ".join(one.reason.split())[:MOST_REASON]) for one in failures
    )
    if message_id is None or not found:
        return None
    return Bounce(message_id, frozenset(one.casefold() for one in written_to), found)


def _status(words: str, *, is_final: bool) -> str:
    """Give the first status in words, else the class of the first reply code, else that of the action."""
    status = _STATUS.search(words)
    if status is not None:
        return status[1]
    code = _CODE.search(words)
    return f"{code[1] if code is not None else '5' if is_final else '4'}.0.0"


def _reason(words: str, address: str) -> str:
    """Give the lines that say why: those behind the address, up to an empty one."""
    behind = words.partition(address)[2] or words
    lines = [line.strip(" :>\t") for line in behind.partition("\n\n")[0].splitlines()]
    return " ".join(line for line in lines if line)


def _after_type(value: str) -> str:
    """Give what a field of a report has behind its type: `rfc822; anna@example.com`, `smtp; 550 5.1.1 …`."""
    return value.partition(";")[2].strip().strip("<>") if ";" in value else value.strip().strip("<>")


def _prose(tree: Tree) -> str:
    part = next((one for one in mime.walk(tree) if one.get_content_type() == "text/plain"), None)
    return "" if part is None else mime.text_of(part)[:MOST_PROSE].lstrip()
