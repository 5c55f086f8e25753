"""Mailings through a real mail server: each recipient once, and the row tells the truth about it."""

import asyncio
from collections import Counter

import pytest

from api.mailing import posting, sending
from api.mailing.running import send_mailings_once
from api.mailing.sending import AHEAD, ERRORS_IN_ROW
from crm.mailings import service as mailings
from crm.mailings.errors import MailingStateError
from tests.api.mailing.conftest import Shop
from tests.conftest import ACT


async def test_mailing_goes_to_each_member_of_a_group_once(shop: Shop) -> None:
    """C77-19, C77-79: sent by the service's own sender, with no other mail system."""
    parties = await shop.customers(30)
    mailing = await shop.mailing(*parties)
    await send_mailings_once(shop.service)
    assert set(shop.sink.counts.values()) == {1}
    assert len(shop.sink.counts) == 30
    letter = shop.sink.letters[0]
    assert letter["Subject"] == "Anna, beans"
    assert letter["From"] == "Mill Lane <offers@shop.example>"
    assert await shop.recipients(mailing.id) == [("sent", 1, 0, None)] * 30
    assert await shop.state(mailing.id) == "sent"


async def test_two_workers_at_once_write_to_nobody_twice(shop: Shop) -> None:
    mailing = await shop.mailing(*await shop.customers(60))
    await asyncio.gather(send_mailings_once(shop.service), send_mailings_once(shop.service))
    assert sorted(shop.sink.counts.values()) == [1] * 60
    assert await shop.state(mailing.id) == "sent"


async def test_who_opted_out_behind_the_choice_gets_nothing(shop: Shop) -> None:
    """The consent is asked for again at the moment of sending, and so is the list of suppressed addresses."""
    out, suppressed, gone, stays = await shop.customers(4)
    mailing = await shop.mailing(out, suppressed, gone, stays)
    await shop.prepare(mailing.id)
    await shop.execute("update subscription set state = 'unsubscribed' where party_id = :id", id=out)
    await shop.suppress(f"Anna{suppressed}@Example.com")
    await shop.execute("update party set archived_at = now() where id = :id", id=gone)
    await send_mailings_once(shop.service)
    assert list(shop.sink.counts) == [f"anna{stays}@example.com"]
    states = [state for state, *_ in await shop.recipients(mailing.id)]
    assert states == ["unsubscribed", "suppressed", "left_out", "sent"]
    assert await shop.state(mailing.id) == "sent"


async def test_server_that_puts_off_is_asked_again_later_and_one_that_refuses_is_not(shop: Shop) -> None:
    mailing = await shop.mailing(*await shop.customers(3))
    shop.sink.answers = ["451 4.3.0 busy", "550 5.1.1 no such user"]
    await send_mailings_once(shop.service)
    found = sorted(await shop.recipients(mailing.id))
    assert [(state, tries, doubts) for state, tries, doubts, _ in found] == [
        ("deferred", 1, 0), ("failed", 1, 0), ("sent", 1, 0)
    ]  # fmt: skip
    assert [reason for *_, reason in found] == ["451 4.3.0 busy", "550 5.1.1 no such user", None]
    assert await shop.state(mailing.id) == "sending"
    await shop.execute("update mailing_recipient set due_at = now() where state = 'deferred'")
    await send_mailings_once(shop.service)
    assert sorted(state for state, *_ in await shop.recipients(mailing.id)) == ["failed", "sent", "sent"]
    assert (await shop.state(mailing.id), max(shop.sink.counts.values())) == ("sent", 1)


async def test_connection_that_is_cut_behind_the_message_is_a_counted_doubt(shop: Shop) -> None:
    mailing = await shop.mailing(*await shop.customers(2))
    shop.sink.answers = ["cut"]
    await send_mailings_once(shop.service)
    assert [row[:3] for row in sorted(await shop.recipients(mailing.id))] == [("deferred", 1, 1), ("sent", 1, 0)]
    await shop.execute("update mailing_recipient set due_at = now() where state = 'deferred'")
    await send_mailings_once(shop.service)
    assert sorted(shop.sink.counts.values()) == [1, 2]
    assert sorted(row[:3] for row in await shop.recipients(mailing.id)) == [("sent", 1, 0), ("sent", 2, 1)]
    twice = [one["Message-ID"] for one in shop.sink.letters]
    assert len(set(twice)) == 2, "the message that was sent again has its identity still"


async def test_server_that_hangs_is_given_up_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SMTP_SECONDS", 0.3)
    mailing = await shop.mailing(*await shop.customers(2))
    shop.sink.answers = ["hang"]
    await send_mailings_once(shop.service)
    assert [row[:3] for row in sorted(await shop.recipients(mailing.id))] == [("deferred", 1, 1), ("sent", 1, 0)]


async def test_errors_in_a_row_pause_the_mailing_with_the_servers_words(shop: Shop) -> None:
    mailing = await shop.mailing(*await shop.customers(ERRORS_IN_ROW + 40))
    shop.sink.answers = ["554 5.7.1 blocked by our list"] * 100
    await send_mailings_once(shop.service)
    found = await shop.service.database.run(mailings.load_mailing, mailing.id)
    assert (found.state, found.problem) == ("paused", "554 5.7.1 blocked by our list")
    states = [state for state, *_ in await shop.recipients(mailing.id)]
    assert states.count("queued") >= 20, "the others wait until somebody looked"
    shop.sink.answers = []
    await shop.service.database.run(mailings.resume, mailing.id, act=ACT)
    await send_mailings_once(shop.service)
    assert await shop.state(mailing.id) == "sent"


