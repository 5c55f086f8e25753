"""A mailbox of an IMAP server (RFC 3501), read and never changed: which messages there are, and each of them.

Key idea: the standard library's client, which blocks, so that whoever calls is on a thread of its own. The folder is
examined and not selected, so that nothing is marked as read there. No wait and no message is without a bound.
"""

import re
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from imaplib import IMAP4, IMAP4_SSL
from typing import Final

from crm.mail.receiving import Arrived
from crm.mailboxes.model import Server

SECONDS: Final = 30
"""A server that says nothing for so long has hung."""
MOST_BYTES: Final = 30 * 2**20
"""Of a message that is larger its beginning is read."""
MOST_SAID: Final = 300
FAILED: Final = (IMAP4.error, OSError)
_UID: Final = re.compile(rb"\bUID (\d{1,18})\b")
_DATE: Final = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_SEEN: Final = re.compile(rb"\bFLAGS \([^)]*\\Seen", re.IGNORECASE)


class Reader:
    """A folder that is open for reading; `validity` names the count of its messages."""

    def __init__(self, client: IMAP4, validity: int) -> None:
        self.validity = validity
        self._client = client

    def list_behind(self, uid: int) -> list[int]:
        """List the numbers of messages behind one, in order. Raises IMAP4.error, OSError."""
        lines = _take(self._client.uid("FETCH", f"{uid + 1}:*", "(UID)"))
        found = {int(match[1]) for line in lines if isinstance(line, bytes) and (match := _UID.search(line))}
        return sorted(one for one in found if one > uid)  # `*` is the last one, also where that is before

    def fetch(self, uid: int, *, now: datetime) -> Arrived | None:
        """Fetch a message; None for one that is gone. Raises IMAP4.error, OSError."""
        wanted = f"(UID INTERNALDATE FLAGS BODY.PEEK[]<0.{MOST_BYTES}>)"
        lines = _take(self._client.uid("FETCH", str(uid), wanted))
        for place, line in enumerate(lines):
            if isinstance(line, tuple):
                behind = lines[place + 1] if place + 1 < len(lines) else b""
                about = line[0] + (behind if isinstance(behind, bytes) else b"")
                is_seen = _SEEN.search(about) is not None
                is_cut = len(line[1]) >= MOST_BYTES
                return Arrived(self.validity, uid, line[1], _moment(about) or now, is_seen, is_cut)
        return None


def try_folder(server: Server, folder: str) -> str | None:
    """Sign in and look at a folder; gives the server's words where that fails."""
    try:
        with opened(server, folder):
            return None
    except FAILED as error:
        return told(error)


@contextmanager
def opened(server: Server, folder: str) -> Iterator[Reader]:
    """Sign in and open a folder for reading. Raises IMAP4.error, OSError."""
    client = connect(server)
    try:
        reader = open_folder(client, folder)
        yield reader
    finally:
        close(client)


def connect(server: Server) -> IMAP4:
    """Connect and sign in; where encryption was asked for nothing goes without. Raises IMAP4.error, OSError."""
    context = ssl.create_default_context()
    if server.security == "tls":
        client: IMAP4 = IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=SECONDS)
    else:
        client = IMAP4(server.host, server.port, timeout=SECONDS)
    try:
        if server.security == "starttls":
            client.starttls(context)
        if server.login is not None:
            sign_in(client, server.login, server.password or "")
    except FAILED:
        close(client)
        raise
    return client


def sign_in(client: IMAP4, login: str, password: str) -> None:
    """Sign in, in any letters where the server offers PLAIN (RFC 4616). Raises IMAP4.error, OSError."""
    if "AUTH=PLAIN" in client.capabilities:
        client.authenticate("PLAIN", lambda _: f"\0{login}\0{password}".encode())
    else:
        client.login(login, password)


def open_folder(client: IMAP4, folder: str) -> Reader:
    """Open a folder for reading. Raises IMAP4.error, OSError."""
    _take(client.select(quote_folder(folder), readonly=True))
    _, told_validity = client.response("UIDVALIDITY")
    value = told_validity[0] if told_validity else None
    if not isinstance(value, bytes) or not value.isdigit():
        raise IMAP4.error("the server names no count of messages (UIDVALIDITY)")
    return Reader(client, int(value))


def close(client: IMAP4) -> None:
    """Say goodbye and close the connection."""
    with suppress(*FAILED):
        client.logout()
    with suppress(OSError):
        client.shutdown()


def quote_folder(folder: str) -> str:
    """Write the name of a folder as the protocol has it: in modified UTF-7 (RFC 3501, 5.1.3) and in quotes."""
    encoded = re.sub(r"[^\x20-\x7e]+", lambda found: _shift(found[0]), folder.replace("&", "&-"))
    escaped = encoded.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def told(error: Exception) -> str:
    """Give what a server said, or what became of the connection, in one line."""
    said = error.args[0] if error.args and isinstance(error, IMAP4.error) else f"{type(error).__name__}: {error}"
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:MOST_SAID]


def _take(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    """Give what a server answered. Raises IMAP4.error where it did not do it."""
    status, lines = answer
    if status != "OK":
        raise IMAP4.error(lines[0] if lines else status)
    return lines


def _moment(about: bytes) -> datetime | None:
    found = _DATE.search(about)
    try:
        return None if found is None else datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        return None


def _shift(text: str) -> str:
    return "&" + b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"
