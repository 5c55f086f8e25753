"""Consent from end to end: a letter asks, its link confirms, another letter's link takes it back, and a GET does nothing."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from msgspec import structs

from api.mailing.confirming import ask_to_confirm
from api.mailing.running import send_mailings_once
from api.settings import Settings
from crm.consents import asking, service
from crm.consents.errors import ConsentRefusedError
from crm.consents.links import sign_recipient, sign_tracking
from crm.consents.model import Said
from crm.consents.setting import save_setting
from crm.mailboxes.secrets import link_key
from crm.mailings.model import Variant
from tests.api.mailing.conftest import KEY, Shop
from tests.conftest import ACT, calling

NEWS, OFFER, SERVICE = 1, 2, 3
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
CONSENT = """select (select count(*) from consent), (select count(*) from suppression), (select count(*) from party),
    (select coalesce(jsonb_agg(s order by s.party_id, s.kind_id), '[]') from subscription s),
    (select coalesce(jsonb_agg(q order by q.id), '[]') from subscription_request q)"""
KEPT = f"{CONSENT}, (select coalesce(jsonb_agg(r order by r.id), '[]') from mailing_recipient r)"


@pytest.fixture
async def web(shop: Shop, settings: Settings, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser without a session; the public form is open."""
    await shop.service.database.run(
        save_setting, mailbox_id=shop.mailbox_id, is_form_open=True, can_link=True, seen=1, act=ACT
    )
    public = structs.replace(settings, mail_key=KEY, public_url="https://shop.example")
    async with calling(public, database_url) as caller:
        yield caller.http


async def states(shop: Shop, party_id: int) -> dict[int, str]:
    """Tell what holds between a party and kinds."""
    rows = await shop.execute("select kind_id, state from subscription where party_id = :id", id=party_id)
    return {row.kind_id: row.state for row in rows}


async def acts(shop: Shop, party_id: int) -> list[tuple[str, str, int]]:
    """Tell what a party said."""
    rows = await shop.execute("select act, source, kind_id from consent where party_id = :id order by id", id=party_id)
    return [tuple(row) for row in rows]


def link_in(letter: object) -> str:
    """Give the path of the link in a letter."""
    found = re.search(r"https://shop\.example(/confirm/\S+)", str(letter.get_content()))  # type: ignore[attr-defined] # a letter
    assert found is not None
    return found[1]


async def test_party_is_asked_by_a_letter_and_subscribed_by_its_button_alone(
    shop: Shop, web: httpx.AsyncClient
) -> None:
    """C77-86: subscriptions are per kind."""
    (anna,) = await shop.customers(1, consent=False)
    await shop.service.database.run(asking.ask_party, anna, [NEWS], wording="News?", source="page", act=ACT)
    assert await states(shop, anna) == {NEWS: "pending"}
    await shop.execute(
        "update subscription_request set asked_at = now(), due_at = now(), expires_at = now() + interval '7 days'"
    )
    await ask_to_confirm(shop.service)
    (letter,) = shop.sink.letters
    assert (letter["To"], letter["Auto-Submitted"]) == (f"anna{anna}@example.com", "auto-generated")
    link = link_in(letter)
    assert "News" in (await web.get(link)).text
    assert await states(shop, anna) == {NEWS: "pending"}
    answer = await web.post(link)
    assert (answer.status_code, "Thank you" in answer.text) == (200, True)
    assert await states(shop, anna) == {NEWS: "subscribed"}
    await web.post(link)
    assert await acts(shop, anna) == [("asked", "page", NEWS), ("confirmed", "page", NEWS)]


async def test_link_that_is_too_old_or_made_up_confirms_nothing(shop: Shop, web: httpx.AsyncClient) -> None:
    (anna,) = await shop.customers(1, consent=False)
    await shop.service.database.run(asking.ask_party, anna, [NEWS], wording="News?", source="page", act=ACT)
    await shop.execute("update subscription_request set due_at = now(), expires_at = now() + interval '1 hour'")
    await ask_to_confirm(shop.service)
    link = link_in(shop.sink.letters[0])
    await shop.execute("update subscription_request set expires_at = now() - interval '1 second'")
    assert (await web.post(link)).status_code == 422
    assert (await web.post(link[:-2] + "AA")).status_code == 404
    assert await states(shop, anna) == {NEWS: "pending"}