async def test_server_that_is_away_counts_against_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "CONNECT_WAITS", (0,))
    await shop.execute("update mailbox set smtp_port = 9")
    mailing = await shop.mailing(*await shop.customers(3))
    await send_mailings_once(shop.service)
    assert await shop.state(mailing.id) == "paused"
    assert [row[:3] for row in await shop.recipients(mailing.id)] == [("queued", 0, 0)] * 3


async def test_pause_holds_at_once_and_cancel_for_good(shop: Shop) -> None:
    mailing = await shop.mailing(*await shop.customers(200))
    stopped = asyncio.Event()
    shop.sink.on_letter = lambda _: stopped.set() if len(shop.sink.letters) == 20 else None
    sender = asyncio.create_task(send_mailings_once(shop.service))
    await stopped.wait()
    await shop.service.database.run(mailings.pause, mailing.id, act=ACT)
    sent = len(shop.sink.letters)
    await sender
    assert len(shop.sink.letters) <= sent + 2 * AHEAD + 2
    states = Counter(state for state, *_ in await shop.recipients(mailing.id))
    assert states == {"sent": len(shop.sink.letters), "queued": 200 - len(shop.sink.letters)}
    await shop.service.database.run(mailings.cancel, mailing.id, act=ACT)
    await send_mailings_once(shop.service)
    assert len(shop.sink.letters) == states["sent"]
    with pytest.raises(MailingStateError):
        await shop.service.database.run(mailings.resume, mailing.id, act=ACT)


async def test_worker_that_is_told_to_stop_leaves_nobody_in_hand(shop: Shop) -> None:
    mailing = await shop.mailing(*await shop.customers(200))
    stopped = asyncio.Event()
    shop.sink.on_letter = lambda _: stopped.set() if len(shop.sink.letters) == 20 else None
    await send_mailings_once(shop.service, stopped)
    states = Counter(state for state, *_ in await shop.recipients(mailing.id))
    assert states == {"sent": len(shop.sink.letters), "queued": 200 - len(shop.sink.letters)}
    await send_mailings_once(shop.service)
    assert sorted(shop.sink.counts.values()) == [1] * 200


async def test_what_a_killed_sender_left_is_sent_and_only_what_may_have_gone_out_is_doubted(shop: Shop) -> None:
    mailing = await shop.mailing(*await shop.customers(3))
    await shop.prepare(mailing.id)
    claimed, marked, queued = [row[0] for row in await shop.execute("select id from mailing_recipient order by id")]
    await shop.execute("update mailing_recipient set state = 'sending' where id in (:a, :b)", a=claimed, b=marked)
    await shop.execute("update mailing_recipient set data_at = now(), tries = 1 where id = :id", id=marked)
    await send_mailings_once(shop.service)
    assert [row[:3] for row in await shop.recipients(mailing.id)] == [("sent", 1, 0), ("sent", 2, 1), ("sent", 1, 0)]
    assert len(shop.sink.letters) == 3
    assert queued


async def test_urgent_mailing_goes_first_and_says_so(shop: Shop) -> None:
    """C77-84: priority normal, high, low."""
    people = await shop.customers(9)
    for priority, three in ((1, people[:3]), (2, people[3:6]), (3, people[6:])):
        await shop.mailing(*three, priority=priority)
    await shop.execute("update mailbox set connections = 1")
    await send_mailings_once(shop.service)
    assert [(one["X-Priority"][0], one["Importance"]) for one in shop.sink.letters] == [
        *[("1", "high")] * 3, *[("3", "normal")] * 3, *[("5", "low")] * 3
    ]  # fmt: skip


async def test_messages_per_connection_and_connections_are_those_of_the_mailbox(shop: Shop) -> None:
    """C77-85: sent from the chosen mailbox with its limits."""
    await shop.execute("update mailbox set connections = 1, messages_per_connection = 10")
    await shop.mailing(*await shop.customers(35))
    await send_mailings_once(shop.service)
    assert (len(shop.sink.letters), shop.sink.connections) == (35, 4)


async def test_domains_over_their_limit_wait_and_others_do_not(shop: Shop) -> None:
    parties = await shop.customers(8)
    await shop.execute(
        "update party_contact set value = 'x' || party_id || '@other.example' where party_id > :id", id=parties[4]
    )
    await shop.execute("update mailbox set domain_per_minute = 3")
    mailing = await shop.mailing(*parties)
    await send_mailings_once(shop.service)
    domains = Counter(address.partition("@")[2] for address in shop.sink.counts)
    assert domains == {"example.com": 3, "other.example": 3}
    waiting = await shop.execute("select due_at > now() from mailing_recipient where state = 'queued'")
    assert [row[0] for row in waiting] == [True, True]
    assert await shop.state(mailing.id) == "sending"


async def test_sent_message_stands_on_the_partys_timeline(shop: Shop) -> None:
    (party,) = await shop.customers(1)
    mailing = await shop.mailing(party)
    await send_mailings_once(shop.service)
    found = await shop.execute(
        "select act, party_id, data from activity where actor = :who", who=f"mailing:{mailing.id}"
    )
    assert [tuple(row) for row in found] == [("mailing_letter.sent", party, {"mailing": mailing.id})]


async def test_text_that_no_longer_can_be_filled_pauses_its_mailing_and_sends_nothing(shop: Shop) -> None:
    mailing = await shop.mailing(*await shop.customers(2))
    await shop.execute("update mailing_variant set subject = '{{ no_such_thing }}'")
    await send_mailings_once(shop.service)
    found = await shop.service.database.run(mailings.load_mailing, mailing.id)
    assert (found.state, found.problem) == ("paused", "subject: line 1: there is no no_such_thing")
    assert shop.sink.letters == []
