"""Who is chosen, who is left out and why, and that the page's count and the rows are of one mind."""

from collections import Counter
from datetime import UTC, datetime, time
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest

from api.mailing.running import send_mailings_once
from crm.mailings import service as mailings
from crm.mailings.errors import MailingRefusedError
from crm.mailings.leaving_out import LeftOutPage, list_left_out
from crm.mailings.model import Audience, Variant
from crm.mailings.repository import choosing
from crm.mailings.repository.choosing import LeftOut
from tests.api.mailing.conftest import OFFICE, Shop
from tests.conftest import ACT


def bucket(purpose: str, mailing_id: int, party_id: int) -> int:
    """Draw a number from 0 to 99 for a party and a mailing, as the SQL of choosing must."""
    digest = sha256(f"{purpose}:{mailing_id}:{party_id}".encode()).digest()
    return int.from_bytes(digest[:3], "big") % 100


async def test_each_is_left_out_by_the_first_reason_that_holds(shop: Shop) -> None:
    """C77-80, C77-81: members of groups and single parties, duplicates removed."""
    ok, gone, mute, wrong, listed, out, twice = parties = await shop.customers(7)
    (silent,) = await shop.customers(1, consent=False)
    execute = shop.execute
    await execute("update party set archived_at = now() where id = :id", id=gone)
    await execute("delete from party_contact where party_id = :id", id=mute)
    await execute("update party_contact set value = 'no address' where party_id = :id", id=wrong)
    await shop.suppress(f"anna{listed}@example.com")
    await execute("update subscription set state = 'unsubscribed' where party_id = :id", id=out)
    same = f"ANNA{ok}@example.com"
    await execute("update party_contact set value = :same where party_id = :id", same=same, id=twice)
    audience = Audience(groups=(await shop.group(*parties),), parties=(ok, silent))
    mailing = await shop.mailing(audience=audience)
    count = await shop.service.database.run(mailings.count_recipients, mailing.id, OFFICE)
    await shop.prepare(mailing.id)
    rows = await execute("select party_id, state, reason from mailing_recipient order by party_id")
    assert [tuple(row) for row in rows] == [
        (ok, "queued", None),
        (gone, "left_out", "archived"),
        (mute, "left_out", "no_address"),
        (wrong, "left_out", "wrong_address"),
        (listed, "left_out", "suppressed"),
        (out, "left_out", "unsubscribed"),
        (twice, "left_out", "same_address"),
        (silent, "left_out", "no_consent"),
    ]
    assert (count.named, count.going, count.control) == (8, 1, 0)
    assert count.left_out == Counter(row.reason for row in rows if row.reason)


async def test_service_notice_needs_no_consent_and_a_refusal_still_holds(shop: Shop) -> None:
    free, refused = await shop.customers(2, consent=False)
    await shop.execute("insert into subscription values (:id, 3, 'unsubscribed', now())", id=refused)
    mailing = await shop.mailing(free, refused, kind_id=3)
    await shop.prepare(mailing.id)
    assert [row[0] for row in await shop.recipients(mailing.id)] == ["queued", "left_out"]


async def test_draws_are_those_of_the_rule_and_stay(shop: Shop) -> None:
    """The control group and the variants are drawn by a hash of mailing and party."""
    parties = await shop.customers(400)
    variants = (Variant("A", 70, "A", text="a"), Variant("B", 30, "B", text="b"))
    group = await shop.group(*parties)
    mailing = await shop.mailing(audience=Audience(groups=(group,)), control_percent=20, variants=variants)
    await shop.prepare(mailing.id)
    rows = await shop.execute(
        "select r.party_id, r.state, v.letter from mailing_recipient r join mailing_variant v on v.id = r.variant_id"
    )
    for row in rows:
        assert (row.state == "control") == (bucket("control", mailing.id, row.party_id) < 20)
        assert (row.letter == "A") == (bucket("variant", mailing.id, row.party_id) < 70)
    states = Counter(row.state for row in rows)
    assert 50 <= states["control"] <= 110
    assert 230 <= sum(row.letter == "A" for row in rows) <= 330


async def test_preparing_again_after_a_kill_adds_nobody_twice(shop: Shop) -> None:
    parties = await shop.customers(50)
    mailing = await shop.mailing(*parties)
    choice = await shop.service.database.run(mailings.choice_of, mailing.id, OFFICE)
    await shop.service.database.run(choosing.add_recipients, choice, parties[:20], now=ACT.at)
    await shop.execute("update mailing set prepared_to = :last", last=parties[19])
    await shop.prepare(mailing.id)
    rows = await shop.execute("select party_id from mailing_recipient order by id")
    assert [row[0] for row in rows] == parties


