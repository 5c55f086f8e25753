"""What people write goes out through a real mail server: once, and its state tells the truth."""

import asyncio
from base64 import b64encode
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any  # fields of a draft are free in their values

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from msgspec import structs

from api.mail import outgoing
from api.mail.outgoing import send_due
from api.state import read_clock
from crm.mail import drafts, sending
from crm.mail.errors import MailChangedError, MailRefusedError, MailStateError
from crm.mail.model import Draft, Message
from crm.mail.service import load_message
from crm.mailboxes.model import Secrets
from crm.mailboxes.service import change_mailbox, load_mailbox
from crm.recipients.model import Said
from tests.api.mail.conftest import Shop
from tests.api.mailing.conftest import KEY
from tests.conftest import ACT
from tests.crm.mail.post import come, letter


async def draft(shop: Shop, to: str = "Anna Marsh <anna@example.com>", **more: Any) -> Message:
    """Begin a draft."""
    given: dict[str, Any] = {"mailbox_id": 1, "to": tuple(to.split(", ")), "subject": "Beans", "text": "Here.\n"}
    return await shop.service.database.run(drafts.begin_draft, Draft(**given | more), author_id=None, act=ACT)


async def send(shop: Shop, message: Message, name: str = "mail.1") -> Message:
    """Put a draft into the queue."""
    return await shop.service.database.run(
        drafts.send_draft, message.id, seen=message.version, author_id=None, new_name=name, act=ACT
    )


async def state(shop: Shop, message: Message) -> tuple[str, int, str | None]:
    """Tell state, tries and problem of a message."""
    kept = await shop.service.database.run(load_message, message.id)
    return kept.state, kept.tries, kept.problem


async def test_message_goes_out_and_is_registered(shop: Shop) -> None:
    """PS-05, BG-26, C77-64: tied to the party that it goes to, a letter and an event of it by itself."""
    message = await draft(shop, cc=("Boris <boris@example.com>",), bcc=("secret@example.com",))
    queued = await send(shop, message)
    assert (queued.state, queued.message_id) == ("queued", "mail.1@shop.example")
    assert await send_due(shop.service) == 1
    assert await state(shop, message) == ("sent", 1, None)
    assert shop.sink.recipients == [["anna@example.com", "boris@example.com", "secret@example.com"]]
    (came,) = shop.sink.letters
    assert (came["From"], came["To"], came["Cc"], came["Bcc"]) == (
        "Mill Lane <shop@shop.example>", "Anna Marsh <anna@example.com>", "Boris <boris@example.com>", None
    )  # fmt: skip
    assert (came["Subject"], came["Message-ID"], came.get_content().strip()) == (
        "Beans",
        "<mail.1@shop.example>",
        "Here.",
    )
    assert await shop.fetch("select flow, medium, party_id from letter") == [("outgoing", "email", 1)]
    assert await shop.fetch("select topic, direction, party_id from event") == [("Beans", "outgoing", 1)]
    assert await send_due(shop.service) == 0


async def test_answer_stands_in_the_thread_by_its_headers(shop: Shop) -> None:
    (asked,) = await come(shop.service.database, 1, letter("Beans", Message_ID="<a@x>", Reply_To="office@example.com"))
    run = shop.service.database.run
    answer = await run(drafts.begin_reply, asked.id, to_all=False, said="Anna:", author_id=None, act=ACT)
    assert (answer.to_addresses, answer.subject, answer.thread_id) == (("office@example.com",), "Re: Beans", asked.id)
    assert answer.text.endswith("Anna:\n> Have you any?")
    await send(shop, answer)
    await send_due(shop.service)
    (came,) = shop.sink.letters
    assert (came["In-Reply-To"], came["References"]) == ("<a@x>", "<a@x>")
    (again,) = await come(shop.service.database, 1, letter("Re: Beans", In_Reply_To=came["Message-ID"]))
    assert again.thread_id == asked.id


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("451 4.3.0 busy", ("queued", 1, "451 4.3.0 busy")),
        ("550 5.7.1 we do not want it", ("failed", 1, "550 5.7.1 we do not want it")),
    ],
)
async def test_server_that_puts_off_is_asked_later_and_its_refusal_is_told(
    said: str, expected: tuple[str, int, str], shop: Shop
) -> None:
    message = await draft(shop)
    await send(shop, message)
    shop.sink.answers = [said]
    await send_due(shop.service)
    assert await state(shop, message) == expected
    assert await send_due(shop.service) == 0, "not before its time"
    await shop.fetch("update mail_message set due_at = now()")
    await send_due(shop.service)
    assert (await state(shop, message))[0] == ("sent" if expected[0] == "queued" else "failed")
    assert await shop.fetch("select count(*) from letter") == [(1 if expected[0] == "queued" else 0,)]


async def test_failed_message_is_looked_over_and_sent_again_under_its_name(shop: Shop) -> None:
    message = await draft(shop)
    await send(shop, message)
    shop.sink.answers = ["550 no"]
    await send_due(shop.service)
    failed = await shop.service.database.run(load_message, message.id)
    run = shop.service.database.run
    better = Draft(mailbox_id=1, to=("anna@example.com",), subject="Better beans", text="Here.")
    saved = await run(drafts.save_draft, message.id, better, seen=failed.version, act=ACT)
    await send(shop, saved, "mail.another")
    await send_due(shop.service)
    (came,) = shop.sink.letters
    assert (came["Subject"], came["Message-ID"]) == ("Better beans", "<mail.1@shop.example>")


