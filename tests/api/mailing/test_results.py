"""Results: who counts, on which days, beside whom; and that no number is given where nobody was held back."""

import csv
import lzma
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec import structs

from crm.mailings.errors import MailingRefusedError
from crm.mailings.lift import Spent, compare
from crm.mailings.model import Audience, Variant
from crm.mailings.repository.results import Funnel
from crm.mailings.results import Result, load_result
from tests.api.mailing.buying import buy, give_cards
from tests.api.mailing.conftest import OFFICE, Shop

TODAY = date(2026, 11, 22)
TWO = (Variant("A", 50, "A", text="a"), Variant("B", 50, "B", text="b"))


async def result_of(shop: Shop, mailing_id: int, *, days: int = 30) -> Result:
    """Load a result a year later."""
    later = structs.replace(OFFICE, now=OFFICE.now + timedelta(days=365))
    return await shop.service.database.run(load_result, mailing_id, later, days=days)


async def groups_of(shop: Shop, mailing_id: int) -> dict[int, str | None]:
    """Tell the variant of each party that is drawn, None for who is held back."""
    rows = await shop.execute(
        "select r.party_id, case when r.state <> 'control' then v.letter end as letter from mailing_recipient r"
        " join mailing_variant v on v.id = r.variant_id where r.mailing_id = :id and r.state <> 'left_out'",
        id=mailing_id,
    )
    return {row.party_id: row.letter for row in rows}


def spent(values: list[int]) -> Spent:
    return Spent(len(values), sum(one > 0 for one in values), sum(values), sum(one * one for one in values))


async def test_turnover_of_each_variant_is_compared_with_all_who_were_held_back(shop: Shop) -> None:
    """Only the days from the one of sending on count, and all who were drawn, whatever became of their letter."""
    parties, rng = await shop.customers(300), Random(5)
    await give_cards(shop, parties)
    mailing = await shop.mailing(audience=Audience(parties=tuple(parties)), control_percent=30, variants=TWO)
    await shop.prepare(mailing.id)
    await shop.execute("update mailing_recipient set state = 'failed' where state = 'queued' and id % 5 = 0")
    groups = await groups_of(shop, mailing.id)
    inside = {party: rng.choice((0, 900, 2_500)) + (1_200 if groups[party] == "B" else 0) for party in parties}
    bought = [(party, TODAY + timedelta(days=rng.randrange(30)), amount) for party, amount in inside.items() if amount]
    outside = [(party, TODAY + timedelta(days=away), 99_999) for party in parties[::3] for away in (-1, 30)]
    await buy(shop, [*bought, *outside])

    found = await result_of(shop, mailing.id)

    by_group: defaultdict[str | None, list[int]] = defaultdict(list)
    for party, letter in groups.items():
        by_group[letter].append(inside[party])
    held_back = spent(by_group[None])
    both = spent(by_group["A"] + by_group["B"])
    assert found.held_back == held_back
    assert [(one.letter, one.spent, one.lift) for one in found.compared] == [
        (None, both, compare(both, held_back)),
        *((letter, spent(by_group[letter]), compare(spent(by_group[letter]), held_back)) for letter in "AB"),
    ]
    better = found.compared[2].lift
    assert better is not None
    assert better.is_told
    assert (found.first, found.past) == (TODAY, 30)


async def test_cards_of_a_party_count_together_and_a_replaced_one_not(shop: Shop) -> None:
    parties = await shop.customers(2)
    await give_cards(shop, parties)
    mailing = await shop.mailing(*parties)
    await shop.prepare(mailing.id)
    await buy(shop, [(parties[0], TODAY, 100), (parties[1], TODAY, 100)])
    await shop.execute("update card set holder_id = :one where holder_id = :two", one=parties[0], two=parties[1])
    assert (await result_of(shop, mailing.id)).compared[0].spent == Spent(2, 1, 200, 40_000)
    await shop.execute("update card set state = 'replaced' where number = :number", number=f"held{parties[1]}")
    assert (await result_of(shop, mailing.id)).compared[0].spent == Spent(2, 1, 100, 10_000)


