"""The SQL of letters themselves: who is to hear of them, and what they were before."""

from collections.abc import Collection, Mapping
from datetime import datetime

from msgspec import Struct, convert
from sqlalchemy import ARRAY, BigInteger, Select, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.changes import Change
from crm.directories.tables import directory_entry
from crm.letters.model import Flow, Letter
from crm.letters.tables import letter, letter_change, letter_kind, letter_notice

Values = Mapping[str, object]
_kept = letter.c
_notice = letter_notice.c


class Mark(Struct, frozen=True):
    """A colleague who is to hear of a letter: when they were told, and when they opened it."""

    user_id: int
    told_at: datetime
    read_at: datetime | None


async def find_letter(connection: AsyncConnection, letter_id: int, *, is_locked: bool = False) -> Letter | None:
    """Find a letter, an archived one too, and if asked for let nobody else change it until the transaction ends."""
    query = _letters().where(_kept.id == letter_id)
    if is_locked:
        query = query.with_for_update(of=letter, key_share=True)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else convert(row, Letter, from_attributes=True)


async def lock_letters(connection: AsyncConnection, ids: Collection[int]) -> list[Letter]:
    """Find letters that are about to change, in the order of their identifiers, alone until the transaction ends."""
    query = _letters().where(_kept.id.in_(ids)).order_by(_kept.id).with_for_update(of=letter, key_share=True)
    return [convert(row, Letter, from_attributes=True) for row in await connection.execute(query)]


async def find_id_of_message(connection: AsyncConnection, message_id: int) -> int | None:
    """Find the letter that an e-mail is."""
    return (await connection.execute(select(_kept.id).where(_kept.message_id == message_id))).scalar_one_or_none()


async def find_last_number(connection: AsyncConnection, flow: Flow, year: int) -> str | None:
    """Find the last number that the journal itself gave in a year."""
    own = (_kept.number.between(f"{year}-000000", f"{year}-999999"), _kept.number.regexp_match(rf"^{year}-\d{{6}}$"))
    query = select(_kept.number).where(_kept.flow == flow, *own).order_by(_kept.number.desc()).limit(1)
    return (await connection.execute(query)).scalar_one_or_none()


async def insert_letter(connection: AsyncConnection, values: Values) -> int:
    """Make a letter and give its identifier."""
    return int((await connection.execute(insert(letter).values(values).returning(_kept.id))).scalar_one())


async def update_letter(connection: AsyncConnection, letter_id: int, values: Values) -> None:
    """Change columns of a letter."""
    await connection.execute(update(letter).where(_kept.id == letter_id).values(values))


async def insert_change(connection: AsyncConnection, values: Values) -> None:
    """Keep old and new values of a change."""
    await connection.execute(insert(letter_change).values(values))


async def list_changes(connection: AsyncConnection, letter_id: int, *, limit: int) -> list[Change]:
    """List the changes of a letter, the newest first."""
    row = letter_change.c
    columns = [row[name] for name in Change.__struct_fields__]
    query = select(*columns).where(row.letter_id == letter_id).order_by(row.id.desc()).limit(limit)
    return [convert(one, Change, from_attributes=True) for one in await connection.execute(query)]


async def list_old_values(connection: AsyncConnection, letter_id: int, *, since: int) -> list[Mapping[str, object]]:
    """List what changes replaced after a version, the oldest first."""
    row = letter_change.c
    query = select(row.before).where(row.letter_id == letter_id, row.version > since).order_by(row.id)
    return list((await connection.execute(query)).scalars())


async def put_notified(connection: AsyncConnection, letter_id: int, users: Collection[int], *, now: datetime) -> None:
    """Let these colleagues be the ones who hear of a letter; who did already keeps the marks."""
    others = (_notice.letter_id == letter_id, _notice.user_id.not_in(users))
    await connection.execute(delete(letter_notice).where(*others))
    if users:
        rows = [{"letter_id": letter_id, "user_id": user_id, "told_at": now} for user_id in sorted(users)]
        await connection.execute(postgresql.insert(letter_notice).on_conflict_do_nothing(), rows)


async def list_marks(connection: AsyncConnection, letter_id: int) -> list[Mark]:
    """List who is to hear of a letter and who opened it."""
    columns = [_notice[name] for name in Mark.__struct_fields__]
    rows = await connection.execute(select(*columns).where(_notice.letter_id == letter_id).order_by(_notice.user_id))
    return [convert(row, Mark, from_attributes=True) for row in rows]


async def mark_read(connection: AsyncConnection, letter_id: int, user_id: int, *, now: datetime) -> None:
    """Note that a colleague opened a letter for the first time."""
    own = (_notice.letter_id == letter_id, _notice.user_id == user_id, _notice.read_at.is_(None))
    await connection.execute(update(letter_notice).where(*own).values(read_at=now))


def _letters() -> Select[*tuple[object, ...]]:
    told = select(_notice.user_id).where(_notice.letter_id == _kept.id).order_by(_notice.user_id)
    joined = {
        "kind": letter_kind.c.code,
        "department": directory_entry.c.code,
        "notified": func.array(told.correlate(letter).scalar_subquery(), type_=ARRAY(BigInteger)),
    }
    columns = [joined[name].label(name) if name in joined else _kept[name] for name in Letter.__struct_fields__]
    tables = letter.join(letter_kind, letter_kind.c.id == _kept.kind_id).outerjoin(
        directory_entry, directory_entry.c.id == _kept.department_id
    )
    return select(*columns).select_from(tables)
