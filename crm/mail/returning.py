"""What a message that came back does: its recipient is marked, and an address that takes nothing for good gets no more.

Key idea: anybody can write a report. It acts only where it names a message that went out of here, and an address that
this message was written to; so nobody is silenced by a letter that we never wrote. A server that goes on trying, and a
failure that may pass, are noted and silence nobody.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.errors import ConsentRefusedError
from crm.consents.suppressing import suppress
from crm.mail.bounces import Bounce, Failure
from crm.mail.model import address_of
from crm.mail.repository import messages as repository
from crm.mail.repository.arriving import find_written as find_own
from crm.recipients.model import read_message_name
from crm.recipients.repository import find_written, note_bounce
from database.activity import Act, record_activity

HARD: Final = "hard_bounce"


async def take_bounce(connection: AsyncConnection, mailbox_id: int, bounce: Bounce, *, act: Act) -> bool:
    """Act on a report; False where it speaks of nothing that was sent from here."""
    named = read_message_name(bounce.message_id)
    if named is not None:
        return await _take_recipient(connection, *named, bounce, act=act)
    return await _take_own(connection, mailbox_id, bounce, act=act)


async def _take_recipient(
    connection: AsyncConnection, mailing_id: int, recipient_id: int, bounce: Bounce, *, act: Act
) -> bool:
    """Mark the recipient of a mailing, the worst that is told of its address."""
    written = await find_written(connection, mailing_id, recipient_id)
    failure = None if written is None else _failure_of(bounce, [written.address])
    if written is None or failure is None:
        return False
    await note_bounce(connection, recipient_id, _told(failure), is_final=failure.is_final, now=act.at)
    if failure.is_final:
        data = {"mailing": mailing_id, "status": failure.status}
        record = f"mailing:{mailing_id}"
        await record_activity(
            connection, act=act, what="mailing_letter.bounced", record=record, party_id=written.party_id, data=data
        )
    if failure.is_hard:
        await _suppress(connection, written.address, act=act)
    return True


async def _take_own(connection: AsyncConnection, mailbox_id: int, bounce: Bounce, *, act: Act) -> bool:
    """Note on a message that somebody wrote by hand that it came back."""
    own = await find_own(connection, mailbox_id, bounce.message_id)
    recipients = [] if own is None else [address_of(one) for one in own[1]]
    failure = _failure_of(bounce, recipients)
    if own is None or failure is None:
        return False
    state: dict[str, object] = {"state": "failed"} if failure.is_final else {}
    await repository.update_message(connection, own[0], state | {"problem": _told(failure)})
    if failure.is_final:
        message = await repository.find_message(connection, own[0])
        assert message is not None, "it was just found"
        await record_activity(
            connection,
            act=act,
            what="mail.bounced",
            record=f"mail:{own[0]}",
            party_id=message.party_id,
            data={"status": failure.status},
            importance=1,
        )
    if failure.is_hard:
        for address in recipients:
            if address.casefold() in failure.addresses:
                await _suppress(connection, address, act=act)
    return True


def _failure_of(bounce: Bounce, addresses: Iterable[str]) -> Failure | None:
    """Give what a report tells of one of the addresses that a message was written to, the final before the passing.

    Where mail is forwarded the report names another address; then the headers that it returns name ours.
    """
    known = {one.casefold() for one in addresses}
    told = [one for one in bounce.failures if one.addresses & known]
    if not told and known & bounce.written_to and len(bounce.failures) == 1:
        told = list(bounce.failures)
    return max(told, key=lambda one: (one.is_final, one.is_hard), default=None)


async def _suppress(connection: AsyncConnection, address: str, *, act: Act) -> None:
    try:
        await suppress(connection, address, HARD, act=act)
    except ConsentRefusedError:  # an address that no list takes is written to by no mailing either
        return


def _told(failure: Failure) -> str:
    told = failure.reason if failure.status in failure.reason else f"{failure.status} {failure.reason}"
    return " ".join(told.split())
