"""Mailings that send themselves: whom they concern, once per occasion, from days that were missed and after a kill."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.mailing.office import office_of
from api.mailing.running import send_mailings_once
from crm.consents import service as consents
from crm.consents.model import Said
from crm.mailings import gathering
from crm.mailings import service as mailings
from crm.mailings.errors import MailingRefusedError, MailingStateError
from crm.mailings.model import Audience, Mailing, Trigger, Variant
from crm.mailings.repository import triggers
from crm.mailings.repository.addresses import Given
from crm.mailings.triggering import first_day, run_trigger
from database.activity import Act
from tests.api.mailing.conftest import Shop
from tests.conftest import ACT

DAY = timedelta(days=1)
LETTER = Variant(subject="{{ first_name }}", text="Hello {{ name }}.")


async def started(shop: Shop, trigger: Trigger, **more: Any) -> Mailing:
    """Let a mailing run from the moment of the tests."""
    return await shop.mailing(trigger=trigger, audience=more.pop("audience", Audience()), variants=(LETTER,), **more)


async def look(shop: Shop, mailing: Mailing, *, days: int = 0, minutes: int = 1) -> None:
    """Look whom a mailing concerns, so long behind the moment of the tests."""
    act = Act("mailing", ACT.at + days * DAY + timedelta(minutes=minutes))
    while await shop.service.database.run(run_trigger, mailing.id, office_of(shop.service), act=act):
        continue


async def told(shop: Shop, mailing: Mailing) -> list[tuple[int, str, str]]:
    """Tell whom a mailing concerned: party, occurrence, state."""
    rows = await shop.execute(
        "select party_id, occurrence, state from mailing_recipient where mailing_id = :id order by party_id, occurrence",
        id=mailing.id,
    )
    return [tuple(row) for row in rows]


async def agree(shop: Shop, party_id: int, *, minutes: int) -> None:
    """Let a party say yes to offers, so long behind the moment of the tests."""
    act = Act("test", ACT.at + timedelta(minutes=minutes))
    await shop.service.database.run(consents.give, party_id, [2], Said("page", "in_person"), act=act)


async def test_who_agrees_is_welcomed_once_and_who_agreed_before_is_not(shop: Shop) -> None:
    (old,) = await shop.customers(1)
    await shop.execute("update subscription set changed_at = :at", at=ACT.at - DAY)
    new, never = await shop.customers(2, consent=False)
    mailing = await started(shop, Trigger("welcome"))
    assert mailing.state == "running"
    await agree(shop, new, minutes=1)
    for minutes in (2, 3, 60):
        await look(shop, mailing, minutes=minutes)
    assert await told(shop, mailing) == [(new, "welcome", "queued")]
    await agree(shop, never, minutes=61)
    await look(shop, mailing, minutes=62)
    assert [party for party, _, _ in await told(shop, mailing)] == [new, never]
    await send_mailings_once(shop.service)
    assert shop.sink.counts == {f"anna{new}@example.com": 1, f"anna{never}@example.com": 1}
    assert (await shop.state(mailing.id), old) == ("running", old)


async def test_who_is_made_is_welcomed_where_no_yes_is_needed(shop: Shop) -> None:
    mailing = await started(shop, Trigger("welcome"), kind_id=3)
    (new,) = await shop.customers(1, consent=False)
    await shop.execute("update party set created_at = :at", at=ACT.at + timedelta(minutes=5))
    await look(shop, mailing, minutes=6)
    assert await told(shop, mailing) == [(new, "welcome", "queued")]


async def test_birthday_brings_a_letter_days_before_and_each_year_once(shop: Shop) -> None:
    soon, later, archived = await shop.customers(3)
    birthday = (ACT.at + 3 * DAY).date()
    await shop.execute("update party set birth_date = :day where id <> :id", day=birthday.replace(year=1980), id=later)
    await shop.execute("update party set birth_date = :day where id = :id", day=date(1604, 12, 24), id=later)
    await shop.execute("update party set archived_at = now() where id = :id", id=archived)
    mailing = await started(shop, Trigger("birthday", 3))
    for minutes in (1, 2):
        await look(shop, mailing, minutes=minutes)
    assert await told(shop, mailing) == [(soon, "2026", "queued")]
    await look(shop, mailing, days=31)
    assert await told(shop, mailing) == [(soon, "2026", "queued"), (later, "2026", "queued")]
    await look(shop, mailing, days=365)
    assert (soon, "2027", "queued") in await told(shop, mailing)


async def test_points_that_expire_and_a_customer_who_stays_away_bring_a_letter(shop: Shop) -> None:
    poor, rich, away, back = await shop.customers(4)
    series = "insert into series (code, version, definition) values ('CLASSIC', 1, '{}') returning id"
    ((series_id,),) = await shop.execute(series)
    for number, party in enumerate((poor, rich, away, back), 1):
        await shop.execute(
            "insert into card (card_id, number, series_id, state, holder_id) values (:id, :no, :series, 'active', :p)",
            id=number, no=f"000000000{number}", series=series_id, p=party,
        )  # fmt: skip
    last = (ACT.at + 14 * DAY).date()
    await shop.execute("insert into points_term values (1, :day, 50, 50), (2, :day, 50, 20)", day=last)
    gone = (ACT.at - 60 * DAY).date()
    await shop.execute("insert into card_day values (3, :day, 100, 1), (4, :day, 100, 1), (4, :later, 5, 1)",
        day=gone, later=gone + 10 * DAY)  # fmt: skip
    await receipts(shop, gone, 3, 4)
    points, absent = await started(shop, Trigger("points", 14)), await started(shop, Trigger("absent", 60))
    for mailing in (points, absent):
        await look(shop, mailing)
        await look(shop, mailing, minutes=5)
    assert await told(shop, points) == [(rich, last.isoformat(), "queued")]
    assert await told(shop, absent) == [(away, gone.isoformat(), "queued")]


async def receipts(shop: Shop, day: date, *cards: int) -> None:
    """Put a receipt of each card on a day."""
    await shop.execute(
        "insert into receipt (card_id, business_date, id, uid, kind, state, store, till, shift, number, closed_at,"
        " received_at, cashier, offline, total, purchases, payments, flags) select card, :day, card, gen_random_uuid(),"
        " 'sale', 'posted', '7', '3', 1, card::text, now(), now(), 'eva', false, 100, 1, '[]', '{}'"
        " from unnest(cast(:cards as bigint[])) card",
        day=day,
        cards=list(cards),
    )


async def test_pause_holds_and_going_on_looks_at_what_was_missed_but_not_at_what_is_over(shop: Shop) -> None:
    over, coming = await shop.customers(2)
    for party, days in ((over, 6), (coming, 12)):
        birth = (ACT.at + days * DAY).date().replace(year=1980)
        await shop.execute("update party set birth_date = :day where id = :id", day=birth, id=party)
    run = shop.service.database.run
    mailing = await started(shop, Trigger("birthday", 4))
    await run(mailings.pause, mailing.id, act=ACT)
    await look(shop, mailing, days=10)
    assert await told(shop, mailing) == []
    assert (await run(mailings.resume, mailing.id, act=ACT)).state == "running"
    await look(shop, mailing, days=10)
    assert await told(shop, mailing) == [(coming, "2026", "queued")]
    assert (await run(mailings.cancel, mailing.id, act=ACT)).state == "cancelled"
    with pytest.raises(MailingStateError):
        await run(mailings.resume, mailing.id, act=ACT)


async def test_kill_in_the_middle_doubles_nobody_and_loses_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every portion is one transaction with how far it came; one that was not committed is looked at again."""
    parties = await shop.customers(7)
    await shop.execute("update party set birth_date = :day", day=ACT.at.date().replace(year=1980))
    monkeypatch.setattr(triggers, "PORTION", 3)
    monkeypatch.setattr("crm.mailings.triggering.PORTION", 3)
    mailing = await started(shop, Trigger("birthday", 0))
    act, office = Act("mailing", ACT.at), office_of(shop.service)

    class KillError(Exception):
        pass

    async def killed(connection: AsyncConnection) -> None:
        await run_trigger(connection, mailing.id, office, act=act)
        raise KillError

    for _ in range(3):
        with pytest.raises(KillError):
            await shop.service.database.run(killed)
        await shop.service.database.run(run_trigger, mailing.id, office, act=act)
    await look(shop, mailing)
    assert [party for party, _, _ in await told(shop, mailing)] == parties


