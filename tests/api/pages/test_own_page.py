"""A customer's own page over HTTP: whoever has the link sees one party's data, and whoever has not sees nothing."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs
from sqlalchemy import text

from api.settings import Settings
from crm.merging.model import Choices
from crm.merging.service import merge_parties
from crm.own_pages import service
from crm.privacy.erasing import erase_person
from database.activity import Act
from tests.api.rest.shop import Shop
from tests.conftest import ACT, calling
from tests.factories import make_line, make_person

KEY = "a key of the tests, long enough"


@pytest.fixture
async def shop(settings: Settings, database_url: str) -> AsyncIterator[Shop]:
    """Give a shop on a database of its own."""
    public = structs.replace(settings, mail_key=KEY, public_url="https://shop.example")
    async with calling(public, database_url) as caller:
        yield Shop(caller, await caller.as_role("admin"), database_url)


@pytest.fixture
async def anna(shop: Shop) -> int:
    """Give a party whose card has bought for 25.00."""
    database = shop.caller.service.database
    party_id = await make_person(database, "Anna Marsh", phone="+359888777555")
    card = await shop.make_card(number="2900000000018", discount_percent="5", number_template=None)
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": party_id})
    line = make_line(price="25.00", net="23.75", discount="1.25", name="Coffee beans")
    await shop.sell(line, card=card.ref, total="23.75")
    return party_id


async def make_link(shop: Shop, party_id: int, *, days: int | None = None, act: Act = ACT) -> str:
    """Make a party's link and give its path."""
    token = await shop.caller.service.database.run(service.make_link, party_id, key=KEY, days=days, act=act)
    return f"/my/{token}"


async def rows(shop: Shop, query: str) -> list[tuple[object, ...]]:
    """Ask the database with plain SQL."""
    async with shop.caller.service.database.connection() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_link_opens_the_party_s_cards_and_receipts_and_nobody_keeps_its_token(shop: Shop, anna: int) -> None:
    path = await make_link(shop, anna)
    answer = await shop.caller.http.get(path)
    assert answer.status_code == 200
    for shown in ("Hello, Anna Marsh", "2900000000018", "5%", "€23.75", "Coffee beans", "saved €1.25", "··· 7555"):
        assert shown in answer.text, shown
    assert "359888777555" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"].startswith("noindex, nofollow")
    kept = await rows(
        shop, "select to_jsonb(l)::text from own_page_link l union all select to_jsonb(a)::text from activity a"
    )
    assert [row for (row,) in kept if path.removeprefix("/my/") in str(row)] == []
    assert await rows(
        shop, "select opened_on is not null, hash is not null, sealed is not null from own_page_link"
    ) == [(True, True, True)]


async def test_wrong_tokens_are_answered_all_alike_and_too_many_of_them_shortly(shop: Shop, anna: int) -> None:
    http, good = shop.caller.http, await make_link(shop, anna)
    old = await make_link(shop, anna, days=1, act=Act("test", datetime.now(UTC) - timedelta(days=2)))
    wrong = [good, old, "/my/nothing", f"/my/{'a' * 43}", f"/my/{'%00' * 3}", f"{old}/manifest"]
    answers = [await http.get(path) for path in wrong]
    assert {(one.status_code, re.sub(r"\s+", "", one.text)) for one in answers} == {
        (404, re.sub(r"\s+", "", answers[0].text))
    }
    assert await rows(shop, "select refused, length(sender) from own_page_refusal") == [(len(wrong), 32)]
    for _ in range(service.MOST_REFUSALS - len(wrong)):
        assert (await http.get("/my/nothing")).status_code == 404
    slow = await http.get("/my/nothing")
    assert (slow.status_code, slow.headers["retry-after"]) == (429, "3600")
    assert await rows(shop, "select refused from own_page_refusal") == [(service.MOST_REFUSALS,)]
    right = await make_link(shop, anna)
    assert (await http.get(right)).status_code == 200  # a street of phones shares one address


async def test_new_link_an_end_an_erasure_and_a_merge_close_the_page(shop: Shop, anna: int) -> None:
    http, run = shop.caller.http, shop.caller.service.database.run
    first = await make_link(shop, anna)
    second = await make_link(shop, anna)
    assert [(await http.get(path)).status_code for path in (first, second)] == [404, 200]
    await run(service.revoke_link, anna, act=ACT)
    assert (await http.get(second)).status_code == 404
    third = await make_link(shop, anna)
    kept = await make_person(shop.caller.service.database, "Anna Marsh-Reed")
    await run(merge_parties, kept, anna, choices=Choices(frozenset()), seen=None, act=ACT)
    assert (await http.get(third)).status_code == 404
    assert await rows(shop, "select count(*) from own_page_link") == [(1,)]
    await run(erase_person, kept, typed_name="Anna Marsh-Reed", act=ACT)
    assert await rows(shop, "select count(*) from own_page_link") == [(0,)]


async def test_page_shows_nothing_of_another_party(shop: Shop, anna: int) -> None:
    other = await make_person(shop.caller.service.database, "Boris Hale")
    card = await shop.make_credit_card("70.00", number_template="BORIS%06")
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": other})
    page = (await shop.caller.http.get(await make_link(shop, anna))).text
    assert [word for word in ("Boris", card.number, "70.00") if word in page] == []
    assert card.number in (await shop.caller.http.get(await make_link(shop, other))).text


