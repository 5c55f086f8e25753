"""The SQL of sending: which mailing is next, what it says, and who of those in hand may still be written to.

Key idea: `mark` is the last word before a message's bytes go out. In one statement it writes `data_at`, and asks once
more whether the mailing goes on, the address is not suppressed and the party has not refused; so an opt-out and a pause
hold from the moment in which they commit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Final

from msgspec import Struct, convert
from sqlalchemy import ARRAY, BigInteger, ColumnElement, Integer, case, cast, func, not_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.repository.conditions import has_refused, is_suppressed, may_write
from crm.consents.tables import mailing_kind
from crm.files.tables import file_content
from crm.mailings.content.message import Attached
from crm.mailings.tables import mailing, mailing_file, mailing_variant
from crm.parties.tables import party
from crm.recipients.tables import mailing_recipient

GOING: Final = ("sending", "running")
_LOCK: Final = 2_026_112_301
"""The first half of the keys of advisory locks of mailboxes; the second is the mailbox."""


class Wording(Struct, frozen=True):
    """What a variant says, as it was typed."""

    subject: str
    html: str
    text: str


class Going(Struct, frozen=True):
    """A mailing that is being sent: how fast, when in the day, and what."""

    id: int
    version: int
    priority: int
    rate_per_minute: int | None
    window_from: time | None
    window_until: time | None
    is_tracked: bool
    variants: Mapping[int, Wording]
    files: tuple[Attached, ...]


async def try_lock(connection: AsyncConnection, mailbox_id: int) -> bool:
    """Take a mailbox for this connection as long as it lasts; False where another one has it."""
    query = text("select pg_try_advisory_lock(:lock, cast(:mailbox as int))")
    return bool((await connection.execute(query, {"lock": _LOCK, "mailbox": mailbox_id})).scalar_one())


async def unlock(connection: AsyncConnection, mailbox_id: int) -> None:
    """Let a mailbox go."""
    query = text("select pg_advisory_unlock(:lock, cast(:mailbox as int))")
    await connection.execute(query, {"lock": _LOCK, "mailbox": mailbox_id})


async def list_busy_mailboxes(connection: AsyncConnection) -> list[int]:
    """List the mailboxes that have mailings to send."""
    query = select(mailing.c.mailbox_id).where(mailing.c.state.in_(GOING), mailing.c.mailbox_id.is_not(None)).distinct()
    return list((await connection.execute(query)).scalars())


async def find_next(connection: AsyncConnection, mailbox_id: int, *, now: datetime) -> int | None:
    """Find the most urgent mailing of a mailbox that has somebody to be written to now."""
    found = await connection.execute(text(_NEXT), {"mailbox": mailbox_id, "now": now})
    return found.scalar_one_or_none()


async def find_version(connection: AsyncConnection, mailing_id: int) -> int | None:
    """Tell the version of a mailing."""
    query = select(mailing.c.version).where(mailing.c.id == mailing_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def load_going(connection: AsyncConnection, mailing_id: int) -> Going:
    """Load what the sender needs of a mailing."""
    kept = mailing.c
    names = (name for name in Going.__struct_fields__ if name not in {"variants", "files"})
    columns = [kept[name] for name in names]
    row = (await connection.execute(select(*columns).where(kept.id == mailing_id))).mappings().one()
    said = mailing_variant.c
    query = select(said.id, said.subject, said.html, said.text).where(said.mailing_id == mailing_id)
    variants = {one.id: Wording(one.subject, one.html, one.text) for one in await connection.execute(query)}
    return Going(**row, variants=variants, files=await list_attached(connection, mailing_id))


async def list_attached(connection: AsyncConnection, mailing_id: int) -> tuple[Attached, ...]:
    """List the files of a mailing with what they hold, in their order."""
    kept = mailing_file.c
    query = (
        select(kept.name, kept.media_type, file_content.c.content)
        .join_from(mailing_file, file_content, file_content.c.hash == kept.hash)
        .where(kept.mailing_id == mailing_id)
        .order_by(kept.position)
    )
    return tuple(Attached(row.name, row.media_type, bytes(row.content)) for row in await connection.execute(query))


async def mark(connection: AsyncConnection, ids: Sequence[int], *, now: datetime, until: datetime) -> frozenset[int]:
    """Mark recipients whose message goes out now, and give those.

    Who refused meanwhile is unsubscribed, whose address is suppressed gets nothing; where the mailing does not go on,
    recipients go back to the queue.
    """
    row = mailing_recipient.c
    kept = (
        select(row.id, _why_not().label("why"))
        .join_from(mailing_recipient, mailing, mailing.c.id == row.mailing_id)
        .join(mailing_kind, mailing_kind.c.id == mailing.c.kind_id)
        .outerjoin(party, party.c.id == row.party_id)
        .where(row.id.in_(select(func.unnest(_ids(ids)))), row.state == "sending")
        .cte("kept")
    )
    goes = kept.c.why.is_(None)
    state = case(
        (goes, "sending"), (kept.c.why == "held", "queued"), (kept.c.why == "archived", "left_out"), else_=kept.c.why
    )
    marked = (
        update(mailing_recipient)
        .where(row.id == kept.c.id)
        .values(
            state=state,
            data_at=case((goes, now)),
            tries=row.tries + cast(goes, Integer),
            claimed_until=case((goes, until)),
            reason=case((goes, row.reason), else_=kept.c.why),
        )
        .returning(row.id, row.state)
    )
    found = (await connection.execute(marked)).all()
    return frozenset(one.id for one in found if one.state == "sending")


def _ids(ids: Sequence[int]) -> ColumnElement[Sequence[int]]:
    return cast(list(ids), ARRAY(BigInteger))


def _why_not() -> ColumnElement[str | None]:
    row, has_party = mailing_recipient.c, mailing_recipient.c.party_id.is_not(None)
    allowed = may_write(row.party_id, mailing.c.kind_id, mailing_kind.c.needs_consent)
    gone = party.c.erased_at.is_not(None) | party.c.merged_into.is_not(None) | party.c.archived_at.is_not(None)
    return case(
        (mailing.c.state.not_in(GOING), "held"),
        (is_suppressed(row.address), "suppressed"),
        (has_party & gone, "archived"),
        (has_party & (has_refused(row.party_id, mailing.c.kind_id) | not_(allowed)), "unsubscribed"),
    )


async def pause_by_itself(connection: AsyncConnection, mailing_id: int, *, errors: int, problem: str) -> bool:
    """Pause a mailing of which too many messages in a row were not taken; False where it does not go on anyway."""
    going = update(mailing).where(mailing.c.id == mailing_id, mailing.c.state.in_((*GOING, "scheduled", "preparing")))
    values = {"state": "paused", "errors_in_row": errors, "problem": problem, "version": mailing.c.version + 1}
    return bool((await connection.execute(going.values(values))).rowcount)


async def finish(connection: AsyncConnection, mailbox_id: int, *, now: datetime) -> list[int]:
    """Close the mailings of a mailbox of which nobody waits any more; gives them."""
    rows = await connection.execute(text(_FINISH), {"mailbox": mailbox_id, "now": now})
    return [convert(one, int) for one in rows.scalars()]


_NEXT: Final = """
select m.id from mailing m
where m.mailbox_id = :mailbox and m.state in ('sending', 'running') and exists (
    select from mailing_recipient r where r.mailing_id = m.id and r.state in ('queued', 'deferred')
        and r.due_at <= cast(:now as timestamptz))
order by m.priority desc, m.send_at nulls first, m.id limit 1
"""
_FINISH: Final = """
update mailing m set state = 'sent', ended_at = cast(:now as timestamptz), version = version + 1,
    changed_at = cast(:now as timestamptz)
where m.mailbox_id = :mailbox and m.state = 'sending' and not exists (
    select from mailing_recipient r where r.mailing_id = m.id and r.state in ('queued', 'deferred'))
and not exists (select from mailing_recipient r where r.mailing_id = m.id and r.state = 'sending')
returning m.id
"""