async def test_audience_narrows_whom_it_concerns_and_consent_holds(shop: Shop) -> None:
    named, other = await shop.customers(2)
    (silent,) = await shop.customers(1, consent=False)
    await shop.execute("update party set birth_date = :day", day=ACT.at.date().replace(year=1980))
    group = await shop.group(named, silent)
    mailing = await started(shop, Trigger("birthday", 0), audience=Audience(groups=(group,)))
    await look(shop, mailing)
    rows = await shop.execute("select party_id, state, reason from mailing_recipient order by party_id")
    assert [tuple(row) for row in rows] == [
        (named, "queued", None),
        (other, "left_out", "not_named"),
        (silent, "left_out", "no_consent"),
    ]


async def test_days_and_times_that_make_no_sense_are_refused(shop: Shop) -> None:
    for trigger in (Trigger("absent", 3), Trigger("points", 0), Trigger("welcome", 5), Trigger("birthday", 61)):
        with pytest.raises(MailingRefusedError):
            await started(shop, trigger)
    with pytest.raises(MailingRefusedError):
        await started(shop, Trigger("birthday", 1), send_at=datetime(2027, 1, 1, tzinfo=UTC))


async def test_mailing_that_sends_itself_takes_no_single_addresses(shop: Shop) -> None:
    draft = await shop.mailing(begin=False, trigger=Trigger("birthday", 0), variants=(LETTER,))
    rows = [Given("zoe@shop.example")]
    await shop.service.database.run(gathering.put_addresses, draft.id, rows, is_agreed=True, act=ACT)
    changed = await shop.service.database.run(mailings.load_mailing, draft.id)
    office = office_of(shop.service)
    with pytest.raises(MailingRefusedError):
        await shop.service.database.run(mailings.begin, draft.id, office, seen=changed.version, can_link=True, act=ACT)


def test_first_day_is_the_one_behind_the_last_look_and_a_month_ago_at_most() -> None:
    today = date(2026, 11, 22)
    assert first_day(today, today) is None
    assert first_day(today - DAY, today) == today
    assert first_day(today - 5 * DAY, today) == today - 4 * DAY
    assert first_day(today - 400 * DAY, today) == today - 31 * DAY
