"""The SQL of mailings themselves, their variants, files and kinds."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, convert, structs, to_builtins
from sqlalchemy import RowMapping, delete, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.model import NewFile
from crm.files.tables import file_content
from crm.mailboxes.tables import mailbox
from crm.mailings.model import Audience, Mailing, MailingDetails, MailingState, Trigger, Variant
from crm.mailings.tables import mailing, mailing_file, mailing_variant
from crm.recipients.tables import mailing_recipient
from database.keyset import Page, Place, read_page

PAGE_ROWS = 50


class MailingRow(Struct, frozen=True):
    """A mailing in a list."""

    id: int
    name: str
    state: MailingState
    kind_id: int
    mailbox: str | None
    changed_at: datetime
    send_at: datetime | None
    ended_at: datetime | None
    problem: str | None
    recipients: int
    sent: int


class KeptFile(Struct, frozen=True):
    """A file of a mailing."""

    id: int
    name: str
    media_type: str
    size: int


async def find_mailing(connection: AsyncConnection, mailing_id: int, *, lock: bool = False) -> Mailing | None:
    """Find a mailing with its variants, locked until the transaction ends where it is to be changed."""
    query = select(mailing).where(mailing.c.id == mailing_id, mailing.c.archived_at.is_(None))
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else _read(row, await list_variants(connection, mailing_id))


async def list_mailings(connection: AsyncConnection, *, place: Place | None = None) -> Page[MailingRow]:
    """List mailings, the last changed first, with how far each has come."""
    kept, to = mailing.c, mailing_recipient.c
    counted = select(
        func.count().filter(to.state.not_in(("left_out", "control"))).label("recipients"),
        func.count(to.sent_at).label("sent"),
    ).where(to.mailing_id == kept.id)
    numbers = counted.lateral("numbers")
    columns = (kept.id, kept.name, kept.state, kept.kind_id, kept.changed_at, kept.send_at, kept.ended_at, kept.problem)
    query = (
        select(*columns, mailbox.c.name.label("mailbox"), numbers.c.recipients, numbers.c.sent)
        .join_from(mailing, numbers, true())
        .outerjoin(mailbox, mailbox.c.id == kept.mailbox_id)
        .where(kept.archived_at.is_(None))
    )
    keys = (kept.changed_at, kept.id)
    return await read_page(connection, query, keys=keys, place=place, size=PAGE_ROWS, row_type=MailingRow)


async def insert_mailing(
    connection: AsyncConnection, details: MailingDetails, *, author_id: int | None, now: datetime
) -> int:
    """Add a mailing and give its identifier."""
    values = _columns(details) | {"author_id": author_id, "created_at": now, "changed_at": now}
    mailing_id = int((await connection.execute(insert(mailing).values(values).returning(mailing.c.id))).scalar_one())
    await put_variants(connection, mailing_id, details.variants)
    return mailing_id


async def update_mailing(
    connection: AsyncConnection, mailing_id: int, values: Mapping[str, object], *, now: datetime
) -> None:
    """Change columns of a mailing, which has a new version then."""
    changed = dict(values) | {"changed_at": now, "version": mailing.c.version + 1}
    await connection.execute(update(mailing).where(mailing.c.id == mailing_id).values(changed))


async def update_details(
    connection: AsyncConnection, mailing_id: int, details: MailingDetails, *, now: datetime
) -> None:
    """Let a mailing say this and nothing else."""
    await update_mailing(connection, mailing_id, _columns(details), now=now)
    await put_variants(connection, mailing_id, details.variants)


async def put_variants(connection: AsyncConnection, mailing_id: int, variants: Sequence[Variant]) -> None:
    """Let a mailing have these variants and no others."""
    await connection.execute(delete(mailing_variant).where(mailing_variant.c.mailing_id == mailing_id))
    rows = [structs.asdict(one) | {"mailing_id": mailing_id} for one in variants]
    await connection.execute(insert(mailing_variant).values(rows))


async def list_variants(connection: AsyncConnection, mailing_id: int) -> tuple[Variant, ...]:
    """List the variants of a mailing in their order."""
    kept = mailing_variant.c
    query = select(kept.letter, kept.share, kept.subject, kept.html, kept.text).where(kept.mailing_id == mailing_id)
    rows = (await connection.execute(query.order_by(kept.letter))).mappings()
    return tuple(Variant(**row) for row in rows)


async def list_shares(connection: AsyncConnection, mailing_id: int) -> tuple[tuple[int, int], ...]:
    """List the identifiers and shares of a mailing's variants in their order."""
    kept = mailing_variant.c
    query = select(kept.id, kept.share).where(kept.mailing_id == mailing_id).order_by(kept.letter)
    return tuple((row.id, row.share) for row in await connection.execute(query))


async def list_files(connection: AsyncConnection, mailing_id: int) -> list[KeptFile]:
    """List the files of a mailing in their order."""
    kept = mailing_file.c
    query = (
        select(kept.id, kept.name, kept.media_type, file_content.c.size)
        .join_from(mailing_file, file_content, file_content.c.hash == kept.hash)
        .where(kept.mailing_id == mailing_id)
    )
    return [KeptFile(*row) for row in await connection.execute(query.order_by(kept.position))]


async def insert_file(connection: AsyncConnection, mailing_id: int, file: NewFile) -> None:
    """Add a file behind the others; what it holds is kept already."""
    last = select(func.coalesce(func.max(mailing_file.c.position), 0) + 1).where(
        mailing_file.c.mailing_id == mailing_id
    )
    values = {"mailing_id": mailing_id, "name": file.name, "media_type": file.media_type, "hash": file.hash}
    await connection.execute(insert(mailing_file).values(values | {"position": last.scalar_subquery()}))


async def delete_file(connection: AsyncConnection, mailing_id: int, file_id: int) -> bytes | None:
    """Remove a file and give the hash of what it held."""
    gone = delete(mailing_file).where(mailing_file.c.id == file_id, mailing_file.c.mailing_id == mailing_id)
    found: bytes | None = (await connection.execute(gone.returning(mailing_file.c.hash))).scalar_one_or_none()
    return found


async def list_due(connection: AsyncConnection, *, now: datetime) -> list[int]:
    """List mailings that are to be prepared: begun ones, and scheduled ones whose time has come."""
    kept = mailing.c
    scheduled = (kept.state == "scheduled") & (kept.send_at <= now)
    query = select(kept.id).where((kept.state == "preparing") | scheduled).order_by(kept.priority.desc(), kept.id)
    return list((await connection.execute(query)).scalars())


def _columns(details: MailingDetails) -> dict[str, object]:
    values = structs.asdict(details)
    values |= {name: to_builtins(values[name]) for name in ("audience", "trigger")}
    return {name: value for name, value in values.items() if name != "variants"}


def _read(row: RowMapping, variants: tuple[Variant, ...]) -> Mailing:
    own = {"variants", "audience", "trigger"}
    said = {name: row[name] for name in MailingDetails.__struct_fields__ if name not in own}
    audience, trigger = convert(row["audience"], Audience), convert(row["trigger"], Trigger | None)
    details = MailingDetails(**said, audience=audience, trigger=trigger, variants=variants)
    shared = {name: row[name] for name in Mailing.__struct_fields__ if name != "details"}
    return Mailing(**shared, details=details)