async def test_card_that_no_till_takes_says_what_to_do_and_shows_no_code(shop: Shop, anna: int) -> None:
    path = await make_link(shop, anna)
    ((card_id,),) = await rows(shop, "select card_id from card")
    await shop.admin.post(f"/v1/cards/{card_id}/block", json={"reason": "lost"})
    page = (await shop.caller.http.get(path)).text
    assert "This card is blocked. Ask in the shop" in page
    assert "··· 0018" in page
    assert ["2900000000018" in page, "<figure" in page] == [False, False]


async def test_language_is_the_party_s_unless_another_is_chosen_on_the_page(shop: Shop, anna: int) -> None:
    http, path = shop.caller.http, await make_link(shop, anna)
    german_then_bulgarian = {"Accept-Language": "de, bg;q=0.5"}
    assert "Здравейте, Anna Marsh" in (await http.get(path, headers=german_then_bulgarian)).text
    async with shop.caller.service.database.connection() as connection:
        await connection.execute(text("update party set language = 'uk'"))
    assert "Вітаємо, Anna Marsh" in (await http.get(path, headers=german_then_bulgarian)).text
    chosen = (await http.get(f"{path}?language=ru")).text
    assert "Здравствуйте, Anna Marsh" in chosen
    assert f'action="{path}/correction?language=ru"' in chosen


async def test_correction_becomes_a_note_for_staff_and_changes_nothing(shop: Shop, anna: int) -> None:
    http, path = shop.caller.http, await make_link(shop, anna)
    before = await rows(shop, "select name from party")
    told = await http.post(f"{path}/correction", data={"correction": " My name is <b>Ana</b>. "})
    assert (told.status_code, "The shop has what you wrote" in told.text) == (200, True)
    assert await rows(shop, "select text, actor from party_note") == [("My name is <b>Ana</b>.", "form")]
    assert await rows(shop, "select name from party") == before
    acts = await rows(shop, "select act, importance, data from activity where act like 'own_page.c%'")
    assert acts == [("own_page.correction_asked", 1, None)]
    for typed in ("", "x" * 501):
        assert (await http.post(f"{path}/correction", data={"correction": typed})).status_code == 422
    for status in (200, 200, 422):
        assert (await http.post(f"{path}/correction", data={"correction": "again"})).status_code == status
    assert await rows(shop, "select count(*) from party_note") == [(3,)]


async def test_letters_are_chosen_on_the_page_as_behind_the_link_of_a_letter(shop: Shop, anna: int) -> None:
    """C77-86: subscriptions are per kind."""
    http, path = shop.caller.http, await make_link(shop, anna)
    assert "The shop does not have your e-mail address" in (await http.get(path)).text
    contact = {"kind": "email", "value": "anna@shop.example"}
    assert (await shop.admin.post(f"/v1/parties/{anna}/contacts", json=contact)).status_code == 201
    page = (await http.get(path)).text
    assert ["a···@shop.example" in page, "anna@shop.example" in page] == [True, False]
    saved = await http.post(f"{path}/letters", data={"kinds": ["1"]})
    assert "Saved." in saved.text
    states = "select kind_id, state from subscription order by kind_id"
    assert await rows(shop, states) == [(1, "subscribed"), (3, "unsubscribed")]
    assert (await http.post("/my/nothing/letters", data={"kinds": ["2"]})).status_code == 404
    acts = "select distinct source, actor from consent"
    assert await rows(shop, acts) == [("preferences", "form")]


async def test_older_receipts_stand_on_further_pages(shop: Shop, anna: int) -> None:
    ((number,),) = await rows(shop, "select number from card")
    for _ in range(11):
        await shop.sell(make_line(), card={"number": str(number)})
    http, path = shop.caller.http, await make_link(shop, anna)
    first = (await http.get(path)).text
    assert first.count('class="bought"') == 10
    older = re.search(r'href="([^"]+older=[^"]+)"', first)
    assert older is not None
    second = (await http.get(older[1].replace("&amp;", "&").partition("#")[0])).text
    assert (second.count('class="bought"'), "Coffee beans" in second) == (2, True)


async def test_manifest_leads_a_phone_to_the_page(shop: Shop, anna: int) -> None:
    path = await make_link(shop, anna)
    answer = await shop.caller.http.get(f"{path}/manifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    manifest = answer.json()
    assert (manifest["start_url"], manifest["display"]) == (path, "standalone")
    assert (await shop.caller.http.get(manifest["icons"][0]["src"])).status_code == 200


async def test_installation_without_own_pages_has_none(settings: Settings, shop: Shop, anna: int) -> None:
    path = await make_link(shop, anna)
    off = structs.replace(settings, modules_off=frozenset({"own_page"}))
    async with calling(off, shop.url) as caller:
        assert (await caller.http.get(path)).status_code == 404
        admin = await caller.as_role("admin")
        assert (await admin.post(f"/v1/parties/{anna}/own-page")).status_code == 404
