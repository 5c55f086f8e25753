"""A message's bytes as they go out, made once: a message that is sent again is the same. Pure."""

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final

from crm.files.model import NewFile
from crm.mail.mime import Address
from crm.mail.model import Message

MOST_REFERENCES: Final = 20
_POLICY: Final = SMTP.clone(cte_type="7bit")


def write_message(
    message: Message, *, sender: Address, thread: Sequence[str], files: Sequence[NewFile], at: datetime
) -> bytes:
    """Write a message that has its name; `thread` are the names of those before it, the oldest first."""
    written = EmailMessage(policy=_POLICY)
    written["From"] = _mailbox(sender)
    for name, recipients in (("To", message.to_addresses), ("Cc", message.cc_addresses)):
        if recipients:
            written[name] = [_mailbox(Address(*reversed(parseaddr(one)))) for one in recipients]
    written["Subject"] = message.subject
    written["Date"] = format_datetime(at)
    written["Message-ID"] = f"<{message.message_id}>"
    written.set_content(message.text.rstrip() + "\n", cte="quoted-printable")
    for file in files:
        maintype, _, subtype = file.media_type.partition("/")
        written.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
    return _names("In-Reply-To", [message.in_reply_to or ""]) + _names("References", thread) + written.as_bytes()


def _names(header: str, names: Sequence[str]) -> bytes:
    """Write a header of names of messages, each on a line of its own and as it is: the standard library breaks them."""
    kept = [f"<{name}>" for name in names[-MOST_REFERENCES:] if name and name.isascii()]
    folded = "\r\n ".join(kept)
    return f"{header}: {folded}\r\n".encode() if kept else b""


def _mailbox(address: Address) -> Mailbox:
    return Mailbox(display_name=address.name, addr_spec=address.address)
