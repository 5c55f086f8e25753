"""Mailings on pages: a mailbox is set up and tried, a mailing is written in steps, begun, and followed."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from msgspec import structs

from api.mailing.running import send_mailings_once
from api.settings import load_settings
from tests.api.mailing.conftest import KEY, OFFER, Shop, Sink, serving
from tests.api.people import add_person, csrf_token_of, sign_in
from tests.conftest import calling


class Office:
    """A marketing director at a browser, with a mail server that takes all."""

    def __init__(self, http: httpx.AsyncClient, shop: Shop) -> None:
        self.http = http
        self.shop = shop
        self.token = ""

    async def see(self, path: str) -> str:
        """Open a page."""
        answer = await self.http.get(path, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        self.token = csrf_token_of(answer)
        return answer.text

    async def send(self, path: str, status: int = 303, **fields: Any) -> httpx.Response:
        """Send a form."""
        answer = await self.http.post(path, data={"csrf": self.token, **fields})
        assert answer.status_code == status, answer.text
        return answer

    async def step(self, mailing: int, step: str, status: int = 303, **fields: Any) -> httpx.Response:
        """Open a step of a mailing, and send its form with the version that it has."""
        version = re.search(r'name="version" value="(\d+)"', await self.see(f"/mailings/{mailing}/{step}"))
        assert version is not None
        return await self.send(f"/mailings/{mailing}/{step}", status, version=version[1], **fields)


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    """Give the office of a shop whose mailbox was made on its page."""
    sink = Sink()
    settings = load_settings({"TALLYCARD_CURRENCY": "EUR", "TALLYCARD_TIMEZONE": "Europe/Sofia"})
    settings = structs.replace(settings, mail_key=KEY, public_url="https://shop.example")
    async with serving(sink) as port, calling(settings, database_url) as caller:
        await add_person(caller.service.database, role="admin")
        await sign_in(caller.http)
        office = Office(caller.http, Shop(caller.service, sink, port, 1))
        await office.see("/settings/mailboxes/new")
        box: dict[str, Any] = {
            "name": "Offers",
            "address": "offers@shop.example",
            "from_name": "Mill Lane",
            "smtp_host": "127.0.0.1",
        }
        box |= {"smtp_port": str(port), "smtp_security": "none", "connections": "2", "messages_per_connection": "100"}
        await office.send("/settings/mailboxes/new", **box)
        yield office


async def draft(office: Office) -> int:
    """Make a draft."""
    await office.see("/mailings/new")
    made = await office.send("/mailings/new", name="Coffee week", kind_id=str(OFFER))
    return int(made.headers["location"].split("/")[2])


async def test_mailing_is_written_in_steps_sent_and_followed(office: Office) -> None:
    """C77-79, C77-80, C77-81, C77-83, C77-85, C77-86, C77-92."""
    one, two, three, four = await office.shop.customers(4)
    group = await office.shop.group(one, two, three)
    await office.shop.execute("delete from party_contact where party_id = :id", id=three)
    mailing = await draft(office)
    await office.step(
        mailing, "setup", name="Coffee week", kind_id=str(OFFER), mailbox_id="1", priority="3", go="message"
    )
    await office.step(
        mailing,
        "message",
        share="100",
        subject="{{ first_name }}, beans",
        html="<p>{{ salutation }}!</p>",
        text="",
        status=200,
    )
    await office.step(
        mailing, "recipients", groups=[str(group)], parties=[str(four), str(one)], control_percent="0", status=200
    )
    counted = await office.see(f"/mailings/{mailing}/recipients")
    assert re.search(r'class="figure" aria-live="polite">3 <small>of 4<', counted)
    assert "No e-mail address" in counted
    assert "Send to 3 now" in await office.see(f"/mailings/{mailing}/check")
    await office.step(mailing, "check", status=200)
    version = re.search(r'name="version" value="(\d+)"', await office.see(f"/mailings/{mailing}/check"))
    assert version is not None
    await office.send(f"/mailings/{mailing}/begin", version=version[1])
    await send_mailings_once(office.shop.service)
    assert sorted(office.shop.sink.counts.values()) == [1, 1, 1]
    page = await office.see(f"/mailings/{mailing}")
    assert "Anna 1" in page
    assert "Sent" in page
    left_out = await office.see(f"/mailings/{mailing}?state=left_out")
    assert "Anna 3" in left_out
    assert "Anna 1" not in left_out


async def test_what_was_typed_is_saved_by_itself_and_a_conflict_is_told(office: Office) -> None:
    mailing = await draft(office)
    saved = await office.step(mailing, "message", share="100", subject="Half a subj", html="", text="", status=200)
    assert "Saved at" in saved.text, saved.text[saved.text.index("<h1>") : saved.text.index("<h1>") + 600]
    assert "Half a subj" in await office.see(f"/mailings/{mailing}/message")
    stale = await office.send(
        f"/mailings/{mailing}/message", 422, version="1", share="100", subject="Older", html="", text=""
    )
    assert "Somebody else changed it meanwhile." in stale.text
    assert "Half a subj" in await office.see(f"/mailings/{mailing}/message")


async def test_second_variant_shares_and_broken_places_are_told(office: Office) -> None:
    mailing = await draft(office)
    more = await office.step(
        mailing, "message", share="100", subject="A {{ nobody }}", html="<p>x</p>", text="", variant="more", status=200
    )
    assert more.text.count('name="subject"') == 2
    assert "Variant A cannot be filled: subject, line 1: there is no nobody." in more.text
    wrong = await office.step(
        mailing, "message", share=["70", "20"], subject=["A", "B"], html=["x", "y"], text=["", ""], status=422
    )
    assert "Whole percents that make 100." in wrong.text


async def test_file_goes_along_and_comes_off_again(office: Office) -> None:
    """C77-89."""
    mailing = await draft(office)
    await office.see(f"/mailings/{mailing}/message")
    sent = await office.http.post(
        f"/mailings/{mailing}/files", data={"csrf": office.token}, files={"file": ("prices.txt", b"beans 15.90")}
    )
    assert sent.status_code == 303, sent.text
    page = await office.see(f"/mailings/{mailing}/message")
    assert "prices.txt" in page
    await office.send(f"/mailings/{mailing}/files/1/remove")
    assert "prices.txt" not in await office.see(f"/mailings/{mailing}/message")


async def test_preview_runs_nothing_and_test_letter_tells_the_servers_words(office: Office) -> None:
    mailing = await draft(office)
    await office.step(mailing, "setup", name="C", kind_id=str(OFFER), mailbox_id="1", priority="2", go="message")
    html = "<p>Hello {{ first_name }}<script>alert(1)</script></p>"
    await office.step(mailing, "message", share="100", subject="Hello", html=html, text="", status=200)
    shown = await office.http.get(f"/mailings/{mailing}/preview/A")
    assert "Hello Anna" in shown.text
    assert "alert" not in shown.text
    assert "sandbox" in shown.headers["content-security-policy"]
    await office.see(f"/mailings/{mailing}/check")
    office.shop.sink.answers = ["250 2.0.0 taken as 4711", "550 5.7.1 not you"]
    first = await office.send(f"/mailings/{mailing}/test", 200, address="me@shop.example")
    assert "taken as 4711" in first.text
    second = await office.send(f"/mailings/{mailing}/test", 200, address="me@shop.example")
    assert "550 5.7.1 not you" in second.text
    refused = await office.send(f"/mailings/{mailing}/test", 422, address="me\r\nBcc: all@shop.example")
    assert "Is no e-mail address." in refused.text
    assert list(office.shop.sink.counts) == ["me@shop.example"]


async def test_mailbox_keeps_its_secret_and_tells_the_servers_words(office: Office) -> None:
    """C77-91."""
    page = await office.see("/settings/mailboxes/1")
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    tried = await office.send("/settings/mailboxes/1/try", 200)
    assert "is reached and lets this mailbox in" in tried.text
    box: dict[str, Any] = {
        "name": "Offers",
        "address": "offers@shop.example",
        "smtp_host": "127.0.0.1",
        "smtp_port": "9",
    }
    box |= {"smtp_security": "none", "connections": "2", "messages_per_connection": "100", "smtp_login": "shop"}
    await office.send("/settings/mailboxes/1", version=version[1], smtp_secret="p@ss word", **box)
    page = await office.see("/settings/mailboxes/1")
    assert "p@ss word" not in page
    assert "kept, not shown" in page
    ((sealed,),) = await office.shop.execute("select smtp_secret from mailbox")
    assert b"p@ss" not in sealed
    await office.see("/settings/mailboxes/1")
    failed = await office.send("/settings/mailboxes/1/try", 200)
    assert "does not take this mailbox" in failed.text
    assert "In trouble" in await office.see("/settings/mailboxes")
