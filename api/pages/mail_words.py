"""What folders, states, fields and acts of mail are called on pages."""

from collections.abc import Mapping

from api.pages.words import Word, mark
from crm.mail.model import Folder, State

FOLDERS: Mapping[Folder, Word] = {
    "inbox": Word(mark("Inbox"), "mail"),
    "sent": Word(mark("Sent"), "up"),
    "drafts": Word(mark("Drafts"), "note"),
    "archive": Word(mark("Archive"), "box"),
}
STATES: Mapping[State, Word] = {
    "draft": Word(mark("Draft"), "note"),
    "queued": Word(mark("Waits to go out"), "clock"),
    "sending": Word(mark("Going out"), "clock"),
    "sent": Word(mark("Sent"), "ok", "good"),
    "failed": Word(mark("Not delivered"), "alert", "bad"),
    "received": Word(mark("Received"), "fall"),
}
FIELDS: Mapping[str, str] = {
    "mailbox_id": mark("From", "letter"),
    "to": mark("To", "letter"),
    "cc": mark("Copy"),
    "bcc": mark("Blind copy"),
    "subject": mark("Subject"),
    "text": mark("Message"),
    "party_id": mark("Party"),
    "file": mark("File"),
    "messages": mark("Messages"),
    "version": mark("Version"),
}
ACTS: Mapping[str, str] = {
    "mail.received": mark("Message received"),
    "mail.drafted": mark("Message begun"),
    "mail.queued": mark("Message is to go out"),
    "mail.sent": mark("Message sent"),
    "mail.failed": mark("Message not delivered"),
    "mail.bounced": mark("Message came back"),
    "mail.tied": mark("Message tied to a party"),
    "mail.read": mark("Messages read"),
    "mail.unread": mark("Message marked as unread"),
    "mail.archived": mark("Message put away"),
    "mail.restored": mark("Message taken up again"),
    "mail.discarded": mark("Draft thrown away"),
    "mail.file_added": mark("File added to a message"),
    "mail.file_removed": mark("File of a message removed"),
}
"""Acts on messages as the journal shows them."""
