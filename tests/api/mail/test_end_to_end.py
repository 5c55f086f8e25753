"""A mailing through Debian's own mail servers: Postfix takes and delivers it, Dovecot serves it, we read it back."""

import asyncio
from pathlib import Path

from api.mail.reading import read_mailbox
from api.mailing.running import send_mailings_once
from crm.consents.suppressing import look_up
from tests.api.mail.conftest import USER, Shop
from tests.api.mail.servers import START_SECONDS, Imap, postfix
from tests.api.mailing.conftest import Shop as Mailer
from tests.crm.mail.post import letter
from tests.crm.merging.people import add_party


async def wait_for_mail(imap: Imap, user: str) -> None:
    """Wait until Postfix has delivered something to a user: it tells nobody."""
    async with asyncio.timeout(START_SECONDS):
        while not list((imap.folder / "mail" / user).glob("new/*")):  # noqa: ASYNC110 - another program's files
            await asyncio.sleep(0.05)


async def test_mailing_goes_out_arrives_comes_back_and_is_answered(shop: Shop, imap: Imap, folder: Path) -> None:
    """C77-19, C77-82, PS-05: with nothing between us and the servers that shops run."""
    gone = await add_party(shop.service.database, "Gone", emails=["gone@example.com"])
    await shop.fetch("insert into subscription select id, 2, 'subscribed', now() from party")
    with postfix(folder) as port:
        box = await shop.add_mailbox(port, imap)
        mailing = await Mailer(shop.service, shop.sink, port, box).mailing(1, gone)
        await send_mailings_once(shop.service)
        await asyncio.gather(wait_for_mail(imap, "anna"), wait_for_mail(imap, USER))
    stop = asyncio.Event()
    assert await read_mailbox(shop.service, box, stop) == 1, "the report of what came back"
    theirs = await shop.add_mailbox(1, imap, imap_login="anna")
    assert await read_mailbox(shop.service, theirs, stop) == 1
    ((name, subject, text),) = await shop.fetch(
        "select message_id, subject, text from mail_message where mailbox_id = :box", box=theirs
    )
    ((recipient,),) = await shop.fetch("select id from mailing_recipient where party_id = 1")
    assert (name, subject) == (f"mailing.{mailing.id}.{recipient}@shop.example", "Anna, beans")
    assert "beans at 15.90" in text
    imap.put(USER, letter("Re: Anna, beans", In_Reply_To=f"<{name}>"))
    assert await read_mailbox(shop.service, box, stop) == 1
    rows = await shop.fetch("select party_id, state, replied_at is not null from mailing_recipient order by party_id")
    assert rows == [(1, "sent", True), (gone, "bounced", False)]
    assert await shop.service.database.run(look_up, "gone@example.com") is not None
    assert await shop.service.database.run(look_up, "anna@example.com") is None