async def test_window_is_in_each_recipients_own_time(shop: Shop) -> None:
    here, tokyo = await shop.customers(2)
    await shop.execute("insert into party_address (party_id, position, country) values (:id, 1, 'JP')", id=tokyo)
    mailing = await shop.mailing(here, tokyo, window_from=time(9), window_until=time(10))
    await shop.prepare(mailing.id)
    rows = await shop.execute("select due_at, zone from mailing_recipient order by party_id")
    assert [row.zone for row in rows] == [None, "Asia/Tokyo"]
    for row, zone in zip(rows, ("Europe/Sofia", "Asia/Tokyo"), strict=True):
        local = row.due_at.astimezone(ZoneInfo(zone))
        assert row.due_at == ACT.at or local.time() == time(9)
        assert datetime(2026, 11, 22, tzinfo=UTC) < row.due_at < datetime(2026, 11, 25, tzinfo=UTC)


async def test_zone_that_the_database_does_not_know_holds_nobody_up(shop: Shop) -> None:
    firm, person = await shop.customers(2)
    await shop.execute(
        "insert into contact_person (party_id, person_id, position, timezone) values (:firm, :id, 1, 'Sea/Atlantis')",
        firm=firm,
        id=person,
    )
    mailing = await shop.mailing(person, window_from=time(9), window_until=time(18))
    await shop.prepare(mailing.id)
    assert [row[0] for row in await shop.recipients(mailing.id)] == ["queued"]


async def test_members_of_a_segment_are_looked_up_when_it_goes_out_and_archived_ones_are_in_none(shop: Shop) -> None:
    """C77-80, BG-32: a segment is asked anew; whom a group names too is counted once."""
    first, second, gone, other = await shop.customers(4)
    await shop.execute("update party set name = 'Other' where id = :id", id=other)
    await shop.execute("update party set archived_at = now() where id = :id", id=gone)
    audience = Audience(groups=(await shop.group(first),), parties=(first,), segments=(await shop.segment("Anna"),))
    mailing = await shop.mailing(audience=audience)
    count = await shop.service.database.run(mailings.count_recipients, mailing.id, OFFICE)
    (newcomer,) = await shop.customers(1)
    await shop.prepare(mailing.id)
    rows = await shop.execute("select party_id, state from mailing_recipient order by id")
    assert (count.named, count.going, count.left_out) == (2, 2, {})
    assert [tuple(row) for row in rows] == [(one, "queued") for one in (first, second, newcomer)]


async def test_segment_that_means_nothing_any_more_pauses_its_mailing_which_goes_on_when_it_is_mended(
    shop: Shop,
) -> None:
    parties, segment = await shop.customers(2), await shop.segment("Anna")
    mailing = await shop.mailing(audience=Audience(segments=(segment,)))
    broken = '{"is": "filter", "field": "group", "operator": "any_of", "operands": ["gone"]}'
    kept = await shop.execute("select definition::text from segment")
    await shop.execute("update segment set definition = cast(:broken as jsonb)", broken=broken)
    await send_mailings_once(shop.service)
    found = await shop.service.database.run(mailings.load_mailing, mailing.id)
    assert (found.state, found.problem) == ("paused", "audience: a filter names a word that is not there any more")
    await shop.execute("update segment set definition = cast(:kept as jsonb)", kept=kept[0][0])
    assert (await shop.service.database.run(mailings.resume, mailing.id, act=ACT)).state == "preparing"
    await send_mailings_once(shop.service)
    assert sum(shop.sink.counts.values()) == len(parties)


async def test_who_is_left_out_is_listed_by_reason_and_letters_are_leafed_through(shop: Shop) -> None:
    run = shop.service.database.run
    one, mute, two = await shop.customers(3)
    await shop.execute("delete from party_contact where party_id = :id", id=mute)
    mailing = await shop.mailing(one, mute, two, begin=False)
    found = await run(list_left_out, mailing.id, OFFICE, reason="no_address")
    assert found == LeftOutPage([LeftOut(mute, "Anna 2", "", "no_address")], None)
    assert (await run(list_left_out, mailing.id, OFFICE, reason="archived")).rows == []
    version = (await run(mailings.load_mailing, mailing.id)).version
    await run(mailings.begin, mailing.id, OFFICE, seen=version, can_link=True, act=ACT)
    await shop.prepare(mailing.id)
    await shop.execute("update party_contact set kind = 'phone' where party_id = :id", id=one)
    assert await run(list_left_out, mailing.id, OFFICE) == found
    first = await run(mailings.find_neighbours, mailing.id, OFFICE, 1)
    assert (first.party_id, first.before, first.behind) == (one, None, mute)
    last = await run(mailings.find_neighbours, mailing.id, OFFICE, two)
    assert (last.party_id, last.name, last.before, last.behind) == (two, "Anna 3", mute, None)


async def test_segment_that_is_not_there_is_refused(shop: Shop) -> None:
    with pytest.raises(MailingRefusedError, match="segment that is not there") as refused:
        await shop.mailing(audience=Audience(segments=(4711,)), begin=False)
    assert refused.value.field == "audience"
