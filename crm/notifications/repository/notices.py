"""The SQL of notices as their recipients read them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from msgspec import convert
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.notifications.model import Notice
from crm.notifications.tables import notice
from database.keyset import Page, Place, read_page

PAGE_ROWS: Final = 50
MOST_COUNTED: Final = 99
MOST_READ: Final = 10_000
FORGOTTEN_AT_ONCE: Final = 500
_notice = notice.c
_COLUMNS = [_notice[name] for name in Notice.__struct_fields__]


async def list_notices(
    connection: AsyncConnection, user_id: int, *, is_unread: bool = False, place: Place | None = None
) -> Page[Notice]:
    """List what a user was told, the newest first; a place is the identifier of a row."""
    query = select(*_COLUMNS).where(_notice.user_id == user_id, _notice.by_app)
    if is_unread:
        query = query.where(_notice.read_at.is_(None))
    return await read_page(connection, query, keys=[_notice.id], place=place, size=PAGE_ROWS, row_type=Notice)


async def insert_notices(
    connection: AsyncConnection, users: Sequence[int], *, key: str, record: str, what: str, now: datetime
) -> list[int | None]:
    """Make notices of no rule for those who have none of this key; gives who got one."""
    shared = {"key": key, "record": record, "what": what, "due_at": now, "at": now, "repeats": 0, "by_app": True}
    rows = [{**shared, "user_id": user_id, "mail_tries": 0} for user_id in users]
    if not rows:
        return []
    made = postgresql.insert(notice).values(rows).on_conflict_do_nothing().returning(_notice.user_id)
    return list((await connection.execute(made)).scalars())


async def count_unread(connection: AsyncConnection, user_id: int) -> int:
    """Count what a user has not read, up to one more than is told."""
    few = select(_notice.id).where(_notice.user_id == user_id, _notice.read_at.is_(None), _notice.by_app)
    query = select(func.count()).select_from(few.limit(MOST_COUNTED + 1).subquery())
    return int((await connection.execute(query)).scalar_one())


async def find_notice(connection: AsyncConnection, notice_id: int, user_id: int) -> Notice | None:
    """Find a notice of a user's."""
    query = select(*_COLUMNS).where(_notice.id == notice_id, _notice.user_id == user_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, Notice, from_attributes=True)


async def mark_read(
    connection: AsyncConnection,
    user_id: int,
    *,
    ids: Iterable[int] | None = None,
    record: str | None = None,
    now: datetime,
) -> int:
    """Note that a user has read some notices, those of a record, or all; tells how many were unread."""
    wanted = [_notice.user_id == user_id, _notice.read_at.is_(None), _notice.by_app]
    if ids is not None:
        wanted.append(_notice.id.in_(list(ids)))
    if record is not None:
        wanted.append(_notice.record == record)
    few = select(_notice.id).where(*wanted).limit(MOST_READ)
    done = await connection.execute(update(notice).where(_notice.id.in_(few)).values(read_at=now).returning(_notice.id))
    return len(done.all())


async def mark_unread(connection: AsyncConnection, user_id: int, notice_id: int) -> None:
    """Let a notice count as unread again."""
    own = (_notice.user_id == user_id, _notice.id == notice_id)
    await connection.execute(update(notice).where(*own).values(read_at=None))


async def forget_old(connection: AsyncConnection, *, before: datetime) -> None:
    """Forget some of the oldest notices, those that were told before a moment."""
    oldest = select(_notice.id, _notice.at).order_by(_notice.id).limit(FORGOTTEN_AT_ONCE).subquery()
    await connection.execute(delete(notice).where(_notice.id.in_(select(oldest.c.id).where(oldest.c.at < before))))


async def name_records(connection: AsyncConnection, records: Sequence[str]) -> dict[str, str]:
    """Give what some records are called: titles of tasks, events and works told of, names, numbers of documents."""
    rows = await connection.execute(text(_NAMES), {"records": list(records)})
    return {row.record: row.name for row in rows}


_NAMES: Final = """
with wanted as (
    select record, split_part(record, ':', 1) as family, split_part(record, ':', 2)::bigint as id
    from unnest(cast(:records as text[])) record where record ~ '^[a-z_]+:[0-9]{1,18}$'
)
select record, title as name from wanted w join task t on w.family = 'task' and t.id = w.id
union all select record, topic from wanted w join event e on w.family = 'event' and e.id = w.id
union all select record, topic from wanted w join letter l on w.family = 'letter' and l.id = w.id
union all select record, name from wanted w join project p on w.family = 'project' and p.id = w.id
union all select record, title from wanted w join feed_entry e on w.family = 'feed_entry' and e.id = w.id
union all select record, name from wanted w join party p on w.family = 'party' and p.id = w.id
union all select record, number from wanted w join business_document b
    on w.family = 'business_document' and b.id = w.id where number is not null
union all select record, '··· ' || right(number, 4) from wanted w join card c on w.family = 'card' and c.card_id = w.id
"""
