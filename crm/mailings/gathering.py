"""Use cases of addresses beside a draft's audience: put in from a file, taken over from another mailing, taken out.

Key idea: what is put in is a wish. Whether somebody may be written to is decided as the mailing begins, and again as
each message goes out; so a copied recipient who opted out since stays out, and so does one that a file names.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.mailings.errors import MailingRefusedError
from crm.mailings.model import EDITABLE, Mailing
from crm.mailings.repository import addresses, mailings
from crm.mailings.repository.addresses import Given, Which
from crm.mailings.service import load_mailing, lock_mailing
from database.activity import Act, record_activity

MOST_AT_ONCE: Final = 1_000


async def put_addresses(
    connection: AsyncConnection, mailing_id: int, rows: Sequence[Given], *, is_agreed: bool, act: Act
) -> int:
    """Put addresses to a draft; gives how many are new. `is_agreed` says that whoever is no party agreed to its kind.

    Raises MailingUnknownError, MailingStateError.
    """
    await lock_mailing(connection, mailing_id, allowed=EDITABLE)
    put = await addresses.put_addresses(connection, mailing_id, rows, is_agreed=is_agreed)
    await _record(connection, mailing_id, "addresses_put", {"new": put, "agreed": is_agreed}, act=act)
    return put


async def copy_recipients(
    connection: AsyncConnection, mailing_id: int, source_id: int, which: Which, *, act: Act
) -> int:
    """Take recipients of another mailing over into a draft; gives how many are new.

    Raises MailingUnknownError, MailingStateError, MailingRefusedError where nobody knows who opened the other one.
    """
    draft = await lock_mailing(connection, mailing_id, allowed=EDITABLE)
    source = await load_mailing(connection, source_id)
    if source.id == draft.id:
        raise MailingRefusedError("is this mailing itself", field="source")
    if which == "unopened" and not source.details.is_tracked:
        raise MailingRefusedError("did not note who opened it", field="which")
    is_agreed = source.details.kind_id == draft.details.kind_id
    put = await addresses.copy_addresses(connection, mailing_id, source_id=source_id, which=which, is_agreed=is_agreed)
    data: dict[str, object] = {"new": put, "source": source_id, "which": which}
    await _record(connection, mailing_id, "addresses_copied", data, act=act)
    return put


async def take_out(connection: AsyncConnection, mailing_id: int, *, act: Act) -> Mailing:
    """Take all addresses beside a draft's audience out again. Raises MailingUnknownError, MailingStateError."""
    await lock_mailing(connection, mailing_id, allowed=EDITABLE)
    gone = await addresses.delete_addresses(connection, mailing_id)
    if gone:
        await _record(connection, mailing_id, "addresses_taken_out", {"count": gone}, act=act)
    return await load_mailing(connection, mailing_id)


async def _record(
    connection: AsyncConnection, mailing_id: int, what: str, data: dict[str, object], *, act: Act
) -> None:
    await mailings.update_mailing(connection, mailing_id, {}, now=act.at)
    record = f"mailing:{mailing_id}"
    await record_activity(connection, act=act, what=f"mailing.{what}", record=record, data=data)
