"""The use case of how consent is asked for: from which mailbox, and whether the public form is open.

Without a mailbox from which letters with a link to confirm by go out nobody is asked.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents.errors import ConsentRefusedError, ConsentSettingChangedError
from crm.consents.repository import requests
from crm.consents.repository.requests import Setting
from crm.mailboxes.service import load_mailbox
from database.activity import Act, record_activity

load_setting = requests.load_setting


async def find_sender(connection: AsyncConnection) -> str | None:
    """Find from whom letters to confirm by come, as people read it; None where none go out."""
    setting = await load_setting(connection)
    if setting.mailbox_id is None:
        return None
    details = (await load_mailbox(connection, setting.mailbox_id)).details
    return details.from_name or details.address


async def save_setting(
    connection: AsyncConnection,
    *,
    mailbox_id: int | None,
    is_form_open: bool,
    can_link: bool,
    seen: int,
    act: Act,
) -> Setting:
    """Say how consent is asked for. Raises ConsentRefusedError, MailboxUnknownError, ConsentSettingChangedError."""
    before = await requests.load_setting(connection, lock=True)
    if before.version != seen:
        raise ConsentSettingChangedError("somebody else changed it meanwhile", field="version")
    if mailbox_id is not None:
        if not can_link:
            missing = "letters need links: set TALLYCARD_PUBLIC_URL and TALLYCARD_MAIL_KEY"
            raise ConsentRefusedError(missing, field="mailbox_id")
        if (await load_mailbox(connection, mailbox_id)).archived_at is not None:
            raise ConsentRefusedError("the mailbox is put away", field="mailbox_id")
    elif is_form_open:
        raise ConsentRefusedError("needs a mailbox from which letters to confirm by go out", field="mailbox_id")
    if (mailbox_id, is_form_open) == (before.mailbox_id, before.is_form_open):
        return before
    await requests.update_setting(connection, mailbox_id=mailbox_id, is_form_open=is_form_open)
    data = {"mailbox_id": mailbox_id, "is_form_open": is_form_open}
    await record_activity(connection, act=act, what="consent_setting.changed", record="consent_setting", data=data)
    return await requests.load_setting(connection)
