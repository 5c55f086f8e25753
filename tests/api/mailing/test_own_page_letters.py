"""The letter with the link to a customer's own page: sent from the mailbox, in the own language, to where it leads."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from msgspec import structs

from api.mailing.running import send_mailings_once
from api.settings import Settings
from api.state import read_clock
from crm.consents.setting import save_setting
from crm.consents.suppressing import suppress
from crm.mailings.content.message import make_content
from crm.mailings.errors import ContentRefusedError
from crm.mailings.model import Variant
from crm.own_pages.errors import OwnPageRefusedError
from crm.own_pages.service import find_link, send_link
from database.activity import Act
from tests.api.mailing.conftest import KEY, Shop
from tests.conftest import ACT, calling


@pytest.fixture
async def web(shop: Shop, settings: Settings, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Give a customer's browser."""
    await shop.service.database.run(
        save_setting, mailbox_id=shop.mailbox_id, is_form_open=False, can_link=True, seen=1, act=ACT
    )
    public = structs.replace(settings, mail_key=KEY, public_url="https://shop.example")
    async with calling(public, database_url) as caller:
        yield caller.http


async def send(shop: Shop, party_id: int) -> str:
    """Let a letter with the link go out to a party."""
    act = Act("user:nora", read_clock() - timedelta(seconds=1))
    return await shop.service.database.run(send_link, party_id, key=KEY, days=None, act=act)


async def test_letter_in_the_own_language_leads_to_the_page(shop: Shop, web: httpx.AsyncClient) -> None:
    (anna,) = await shop.customers(1, consent=False)
    await shop.execute("update party set language = 'bg' where id = :id", id=anna)
    assert await send(shop, anna) == f"anna{anna}@example.com"
    await send_mailings_once(shop.service)
    await send_mailings_once(shop.service)
    (letter,) = shop.sink.letters
    found = re.search(r"https://shop\.example(/my/\S+)", str(letter.get_content()))
    assert found is not None
    assert letter["Subject"].startswith("Вашата карта")
    assert (letter["To"], letter["Auto-Submitted"]) == (f"anna{anna}@example.com", "auto-generated")
    assert "Здравейте" in (await web.get(found[1])).text
    link = await shop.service.database.run(find_link, anna)
    assert link is not None
    assert (link.letter_sent_at is not None, link.letter_due_at) == (True, None)
    assert await send(shop, anna)  # the same link again, for a letter that was lost
    await send_mailings_once(shop.service)
    assert found[1] in str(shop.sink.letters[1].get_content())


@pytest.mark.usefixtures("web")
async def test_letter_that_is_refused_goes_again_and_one_that_never_will_says_why(shop: Shop) -> None:
    (anna,) = await shop.customers(1, consent=False)
    shop.sink.answers = ["451 later", "550 nobody here"]
    await send(shop, anna)
    await send_mailings_once(shop.service)
    link = await shop.service.database.run(find_link, anna)
    assert link is not None
    assert link.letter_due_at is not None
    await shop.execute("update own_page_link set letter_due_at = now()")
    await send_mailings_once(shop.service)
    link = await shop.service.database.run(find_link, anna)
    assert link is not None
    assert (link.letter_due_at, link.letter_sent_at, link.letter_reason) == (None, None, "550 nobody here")
    assert shop.sink.letters == []


@pytest.mark.usefixtures("web")
async def test_address_on_the_do_not_write_list_gets_no_link(shop: Shop) -> None:
    (anna,) = await shop.customers(1, consent=False)
    await shop.service.database.run(suppress, f"anna{anna}@example.com", "complaint", act=ACT)
    with pytest.raises(OwnPageRefusedError, match="do-not-write"):
        await send(shop, anna)
    assert await shop.service.database.run(find_link, anna) is None


async def test_mailing_carries_each_party_s_own_link_and_makes_those_that_are_missing(
    shop: Shop, web: httpx.AsyncClient
) -> None:
    first, second = await shop.customers(2)
    await send(shop, first)
    await shop.execute("update own_page_link set letter_due_at = null")
    html = '<p>{{ salutation }}, <a href="{{ page_url }}">your card</a></p>'
    await shop.mailing(first, second, variants=(Variant(subject="Your card", html=html),))
    await send_mailings_once(shop.service)
    bodies = [str(letter.get_body(("html",)).get_content()) for letter in shop.sink.letters]  # type: ignore[union-attr] # it has one
    paths = {path for body in bodies for path in re.findall(r'href="https://shop\.example(/my/[^"]+)"', body)}
    assert len(paths) == 2
    assert [(await web.get(path)).status_code for path in paths] == [200, 200]
    made = await shop.execute("select actor like 'mailing:%' as own from own_page_link where party_id = :id", id=second)
    assert [row.own for row in made] == [True]


def test_place_of_the_link_stands_where_a_link_leads_but_nothing_typed_in_its_stead_does() -> None:
    for html in ('<a href="{{ page_url }}">x</a>', "<p>{{ page_url | default('ask us') }}</p>"):
        make_content(subject="x", html=html, text="")
    for html in ("<a href=\"{{ page_url | default('javascript:x') }}\">x</a>", '<a href="{{ name }}">x</a>'):
        with pytest.raises(ContentRefusedError, match="within a tag"):
            make_content(subject="x", html=html, text="")
