"""The SQL of notices on their way by e-mail: the notice is the queue.

One that is claimed is somebody's for a while; one whose worker is gone is claimed again when that is over.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import convert
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.notifications.model import Letter
from crm.notifications.tables import notice

CLAIMED_FOR: Final = timedelta(minutes=5)
LETTERS_AT_ONCE: Final = 20
MOST_ERROR: Final = 200


async def claim_letters(connection: AsyncConnection, *, now: datetime) -> list[Letter]:
    """Claim letters that are due, with the addresses that their recipients have now."""
    values = {"now": now, "until": now + CLAIMED_FOR, "most": LETTERS_AT_ONCE}
    rows = await connection.execute(text(_CLAIM), values)
    return [convert(row, Letter, from_attributes=True) for row in rows]


async def mark_sent(connection: AsyncConnection, notice_id: int) -> None:
    """Note that the mail server took a letter."""
    done = update(notice).where(notice.c.id == notice_id)
    await connection.execute(done.values(mail="sent", mail_after=None, mail_error=None))


async def mark_failed(connection: AsyncConnection, notice_id: int, error: str, *, again_at: datetime | None) -> None:
    """Note why a letter was not taken, and when it is tried again; None is never."""
    values = {"mail": "failed" if again_at is None else "queued", "mail_after": again_at}
    still = update(notice).where(notice.c.id == notice_id, notice.c.mail == "sending")
    await connection.execute(still.values(values | {"mail_error": error[:MOST_ERROR]}))


_CLAIM: Final = """
with due as (
    select id from notice where mail in ('queued', 'sending') and mail_after <= cast(:now as timestamptz)
    order by mail_after, id limit :most for update skip locked
), claimed as (
    update notice n set mail = 'sending', mail_tries = mail_tries + 1, mail_after = cast(:until as timestamptz)
    from due where n.id = due.id
    returning n.id, n.mail_tries as tries, n.record, n.what, n.data, n.at, n.user_id, n.person_id
)
select c.id, c.tries, c.record, c.what, c.data, c.at, c.user_id is not null as is_user,
    coalesce(u.language, p.language) as language,
    case when c.user_id is not null then case when u.disabled_at is null then u.email end
        else (select k.value from party_contact k where k.party_id = c.person_id and k.kind = 'email'
            order by k.pinned desc, k.position limit 1) end as address
from claimed c left join app_user u on u.id = c.user_id left join party p on p.id = c.person_id
order by c.id
"""
