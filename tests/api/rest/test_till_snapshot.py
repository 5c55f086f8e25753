"""The snapshot that a till fetches: changes only, none left out, no number of a card in it."""

from collections.abc import Sequence

import asyncpg
import httpx
import msgspec

from pos_adapter.snapshot.model import SnapshotCard, SnapshotPage
from pos_adapter.snapshot.sealing import SIGNATURE_HEADER, derive_key, hash_number, is_signed
from tests.api.rest.shop import Shop, ShopCard


async def fetch(till: httpx.AsyncClient, since: str = "") -> SnapshotPage:
    """Fetch all parts, each of which must be signed for this till, as one; its cursor is the first part's."""
    first = part = await fetch_part(till, since)
    cards = list(first.cards)
    while part.next is not None:
        part = await fetch_part(till, since, part.next)
        cards += part.cards
    return msgspec.structs.replace(first, cards=cards)


async def fetch_part(till: httpx.AsyncClient, since: str = "", after: int = 0) -> SnapshotPage:
    answer = await till.get("/v1/till-snapshot", params={"since": since, "after": after})
    assert answer.status_code == 200, answer.text
    assert is_signed(key_of(till), answer.content, answer.headers[SIGNATURE_HEADER])
    return msgspec.json.decode(answer.content, type=SnapshotPage)


def key_of(till: httpx.AsyncClient) -> bytes:
    return derive_key(till.headers["Authorization"].removeprefix("Bearer "))


def find(till: httpx.AsyncClient, cards: Sequence[SnapshotCard], card: ShopCard) -> SnapshotCard | None:
    return next((one for one in cards if one.hash == hash_number(key_of(till), card.number)), None)


async def test_changes_alone_come_after_the_first_look(shop: Shop) -> None:
    till = await shop.caller.as_role("till", store="0007", till="3")
    changed, other = await shop.make_card(), await shop.make_card()
    first = await fetch(till)
    await shop.act(changed, "block", reason="lost")
    await shop.sell(card=other.ref)
    second = await fetch(till, first.cursor)
    assert (first.is_whole, second.is_whole) == (True, False)
    found = [find(till, first.cards, changed), find(till, second.cards, changed)]
    assert [card and card.state for card in found] == ["active", "blocked"]
    third = await fetch(till, second.cursor)
    assert (find(till, third.cards, changed), find(till, third.cards, other), third.catalogue) == (None, None, None)


async def test_own_settings_and_catalogue_come_with_their_change(shop: Shop) -> None:
    till = await shop.caller.as_role("till", store="0007", till="3")
    card = await shop.make_card(discount_percent="5.00")
    first = await fetch(till)
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"discount_percent": "4.355", "expires_on": "2030-01-31"})
    await shop.put_series(card.series, discount_percent="7.00")
    second = await fetch(till, first.cursor)
    found = find(till, second.cards, card)
    assert found is not None
    assert found.own is not None
    assert (found.own.percent, str(found.own.expires_on)) == (43_550, "2030-01-31")
    assert second.catalogue is not None
    assert second.catalogue.series[found.series_id].settings.percent == 70_000


async def test_change_that_was_open_at_one_look_comes_with_the_next(shop: Shop) -> None:
    till = await shop.caller.as_role("till", store="0007", till="3")
    card = await shop.make_card()
    connection = await asyncpg.connect(shop.url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("update card set own_percent = 10000 where card_id = $1", card.id)
    meanwhile = await fetch(till)
    await transaction.commit()
    await connection.close()
    before = find(till, meanwhile.cards, card)
    after = find(till, (await fetch(till, meanwhile.cursor)).cards, card)
    assert before is not None
    assert after is not None
    assert (before.own, after.own and after.own.percent) == (None, 10_000)


async def test_another_key_and_a_made_up_cursor_begin_anew(shop: Shop) -> None:
    one = await shop.caller.as_role("till", store="0007", till="3")
    two = await shop.caller.as_role("till", store="0007", till="3")
    cursor = (await fetch(one)).cursor
    pages = [await fetch(one, cursor), await fetch(two, cursor), await fetch(one, "zz"), await fetch(one, "5b5d")]
    assert [page.is_whole for page in pages] == [False, True, True, True]


async def test_no_number_of_a_card_is_in_it(shop: Shop) -> None:
    till = await shop.caller.as_role("till", store="0007", till="3")
    card = await shop.make_card()
    answer = await till.get("/v1/till-snapshot")
    assert card.number not in answer.text


async def test_snapshot_is_for_tills_alone(shop: Shop) -> None:
    assert (await shop.admin.get("/v1/till-snapshot")).status_code == 403
