"""All SQL of mailboxes."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct, structs
from sqlalchemy import RowMapping, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailboxes.model import Mailbox, MailboxDetails
from crm.mailboxes.tables import mailbox

_SECRETS = ("smtp_secret", "imap_secret", "dkim_secret")


class Sealed(Struct, frozen=True):
    """A mailbox as a sender takes it, its secrets still sealed."""

    id: int
    details: MailboxDetails
    smtp_secret: bytes | None
    imap_secret: bytes | None
    dkim_secret: bytes | None
    imap_validity: int | None
    imap_last_uid: int


async def list_mailboxes(connection: AsyncConnection) -> list[Mailbox]:
    """List mailboxes by name, the archived ones last."""
    query = _mailboxes().order_by(mailbox.c.archived_at.is_not(None), func.sort_key(mailbox.c.name))
    return [_read(row) for row in (await connection.execute(query)).mappings()]


async def find_mailbox(connection: AsyncConnection, mailbox_id: int, *, lock: bool = False) -> Mailbox | None:
    """Find a mailbox, locked until the transaction ends where it is to be changed."""
    query = _mailboxes().where(mailbox.c.id == mailbox_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else _read(row)


async def find_sealed(connection: AsyncConnection, mailbox_id: int) -> Sealed | None:
    """Find a mailbox that is in use, with its sealed secrets."""
    query = select(mailbox).where(mailbox.c.id == mailbox_id, mailbox.c.archived_at.is_(None))
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    kept = ("smtp_secret", "imap_secret", "dkim_secret", "imap_validity", "imap_last_uid")
    return Sealed(mailbox_id, _details(row), *(row[name] for name in kept))


async def list_read(connection: AsyncConnection) -> list[int]:
    """List the mailboxes in use whose incoming mail is read."""
    query = select(mailbox.c.id).where(mailbox.c.imap_host.is_not(None), mailbox.c.archived_at.is_(None))
    return list((await connection.execute(query.order_by(mailbox.c.id))).scalars())


async def lock_mark(connection: AsyncConnection, mailbox_id: int) -> tuple[int | None, int]:
    """Give how far a mailbox was read, the count's validity and its last number, alone until the transaction ends."""
    query = select(mailbox.c.imap_validity, mailbox.c.imap_last_uid).where(mailbox.c.id == mailbox_id)
    row = (await connection.execute(query.with_for_update(key_share=True))).one()
    return row[0], row[1]


async def put_mark(connection: AsyncConnection, mailbox_id: int, validity: int, last_uid: int) -> None:
    """Note how far a mailbox was read."""
    values = {"imap_validity": validity, "imap_last_uid": last_uid}
    await connection.execute(update(mailbox).where(mailbox.c.id == mailbox_id).values(values))


async def put_read(connection: AsyncConnection, mailbox_id: int, problem: str | None, *, now: datetime) -> None:
    """Note when a mailbox was read last, or why it cannot be."""
    read: dict[str, object] = {"read_at": now} if problem is None else {}
    values = read | {"imap_problem": problem}
    await connection.execute(update(mailbox).where(mailbox.c.id == mailbox_id).values(values))


async def insert_mailbox(
    connection: AsyncConnection, details: MailboxDetails, secrets: Mapping[str, bytes | None], *, now: datetime
) -> int:
    """Add a mailbox and give its identifier."""
    values = structs.asdict(details) | dict(secrets) | {"created_at": now, "changed_at": now}
    made = await connection.execute(insert(mailbox).values(values).returning(mailbox.c.id))
    return int(made.scalar_one())


async def update_mailbox(
    connection: AsyncConnection, mailbox_id: int, values: Mapping[str, object], *, now: datetime
) -> None:
    """Change columns of a mailbox, which has a new version then."""
    changed = dict(values) | {"changed_at": now, "version": mailbox.c.version + 1}
    await connection.execute(update(mailbox).where(mailbox.c.id == mailbox_id).values(changed))


async def put_problem(connection: AsyncConnection, mailbox_id: int, problem: str | None) -> None:
    """Note what the server said when it was last tried; None is that all was well."""
    await connection.execute(update(mailbox).where(mailbox.c.id == mailbox_id).values(problem=problem))


def _mailboxes() -> Select[*tuple[object, ...]]:
    known = [mailbox.c[name].is_not(None).label(f"has_{name}") for name in _SECRETS]
    return select(mailbox, *known)


def _read(row: RowMapping) -> Mailbox:
    known = ("id", "version", "changed_at", "archived_at", "problem", "imap_problem", "read_at")
    shared = (*known, *(f"has_{name}" for name in _SECRETS))
    return Mailbox(details=_details(row), **{name: row[name] for name in shared})


def _details(row: RowMapping) -> MailboxDetails:
    return MailboxDetails(**{name: row[name] for name in MailboxDetails.__struct_fields__})
