"""Pages of consent in a real browser: customers' own, without a session or a script, and the back office's."""

from collections.abc import AsyncIterator

import pytest
from msgspec import structs
from playwright.async_api import Browser
from sqlalchemy import text

from api.settings import Settings
from crm.consents.links import sign_recipient, sign_request
from crm.consents.setting import save_setting
from crm.mailboxes.model import MailboxDetails, Secrets
from crm.mailboxes.secrets import link_key
from crm.mailboxes.service import make_mailbox
from database.engine import Database
from tests.api.pages.conftest import serving
from tests.api.pages.test_browser import VISITS, check, enter, look_at, visitor
from tests.api.people import add_person
from tests.conftest import ACT
from tests.factories import make_person

pytestmark = pytest.mark.browser
KEY = "a key of the tests, long enough"
OWN = {
    "list": "/suppressions",
    "party": "/parties/1/subscriptions",
    "profile": "/parties/1",
    "settings": "/settings/subscriptions",
    "kinds": "/settings/mailing-kinds",
    "kind": "/settings/mailing-kinds/1",
    "new-kind": "/settings/mailing-kinds/new",
    "setup": "/mailings/2/setup",
    "more": "/mailings/2/recipients",
    "import": "/mailings/2/import/1",
}
SENT = """
with made as (insert into mailing (name, kind_id, mailbox_id, state, created_at, changed_at)
    values ('Coffee week', 2, 1, 'sent', now(), now()) returning id)
insert into mailing_recipient (mailing_id, party_id, address, domain, state, due_at, sent_at)
select id, 1, 'anna@shop.example', 'shop.example', 'sent', now(), now() from made
"""
DRAFT = """
with made as (insert into mailing (name, kind_id, mailbox_id, trigger, created_at, changed_at)
    values ('Coffee', 2, 1, null, now(), now()) returning id),
put as (insert into mailing_address (mailing_id, address, is_agreed) select id, 'zoe@shop.example', true from made),
sent as (insert into import_upload (name, size, rows, actor, at) values ('who.csv', 90, 2, 'user:nora', now())
    returning id),
kept as (insert into import_piece (upload_id, position, content) select id, 1,
    convert_to(E'E-mail,Name,Gift\\nanna@shop.example,Anna,a cup\\nnobody,x,y\\n', 'UTF8') from sent)
insert into mailing_variant (mailing_id, letter, share, subject, text) select id, 'A', 100, 'Hello', 'Hello' from made
"""
ASKED = """
insert into subscription_request (party_id, name, address, language, kind_ids, source, wording, actor, due_at, asked_at,
    expires_at) values (1, 'Anna', 'anna@shop.example', 'ru', '{1,2}', 'page', 'News?', 'user:nora', now(), now(),
    now() + interval '1 day')
"""
KEPT = """insert into subscription values (1, 1, 'pending', now()), (1, 2, 'subscribed', now());
insert into consent (party_id, kind_id, act, source, wording, actor, at) values
    (1, 2, 'given', 'page', 'in_person', 'user:nora', now()), (1, 1, 'asked', 'form', 'Write to me.', 'form', now())"""


@pytest.fixture
async def served(settings: Settings, database_url: str) -> AsyncIterator[str]:
    """Give the address of a shop that has written to Anna, who reads Russian, and asked her."""
    database = Database(database_url)
    await add_person(database, role="admin")
    await make_person(database, "Anna Marsh")
    details = MailboxDetails(
        name="Offers",
        address="offers@shop.example",
        from_name="Mill Lane Coffee",
        smtp_host="127.0.0.1",
        smtp_port=25,
        smtp_security="none",
    )
    box = await database.run(make_mailbox, details, Secrets(), key=KEY, act=ACT)
    await database.run(save_setting, mailbox_id=box.id, is_form_open=True, can_link=True, seen=1, act=ACT)
    async with database.connection() as connection:
        for statement in (SENT, DRAFT, ASKED, *KEPT.split(";"), "update party set language = 'ru'"):
            await connection.execute(text(statement))
        await connection.commit()
    await database.close()
    public = structs.replace(settings, mail_key=KEY, public_url="https://shop.example")
    async with serving(public, database_url) as address:
        yield address


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_for_customers_is_accessible_and_fits(chromium: Browser, served: str, look: str) -> None:
    preferences = f"/u/{sign_recipient(link_key(KEY), 1)}"
    paths = {"ask": "/subscribe?language=en", "ask-uk": "/subscribe?language=uk", "yours": preferences}
    paths |= {"confirm": f"/confirm/{sign_request(link_key(KEY), 1)}"}
    async with visitor(chromium, served, look) as page:
        for name, path in paths.items():
            await look_at(page, f"public-{name}", path, look)


async def test_customer_chooses_and_confirms_without_a_script_in_the_own_language(
    chromium: Browser, served: str
) -> None:
    """C77-86: subscriptions are per kind."""
    async with visitor(chromium, served, "phone", has_scripts=False) as page:
        await page.goto(f"/u/{sign_recipient(link_key(KEY), 1)}")
        await page.get_by_label("Предложения").uncheck()
        await page.get_by_role("button", name="Сохранить").click()
        await page.get_by_text("Сохранено.").wait_for()
        assert not await page.get_by_label("Предложения").is_checked()
        await page.goto(f"/confirm/{sign_request(link_key(KEY), 1)}")
        await page.get_by_role("button", name="Да, пишите мне").click()
        await page.get_by_role("heading", name="Спасибо").wait_for()
        await page.goto(f"/u/{sign_recipient(link_key(KEY), 1)}")
        assert await page.get_by_label("Предложения").is_checked()
        await page.get_by_role("button", name="Отписаться: Предложения").click()
        await page.get_by_role("heading", name="Вы отписаны").wait_for()


async def test_visitor_asks_for_letters_and_is_told_what_is_missing(chromium: Browser, served: str) -> None:
    async with visitor(chromium, served, "dark") as page:
        await page.goto("/subscribe?language=bg")
        await page.get_by_label("Вашето име").fill("Зоя")
        await page.get_by_label("Вашият имейл адрес").fill("zoya@shop.example")
        await page.get_by_role("button", name="Изпратете ми връзката").click()
        await page.get_by_role("alert").wait_for()
        await check(page, "public-ask-wrong-dark")
        await page.get_by_label("Новини").check()
        await page.get_by_role("button", name="Изпратете ми връзката").click()
        await page.get_by_role("heading", name="Моля, погледнете пощата си").wait_for()
        await check(page, "public-asked-dark")


@pytest.mark.parametrize("look", VISITS)
async def test_every_page_of_consent_is_accessible_and_fits(chromium: Browser, served: str, look: str) -> None:
    async with visitor(chromium, served, look) as page:
        await enter(page)
        for name, path in OWN.items():
            await look_at(page, f"consent-{name}", path, look)
        await page.goto("/suppressions")
        await page.get_by_label("E-mail address").fill("anna@shop.example")
        await page.get_by_role("button", name="Look up").click()
        await page.get_by_role("button", name="Put it on the list").click()
        await page.get_by_text("Gets nothing.").wait_for()
        await check(page, f"consent-found-{look}")
