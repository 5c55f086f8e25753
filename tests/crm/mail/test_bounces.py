"""Messages that came back: read from the reports of several mail servers, and what they do to whom they name."""

from pathlib import Path

import pytest

from api.state import Service
from crm.consents.suppressing import look_up
from crm.mail.bounces import read_bounce
from crm.mail.mime import parse_tree
from database.engine import Database
from tests.crm.mail.post import add_mailbox, come, letter, written_to
from tests.crm.merging.people import add_party, fetch

REPORTS = Path(__file__).parent / "reports"
ADDRESS = "anna@example.com"
HARD = ("postfix", "exim", "exim_old", "exchange", "gmail", "sendmail", "qmail")
STATUSES = {"exim": "5.0.0", "exim_old": "5.0.0", "exchange": "5.1.10"}


def report(kind: str, name: str, address: str = ADDRESS) -> bytes:
    """Give the report of a mail server about a message to an address."""
    text = (REPORTS / f"{kind}.eml").read_text(encoding="utf-8")
    return text.replace("{name}", name).replace("{address}", address).encode()


@pytest.fixture
async def database(service: Service) -> Database:
    """Give a database with Anna, party 1, and a mailbox, 1."""
    await add_party(service.database, "Anna Marsh", emails=[ADDRESS])
    await add_mailbox(service.database)
    return service.database


async def recipients(database: Database) -> list[tuple[object, ...]]:
    """Tell the state of recipients, and whether they are noted to have bounced."""
    return await fetch(database, "select state, bounced_at is not null from mailing_recipient order by id")


async def is_suppressed(database: Database, address: str = ADDRESS) -> bool:
    """Tell whether an address gets nothing more."""
    return await database.run(look_up, address) is not None


@pytest.mark.parametrize("kind", HARD)
def test_report_names_message_recipient_and_reason(kind: str) -> None:
    bounce = read_bounce(parse_tree(report(kind, "mailing.3.17@shop.example")))
    assert bounce is not None
    (failure,) = bounce.failures
    assert bounce.message_id == "mailing.3.17@shop.example"
    assert failure.addresses == {ADDRESS}
    assert bounce.written_to == {ADDRESS}
    assert (failure.status, failure.is_hard) == (STATUSES.get(kind, "5.1.1"), True)
    assert any(word in failure.reason.lower() for word in ("unknown", "recipient", "exist", "no mailbox"))


@pytest.mark.parametrize("kind", HARD)
async def test_hard_bounce_marks_the_recipient_and_silences_the_address(kind: str, database: Database) -> None:
    """C77-83: with the server's own words; the report stands in nobody's inbox and is nobody's letter."""
    name = await written_to(database, 1, ADDRESS)
    (message,) = await come(database, 1, report(kind, name))
    assert await recipients(database) == [("bounced", True)]
    assert await is_suppressed(database)
    assert message.archived_at is not None
    assert await fetch(database, "select count(*) from letter") == [(0,)]
    acts = await fetch(database, "select party_id from activity where act = 'mailing_letter.bounced'")
    assert acts == [(1,)]


async def test_failure_that_may_pass_marks_and_silences_nobody(database: Database) -> None:
    name = await written_to(database, 1, ADDRESS)
    await come(database, 1, report("gmail_soft", name))
    assert await recipients(database) == [("bounced", True)]
    assert not await is_suppressed(database)


async def test_server_that_goes_on_trying_is_noted_only(database: Database) -> None:
    name = await written_to(database, 1, ADDRESS)
    await come(database, 1, report("postfix_delayed", name))
    assert await recipients(database) == [("sent", False)]
    ((reason,),) = await fetch(database, "select reason from mailing_recipient")
    assert "Connection timed out" in reason
    assert not await is_suppressed(database)


@pytest.mark.parametrize("kind", HARD)
async def test_report_of_what_we_never_sent_silences_nobody(kind: str, database: Database) -> None:
    """It may name any message, one that waits still, or one that went to somebody else."""
    waiting = await written_to(database, 1, ADDRESS, state="queued")
    other = await written_to(database, 1, "other@example.com")
    for name in ("mailing.9.9@shop.example", "a@b.example", waiting, other):
        (message,) = await come(database, 1, report(kind, name))
        assert message.archived_at is None, "it is for people to look at"
    assert await recipients(database) == [("queued", False), ("sent", False)]
    assert not await is_suppressed(database)
    assert not await is_suppressed(database, "other@example.com")


async def test_report_of_a_forwarded_message_is_known_by_the_headers_that_it_returns(database: Database) -> None:
    name = await written_to(database, 1, ADDRESS)
    forwarded = report("postfix", name).replace(b"rfc822; anna@example.com", b"rfc822; a.marsh@private.example")
    forwarded = forwarded.replace(b"rfc822;anna@example.com", b"rfc822;a.marsh@private.example")
    await come(database, 1, forwarded)
    assert await recipients(database) == [("bounced", True)]
    assert await is_suppressed(database)


async def test_message_that_somebody_wrote_by_hand_fails_with_the_reason(database: Database) -> None:
    await fetch(
        database,
        """insert into mail_message (mailbox_id, flow, state, message_id, from_address, to_addresses, at, data_at, party_id)
        values (1, 'outgoing', 'sent', 'mail.1@shop.example', 'shop@shop.example', '{Anna <anna@example.com>}', now(),
            now(), 1)""",
    )
    await come(database, 1, report("postfix", "mail.1@shop.example"))
    ((state, problem),) = await fetch(database, "select state, problem from mail_message where flow = 'outgoing'")
    assert state == "failed"
    assert "User unknown" in problem
    assert await is_suppressed(database)


@pytest.mark.parametrize(
    "raw",
    [
        letter("failure notice", text="<anna@example.com>:\nRemote host said: 550 (#5.1.1)\n"),
        letter("Undelivered Mail Returned to Sender", text="550 5.1.1 User unknown\nMessage-ID: <a@b>"),
        report("postfix", "a@b.example").replace(b"Action: failed", b"Action: delivered"),
        report("postfix", "a@b.example").replace(b"delivery-status", b"disposition-notification"),
    ],
)
def test_message_that_only_looks_like_a_report_is_none(raw: bytes) -> None:
    assert read_bounce(parse_tree(raw)) is None
