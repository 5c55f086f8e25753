"""The SQL of reports by mail: who is sent which, and the queue of what is due.

A row that is claimed is somebody's for a while; one whose worker is gone is claimed again when that is over. Whoever
sent an occurrence moves the row on, and only from that very occurrence, so it is moved once.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, convert
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.reports.occurrences import Every
from crm.reports.tables import report_letter

CLAIMED_FOR: Final = timedelta(minutes=15)
"""Longer than a report is counted and a mail server is waited for."""
MOST_ERROR: Final = 200


class Letter(Struct, frozen=True):
    """A report that somebody is sent; `due_at` is the next time, `error` why the last one did not go out."""

    id: int
    user_id: int
    report: str
    query: str
    every: Every
    hour: int
    due_at: datetime
    sent_at: datetime | None
    error: str | None


class Claimed(Struct, frozen=True):
    """A letter in hand, and whom it goes to as that person's account stands now."""

    id: int
    tries: int
    user_id: int
    report: str
    query: str
    every: Every
    hour: int
    due_at: datetime
    login: str
    role: str
    language: str
    address: str | None
    is_disabled: bool


_SHOWN: Final = [report_letter.c[name] for name in Letter.__struct_fields__]


async def insert_letter(connection: AsyncConnection, values: dict[str, object]) -> int:
    """Keep that somebody is sent a report."""
    return int(
        (await connection.execute(insert(report_letter).values(values).returning(report_letter.c.id))).scalar_one()
    )


async def count_letters(connection: AsyncConnection, user_id: int) -> int:
    """Count the reports that somebody is sent."""
    query = select(func.count()).select_from(report_letter).where(report_letter.c.user_id == user_id)
    return int((await connection.execute(query)).scalar_one())


async def list_letters(connection: AsyncConnection, user_id: int) -> list[Letter]:
    """List the reports that somebody is sent, in the order in which they were asked for."""
    query = select(*_SHOWN).where(report_letter.c.user_id == user_id).order_by(report_letter.c.id)
    return [convert(row, Letter, from_attributes=True) for row in await connection.execute(query)]


async def delete_letter(connection: AsyncConnection, letter_id: int, user_id: int) -> str | None:
    """Send a report no more; gives its name, None where the person is not sent it."""
    gone = delete(report_letter).where(report_letter.c.id == letter_id, report_letter.c.user_id == user_id)
    found: str | None = (await connection.execute(gone.returning(report_letter.c.report))).scalar_one_or_none()
    return found


async def claim_letter(connection: AsyncConnection, *, now: datetime) -> Claimed | None:
    """Claim the letter that is due longest: one, for each takes as long as its report; None where none is due."""
    values = {"now": now, "until": now + CLAIMED_FOR}
    row = (await connection.execute(text(_CLAIM), values)).one_or_none()
    return None if row is None else convert(row, Claimed, from_attributes=True)


async def move_on(
    connection: AsyncConnection, claimed: Claimed, *, due_at: datetime, sent_at: datetime | None, error: str | None
) -> None:
    """Move a letter on to its next occurrence, sent or given up."""
    values = {"due_at": due_at, "try_after": due_at, "tries": 0, "claimed_until": None}
    values |= {"error": None if error is None else error[:MOST_ERROR]}
    if sent_at is not None:
        values["sent_at"] = sent_at
    here = (report_letter.c.id == claimed.id, report_letter.c.due_at == claimed.due_at)
    await connection.execute(update(report_letter).where(*here).values(values))


async def put_off(connection: AsyncConnection, claimed: Claimed, *, error: str, again_at: datetime) -> None:
    """Try the same occurrence again later."""
    here = (report_letter.c.id == claimed.id, report_letter.c.due_at == claimed.due_at)
    values = {"try_after": again_at, "claimed_until": None, "error": error[:MOST_ERROR]}
    await connection.execute(update(report_letter).where(*here).values(values))


_CLAIM: Final = """
with due as (
    select id from report_letter where try_after <= cast(:now as timestamptz)
        and (claimed_until is null or claimed_until <= cast(:now as timestamptz))
    order by try_after, id limit 1 for update skip locked
), claimed as (
    update report_letter l set tries = tries + 1, claimed_until = cast(:until as timestamptz)
    from due where l.id = due.id returning l.*
)
select c.id, c.tries, c.user_id, c.report, c.query, c.every, c.hour, c.due_at, u.login, u.role, u.language,
    u.email as address, u.disabled_at is not null as is_disabled
from claimed c join app_user u on u.id = c.user_id
"""
