"""Use cases of mailings: written, checked, begun, paused, gone on with, cancelled.

Key idea: a mailing is written while it is a draft and never after; from its beginning on only its state changes, and
what it says to whom is what was checked. Who sends asks for the state before each message, so a pause holds at once.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.consents import kinds
from crm.consents.kinds import load_kind
from crm.files.model import NewFile
from crm.files.repository import drop_content, put_content
from crm.mailboxes.service import load_mailbox
from crm.mailings.content.message import make_content
from crm.mailings.errors import (
    MailingChangedError,
    MailingRefusedError,
    MailingStateError,
    MailingUnknownError,
)
from crm.mailings.model import EDITABLE, Audience, Mailing, MailingDetails, MailingState, check_mailing
from crm.mailings.repository import addresses, choosing, mailings
from crm.mailings.repository.choosing import Choosing, Count, add_counts
from crm.parties.listing import load_names
from crm.segments.errors import SegmentNotFoundError
from crm.segments.service import load_segment
from crm.views.listing import load_words
from crm.views.model import ViewError
from database.activity import Act, Importance, record_activity
from database.identifiers import MOST_ID
from loyalty.money import Scale

MOST_FILES: Final = 10
_DAY: Final = timedelta(days=1)
MOST_FILE_BYTES: Final = 10 * 2**20
"""Of all files of a message together; many servers take no more than this as Base64."""
_STOPPABLE: Final[frozenset[MailingState]] = frozenset({"scheduled", "preparing", "sending", "paused", "running"})

list_mailings = mailings.list_mailings
list_kinds = kinds.list_kinds
list_files = mailings.list_files


class Office(Struct, frozen=True):
    """Where and when recipients are looked up: what segments ask of days and amounts is told by it."""

    timezone: str
    money: Scale
    now: datetime


class Neighbours(Struct, frozen=True):
    """Whose letter is looked at, None for an invented customer's, and whose come before and behind."""

    party_id: int | None = None
    name: str = ""
    before: int | None = None
    behind: int | None = None


async def load_mailing(connection: AsyncConnection, mailing_id: int) -> Mailing:
    """Load a mailing. Raises MailingUnknownError."""
    found = await mailings.find_mailing(connection, mailing_id) if 0 < mailing_id <= MOST_ID else None
    if found is None:
        raise MailingUnknownError("there is no such mailing")
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
    before = await lock_mailing(connection, mailing_id, seen=seen, allowed=EDITABLE)
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
    before = await lock_mailing(connection, mailing_id, allowed=EDITABLE)
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
    await lock_mailing(connection, mailing_id, allowed=EDITABLE)
    gone = await mailings.delete_file(connection, mailing_id, file_id) if 0 < file_id <= MOST_ID else None
    if gone is not None:
        await drop_content(connection, gone)
        await mailings.update_mailing(connection, mailing_id, {}, now=act.at)
        await _record(connection, mailing_id, "changed", act=act, data={"fields": ["files"]})
    return await load_mailing(connection, mailing_id)


async def count_recipients(connection: AsyncConnection, mailing_id: int, office: Office) -> Count:
    """Count what would become of whom a mailing names, were it sent now. Raises MailingRefusedError."""
    choice = await choice_of(connection, mailing_id, office)
    named = await choosing.count_choice(connection, choice)
    return add_counts(named, await addresses.count_fates(connection, choice))


async def find_neighbours(connection: AsyncConnection, mailing_id: int, office: Office, party_id: int) -> Neighbours:
    """Find the first party from an identifier on that a mailing names, and those before and behind it.

    Raises MailingRefusedError.
    """
    choice = await choice_of(connection, mailing_id, office)
    before, *found = await choosing.list_around(connection, choice, party_id)
    shown, behind = (*found, None, None)[:2]
    if shown is None:
        return Neighbours(before=before)
    names = await load_names(connection, [shown])
    return Neighbours(shown, names.get(shown, ""), before, behind)


async def begin(
    connection: AsyncConnection, mailing_id: int, office: Office, *, seen: int, can_link: bool, act: Act
) -> Mailing:
    """Send a draft now, or when its time comes. Raises MailingRefusedError for what is missing, ContentRefusedError."""
    found = await lock_mailing(connection, mailing_id, seen=seen, allowed=EDITABLE)
    if (await load_kind(connection, found.details.kind_id)).is_archived:
        raise MailingRefusedError("its kind is put away: choose another", field="kind_id")
    has_addresses = await addresses.count_addresses(connection, mailing_id) > 0
    _check_whole(found.details, can_link=can_link, has_addresses=has_addresses)
    await choice_of(connection, mailing_id, office)
    send_at = found.details.send_at
    state: MailingState = "scheduled" if send_at is not None and send_at > act.at else "preparing"
    values: dict[str, object] = {"started_at": act.at}
    if found.details.trigger is not None:
        state, values["triggered_to"] = "running", act.at - _DAY
    await mailings.update_mailing(connection, mailing_id, {**values, "state": state}, now=act.at)
    await _record(connection, mailing_id, state, act=act, importance=1)
    return await load_mailing(connection, mailing_id)