async def test_connection_that_is_cut_behind_the_message_is_tried_again_and_says_so(shop: Shop) -> None:
    message = await draft(shop)
    await send(shop, message)
    shop.sink.answers = ["cut"]
    await send_due(shop.service)
    kept, tries, problem = await state(shop, message)
    assert (kept, tries) == ("queued", 1)
    assert problem is not None
    assert problem.startswith(sending.DOUBTFUL)
    await shop.fetch("update mail_message set due_at = now()")
    await send_due(shop.service)
    assert shop.sink.counts == {"anna@example.com": 2}
    assert shop.sink.bytes[0] == shop.sink.bytes[1], "whoever gets both sees one message"


async def test_sender_that_was_killed_leaves_its_message_to_the_next_one(shop: Shop) -> None:
    message = await draft(shop)
    await send(shop, message)
    run = shop.service.database.run
    (claimed,) = await run(sending.claim, now=read_clock())
    assert await run(sending.mark, claimed, now=read_clock())
    assert await send_due(shop.service) == 0, "it is in somebody's hands"
    await shop.fetch("update mail_message set due_at = now()")
    assert await send_due(shop.service) == 1
    kept, tries, _ = await state(shop, message)
    assert (kept, tries) == ("sent", 2)
    assert not await run(sending.mark, claimed, now=read_clock()), "who lost the claim sends nothing"


async def test_two_workers_at_once_send_each_message_once(shop: Shop) -> None:
    for number in range(8):
        await send(shop, await draft(shop, subject=f"Beans {number}"), f"mail.{number}")
    while sum(await asyncio.gather(send_due(shop.service), send_due(shop.service))):
        continue
    assert shop.sink.counts == {"anna@example.com": 8}


async def test_server_that_hangs_is_given_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "MESSAGE_SECONDS", 0.5)
    message = await draft(shop)
    await send(shop, message)
    shop.sink.answers = ["hang"]
    await send_due(shop.service)
    assert (await state(shop, message))[0] == "queued"


async def test_message_is_signed_with_the_mailboxs_key(shop: Shop) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    public = b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    run = shop.service.database.run
    box = await run(load_mailbox, 1)
    details = structs.replace(box.details, dkim_domain="shop.example", dkim_selector="m")
    await run(change_mailbox, 1, details, Secrets(dkim_secret=pem), seen=box.version, key=KEY, act=ACT)
    await send(shop, await draft(shop))
    await send_due(shop.service)
    record = b"v=DKIM1; k=rsa; p=" + public
    assert dkim.verify(shop.sink.bytes[0], dnsfunc=lambda *_, **__: record)
    assert not dkim.verify(shop.sink.bytes[0].replace(b"Here", b"Gone"), dnsfunc=lambda *_, **__: record)


async def test_draft_is_saved_from_the_version_that_was_seen(shop: Shop) -> None:
    message, run = await draft(shop), shop.service.database.run
    change = Draft(mailbox_id=1, to=("nobody yet",), subject="Flour", text="")
    saved = await run(drafts.save_draft, message.id, change, seen=1, act=ACT)
    assert (saved.version, saved.to_addresses) == (2, ("nobody yet",))
    with pytest.raises(MailChangedError):
        await run(drafts.save_draft, message.id, change, seen=1, act=ACT)
    with pytest.raises(MailRefusedError):
        await send(shop, saved)
    await run(drafts.discard_draft, message.id, act=ACT)


async def test_what_went_out_is_not_changed(shop: Shop) -> None:
    message = await draft(shop)
    queued = await send(shop, message)
    change = Draft(mailbox_id=1, to=("boris@example.com",))
    for act in (
        shop.service.database.run(drafts.save_draft, message.id, change, seen=queued.version, act=ACT),
        shop.service.database.run(drafts.discard_draft, message.id, act=ACT),
        send(shop, queued),
    ):
        with pytest.raises(MailStateError):
            await act


@pytest.mark.parametrize("subject", ["Beans\r\nBcc: x@evil.example", "Beans\nTo: x@evil.example"])
async def test_nothing_that_is_typed_becomes_a_header_or_a_recipient(subject: str, shop: Shop) -> None:
    to = '"Anna\r\nBcc: x@evil.example" <anna@example.com>'
    message = await draft(shop, to=to, subject=subject, text="Here.\r\n.\r\nMAIL FROM:<x@evil.example>\r\n")
    await send(shop, message)
    await send_due(shop.service)
    assert shop.sink.counts == {"anna@example.com": 1}
    came = message_from_bytes(shop.sink.bytes[0], policy=default)
    assert (came["Bcc"], len(came.get_all("To", []))) == (None, 1)
    assert "evil" not in str(came["From"])


async def test_tries_end_after_the_last_wait(shop: Shop) -> None:
    told = sending.Told(Said("connect", None, "refused"))
    waits = [sending.judge(tries, told, now=ACT.at) for tries in range(1, 8)]
    assert [one["state"] for one in waits] == ["queued"] * 6 + ["failed"]
    assert waits[0]["due_at"] == ACT.at + timedelta(minutes=1)
    assert shop.sink.connections == 0
