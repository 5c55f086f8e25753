"""All SQL of the queue: claimed, marked before the bytes go out, answered behind the server's word, freed after a kill.

Key idea: each step is one statement for many recipients. Whoever takes them in hand holds the mailbox's lock on the
same connection, so a worker that lost its connection cannot write what another one has taken over.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, convert
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.recipients.model import Claimed, Outcome, State
from crm.recipients.tables import mailing_recipient

CLAIMED_FOR: Final = timedelta(minutes=15)
"""Longer than all that is marked ahead takes on the slowest server."""


class Freed(Struct, frozen=True):
    """What a worker that is gone left behind: how many go out again, and how many of them may have come already."""

    freed: int
    doubts: int


async def claim(connection: AsyncConnection, mailing_id: int, *, most: int, now: datetime) -> list[Claimed]:
    """Claim recipients of a mailing that are due, the longest due first."""
    values = {"mailing": mailing_id, "most": most, "now": now, "until": now + CLAIMED_FOR}
    rows = await connection.execute(text(_CLAIM), values)
    return sorted((convert(row, Claimed, from_attributes=True) for row in rows), key=lambda one: one.id)


async def put_back(connection: AsyncConnection, due: Mapping[int, datetime]) -> None:
    """Give claimed recipients back to the queue, each due when it is said."""
    values = {"ids": list(due), "due": list(due.values())}
    await connection.execute(text(_PUT_BACK), values)


async def answer(connection: AsyncConnection, outcomes: Sequence[Outcome], *, now: datetime) -> list[tuple[int, int]]:
    """Write down what became of recipients; gives mailing and party of those who were sent their message."""
    columns = {
        name: [getattr(one, name) for one in outcomes]
        for name in ("id", "state", "answer", "reason", "due_at", "doubts")
    }
    rows = await connection.execute(text(_ANSWER), columns | {"now": now})
    return [(row.mailing_id, row.party_id) for row in rows if row.state == "sent" and row.party_id is not None]


async def free_orphans(connection: AsyncConnection, mailbox_id: int) -> Freed:
    """Give back what a worker that is gone had claimed; messages whose bytes may have gone out are doubts."""
    found = (await connection.execute(text(_FREE), {"mailbox": mailbox_id})).scalars().all()
    return Freed(len(found), sum(found))


class Written(Struct, frozen=True):
    """A recipient whose message went out, or may have."""

    id: int
    mailing_id: int
    party_id: int | None
    address: str
    state: State


async def find_written(connection: AsyncConnection, mailing_id: int, recipient_id: int) -> Written | None:
    """Find a recipient whose message's bytes went out, alone until the transaction ends."""
    kept = mailing_recipient.c
    query = select(*(kept[name] for name in Written.__struct_fields__)).where(
        kept.id == recipient_id, kept.mailing_id == mailing_id, kept.data_at.is_not(None)
    )
    row = (await connection.execute(query.with_for_update(key_share=True))).one_or_none()
    return None if row is None else convert(row, Written, from_attributes=True)


async def note_reply(connection: AsyncConnection, recipient_id: int, *, now: datetime) -> None:
    """Note that a recipient answered; the first answer counts."""
    kept = mailing_recipient.c
    first = update(mailing_recipient).where(kept.id == recipient_id, kept.replied_at.is_(None))
    await connection.execute(first.values(replied_at=now))


async def note_bounce(
    connection: AsyncConnection, recipient_id: int, reason: str, *, is_final: bool, now: datetime
) -> None:
    """Note that a recipient's message came back, or that a server goes on trying, with the server's reason."""
    row = mailing_recipient
    if is_final:
        came_back = update(row).where(row.c.id == recipient_id, row.c.state.in_(("sent", "deferred", "sending")))
        values = {"state": "bounced", "bounced_at": now, "reason": reason, "claimed_until": None}
        await connection.execute(came_back.values(values))
    else:
        noted = update(row).where(row.c.id == recipient_id, row.c.state == "sent")
        await connection.execute(noted.values(reason=reason))


async def count_states(connection: AsyncConnection, mailing_id: int) -> dict[State, int]:
    """Count a mailing's recipients by their state."""
    kept = mailing_recipient.c
    query = select(kept.state, func.count()).where(kept.mailing_id == mailing_id).group_by(kept.state)
    return {row[0]: row[1] for row in await connection.execute(query)}


async def count_reasons(connection: AsyncConnection, mailing_id: int) -> dict[str, int]:
    """Count who was left out of a mailing by the reason."""
    kept = mailing_recipient.c
    query = select(kept.reason, func.count()).where(kept.mailing_id == mailing_id, kept.state == "left_out")
    return {row[0]: row[1] for row in await connection.execute(query.group_by(kept.reason))}


async def count_doubts(connection: AsyncConnection, mailing_id: int) -> int:
    """Count how often a message of a mailing may have come before it was sent again."""
    kept = mailing_recipient.c
    query = select(func.coalesce(func.sum(kept.doubts), 0)).where(kept.mailing_id == mailing_id, kept.doubts > 0)
    return int((await connection.execute(query)).scalar_one())


_CLAIM: Final = """
with due as (
    select id from mailing_recipient
    where mailing_id = :mailing and state in ('queued', 'deferred') and due_at <= cast(:now as timestamptz)
    order by due_at, id limit :most for update skip locked
)
update mailing_recipient r set state = 'sending', claimed_until = cast(:until as timestamptz), data_at = null
from due where r.id = due.id
returning r.id, r.mailing_id, r.party_id, r.address, r.domain, r.zone, r.given, r.variant_id, r.tries
"""
_PUT_BACK: Final = """
update mailing_recipient r set state = 'queued', claimed_until = null, data_at = null, due_at = back.due_at
from unnest(cast(:ids as bigint[]), cast(:due as timestamptz[])) as back(id, due_at)
where r.id = back.id and r.state = 'sending'
"""
_ANSWER: Final = """
update mailing_recipient r set state = said.state, answer = coalesce(said.answer, r.answer), reason = said.reason,
    due_at = coalesce(said.due_at, r.due_at), doubts = r.doubts + said.doubts, claimed_until = null,
    tries = r.tries - (said.state = 'queued')::int,
    data_at = case when said.state = 'queued' then null else r.data_at end,
    sent_at = case when said.state = 'sent' then cast(:now as timestamptz) end
from unnest(cast(:id as bigint[]), cast(:state as text[]), cast(:answer as text[]), cast(:reason as text[]),
    cast(:due_at as timestamptz[]), cast(:doubts as smallint[])) as said(id, state, answer, reason, due_at, doubts)
where r.id = said.id and r.state = 'sending'
returning r.mailing_id, r.party_id, r.state
"""
_FREE: Final = """
update mailing_recipient r set state = case when r.data_at is null then 'queued' else 'deferred' end,
    doubts = r.doubts + (r.data_at is not null)::int, claimed_until = null,
    reason = case when r.data_at is not null then 'the sender ended while it was being sent: it may have come' end
from mailing m where m.id = r.mailing_id and m.mailbox_id = :mailbox and r.state = 'sending'
returning (r.data_at is not null)::int
"""
