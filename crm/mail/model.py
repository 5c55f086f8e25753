"""What a message is and what its writer says of it; what an answer begins with. Pure.

Key idea: a message goes one way only. What came is `received`; what is written is a draft until somebody sends it, then
queued, sending, and sent behind the mail server's 250 or failed with its words. A failed one can be sent again.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Final, Literal, get_args

from email_validator import EmailNotValidError, validate_email
from msgspec import Struct, structs

from crm.mail.errors import MailRefusedError
from crm.mail.mime import Address

Flow = Literal["incoming", "outgoing"]
State = Literal["draft", "queued", "sending", "sent", "failed", "received"]
Folder = Literal["inbox", "sent", "drafts", "archive"]
FOLDERS: Final[tuple[Folder, ...]] = get_args(Folder)
MOST_SUBJECT: Final = 500
MOST_TEXT: Final = 200_000
MOST_RECIPIENTS: Final = 50
MOST_FILES: Final = 20
MOST_FILE_BYTES: Final = 25 * 2**20
"""All files of a message together; what they become on the way is a third more."""
MOST_QUOTED: Final = 20_000
MOST_PROBLEM: Final = 500
_ENTRY: Final = re.compile(r'(?:[^,;\n"]|"[^"\n]*")+')
_ANSWERED: Final = re.compile(r"^(?:re|aw|ha|отв|вiдп|відп)(?:\[\d+\])?\s*:\s*", re.IGNORECASE)


class Draft(Struct, frozen=True, kw_only=True):
    """What is said of a message before it goes; recipients are written with their names or without."""

    mailbox_id: int
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    party_id: int | None = None


class Message(Struct, frozen=True, kw_only=True):
    """A message as it is kept. `at` is when it came, was last written, or went; `raw` the name of its source."""

    id: int
    mailbox_id: int
    flow: Flow
    state: State
    message_id: str | None
    in_reply_to: str | None
    thread_id: int | None
    party_id: int | None
    event_id: int | None
    author_id: int | None
    from_address: str
    from_name: str
    reply_to: str | None
    to_addresses: tuple[str, ...]
    cc_addresses: tuple[str, ...]
    bcc_addresses: tuple[str, ...]
    subject: str
    text: str
    html: str | None
    raw: bytes | None
    at: datetime
    read_at: datetime | None
    tries: int
    due_at: datetime | None
    data_at: datetime | None
    problem: str | None
    version: int
    archived_at: datetime | None

    @property
    def sender(self) -> Address:
        """From whom it is."""
        return Address(self.from_address, self.from_name)

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody whom it goes to."""
        return (*self.to_addresses, *self.cc_addresses, *self.bcc_addresses)

    @property
    def draft(self) -> Draft:
        """What is said of it."""
        return Draft(
            mailbox_id=self.mailbox_id,
            to=self.to_addresses,
            cc=self.cc_addresses,
            bcc=self.bcc_addresses,
            subject=self.subject,
            text=self.text,
            party_id=self.party_id,
        )


class File(Struct, frozen=True):
    """What is known of a file of a message."""

    id: int
    message_id: int
    name: str
    media_type: str
    size: int
    hash: bytes
    content_id: str | None


def check_draft(draft: Draft, *, is_ready: bool) -> Draft:
    """Give a draft as it is kept; one that is ready has recipients, all of whom can be written to.

    Raises MailRefusedError.
    """
    subject = " ".join(draft.subject.split())
    if len(subject) > MOST_SUBJECT or not subject.isprintable():
        raise MailRefusedError(f"has at most {MOST_SUBJECT} characters in one line", field="subject")
    text = draft.text.replace("\r\n", "\n")
    if len(text) > MOST_TEXT or "\0" in text:
        raise MailRefusedError(f"has at most {MOST_TEXT:,} characters", field="text")
    if len(draft.to) + len(draft.cc) + len(draft.bcc) > MOST_RECIPIENTS:
        raise MailRefusedError(f"goes to at most {MOST_RECIPIENTS} addresses at once", field="to")
    read = {name: tuple(_check_all(getattr(draft, name), name, is_ready)) for name in ("to", "cc", "bcc")}
    if is_ready and not any(read.values()):
        raise MailRefusedError("names nobody to write to", field="to")
    return structs.replace(draft, subject=subject, text=text, **read)


def split_typed(typed: str) -> list[str]:
    """Give the recipients that somebody typed in one field, between commas, semicolons or lines."""
    return [" ".join(entry.split()) for entry in _ENTRY.findall(typed) if entry.strip()]


def address_of(written: str) -> str:
    """Give the address in what was written: `Anna Marsh <anna@example.com>`, or the address alone."""
    return parseaddr(written)[1] or written


def _check_all(written: Sequence[str], field: str, is_ready: bool) -> Iterator[str]:  # noqa: FBT001 # a fact, not a switch
    """Give recipients each once; a draft may hold what is no address yet, in one line."""
    seen = set()
    for one in written:
        line = " ".join(one.split())[:MOST_SUBJECT]
        if not line.isprintable():
            raise MailRefusedError("has characters that cannot be written", field=field)
        name, address = parseaddr(line)
        checked = _check_address(address, field) if is_ready else line
        key = (checked if is_ready else address or line).casefold()
        if key not in seen:
            seen.add(key)
            yield Address(checked, name).written if is_ready else line


def _check_address(address: str, field: str) -> str:
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise MailRefusedError("holds what is no e-mail address", field=field) from error
    return found.ascii_email or address


class Answering(Struct, frozen=True):
    """What an answer begins with: to whom, about what, what was said before."""

    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    text: str


def begin_answer(message: Message, *, own: str, to_all: bool, said: str) -> Answering:
    """Begin an answer to a message; `own` is the mailbox's address, `said` the line above what is quoted."""
    answered = (message.reply_to or message.sender.written,) if message.flow == "incoming" else message.to_addresses
    known = {own.casefold(), *(address_of(one).casefold() for one in answered)}
    others = [*message.to_addresses, *message.cc_addresses] if message.flow == "incoming" else message.cc_addresses
    subject = _ANSWERED.sub("", message.subject)
    return Answering(
        answered[:MOST_RECIPIENTS],
        tuple(_others(others, known))[: MOST_RECIPIENTS - len(answered)] if to_all else (),
        f"Re: {subject}".strip()[:MOST_SUBJECT],
        f"\n\n{said}\n{quote(message.text)}",
    )


def quote(text: str) -> str:
    """Give a text with the mark of what is quoted before each line."""
    return "\n".join(f"> {line}".rstrip() for line in text[:MOST_QUOTED].strip().splitlines())


def _others(written: Iterable[str], known: set[str]) -> Iterator[str]:
    for one in written:
        address = address_of(one).casefold()
        if address not in known:
            known.add(address)
            yield one
