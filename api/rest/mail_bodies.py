"""What is said of mail over the API, and what is answered. Recipients are addresses, with names or without."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from api.rest.bodies import Identifier
from api.rest.task_bodies import Version
from crm.mail.model import MOST_RECIPIENTS, MOST_SUBJECT, MOST_TEXT, Draft, File, Flow, Message, State
from crm.mail.repository.listing import MailRow
from crm.mail.service import MOST_AT_ONCE, Thread
from database.keyset import Place
from pos_adapter.problems import BodyError
from pos_adapter.protocol import Wire

MOST_WRITTEN = 400
Recipients = Annotated[list[Annotated[str, Meta(max_length=MOST_WRITTEN)]], Meta(max_length=MOST_RECIPIENTS)]
Messages = Annotated[list[Identifier], Meta(min_length=1, max_length=MOST_AT_ONCE)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class DraftBody(Wire, frozen=True, kw_only=True):
    """What is said of a message; `party_id` is whose it is, where it is not told by its recipients."""

    mailbox_id: Identifier
    to: Recipients | None = None
    cc: Recipients | None = None
    bcc: Recipients | None = None
    subject: Annotated[str, Meta(max_length=MOST_SUBJECT)] = ""
    text: Annotated[str, Meta(max_length=MOST_TEXT)] = ""
    party_id: Identifier | None = None

    def read(self) -> Draft:
        """Give it as the use cases take it."""
        lists = {name: tuple(getattr(self, name) or ()) for name in ("to", "cc", "bcc")}
        return Draft(mailbox_id=self.mailbox_id, subject=self.subject, text=self.text, party_id=self.party_id, **lists)


class DraftChange(DraftBody, frozen=True, kw_only=True):
    """A draft as it is to be, from the version that the caller saw."""

    version: Version


class SendBody(Wire, frozen=True):
    """The version of a draft, or of a message that failed, which is to go out."""

    version: Version


class ReplyBody(Wire, frozen=True):
    """To whom an answer goes: to the writer, or to all."""

    to_all: bool = False


class TieBody(Wire, frozen=True):
    """Whose a message is; null where it is nobody's."""

    party_id: Identifier | None


class ReadBody(Wire, frozen=True):
    """Whether messages have been read."""

    messages: Messages
    is_read: bool


class PutAwayBody(Wire, frozen=True):
    """Whether messages are put away, each with its thread."""

    messages: Messages
    is_archived: bool


class ChangedAnswer(Struct, frozen=True):
    """How many messages changed; the others were so already."""

    changed: int


class MailFileAnswer(Struct, frozen=True):
    """A file of a message; the size is in bytes."""

    file_id: int
    name: str
    media_type: str
    size: int


class MessageAnswer(Struct, frozen=True):
    """A message. `problem` is what the mail server said against it, or why it is not whole."""

    mail_id: int
    mailbox_id: int
    flow: Flow
    state: State
    thread_id: int | None
    party_id: int | None
    event_id: int | None
    author_id: int | None
    from_address: str
    from_name: str
    to: Sequence[str]
    cc: Sequence[str]
    bcc: Sequence[str]
    subject: str
    text: str
    html: str | None
    message_id: str | None
    in_reply_to: str | None
    at: datetime
    read_at: datetime | None
    tries: int
    problem: str | None
    version: int
    archived_at: datetime | None
    files: list[MailFileAnswer]


class ThreadAnswer(Struct, frozen=True):
    """A message with all of its thread, the oldest first."""

    mail_id: int
    thread: list[MessageAnswer]


class MailItem(Struct, frozen=True):
    """A message in a list; `thread` and `unread` count the messages of its thread."""

    mail_id: int
    mailbox_id: int
    flow: Flow
    state: State
    from_address: str
    from_name: str
    to_addresses: tuple[str, ...]
    subject: str
    excerpt: str
    at: datetime
    party_id: int | None
    party: str | None
    thread: int
    unread: int
    files: int
    problem: str | None


class MailAnswer(Struct, frozen=True):
    """Messages, the newest first; `next` is what to give as `after` for those behind, null at the end."""

    messages: list[MailItem]
    next: str | None


def render_message(message: Message, files: Sequence[File]) -> MessageAnswer:
    """Render a message."""
    renamed = {"mail_id": "id", **{name: f"{name}_addresses" for name in ("to", "cc", "bcc")}}
    shown = [MailFileAnswer(one.id, one.name, one.media_type, one.size) for one in files]
    own = (name for name in MessageAnswer.__struct_fields__ if name != "files")
    return MessageAnswer(**{name: getattr(message, renamed.get(name, name)) for name in own}, files=shown)


def render_thread(thread: Thread) -> ThreadAnswer:
    """Render a thread."""
    return ThreadAnswer(thread.message.id, [render_message(one, thread.files[one.id]) for one in thread.messages])


def render_row(row: MailRow) -> MailItem:
    """Render a message in a list."""
    own = {name: getattr(row, name) for name in MailItem.__struct_fields__ if name != "mail_id"}
    return MailItem(mail_id=row.id, **own)


def read_place(after: str | None) -> Place | None:
    """Read where a page of a list begins. Raises BodyError for what no page gave."""
    if after is None:
        return None
    try:
        moment, number = (int(part) for part in after.split("_"))
        return Place((_EPOCH + moment * _MICROSECOND, number))
    except (ValueError, OverflowError):
        raise BodyError("after", "must be the `next` of the page before") from None


def write_place(place: Place | None) -> str | None:
    """Write where the page behind begins, as `read_place` reads it; None at the end."""
    if place is None:
        return None
    moment, number = place.key
    assert isinstance(moment, datetime), "the list is ordered by moments"
    return f"{(moment - _EPOCH) // _MICROSECOND}_{number}"
