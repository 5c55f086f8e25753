"""Mailboxes of a real IMAP server read: all that came, once, whatever the server does to its count, and no more."""

import asyncio
import shutil
from imaplib import IMAP4
from pathlib import Path

import asyncpg
import pytest

from api.mail import imap as protocol
from api.mail.reading import read_mailbox
from api.mail.running import keep_mail_once
from crm.mailboxes.model import Server
from database.activity import CHANNEL
from tests.api.mail.conftest import USER, Shop
from tests.api.mail.servers import PASSWORD, Imap
from tests.api.mailing.conftest import KEY
from tests.crm.mail.post import letter
from tests.faults.shop import UP_SECONDS, Program

MANY, KILLS = 400, 3

SEEN = "select read_at is not null, subject from mail_message order by id"


async def read(shop: Shop) -> int:
    """Look into the mailbox that was made last; gives how many messages were kept."""
    return await read_mailbox(shop.service, shop.mailbox_id, asyncio.Event())


async def problem(shop: Shop) -> str | None:
    """Tell what the server is noted to have said."""
    ((said,),) = await shop.fetch("select imap_problem from mailbox where id = :id", id=shop.mailbox_id)
    return None if said is None else str(said)


async def test_messages_of_a_real_server_are_kept_once(shop: Shop, imap: Imap) -> None:
    """PS-05: received over IMAP, and the server's own marks of what was read stay as they are."""
    await shop.add_mailbox(1, imap)
    imap.put(USER, *(letter(f"Beans {number}") for number in range(3)))
    assert await read(shop) == 3
    assert await read(shop) == 0
    imap.put(USER, letter("Flour"))
    await keep_mail_once(shop.service)
    rows = await shop.fetch("select subject, party_id, imap_uid from mail_message order by id")
    assert rows == [("Beans 0", 1, 1), ("Beans 1", 1, 2), ("Beans 2", 1, 3), ("Flour", 1, 4)]
    assert await problem(shop) is None
    assert await shop.fetch("select read_at is not null from mailbox where id = :id", id=shop.mailbox_id) == [(True,)]
    files = list((imap.folder / "mail" / USER).rglob("*.tests*"))
    assert len(files) == 4
    assert not [one for one in files if one.name.endswith("S")], "looking in marks nothing as seen"


async def test_server_that_lost_its_count_is_read_anew_and_nothing_is_doubled(shop: Shop, imap: Imap) -> None:
    await shop.add_mailbox(1, imap)
    imap.put(USER, letter("Beans", Message_ID="<a@x>"), letter("Flour"))
    assert await read(shop) == 2
    for lost in (imap.folder / "mail" / USER).glob("dovecot*"):
        shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
    (imap.folder / "mail" / USER / "dovecot-uidlist").write_text("3 V4711 N40 G0123456789abcdef0123456789abcdef\n")
    imap.put(USER, letter("Oats"))
    assert await read(shop) == 3, "two are known again and one is new"
    rows = await shop.fetch("select subject, imap_uid >= 40 from mail_message order by id")
    assert rows == [("Beans", True), ("Flour", True), ("Oats", True)]
    assert await shop.fetch("select imap_validity from mailbox where id = :id", id=shop.mailbox_id) == [(4711,)]


async def test_two_workers_that_look_at_once_keep_each_message_once(shop: Shop, imap: Imap) -> None:
    await shop.add_mailbox(1, imap)
    imap.put(USER, *(letter(f"Beans {number}") for number in range(12)))
    await asyncio.gather(read(shop), read(shop))
    ((count, different),) = await shop.fetch("select count(*), count(distinct subject) from mail_message")
    assert (count, different) == (12, 12)


async def test_reader_that_is_killed_again_and_again_loses_and_doubles_nothing(
    shop: Shop, imap: Imap, database_url: str, tmp_path: Path
) -> None:
    """Each message is saved with the mark of how far the mailbox was read."""
    await shop.add_mailbox(1, imap)
    imap.put(USER, *(letter(f"Beans {number}") for number in range(MANY)))
    acts: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(database_url)
    await connection.add_listener(CHANNEL, lambda *heard: acts.put_nowait(heard[-1]))
    worker = Program(database_url, "worker", log=tmp_path / "worker.log", TALLYCARD_MAIL_KEY=KEY)
    for _ in range(KILLS):
        async with asyncio.timeout(UP_SECONDS):
            for _ in range(7):
                await acts.get()
        worker.kill()
        while not acts.empty():
            acts.get_nowait()
    worker.die()
    await connection.close()
    ((between,),) = await shop.fetch("select count(*) from mail_message")
    await read(shop)
    ((count, different, letters),) = await shop.fetch(
        "select count(*), count(distinct subject), (select count(*) from letter) from mail_message"
    )
    assert (count, different, letters) == (MANY, MANY, MANY)
    assert between < MANY, "it was killed in the middle"


async def test_folder_of_any_name_is_read(shop: Shop, imap: Imap) -> None:
    await shop.add_mailbox(1, imap, folder='Входящие & "всё"')
    imap.put(USER, letter("Beans"), box='.&BBIERQQ+BDQETwRJBDgENQ- &- "&BDIEQQRR-"')
    assert await read(shop) == 1


async def test_wrong_password_and_missing_folder_are_told_in_the_servers_words(shop: Shop, imap: Imap) -> None:
    await shop.add_mailbox(1, imap, folder="Missing")
    assert await read(shop) == 0
    assert "doesn't exist" in str(await problem(shop))
    server = Server("127.0.0.1", imap.port, "none", USER, "wrong")
    said = await asyncio.to_thread(protocol.try_folder, server, "INBOX")
    assert said is not None
    assert "Authentication failed" in said
    assert "wrong" not in said
    right = Server("127.0.0.1", imap.port, "none", USER, PASSWORD)
    assert await asyncio.to_thread(protocol.try_folder, right, "INBOX") is None


def test_server_that_offers_no_mechanism_of_ours_gets_the_plain_command(imap: Imap) -> None:
    imap.put(USER, letter("Beans"))
    client = IMAP4("127.0.0.1", imap.port)
    client.capabilities = ("IMAP4REV1",)
    try:
        protocol.sign_in(client, USER, PASSWORD)
        assert protocol.open_folder(client, "INBOX").list_behind(0) == [1]
    finally:
        protocol.close(client)


async def test_server_that_is_away_is_noted_and_read_when_it_is_back(shop: Shop, imap: Imap) -> None:
    await shop.add_mailbox(1, imap)
    imap.put(USER, letter("Beans"))
    await shop.fetch("update mailbox set imap_port = 1 where id = :id", id=shop.mailbox_id)
    assert await read(shop) == 0
    assert "refused" in str(await problem(shop))
    await shop.fetch("update mailbox set imap_port = :port where id = :id", port=imap.port, id=shop.mailbox_id)
    assert (await read(shop), await problem(shop)) == (1, None)


@pytest.mark.parametrize(
    ("folder", "written"),
    [("INBOX", '"INBOX"'), ('a "b" \\c', '"a \\"b\\" \\\\c"'), ("Tom & Jerry", '"Tom &- Jerry"'), ("é", '"&AOk-"')],
)
def test_name_of_a_folder_is_written_as_the_protocol_has_it(folder: str, written: str) -> None:
    assert protocol.quote_folder(folder) == written