async def test_public_form_says_the_same_of_every_address_and_makes_nobody_before_the_link(
    shop: Shop, web: httpx.AsyncClient
) -> None:
    (anna,) = await shop.customers(1, consent=False)
    await shop.suppress("listed@example.com")
    pages = []
    for address in (f"anna{anna}@example.com", "new@example.com", "listed@example.com"):
        answer = await web.post(
            "/subscribe", data={"name": "Zoe", "address": address, "kinds": ["1"], "language": "bg"}
        )
        assert answer.status_code == 200
        pages.append(answer.text)
    assert len(set(pages)) == 1
    assert "погледнете пощата" in pages[0]
    await ask_to_confirm(shop.service)
    assert sorted(letter["To"] for letter in shop.sink.letters) == [f"anna{anna}@example.com", "new@example.com"]
    assert (await shop.execute("select count(*) from party"))[0][0] == 1
    new = next(letter for letter in shop.sink.letters if letter["To"] == "new@example.com")
    assert "потвърдете" in new["Subject"]
    await web.post(link_in(new))
    ((made, name, language),) = await shop.execute("select id, name, language from party where id <> :id", id=anna)
    assert (name, language, await states(shop, made)) == ("Zoe", "bg", {NEWS: "subscribed"})
    assert await acts(shop, made) == [("asked", "form", NEWS), ("confirmed", "form", NEWS)]


async def test_letters_to_an_address_and_requests_of_a_sender_are_few(shop: Shop, web: httpx.AsyncClient) -> None:
    form = {"name": "Zoe", "kinds": ["1"]}
    for _ in range(asking.MOST_A_DAY + 1):
        assert (await web.post("/subscribe", data=form | {"address": "one@example.com"})).status_code == 200
    await ask_to_confirm(shop.service)
    assert len(shop.sink.letters) == asking.MOST_A_DAY
    for number in range(asking.MOST_AN_HOUR - asking.MOST_A_DAY - 1):
        await web.post("/subscribe", data=form | {"address": f"{number}@example.com"})
    last = form | {"address": "more@example.com"}
    assert (await web.post("/subscribe", data=last)).status_code == 429
    behind_proxy = {"X-Forwarded-For": "10.9.9.9, 203.0.113.7"}
    assert (await web.post("/subscribe", data=last, headers=behind_proxy)).status_code == 200
    made_up = {"X-Forwarded-For": "10.1.1.1, 203.0.113.7"}
    for number in range(asking.MOST_AN_HOUR - 1):
        await web.post("/subscribe", data=form | {"address": f"x{number}@example.com"}, headers=made_up)
    assert (await web.post("/subscribe", data=last, headers=behind_proxy)).status_code == 429


async def test_one_click_unsubscribes_at_once_and_what_waits_is_not_sent(shop: Shop, web: httpx.AsyncClient) -> None:
    """RFC 8058: no session, no token of a form; whoever shares the address gets no such letter either."""
    anna, twin = await shop.customers(2)
    same = f"anna{anna}@example.com"
    await shop.execute("update party_contact set value = :a, canonical = :a where party_id = :id", a=same, id=twin)
    mailing = await shop.mailing(anna)
    await shop.prepare(mailing.id)
    ((recipient,),) = await shop.execute("select id from mailing_recipient")
    path = f"/u/{sign_recipient(link_key(KEY), recipient)}"
    answer = await web.post(path, data=ONE_CLICK, headers={"Origin": "https://mail.example"})
    assert answer.status_code == 200
    assert await states(shop, anna) == {OFFER: "unsubscribed"}
    assert await states(shop, twin) == {OFFER: "unsubscribed"}
    assert [row[0] for row in await shop.recipients(mailing.id)] == ["unsubscribed"]
    await send_mailings_once(shop.service)
    assert shop.sink.letters == []
    await web.post(path, data=ONE_CLICK)
    assert await acts(shop, anna) == [("withdrawn", "one_click", OFFER)]


