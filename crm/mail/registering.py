"""A message that came or went stands where people look for it: in the journal of letters, and as a held contact.

Key idea: both are made by the rooms that own them and once for a message. Which of them there are is the installation's
choice: a module that is off gets nothing, and a kind of events that was archived is not wanted. Tied to another party
later, a message takes its letter and its event along.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct, structs
from sqlalchemy.ext.asyncio import AsyncConnection

from crm.events import service as events
from crm.events.errors import EventKindRefusedError, EventKindUnknownError, EventUnknownError
from crm.events.keeping import load_event
from crm.events.model import MOST_TOPIC, Draft
from crm.letters import service as letters
from crm.letters.errors import LetterArchivedError
from crm.letters.keeping import load_letter
from crm.letters.model import NO_TOPIC, Attached, Mail
from crm.letters.repository.letters import find_id_of_message
from crm.mail.mime import one_line
from crm.mail.model import File, Message
from crm.mail.repository import messages as repository
from database.activity import Act, record_activity

EVENT_KIND: Final = "email"
_ROLE: Final = "admin"
"""Messages register themselves, whoever may add events of the kind by hand."""


class Surroundings(Struct, frozen=True):
    """Where the shop is, and which journals it keeps."""

    zone: str
    has_letters: bool
    has_events: bool

    def day(self, at: datetime) -> date:
        """Give the day of a moment where the shop is."""
        return at.astimezone(ZoneInfo(self.zone)).date()


async def register(
    connection: AsyncConnection,
    message: Message,
    files: Sequence[File],
    *,
    what: str,
    written_at: datetime,
    around: Surroundings,
    act: Act,
) -> None:
    """Register a message that came or was sent: as a letter, as an event of its party, and in the journal of acts."""
    if around.has_letters:
        mail = Mail(
            flow=message.flow,
            topic=message.subject,
            text=message.text,
            on=around.day(written_at),
            party_id=message.party_id,
            user_id=message.author_id,
            files=[Attached(one.name, one.media_type, one.hash) for one in files],
        )
        await letters.register_message(connection, message.id, mail, today=around.day(act.at), act=act)
    has_event = await _make_event(connection, message, around=around, act=act)
    await record(connection, message, what, act=act, is_shown=not has_event)


async def move(connection: AsyncConnection, message: Message, *, around: Surroundings, act: Act) -> None:
    """Let the letter and the event of a message belong to the party that it is tied to now."""
    letter_id = await find_id_of_message(connection, message.id) if around.has_letters else None
    if letter_id is not None:
        await _move_letter(connection, letter_id, message.party_id, around=around, act=act)
    if message.event_id is None:
        await _make_event(connection, message, around=around, act=act)
    elif around.has_events:
        await _move_event(connection, message, around=around, act=act)


async def record(connection: AsyncConnection, message: Message, what: str, *, act: Act, is_shown: bool = True) -> None:
    """Add an act on a message to the journal; it stands on the party's timeline unless an event stands for it there."""
    await record_activity(
        connection,
        act=act,
        what=f"mail.{what}",
        record=f"mail:{message.id}",
        party_id=message.party_id if is_shown else None,
        data={"flow": message.flow, "mailbox": message.mailbox_id},
    )


async def _make_event(connection: AsyncConnection, message: Message, *, around: Surroundings, act: Act) -> bool:
    if message.party_id is None or not around.has_events:
        return False
    draft = Draft(
        kind=EVENT_KIND,
        topic=" ".join(one_line(message.subject).split())[:MOST_TOPIC].rstrip() or NO_TOPIC,
        zone=around.zone,
        direction=message.flow,
        starts_at=message.at,
        author_id=message.author_id,
        responsible_id=message.author_id,
        party_id=message.party_id,
    )
    try:
        async with connection.begin_nested():
            made = await events.make_event(connection, draft, role=_ROLE, act=act)
    except (EventKindRefusedError, EventKindUnknownError):
        return False
    await repository.update_message(connection, message.id, {"event_id": made.id})
    return True


async def _move_letter(
    connection: AsyncConnection, letter_id: int, party_id: int | None, *, around: Surroundings, act: Act
) -> None:
    """Change the party of a letter; an archived one stays as it was put away."""
    letter = await load_letter(connection, letter_id)
    details = structs.replace(letter.details, party_id=party_id, person_id=None)
    today = around.day(act.at)
    try:
        await letters.change_letter(
            connection, letter_id, details, seen=letter.version, today=today, may_date=True, act=act
        )
    except LetterArchivedError:
        return


async def _move_event(connection: AsyncConnection, message: Message, *, around: Surroundings, act: Act) -> None:
    """Change the party of an event; without a party there is none, and one that was removed is made anew."""
    assert message.event_id is not None, "only what has an event comes here"
    event = await load_event(connection, message.event_id)
    try:
        if message.party_id is None:
            await events.remove_event(connection, event.id, seen=event.version, act=act)
            await repository.update_message(connection, message.id, {"event_id": None})
        else:
            draft = structs.replace(event.draft, party_id=message.party_id)
            await events.change_event(connection, event.id, draft, seen=event.version, role=_ROLE, act=act)
    except EventUnknownError:
        await repository.update_message(connection, message.id, {"event_id": None})
        await _make_event(connection, structs.replace(message, event_id=None), around=around, act=act)
