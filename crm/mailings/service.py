"""Use cases of mailings: written, checked, begun, paused, gone on with, cancelled.

Key idea: a mailing is written while it is a draft and never after; from its beginning on only its state changes, and
what it says to whom is what was checked. Who sends asks for the state before each message, so a pause holds at once.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from crm.files.model import NewFile
from crm.files.repository import drop_content, put_content
from crm.mailboxes.service import load_mailbox
from crm.mailings.content.message import make_content
from crm.mailings.errors import (
    MailingChangedError,
    MailingKindUnknownError,
    MailingRefusedError,
    MailingStateError,
    MailingUnknownError,
)
from crm.mailings.model import EDITABLE, Kind, Mailing, MailingDetails, MailingState, check_mailing
from crm.mailings.repository import choosing, mailings
from crm.mailings.repository.choosing import Choosing, Count
from database.activity import Act, Importance, record_activity
from database.identifiers import MOST_ID

MOST_FILES: Final = 10
MOST_FILE_BYTES: Final = 10 * 2**20
"""Of all files of a message together; many servers take no more than this as Base64."""
_STOPPABLE: Final[frozenset[MailingState]] = frozenset({"scheduled", "preparing", "sending", "paused"})

list_mailings = mailings.list_mailings
list_kinds = mailings.list_kinds
list_files = mailings.list_files


async def load_mailing(connection: AsyncConnection, mailing_id: int) -> Mailing:
    """Load a mailing. Raises MailingUnknownError."""
    found = await mailings.find_mailing(connection, mailing_id) if 0 < mailing_id <= MOST_ID else None
    if found is None:
        raise MailingUnknownError("there is no such mailing")
    return found


async def load_kind(connection: AsyncConnection, kind_id: int) -> Kind:
    """Load a kind of mailings. Raises MailingKindUnknownError."""
    found = await mailings.find_kind(connection, kind_id) if 0 < kind_id <= MOST_ID else None
    if found is None:
        raise MailingKindUnknownError("there is no such kind of mailings", field="kind_id")
    return found


async def make_mailing(
    connection: AsyncConnection, details: MailingDetails, *, author_id: int | None, act: Act
) -> Mailing:
    """Make a draft. Raises MailingRefusedError, MailingKindUnknownError, MailboxUnknownError."""
    clean = await _check(connection, details)
    made = await mailings.insert_mailing(connection, clean, author_id=author_id, now=act.at)
    await _record(connection, made, "made", act=act)
    return await load_mailing(connection, made)


async def change_mailing(
    connection: AsyncConnection, mailing_id: int, details: MailingDetails, *, seen: int, act: Act
) -> Mailing:
    """Change a draft from the version that somebody saw; what is unfinished is kept so.

    Raises MailingUnknownError, MailingChangedError, MailingStateError, and what `make_mailing` raises.
    """
    clean = await _check(connection, details)
    before = await _lock(connection, mailing_id, seen=seen, allowed=EDITABLE)
    fields = [
        name for name in MailingDetails.__struct_fields__ if getattr(before.details, name) != getattr(clean, name)
    ]
    if not fields:
        return before
    await mailings.update_details(connection, mailing_id, clean, now=act.at)
    await _record(connection, mailing_id, "changed", act=act, data={"fields": fields})
    return await load_mailing(connection, mailing_id)


async def add_file(connection: AsyncConnection, mailing_id: int, file: NewFile, *, act: Act) -> Mailing:
    """Let a file go with every message of a draft. Raises MailingRefusedError, MailingStateError."""
    before = await _lock(connection, mailing_id, allowed=EDITABLE)
    there = await mailings.list_files(connection, mailing_id)
    if len(there) >= MOST_FILES or sum(one.size for one in there) + len(file.content) > MOST_FILE_BYTES:
        most = f"at most {MOST_FILES} files of {MOST_FILE_BYTES // 2**20} MiB together go with a message"
        raise MailingRefusedError(most, field="file")
    await put_content(connection, file, now=act.at)
    await mailings.insert_file(connection, mailing_id, file)
    await mailings.update_mailing(connection, mailing_id, {}, now=act.at)
    await _record(connection, before.id, "changed", act=act, data={"fields": ["files"]})
    return await load_mailing(connection, mailing_id)


async def remove_file(connection: AsyncConnection, mailing_id: int, file_id: int, *, act: Act) -> Mailing:
    """Take a file out of a draft; one that is not there is gone already. Raises MailingStateError."""
    await _lock(connection, mailing_id, allowed=EDITABLE)
    gone = await mailings.delete_file(connection, mailing_id, file_id)
    if gone is not None:
        await drop_content(connection, gone)
        await mailings.update_mailing(connection, mailing_id, {}, now=act.at)
        await _record(connection, mailing_id, "changed", act=act, data={"fields": ["files"]})
    return await load_mailing(connection, mailing_id)


async def count_recipients(connection: AsyncConnection, mailing_id: int, *, timezone: str) -> Count:
    """Count what would become of whom a mailing names, were it sent now."""
    return await choosing.count_choice(connection, await choice_of(connection, mailing_id, timezone=timezone))


async def begin(connection: AsyncConnection, mailing_id: int, *, seen: int, can_link: bool, act: Act) -> Mailing:
    """Send a draft now, or when its time comes. Raises MailingRefusedError for what is missing, ContentRefusedError."""
    found = await _lock(connection, mailing_id, seen=seen, allowed=EDITABLE)
    _check_whole(found.details, can_link=can_link)
    send_at = found.details.send_at
    state: MailingState = "scheduled" if send_at is not None and send_at > act.at else "preparing"
    await mailings.update_mailing(connection, mailing_id, {"state": state, "started_at": act.at}, now=act.at)
    await _record(connection, mailing_id, state, act=act, importance=1)
    return await load_mailing(connection, mailing_id)


async def prepare(connection: AsyncConnection, mailing_id: int, *, timezone: str, act: Act) -> bool:
    """Add the next portion of recipients; the last one begins the sending. False where there is nothing left to do."""
    found = await mailings.find_mailing(connection, mailing_id, lock=True)
    if found is None or found.state not in {"scheduled", "preparing"}:
        return False
    choice = await choice_of(connection, mailing_id, timezone=timezone)
    after = await choosing.find_last(connection, mailing_id)
    portion = await choosing.list_portion(connection, choice.audience, after=after)
    if portion:
        await choosing.add_recipients(connection, choice, portion, now=act.at)
    state = "preparing" if portion else "sending"
    if found.state != state:
        await mailings.update_mailing(connection, mailing_id, {"state": state}, now=act.at)
        await _record(connection, mailing_id, state, act=act)
    return bool(portion)


async def pause(connection: AsyncConnection, mailing_id: int, *, act: Act) -> Mailing:
    """Hold a mailing: no message is begun from now on. Raises MailingStateError."""
    await _lock(connection, mailing_id, allowed={"sending"})
    return await _move(connection, mailing_id, "paused", act=act)


async def resume(connection: AsyncConnection, mailing_id: int, *, act: Act) -> Mailing:
    """Go on with a paused mailing; what stopped it is forgotten. Raises MailingStateError."""
    await _lock(connection, mailing_id, allowed={"paused"})
    return await _move(connection, mailing_id, "sending", act=act)


async def cancel(connection: AsyncConnection, mailing_id: int, *, act: Act) -> Mailing:
    """End a mailing for good; who was not written to will not be. Raises MailingStateError."""
    await _lock(connection, mailing_id, allowed=_STOPPABLE)
    await mailings.update_mailing(connection, mailing_id, {"ended_at": act.at}, now=act.at)
    return await _move(connection, mailing_id, "cancelled", act=act)


async def choice_of(connection: AsyncConnection, mailing_id: int, *, timezone: str) -> Choosing:
    """Give by what the recipients of a mailing are chosen. Raises MailingUnknownError."""
    found = await load_mailing(connection, mailing_id)
    details, kind = found.details, await load_kind(connection, found.details.kind_id)
    return Choosing(
        mailing_id,
        details.audience,
        kind.id,
        kind.needs_consent,
        details.control_percent,
        await mailings.list_shares(connection, mailing_id),
        details.window_from,
        details.window_until,
        timezone,
    )


async def _move(connection: AsyncConnection, mailing_id: int, state: MailingState, *, act: Act) -> Mailing:
    values = {"state": state, "problem": None, "errors_in_row": 0}
    await mailings.update_mailing(connection, mailing_id, values, now=act.at)
    await _record(connection, mailing_id, state, act=act, importance=1)
    return await load_mailing(connection, mailing_id)


async def _check(connection: AsyncConnection, details: MailingDetails) -> MailingDetails:
    clean = check_mailing(details)
    await load_kind(connection, clean.kind_id)
    if clean.mailbox_id is not None:
        box = await load_mailbox(connection, clean.mailbox_id)
        if box.archived_at is not None:
            raise MailingRefusedError("the mailbox is put away", field="mailbox_id")
    return clean


def _check_whole(details: MailingDetails, *, can_link: bool) -> None:
    """See that all is there that sending needs."""
    if not can_link:
        raise MailingRefusedError("letters need links: set TALLYCARD_PUBLIC_URL and TALLYCARD_MAIL_KEY")
    if details.mailbox_id is None:
        raise MailingRefusedError("must say from which mailbox", field="mailbox_id")
    if details.audience.is_empty:
        raise MailingRefusedError("must name a group or a party", field="audience")
    for one in details.variants:
        if not one.subject.strip():
            raise MailingRefusedError(f"variant {one.letter} has no subject", field="subject")
        if not (one.html.strip() or one.text.strip()):
            raise MailingRefusedError(f"variant {one.letter} says nothing", field="html")
        make_content(subject=one.subject, html=one.html, text=one.text)


async def _lock(
    connection: AsyncConnection, mailing_id: int, *, allowed: Collection[MailingState], seen: int | None = None
) -> Mailing:
    found = await mailings.find_mailing(connection, mailing_id, lock=True) if 0 < mailing_id <= MOST_ID else None
    if found is None:
        raise MailingUnknownError("there is no such mailing")
    if found.state not in allowed:
        raise MailingStateError(f"the mailing is {found.state}")
    if seen is not None and found.version != seen:
        raise MailingChangedError("somebody else changed it meanwhile", field="version")
    return found


async def _record(
    connection: AsyncConnection,
    mailing_id: int,
    what: str,
    *,
    act: Act,
    data: dict[str, object] | None = None,
    importance: Importance = 2,
) -> None:
    await record_activity(
        connection, act=act, what=f"mailing.{what}", record=f"mailing:{mailing_id}", data=data, importance=importance
    )
