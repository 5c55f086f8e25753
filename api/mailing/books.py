"""What the sender writes down, each a part of a transaction: answers with the timeline, pauses, ends, news."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.repository import sending
from crm.recipients import repository as recipients
from crm.recipients.model import Outcome
from database.activity import CHANNEL, Act, record_activities, record_activity

ACTOR: Final = "mailing"


async def answer(connection: AsyncConnection, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Write down what became of recipients; what was sent to a party stands on its timeline."""
    sent = await recipients.answer(connection, outcomes, now=now)
    for mailing_id in {mailing_id for mailing_id, _ in sent}:
        parties = [(party_id, {"mailing": mailing_id}) for one, party_id in sent if one == mailing_id]
        act = Act(f"{ACTOR}:{mailing_id}", now)
        await record_activities(connection, act=act, what="mailing_letter.sent", parties=parties)


async def pause(connection: AsyncConnection, mailing_id: int, problem: str, *, errors: int, now: datetime) -> None:
    """Pause a mailing with the reason, which is the mail server's own or says what is wrong with the text."""
    if await sending.pause_by_itself(connection, mailing_id, errors=errors, problem=problem):
        act, record, data = Act(ACTOR, now), f"mailing:{mailing_id}", {"errors": errors}
        await record_activity(connection, act=act, what="mailing.stuck", record=record, data=data, importance=1)


async def finish(connection: AsyncConnection, mailbox_id: int, *, now: datetime) -> None:
    """Close the mailings of which nobody waits any more."""
    for mailing_id in await sending.finish(connection, mailbox_id, now=now):
        await record_activity(connection, act=Act(ACTOR, now), what="mailing.sent", record=f"mailing:{mailing_id}")


async def tell(connection: AsyncConnection, mailing_ids: Collection[int]) -> None:
    """Let the open pages of mailings look again when the transaction ends."""
    for mailing_id in mailing_ids:
        values = {"channel": CHANNEL, "topic": f"mailing:{mailing_id}"}
        await connection.execute(text("select pg_notify(:channel, :topic)"), values)
