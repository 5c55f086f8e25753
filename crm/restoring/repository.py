"""The SQL of what a restore holds back.

Between the backup and the loss mail went out of which the restored database knows nothing. Key idea: whatever was on
its way then is stopped, to be sent again by a person who knows what was lost; nobody is written to twice.
"""

from typing import Final

from msgspec import Struct
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.tables import subscription_request
from crm.mail.tables import mail_message
from crm.mailings.tables import mailing
from crm.notifications.tables import notice

REASON: Final = "it may have gone out after the backup from which the data were restored"


class HeldBack(Struct, frozen=True):
    """How many of each were on their way and are not any more."""

    mailings: int
    messages: int
    notices: int
    requests: int


async def hold_back_mail(connection: AsyncConnection) -> HeldBack:
    """Pause mailings, and let messages, notices by mail and questions for consent count as failed, with a reason."""
    waits = ("queued", "sending")
    mailings = update(mailing).where(mailing.c.state.in_(("scheduled", "preparing", "sending", "running")))
    messages = update(mail_message).where(mail_message.c.state.in_(waits))
    notices = update(notice).where(notice.c.mail.in_(waits))
    requests = update(subscription_request).where(subscription_request.c.state.in_(waits))
    return HeldBack(
        mailings=(await connection.execute(mailings.values(state="paused"))).rowcount,
        messages=(await connection.execute(messages.values(state="failed", problem=REASON))).rowcount,
        notices=(await connection.execute(notices.values(mail="failed", mail_after=None, mail_error=REASON))).rowcount,
        requests=(await connection.execute(requests.values(state="failed", reason=REASON))).rowcount,
    )
