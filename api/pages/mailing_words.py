"""What states, reasons and fields of mailings are called on pages, and what is advised about a message."""

from collections.abc import Mapping

from api.pages.words import Word, mark
from crm.mailings.model import MailingState, Reason
from crm.mailings.preview import Advice
from crm.recipients.model import State

STATES: Mapping[MailingState, Word] = {
    "draft": Word(mark("Draft"), "ring", "issued"),
    "scheduled": Word(mark("Scheduled"), "clock", "issued"),
    "preparing": Word(mark("Choosing recipients"), "clock", "active"),
    "sending": Word(mark("Being sent"), "mail", "active"),
    "running": Word(mark("Runs"), "mail", "active"),
    "paused": Word(mark("Paused"), "alert", "blocked"),
    "sent": Word(mark("Sent"), "ok", "active"),
    "cancelled": Word(mark("Cancelled"), "no", "closed"),
}
RECIPIENT_STATES: Mapping[State, Word] = {
    "queued": Word(mark("Waits"), "ring", "issued"),
    "sending": Word(mark("Being sent"), "mail", "issued"),
    "deferred": Word(mark("Put off"), "clock", "expired"),
    "sent": Word(mark("Sent"), "ok", "active"),
    "failed": Word(mark("Refused"), "alert", "blocked"),
    "bounced": Word(mark("Bounced"), "alert", "blocked"),
    "suppressed": Word(mark("Not to be written to"), "no", "closed"),
    "unsubscribed": Word(mark("Unsubscribed"), "no", "closed"),
    "control": Word(mark("Held back to compare"), "people", "frozen"),
    "left_out": Word(mark("Left out"), "no", "closed"),
}
REASONS: Mapping[Reason, tuple[str, str]] = {
    "archived": (mark("Archived or erased"), mark("The party is no longer in use.")),
    "no_address": (mark("No e-mail address"), mark("The party has other ways of contact, or none.")),
    "wrong_address": (mark("No usable address"), mark("What stands there is no e-mail address.")),
    "suppressed": (mark("On the do-not-write list"), mark("Kept as a hash, it outlives erasure.")),
    "unsubscribed": (mark("Opted out"), mark("By the link, by phone or on the preference page.")),
    "no_consent": (mark("No consent to this kind"), mark("They never said yes to this kind.")),
    "not_named": (mark("Not among the recipients"), mark("What sends it concerned them; the audience does not.")),
    "same_address": (mark("Same address twice"), mark("One letter goes to each address.")),
}
ADVICE: Mapping[Advice, str] = {
    "broken": mark("Variant %(letter)s cannot be filled: %(detail)s."),
    "no_subject": mark("Variant %(letter)s has no subject."),
    "says_nothing": mark("Variant %(letter)s says nothing."),
    "pictures": mark("Variant %(letter)s: pictures without words for who does not see them: %(detail)s."),
    "large": mark("Variant %(letter)s has %(detail)s kB; mail programs cut longer letters off at 100."),
    "no_link": mark("Variant %(letter)s has no link to unsubscribe: one is added at its end."),
    "loud": mark("Variant %(letter)s shouts in its subject, which mail servers take for unwanted mail."),
}
PRIORITIES: Mapping[str, str] = {"3": mark("High"), "2": mark("Normal"), "1": mark("Low")}
SECURITIES: Mapping[str, str] = {
    "tls": mark("TLS from the start"),
    "starttls": mark("STARTTLS"),
    "none": mark("None, for a server on this machine"),
}
TRIGGERS: Mapping[str, str] = {
    "": mark("Once, to its recipients"),
    "welcome": mark("To who agrees to its kind, or is new here"),
    "birthday": mark("Before a birthday"),
    "points": mark("Before points expire"),
    "absent": mark("To who stayed away so long"),
}
LABELS: Mapping[str, str] = {
    "name": mark("Name"),
    "kind_id": mark("Kind"),
    "mailbox_id": mark("Mailbox"),
    "priority": mark("Priority"),
    "rate_per_minute": mark("Messages a minute"),
    "send_at": mark("Send at"),
    "trigger": mark("Goes out"),
    "trigger_days": mark("Days"),
    "hours_from": mark("From, in the recipient's own time"),
    "hours_until": mark("Until"),
    "window_until": mark("Until"),
    "groups": mark("Groups"),
    "audience": mark("Segments"),
    "party": mark("Single parties"),
    "control_percent": mark("Held back to compare, %%"),
    "subject": mark("Subject"),
    "html": mark("Message"),
    "text": mark("Plain text"),
    "share": mark("Share, %%"),
    "variants": mark("Variants"),
    "file": mark("File"),
    "columns": mark("What the columns mean"),
    "source": mark("Recipients of another mailing"),
    "which": mark("Which"),
    "address": mark("E-mail address"),
    "from_name": mark("Name of the sender"),
    "smtp_host": mark("Server"),
    "smtp_port": mark("Port"),
    "smtp_security": mark("Encryption"),
    "smtp_login": mark("Login"),
    "smtp_secret": mark("Password"),
    "imap_host": mark("Server of incoming mail"),
    "imap_port": mark("Port"),
    "imap_security": mark("Encryption"),
    "imap_login": mark("Login"),
    "imap_secret": mark("Password"),
    "imap_folder": mark("Folder"),
    "dkim_domain": mark("Domain"),
    "dkim_selector": mark("Selector"),
    "dkim_secret": mark("Private key"),
    "connections": mark("Connections at once"),
    "messages_per_connection": mark("Messages per connection"),
    "messages_per_minute": mark("Messages a minute"),
    "domain_per_minute": mark("Messages a minute to one domain"),
}
ACTS: Mapping[str, str] = {
    "mailing.made": mark("Mailing made"),
    "mailing.changed": mark("Mailing changed"),
    "mailing.scheduled": mark("Mailing scheduled"),
    "mailing.preparing": mark("Mailing begun"),
    "mailing.sending": mark("Mailing goes out"),
    "mailing.paused": mark("Mailing paused"),
    "mailing.stuck": mark("Mailing paused itself"),
    "mailing.sent": mark("Mailing sent to all"),
    "mailing.addresses_put": mark("Addresses put to a mailing"),
    "mailing.addresses_copied": mark("Recipients taken over from another mailing"),
    "mailing.addresses_taken_out": mark("Addresses taken out of a mailing"),
    "mailing.file_imported": mark("File of addresses put to a mailing"),
    "mailing.cancelled": mark("Mailing cancelled"),
    "mailing.exported": mark("List of a mailing taken along"),
    "mailing_template.made": mark("Template of letters made"),
    "mailing_template.changed": mark("Template of letters changed"),
    "mailing_template.archived": mark("Template of letters put away"),
    "mailing_template.restored": mark("Template of letters taken up again"),
    "mailbox.made": mark("Mailbox made"),
    "mailbox.changed": mark("Mailbox changed"),
    "mailbox.archived": mark("Mailbox put away"),
    "mailbox.restored": mark("Mailbox taken up again"),
}
LETTER_ACTS: Mapping[str, str] = {
    "mailing_letter.sent": mark("Letter of a mailing sent"),
    "mailing_letter.bounced": mark("Letter of a mailing came back"),
}
"""Acts that stand on timelines alone: there are as many of them as recipients."""
