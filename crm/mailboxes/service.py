"""Use cases of mailboxes: made, changed, put away, and opened for who sends.

Key idea: a secret goes in and never comes out again but to the sender. The journal has the names of the fields that
changed, and that a secret did.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, structs
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailboxes import repository
from crm.mailboxes.errors import (
    MailboxChangedError,
    MailboxNameTakenError,
    MailboxRefusedError,
    MailboxUnknownError,
)
from crm.mailboxes.model import Incoming, Mailbox, MailboxDetails, Secrets, Server, check_mailbox
from crm.mailboxes.secrets import seal, unseal
from database.activity import Act, record_activity
from database.identifiers import MOST_ID

list_mailboxes = repository.list_mailboxes
_COUNTED: Final = frozenset({"imap_host", "imap_port", "imap_login", "imap_folder"})
_ANEW: Final[Mapping[str, object]] = {"imap_validity": None, "imap_last_uid": 0}
"""Another folder counts its messages by itself: how far the last one was read says nothing of it."""


class Open(Struct, frozen=True):
    """A mailbox for who sends: its server with the password, and the key of its signatures where it has one."""

    id: int
    details: MailboxDetails
    server: Server
    dkim_key: bytes | None


async def load_mailbox(connection: AsyncConnection, mailbox_id: int) -> Mailbox:
    """Load a mailbox. Raises MailboxUnknownError."""
    found = await repository.find_mailbox(connection, mailbox_id) if 0 < mailbox_id <= MOST_ID else None
    if found is None:
        raise MailboxUnknownError("there is no such mailbox")
    return found


async def open_mailbox(connection: AsyncConnection, mailbox_id: int, *, key: str) -> Open:
    """Open a mailbox that is in use. Raises MailboxUnknownError, MailKeyError."""
    found = await repository.find_sealed(connection, mailbox_id)
    if found is None:
        raise MailboxUnknownError("there is no such mailbox, or it is put away")
    kept = found.details
    password = None if found.smtp_secret is None else unseal(key, found.smtp_secret)
    server = Server(kept.smtp_host, kept.smtp_port, kept.smtp_security, kept.smtp_login, password)
    dkim_key = None if found.dkim_secret is None else unseal(key, found.dkim_secret).encode()
    return Open(mailbox_id, kept, server, dkim_key)


async def open_incoming(connection: AsyncConnection, mailbox_id: int, *, key: str) -> Incoming:
    """Open a mailbox in use whose incoming mail is read. Raises MailboxUnknownError, MailKeyError."""
    found = await repository.find_sealed(connection, mailbox_id)
    if found is None or found.details.imap_host is None:
        raise MailboxUnknownError("there is no such mailbox, or its incoming mail is not read")
    kept = found.details
    assert kept.imap_host is not None, "it was just looked at"
    assert kept.imap_port is not None, "the table has all of a server or nothing of it"
    assert kept.imap_security is not None, "the same"
    password = None if found.imap_secret is None else unseal(key, found.imap_secret)
    return Incoming(
        id=mailbox_id,
        address=kept.address,
        server=Server(kept.imap_host, kept.imap_port, kept.imap_security, kept.imap_login, password),
        folder=kept.imap_folder,
        validity=found.imap_validity,
        last_uid=found.imap_last_uid,
    )


async def make_mailbox(
    connection: AsyncConnection, details: MailboxDetails, secrets: Secrets, *, key: str, act: Act
) -> Mailbox:
    """Make a mailbox. Raises MailboxRefusedError, MailboxNameTakenError, MailKeyError for a secret without a key."""
    clean = check_mailbox(details)
    sealed = {name: value for name, value in _seal(secrets, key).items() if value is not None}
    _check_signature(clean, has_key="dkim_secret" in sealed)
    try:
        async with connection.begin_nested():
            made = await repository.insert_mailbox(connection, clean, sealed, now=act.at)
    except IntegrityError as error:
        raise MailboxNameTakenError("another mailbox has this name", field="name") from error
    await record_activity(connection, act=act, what="mailbox.made", record=f"mailbox:{made}", importance=1)
    return await load_mailbox(connection, made)


async def change_mailbox(
    connection: AsyncConnection,
    mailbox_id: int,
    details: MailboxDetails,
    secrets: Secrets,
    *,
    seen: int,
    key: str,
    act: Act,
) -> Mailbox:
    """Change a mailbox from the version that somebody saw.

    A secret that is not given stays, unless the server or the login that it is for changes: it is typed again then.
    Raises what `make_mailbox` raises, MailboxUnknownError, MailboxChangedError.
    """
    clean = check_mailbox(details)
    before = await _lock(connection, mailbox_id, seen)
    sealed = _seal(secrets, key)
    _check_servers(before, clean, secrets)
    _check_signature(clean, has_key=_stays(before.has_dkim_secret, sealed, "dkim_secret"))
    was = structs.asdict(before.details)
    changed = {name: value for name, value in structs.asdict(clean).items() if was[name] != value}
    if not changed and not sealed:
        return before
    try:
        async with connection.begin_nested():
            values = changed | sealed | (dict(_ANEW) if changed.keys() & _COUNTED else {})
            await repository.update_mailbox(connection, mailbox_id, values, now=act.at)
    except IntegrityError as error:
        raise MailboxNameTakenError("another mailbox has this name", field="name") from error
    fields = sorted([*changed, *sealed])
    await record_activity(
        connection,
        act=act,
        what="mailbox.changed",
        record=f"mailbox:{mailbox_id}",
        data={"fields": fields},
        importance=1,
    )
    return await load_mailbox(connection, mailbox_id)


async def archive_mailbox(
    connection: AsyncConnection, mailbox_id: int, *, is_archived: bool, seen: int, act: Act
) -> Mailbox:
    """Put a mailbox away, or take it up again. Raises MailboxUnknownError, MailboxChangedError."""
    await _lock(connection, mailbox_id, seen)
    values = {"archived_at": act.at if is_archived else None}
    await repository.update_mailbox(connection, mailbox_id, values, now=act.at)
    what = "mailbox.archived" if is_archived else "mailbox.restored"
    await record_activity(connection, act=act, what=what, record=f"mailbox:{mailbox_id}", importance=1)
    return await load_mailbox(connection, mailbox_id)


async def _lock(connection: AsyncConnection, mailbox_id: int, seen: int) -> Mailbox:
    found = await repository.find_mailbox(connection, mailbox_id, lock=True) if 0 < mailbox_id <= MOST_ID else None
    if found is None:
        raise MailboxUnknownError("there is no such mailbox")
    if found.version != seen:
        raise MailboxChangedError("somebody else changed it meanwhile", field="version")
    return found


def _seal(secrets: Secrets, key: str) -> dict[str, bytes | None]:
    given = {name: text for name, text in structs.asdict(secrets).items() if text is not None}
    return {name: seal(key, text) if text else None for name, text in given.items()}


def _check_servers(before: Mailbox, after: MailboxDetails, secrets: Secrets) -> None:
    """Let no kept secret be sent to another server than the one that it was typed for."""
    for kind in ("smtp", "imap"):
        moved = any(
            getattr(before.details, name) != getattr(after, name)
            for name in (f"{kind}_host", f"{kind}_port", f"{kind}_security")
        )
        field = f"{kind}_secret"
        if moved and getattr(before, f"has_{field}") and getattr(secrets, field) is None:
            raise MailboxRefusedError("the server is another one: type the password in again", field=field)


def _check_signature(details: MailboxDetails, *, has_key: bool) -> None:
    if (details.dkim_domain is not None) != has_key:
        raise MailboxRefusedError("a signature has a domain, a selector and a key", field="dkim_secret")


def _stays(was: bool, sealed: Mapping[str, bytes | None], name: str) -> bool:  # noqa: FBT001 # a fact, not a switch
    return sealed[name] is not None if name in sealed else was
