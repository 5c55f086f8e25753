"""Mailboxes: kept with sealed secrets, changed by version, and refused where they could not work or be abused."""

import pytest
from msgspec import structs

from api.state import Service
from crm.mailboxes import service as mailboxes
from crm.mailboxes.errors import (
    MailboxChangedError,
    MailboxNameTakenError,
    MailboxRefusedError,
    MailboxUnknownError,
    MailKeyError,
)
from crm.mailboxes.model import MailboxDetails, Secrets, check_mailbox
from crm.mailboxes.secrets import link_key, seal, unseal
from tests.conftest import ACT

KEY, OTHER = "a key of the tests, long enough", "another key, just as long"
BOX = MailboxDetails(name="Offers", address="offers@shop.example", smtp_host="mail.shop.example", smtp_login="offers")


def test_secret_is_sealed_and_opens_with_its_key_alone() -> None:
    sealed = seal(KEY, "p@ss")
    assert b"p@ss" not in sealed
    assert unseal(KEY, sealed) == "p@ss"
    assert link_key(KEY) != link_key(OTHER)
    for key in (OTHER, ""):
        with pytest.raises(MailKeyError):
            unseal(key, sealed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("address", "offers"),
        ("address", "offers@shop.example\r\nBcc: all@shop.example"),
        ("from_name", "Mill\r\nBcc: all@shop.example"),
        ("smtp_host", "mail.shop.example\r\nQUIT"),
        ("smtp_host", "mail shop"),
        ("smtp_host", "user@host"),
        ("smtp_port", 0),
        ("smtp_login", "a\nb"),
        ("connections", 0),
        ("connections", 51),
        ("messages_per_connection", 10_001),
        ("messages_per_minute", 0),
        ("imap_host", "mail.shop.example"),
        ("dkim_domain", "shop example"),
        ("dkim_selector", "a b"),
    ],
)
def test_what_could_not_work_is_refused_by_its_field(field: str, value: object) -> None:
    with pytest.raises(MailboxRefusedError) as refused:
        check_mailbox(structs.replace(BOX, **{field: value}))
    assert refused.value.field == field


async def test_mailbox_is_kept_and_its_secret_is_the_senders_alone(service: Service) -> None:
    """C77-91: secret stored encrypted, never shown again."""
    run = service.database.run
    made = await run(mailboxes.make_mailbox, BOX, Secrets(smtp_secret="p@ss"), key=KEY, act=ACT)
    assert made.has_smtp_secret
    assert "p@ss" not in repr(made)
    opened = await run(mailboxes.open_mailbox, made.id, key=KEY)
    assert opened.server.password == "p@ss"
    with pytest.raises(MailKeyError):
        await run(mailboxes.open_mailbox, made.id, key=OTHER)
    with pytest.raises(MailKeyError):
        await run(mailboxes.make_mailbox, structs.replace(BOX, name="B"), Secrets(smtp_secret="x"), key="", act=ACT)
    with pytest.raises(MailboxNameTakenError):
        await run(mailboxes.make_mailbox, BOX, Secrets(), key=KEY, act=ACT)


async def test_kept_password_goes_to_no_other_server(service: Service) -> None:
    run = service.database.run
    made = await run(mailboxes.make_mailbox, BOX, Secrets(smtp_secret="p@ss"), key=KEY, act=ACT)
    moved = structs.replace(BOX, smtp_host="elsewhere.example")
    with pytest.raises(MailboxRefusedError) as refused:
        await run(mailboxes.change_mailbox, made.id, moved, Secrets(), seen=1, key=KEY, act=ACT)
    assert refused.value.field == "smtp_secret"
    changed = await run(mailboxes.change_mailbox, made.id, moved, Secrets(smtp_secret="new"), seen=1, key=KEY, act=ACT)
    assert (await run(mailboxes.open_mailbox, changed.id, key=KEY)).server.password == "new"
    with pytest.raises(MailboxChangedError):
        await run(mailboxes.change_mailbox, made.id, BOX, Secrets(smtp_secret="x"), seen=1, key=KEY, act=ACT)


async def test_signature_has_all_its_parts_or_none(service: Service) -> None:
    run = service.database.run
    signed = structs.replace(BOX, dkim_domain="shop.example", dkim_selector="mail")
    with pytest.raises(MailboxRefusedError):
        await run(mailboxes.make_mailbox, signed, Secrets(), key=KEY, act=ACT)
    made = await run(mailboxes.make_mailbox, signed, Secrets(dkim_secret="a key"), key=KEY, act=ACT)
    assert made.has_dkim_secret


async def test_mailbox_that_is_put_away_opens_for_nobody(service: Service) -> None:
    run = service.database.run
    made = await run(mailboxes.make_mailbox, BOX, Secrets(), key=KEY, act=ACT)
    await run(mailboxes.archive_mailbox, made.id, is_archived=True, seen=made.version, act=ACT)
    with pytest.raises(MailboxUnknownError):
        await run(mailboxes.open_mailbox, made.id, key=KEY)
