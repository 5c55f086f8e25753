"""A shop's mailbox and messages that come to it, as bytes, as the tests of mail want them."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any  # rows are free in their values

from crm.mail.model import Message
from crm.mail.receiving import Arrived, begin_count, take_message, understand
from crm.mail.registering import Surroundings
from crm.mail.service import load_message
from crm.mailboxes.model import MailboxDetails, Secrets
from crm.mailboxes.service import make_mailbox
from database.engine import Database
from tests.conftest import ACT
from tests.crm.merging.people import fetch

AROUND = Surroundings("Europe/Sofia", has_letters=True, has_events=True)
OWN = "shop@shop.example"
NOW = ACT.at


async def add_mailbox(database: Database, name: str = "Shop", **more: Any) -> int:
    """Make a mailbox."""
    details = MailboxDetails(name=name, address=OWN, from_name="Mill Lane", smtp_host="127.0.0.1", **more)
    return (await database.run(make_mailbox, details, Secrets(), key="", act=ACT)).id


def letter(
    subject: str = "Beans", *, sender: str = "Anna Marsh <anna@example.com>", text: str = "Have you any?", **more: str
) -> bytes:
    """Write a message; `more` are further headers, by names with _ for -."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, OWN, subject
    for name, value in more.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


async def take(
    database: Database, box: int, raw: bytes, *, uid: int = 1, validity: int = 7, is_seen: bool = False
) -> Message | None:
    """Let a message come to a mailbox under a number of its server's count."""
    await database.run(begin_count, box, validity)
    at = NOW - timedelta(hours=1) + timedelta(seconds=uid)
    came = understand(Arrived(validity, uid, raw, at, is_seen=is_seen, is_cut=False), now=NOW)
    kept = await database.run(take_message, box, came, around=AROUND, act=ACT)
    return None if kept is None else await database.run(load_message, kept)


async def come(database: Database, box: int, *letters: bytes) -> list[Message]:
    """Let messages come one after the other, behind all that came before."""
    ((last,),) = await fetch(database, "select imap_last_uid from mailbox where id = :id", id=box)
    taken = [await take(database, box, raw, uid=last + place) for place, raw in enumerate(letters, 1)]
    return [one for one in taken if one is not None]


async def written_to(database: Database, party_id: int | None, address: str, *, state: str = "sent") -> str:
    """Make a recipient of a mailing whose message went out; gives the name of the message."""
    ((recipient, mailing),) = await fetch(
        database,
        """with made as (insert into mailing (name, kind_id, created_at, changed_at)
            values ('Coffee week', 2, now(), now()) returning id)
        insert into mailing_recipient (mailing_id, party_id, address, domain, state, due_at, data_at, sent_at)
        select id, :party, :address, 'example.com', :state, now(), case when :state <> 'queued' then now() end, now()
        from made returning id, mailing_id""",
        party=party_id, address=address, state=state,
    )  # fmt: skip
    return f"mailing.{mailing}.{recipient}@shop.example"
