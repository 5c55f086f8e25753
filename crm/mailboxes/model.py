"""A mailbox: an address that mail goes out from, the server that takes it, and how fast it may. Pure."""

import re
from datetime import datetime
from typing import Final, Literal

from email_validator import EmailNotValidError, validate_email
from msgspec import Struct, structs

from crm.mailboxes.errors import MailboxRefusedError

Security = Literal["tls", "starttls", "none"]
SECURITIES: Final[tuple[Security, ...]] = ("tls", "starttls", "none")
MOST_NAME: Final = 100
MOST_CONNECTIONS: Final = 50
MOST_PER_CONNECTION: Final = 10_000
MOST_PER_MINUTE: Final = 1_000_000
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:]{2,45}\]?")
_SELECTOR: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})")
_LAST_PORT: Final = 65_535


class MailboxDetails(Struct, frozen=True, kw_only=True):
    """What is said of a mailbox. Secrets are not among it: they are given apart and never shown again."""

    name: str
    address: str
    from_name: str = ""
    smtp_host: str
    smtp_port: int = 465
    smtp_security: Security = "tls"
    smtp_login: str | None = None
    imap_host: str | None = None
    imap_port: int | None = None
    imap_security: Security | None = None
    imap_login: str | None = None
    imap_folder: str = "INBOX"
    dkim_domain: str | None = None
    dkim_selector: str | None = None
    connections: int = 4
    messages_per_connection: int = 100
    messages_per_minute: int | None = None
    domain_per_minute: int | None = None


class Secrets(Struct, frozen=True, kw_only=True):
    """Secrets as they were typed: None keeps the one that is there, empty text takes it away."""

    smtp_secret: str | None = None
    imap_secret: str | None = None
    dkim_secret: str | None = None


class Mailbox(Struct, frozen=True, kw_only=True):
    """A mailbox with what is known of its secrets: that they are there."""

    id: int
    details: MailboxDetails
    version: int
    changed_at: datetime
    archived_at: datetime | None
    problem: str | None
    imap_problem: str | None
    read_at: datetime | None
    has_smtp_secret: bool
    has_imap_secret: bool
    has_dkim_secret: bool


class Server(Struct, frozen=True):
    """Where and how a message is handed over or read."""

    host: str
    port: int
    security: Security
    login: str | None
    password: str | None


class Incoming(Struct, frozen=True, kw_only=True):
    """A mailbox for who reads it: its server and folder, and how far it was read by the server's count (RFC 3501)."""

    id: int
    address: str
    server: Server
    folder: str
    validity: int | None
    last_uid: int


def check_mailbox(details: MailboxDetails) -> MailboxDetails:
    """Give a mailbox as it is kept. Raises MailboxRefusedError, which names the field."""
    name = " ".join(details.name.split())
    if not 0 < len(name) <= MOST_NAME or not name.isprintable():
        raise MailboxRefusedError(f"a mailbox has a name of at most {MOST_NAME} characters", field="name")
    if len(details.from_name) > MOST_NAME or not details.from_name.isprintable():
        raise MailboxRefusedError(f"is a name of at most {MOST_NAME} characters", field="from_name")
    _check_server(details)
    _check_limits(details)
    if details.dkim_domain is not None and _HOST.fullmatch(details.dkim_domain) is None:
        raise MailboxRefusedError("is no domain such as example.com", field="dkim_domain")
    if details.dkim_selector is not None and _SELECTOR.fullmatch(details.dkim_selector) is None:
        raise MailboxRefusedError("is no selector such as mail2026", field="dkim_selector")
    if (details.dkim_domain is None) != (details.dkim_selector is None):
        raise MailboxRefusedError("a signature has a domain, a selector and a key", field="dkim_selector")
    return structs.replace(details, name=name, address=_check_address(details.address))


def _check_address(address: str) -> str:
    try:
        return validate_email(address, check_deliverability=False, allow_smtputf8=False).ascii_email or address
    except EmailNotValidError as error:
        raise MailboxRefusedError("is no e-mail address", field="address") from error


def _check_server(details: MailboxDetails) -> None:
    given = (("smtp", details.smtp_host, details.smtp_port), ("imap", details.imap_host, details.imap_port))
    for kind, host, port in given:
        if host is not None and _HOST.fullmatch(host) is None:
            raise MailboxRefusedError("is no name of a server such as mail.example.com", field=f"{kind}_host")
        if port is not None and not 0 < port <= _LAST_PORT:
            raise MailboxRefusedError(f"is a port from 1 to {_LAST_PORT}", field=f"{kind}_port")
        login = getattr(details, f"{kind}_login")
        if login is not None and not login.isprintable():
            raise MailboxRefusedError("has characters that cannot be written", field=f"{kind}_login")
    if not 0 < len(details.imap_folder) <= MOST_NAME or not details.imap_folder.isprintable():
        raise MailboxRefusedError(f"is a name of at most {MOST_NAME} characters", field="imap_folder")
    imap = (details.imap_host, details.imap_port, details.imap_security)
    if any(one is None for one in imap) and any(one is not None for one in imap):
        raise MailboxRefusedError(
            "incoming mail has a server, a port and a security, or none of them", field="imap_host"
        )


def _check_limits(details: MailboxDetails) -> None:
    limits = {
        "connections": MOST_CONNECTIONS,
        "messages_per_connection": MOST_PER_CONNECTION,
        "messages_per_minute": MOST_PER_MINUTE,
        "domain_per_minute": MOST_PER_MINUTE,
    }
    for field, most in limits.items():
        value = getattr(details, field)
        if value is not None and not 0 < value <= most:
            raise MailboxRefusedError(f"is from 1 to {most:,}", field=field)