async def test_get_of_no_public_address_changes_anything(shop: Shop, web: httpx.AsyncClient) -> None:
    """Programs that read letters follow all links: by GET, by HEAD, ahead of whoever may click."""
    (anna,) = await shop.customers(1)
    mailing = await shop.mailing(anna)
    await shop.prepare(mailing.id)
    await shop.service.database.run(asking.ask_party, anna, [NEWS], wording="News?", source="page", act=ACT)
    await shop.execute("update subscription_request set due_at = now(), expires_at = now() + interval '1 hour'")
    await ask_to_confirm(shop.service)
    ((recipient,),) = await shop.execute("select id from mailing_recipient")
    token = sign_recipient(link_key(KEY), recipient)
    paths = ["/subscribe", link_in(shop.sink.letters[0]), f"/u/{token}", f"/u/{token}?List-Unsubscribe=One-Click"]
    paths += [
        f"/u/{token}?act=nothing",
        f"/u/{token}?act=refuse",
        "/u/example",
        "/subscribe?name=a&address=b@c.example&kinds=1",
    ]
    before = (await shop.execute(KEPT))[0]
    for path in paths:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = await web.request(method, path, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch"})
            assert answer.status_code < 500
    assert (await shop.execute(KEPT))[0] == before


async def test_preference_page_takes_one_kind_and_leaves_another(shop: Shop, web: httpx.AsyncClient) -> None:
    """C77-86."""
    (anna,) = await shop.customers(1)
    mailing = await shop.mailing(anna)
    await shop.prepare(mailing.id)
    ((recipient,),) = await shop.execute("select id from mailing_recipient")
    path = f"/u/{sign_recipient(link_key(KEY), recipient)}"
    answer = await web.post(path, data={"act": "choose", "kinds": [str(NEWS)]})
    assert "Saved." in answer.text
    assert await states(shop, anna) == {NEWS: "subscribed", OFFER: "unsubscribed", SERVICE: "unsubscribed"}
    await web.post(path, data={"act": "nothing"})
    assert set((await states(shop, anna)).values()) == {"unsubscribed"}
    assert (await shop.execute("select reason from suppression"))[0][0] == "unsubscribed"
    await web.post(path, data={"act": "choose", "kinds": [str(OFFER)]})
    assert (await states(shop, anna))[OFFER] == "subscribed"
    assert await shop.execute("select reason from suppression") == []


async def test_address_without_a_party_gets_nothing_more_by_its_link(shop: Shop, web: httpx.AsyncClient) -> None:
    (anna,) = await shop.customers(1)
    mailing = await shop.mailing(anna)
    await shop.prepare(mailing.id)
    await shop.execute("update mailing_recipient set party_id = null, address = 'nobody@example.com'")
    ((recipient,),) = await shop.execute("select id from mailing_recipient")
    await web.post(f"/u/{sign_recipient(link_key(KEY), recipient)}", data=ONE_CLICK)
    assert [row[0] for row in await shop.recipients(mailing.id)] == ["unsubscribed"]
    assert (await shop.execute("select reason from suppression"))[0][0] == "unsubscribed"


async def test_letter_that_is_put_off_goes_out_later_and_a_refused_one_never(
    shop: Shop, web: httpx.AsyncClient
) -> None:
    anna, berta = await shop.customers(2, consent=False)
    assert web is not None
    run = shop.service.database.run
    for one in (anna, berta):
        await run(asking.ask_party, one, [NEWS], wording="News?", source="page", act=ACT)
    await shop.execute("update subscription_request set due_at = now(), expires_at = now() + interval '1 day'")
    shop.sink.answers = ["451 later", "550 no such mailbox"]
    await ask_to_confirm(shop.service)
    rows = await shop.execute("select state, tries, due_at > now() from subscription_request order by id")
    assert [tuple(row) for row in rows] == [("queued", 1, True), ("failed", 1, False)]
    await shop.execute("update subscription_request set due_at = now()")
    await ask_to_confirm(shop.service)
    assert [letter["To"] for letter in shop.sink.letters] == [f"anna{anna}@example.com"]


async def test_server_that_is_away_is_tried_by_one_letter_and_all_go_out_later(
    shop: Shop, web: httpx.AsyncClient
) -> None:
    assert web is not None
    for one in await shop.customers(3, consent=False):
        await shop.service.database.run(asking.ask_party, one, [NEWS], wording="News?", source="page", act=ACT)
    await shop.execute("update subscription_request set due_at = now(), expires_at = now() + interval '1 day'")
    shop.sink.answers = ["cut"]
    await ask_to_confirm(shop.service)
    rows = await shop.execute("select state, tries from subscription_request order by id")
    assert [tuple(row) for row in rows] == [("queued", 1), ("queued", 0), ("queued", 0)]
    await shop.execute("update subscription_request set due_at = now()")
    await ask_to_confirm(shop.service)
    states = await shop.execute("select distinct state from subscription_request")
    assert [row[0] for row in states] == ["sent"]


async def test_nobody_is_asked_at_an_address_on_the_list_or_without_a_mailbox(shop: Shop) -> None:
    (anna,) = await shop.customers(1, consent=False)
    run = shop.service.database.run
    with pytest.raises(ConsentRefusedError):
        await run(asking.ask_party, anna, [NEWS], wording="News?", source="page", act=ACT)
    await run(save_setting, mailbox_id=shop.mailbox_id, is_form_open=False, can_link=True, seen=1, act=ACT)
    await shop.suppress(f"anna{anna}@example.com")
    with pytest.raises(ConsentRefusedError):
        await run(asking.ask_party, anna, [NEWS], wording="News?", source="page", act=ACT)
    assert await states(shop, anna) == {}


async def test_no_stands_against_a_file_and_against_being_asked(shop: Shop) -> None:
    (anna,) = await shop.customers(1)
    run = shop.service.database.run
    await run(service.withdraw, anna, [OFFER], Said("page", "by phone"), act=ACT)
    await run(service.say, anna, {OFFER: "asked"}, Said("form"), act=ACT)
    await run(service.say, anna, {OFFER: "given"}, Said("import"), act=ACT)
    assert await states(shop, anna) == {OFFER: "unsubscribed"}
    await run(service.give, anna, [OFFER], Said("page", "in person"), act=ACT)
    assert await states(shop, anna) == {OFFER: "subscribed"}
    assert timedelta(days=7) == asking.LIFETIME


async def test_tracked_letter_tells_of_opening_and_following_and_another_of_nothing(
    shop: Shop, web: httpx.AsyncClient
) -> None:
    """BG-32: what became of a letter; tracking is off unless a mailing asks for it."""
    (anna,) = await shop.customers(1)
    variant = Variant(subject="Beans", html='<p><a href="https://shop.example/beans?a=1&amp;b=2">Beans</a></p>')
    for is_tracked in (False, True):
        await shop.mailing(anna, variants=(variant,), is_tracked=is_tracked)
        await send_mailings_once(shop.service)
    plain, tracked = (str(letter.get_body(("html",)).get_content()) for letter in shop.sink.letters)  # type: ignore[union-attr] # it has HTML
    assert 'href="https://shop.example/beans?a=1&amp;b=2"' in plain
    assert "/o/" not in plain
    (dot,) = re.findall(r'src="https://shop\.example(/o/[^"]+)"', tracked)
    (link,) = re.findall(r'href="https://shop\.example(/c/[^"]+)"', tracked)
    consent = (await shop.execute(CONSENT))[0]
    assert (await web.get(dot)).headers["content-type"] == "image/gif"
    followed = await web.get(link)
    assert (followed.status_code, followed.headers["location"]) == (302, "https://shop.example/beans?a=1&b=2")
    rows = await shop.execute("select opened_at is not null, clicked_at is not null from mailing_recipient order by id")
    assert [tuple(row) for row in rows] == [(False, False), (True, True)]
    assert (await shop.execute(CONSENT))[0] == consent


async def test_tracked_link_leads_nowhere_else(shop: Shop, web: httpx.AsyncClient) -> None:
    """No address but those of the very letter, whatever is put behind the token or in its stead."""
    (anna,) = await shop.customers(1)
    other = Variant(subject="Beans", html='<p><a href="https://other.example/">Other</a></p>')
    own = Variant(subject="Beans", html='<p><a href="https://own.example/">Own</a></p>')
    for variant in (other, own):
        await shop.mailing(anna, variants=(variant,), is_tracked=True)
        await send_mailings_once(shop.service)
    recipients = await shop.execute("select id from mailing_recipient order by id")
    links = await shop.execute("select id from mailing_link order by id")
    token = sign_tracking(link_key(KEY), recipients[1][0])
    assert (await web.get(f"/c/{token}/{links[1][0]}")).headers["location"] == "https://own.example/"
    preferences = sign_recipient(link_key(KEY), recipients[1][0])
    for path in (f"{token}/{links[0][0]}", f"{token}/999", f"{preferences}/{links[1][0]}", f"x/{links[1][0]}"):
        answer = await web.get(f"/c/{path}", params={"url": "https://evil.example/"})
        assert (answer.status_code, answer.headers.get("location")) == (404, None)
    assert (await web.get(f"/u/{token}")).status_code == 404