async def prepare(connection: AsyncConnection, mailing_id: int, office: Office, *, act: Act) -> bool:
    """Add the next portion of recipients; the last one begins the sending. False where there is nothing left to do.

    Raises MailingRefusedError for a segment that means nothing any more.
    """
    found = await mailings.find_mailing(connection, mailing_id, lock=True)
    if found is None or found.state not in {"scheduled", "preparing"}:
        return False
    choice = await choice_of(connection, mailing_id, office)
    if await addresses.add_portion(connection, choice, now=act.at):
        if found.state == "scheduled":
            await mailings.update_mailing(connection, mailing_id, {"state": "preparing"}, now=act.at)
            await _record(connection, mailing_id, "preparing", act=act)
        return True
    portion = await choosing.list_portion(connection, choice, after=found.prepared_to)
    if portion:
        await choosing.add_recipients(connection, choice, portion, now=act.at)
    state: MailingState = "preparing" if portion else "sending"
    values = {"prepared_to": portion[-1]} if portion else {"prepared_at": act.at}
    await mailings.update_mailing(connection, mailing_id, {"state": state, **values}, now=act.at)
    if found.state != state:
        await _record(connection, mailing_id, state, act=act)
    return bool(portion)


async def pause(connection: AsyncConnection, mailing_id: int, *, act: Act) -> Mailing:
    """Hold a mailing: no message is begun from now on. Raises MailingStateError."""
    await lock_mailing(connection, mailing_id, allowed={"preparing", "sending", "running"})
    return await _move(connection, mailing_id, "paused", act=act)


async def resume(connection: AsyncConnection, mailing_id: int, *, act: Act) -> Mailing:
    """Go on with a paused mailing; what stopped it is forgotten. Raises MailingStateError."""
    found = await lock_mailing(connection, mailing_id, allowed={"paused"})
    state: MailingState = "preparing" if found.prepared_at is None else "sending"
    return await _move(connection, mailing_id, "running" if found.details.trigger else state, act=act)


async def cancel(connection: AsyncConnection, mailing_id: int, *, act: Act) -> Mailing:
    """End a mailing for good; who was not written to will not be. Raises MailingStateError."""
    await lock_mailing(connection, mailing_id, allowed=_STOPPABLE)
    await mailings.update_mailing(connection, mailing_id, {"ended_at": act.at}, now=act.at)
    return await _move(connection, mailing_id, "cancelled", act=act)


async def choice_of(connection: AsyncConnection, mailing_id: int, office: Office) -> Choosing:
    """Give by what the recipients of a mailing are chosen.

    Raises MailingUnknownError, MailingRefusedError for a segment that means nothing any more.
    """
    found = await load_mailing(connection, mailing_id)
    details, kind = found.details, await load_kind(connection, found.details.kind_id)
    return Choosing(
        mailing_id,
        details.audience,
        kind.id,
        kind.needs_consent,
        details.control_percent,
        await mailings.list_shares(connection, mailing_id),
        await _members_of(connection, details.audience, office),
        details.window_from,
        details.window_until,
        office.timezone,
    )


async def _members_of(connection: AsyncConnection, audience: Audience, office: Office) -> ColumnElement[bool] | None:
    if not audience.segments:
        return None
    words = await load_words(connection)
    context = words.context(now=office.now, zone=ZoneInfo(office.timezone), money=office.money)
    try:
        return choosing.members_of(audience, context)
    except ViewError as error:
        raise MailingRefusedError(str(error), field="audience") from error


async def _move(connection: AsyncConnection, mailing_id: int, state: MailingState, *, act: Act) -> Mailing:
    values = {"state": state, "problem": None, "errors_in_row": 0}
    await mailings.update_mailing(connection, mailing_id, values, now=act.at)
    await _record(connection, mailing_id, state, act=act, importance=1)
    return await load_mailing(connection, mailing_id)


async def _check(connection: AsyncConnection, details: MailingDetails) -> MailingDetails:
    clean = check_mailing(details)
    await load_kind(connection, clean.kind_id)
    for segment_id in clean.audience.segments:
        await _check_segment(connection, segment_id)
    if clean.mailbox_id is not None:
        box = await load_mailbox(connection, clean.mailbox_id)
        if box.archived_at is not None:
            raise MailingRefusedError("the mailbox is put away", field="mailbox_id")
    return clean


async def _check_segment(connection: AsyncConnection, segment_id: int) -> None:
    try:
        await load_segment(connection, segment_id)
    except SegmentNotFoundError as error:
        raise MailingRefusedError("names a segment that is not there", field="audience") from error


def _check_whole(details: MailingDetails, *, can_link: bool, has_addresses: bool) -> None:
    """See that all is there that sending needs."""
    if not can_link:
        raise MailingRefusedError("letters need links: set TALLYCARD_PUBLIC_URL and TALLYCARD_MAIL_KEY")
    if details.mailbox_id is None:
        raise MailingRefusedError("must say from which mailbox", field="mailbox_id")
    if details.trigger is not None and has_addresses:
        raise MailingRefusedError("sends itself, and takes no single addresses: take them out", field="audience")
    if details.audience.is_empty and not has_addresses and details.trigger is None:
        raise MailingRefusedError("must name a segment, a group or a party", field="audience")
    for one in details.variants:
        if not one.subject.strip():
            raise MailingRefusedError(f"variant {one.letter} has no subject", field="subject")
        if not (one.html.strip() or one.text.strip()):
            raise MailingRefusedError(f"variant {one.letter} says nothing", field="html")
        make_content(subject=one.subject, html=one.html, text=one.text)


async def lock_mailing(
    connection: AsyncConnection, mailing_id: int, *, allowed: Collection[MailingState], seen: int | None = None
) -> Mailing:
    """Load a mailing that is about to change, alone until the transaction ends.

    Raises MailingUnknownError, MailingStateError, MailingChangedError.
    """
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