async def test_without_anybody_held_back_no_number_is_given(shop: Shop) -> None:
    parties = await shop.customers(3)
    mailing = await shop.mailing(*parties)
    assert (await result_of(shop, mailing.id)).compared == []
    await shop.prepare(mailing.id)
    (all_together,) = (await result_of(shop, mailing.id)).compared
    assert (all_together.spent.heads, all_together.lift, all_together.gained) == (3, None, None)
    with pytest.raises(MailingRefusedError):
        await result_of(shop, mailing.id, days=366)


async def test_letters_are_counted_by_what_became_of_them(shop: Shop) -> None:
    parties = await shop.customers(9)
    mailing = await shop.mailing(*parties)
    await shop.prepare(mailing.id)
    sent = "update mailing_recipient set state = 'sent', sent_at = now()"
    await shop.execute(f"{sent} where party_id <> :none", none=parties[0])
    await shop.execute(f"{sent}, opened_at = now(), clicked_at = now() where party_id = :id", id=parties[1])
    await shop.execute(f"{sent}, opened_at = now(), replied_at = now() where party_id = :id", id=parties[2])
    await shop.execute(f"{sent}, bounced_at = now() where party_id = :id", id=parties[3])
    await shop.execute("update mailing_recipient set state = 'unsubscribed' where party_id = :id", id=parties[0])
    await shop.execute(
        "insert into consent (party_id, kind_id, act, source, recipient_id, actor, at)"
        " select party_id, 2, 'withdrawn', 'one_click', id, 'recipient', now() from mailing_recipient"
        " cross join generate_series(1, 2) where party_id = :id",
        id=parties[1],
    )
    found = await result_of(shop, mailing.id)
    assert found.funnels == [Funnel("A", 9, 8, 2, 1, 1, 1, 0, 2)]


def rows_of(data: Path, name: str) -> Iterator[dict[str, str]]:
    with lzma.open(data / f"complete_journey_{name}.csv.xz", "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


async def test_campaigns_of_a_real_shop_have_the_redemptions_of_their_recipients(shop: Shop, shared_data: Path) -> None:
    """The Complete Journey: 27 campaigns to 1,559 households; a redemption stands for a purchase of one cent.

    Nobody was held back there, so the result says who bought and gives no difference.
    """
    starts = {
        row["campaign_id"]: date.fromisoformat(row["start_date"])
        for row in rows_of(shared_data, "campaign_descriptions")
    }
    sent: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows_of(shared_data, "campaigns"):
        sent[row["campaign_id"]].append(row["household_id"])
    redeemed = [
        (row["household_id"], date.fromisoformat(row["redemption_date"]))
        for row in rows_of(shared_data, "coupon_redemptions")
    ]
    households = sorted({one for several in sent.values() for one in several})
    parties = dict(zip(households, await shop.customers(len(households)), strict=True))
    await give_cards(shop, list(parties.values()))
    await buy(shop, [(parties[household], day, 1) for household, day in redeemed])
    bought = Counter(redeemed)
    for campaign, start in starts.items():
        group = await shop.group(*(parties[one] for one in sent[campaign]))
        mailing = await shop.mailing(audience=Audience(groups=(group,)))
        await shop.prepare(mailing.id)
        await shop.execute("update mailing set prepared_at = :start where id = :id", start=start, id=mailing.id)
        days = [start + timedelta(days=number) for number in range(30)]
        expected = spent([sum(bought[household, day] for day in days) for household in sent[campaign]])
        (found,) = (await result_of(shop, mailing.id)).compared
        assert (campaign, found.spent, found.lift) == (campaign, expected, None)
    assert sum(len(several) for several in sent.values()) == 6_589
