"""Mailings on pages: a mailbox is set up and tried, a mailing is written in steps, begun, and followed."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.mailing.running import send_mailings_once
from tests.api.mailing.buying import buy, give_cards
from tests.api.mailing.conftest import OFFER
from tests.api.pages.mailing_office import Office, draft, opened_office


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    """Give the office of a shop whose mailbox was made on its page."""
    async with opened_office(database_url) as found:
        yield found


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


async def test_template_is_kept_put_into_a_draft_and_put_away(office: Office) -> None:
    await office.see("/mailings/templates/new")
    refused = await office.send("/mailings/templates/new", 422, name="Weekly", subject="{{ nobody }}", html="", text="")
    assert "there is no nobody" in refused.text
    made = await office.send("/mailings/templates/new", name="Weekly", subject="Beans", html="<p>Tea</p>", text="")
    path = made.headers["location"]
    seen = await office.http.get(f"{path}/preview")
    assert "<p>Tea</p>" in seen.text
    assert "sandbox" in seen.headers["content-security-policy"]
    mailing = await draft(office)
    page = await office.see(f"/mailings/{mailing}/message")
    version = re.search(r'id="template-version" name="version" value="(\d+)"', page)
    assert version is not None
    await office.send(f"/mailings/{mailing}/template", template_id=path.rpartition("/")[2], version=version[1])
    assert 'value="Beans"' in await office.see(f"/mailings/{mailing}/message")
    await office.send(f"{path}/archive")
    assert "Weekly" not in await office.see("/mailings/templates")
    assert "Weekly" in await office.see("/mailings/templates?archived=yes")


async def test_who_is_left_out_is_shown_and_taken_along(office: Office) -> None:
    one, mute = await office.shop.customers(2)
    await office.shop.execute("delete from party_contact where party_id = :id", id=mute)
    mailing = await draft(office)
    await office.step(mailing, "recipients", parties=[str(one), str(mute)], control_percent="0", status=200)
    listed = await office.see(f"/mailings/{mailing}/left-out?reason=no_address")
    assert "Anna 2" in listed
    assert "Anna 1" not in listed
    taken = await office.http.get(f"/mailings/{mailing}/left-out/csv")
    assert taken.text.splitlines()[1:] == [f"{mute},Anna 2,,no_address"]
    ((data,),) = await office.shop.execute("select data from activity where act = 'mailing.exported'")
    assert data == {"count": 1}


async def test_mailbox_has_its_server_of_incoming_mail_with_a_secret_of_its_own(office: Office) -> None:
    """C77-91: SMTP and IMAP; a secret goes with its server."""
    box: dict[str, Any] = {"name": "Offers", "address": "offers@shop.example", "smtp_host": "127.0.0.1"}
    box |= {"smtp_port": "25", "smtp_security": "none", "connections": "2", "messages_per_connection": "100"}
    imap: dict[str, Any] = {"imap_host": "imap.shop.example", "imap_security": "tls", "imap_login": "offers"}
    path, select = "/settings/mailboxes/1", "select imap_host, imap_port, imap_folder, imap_secret is null from mailbox"
    version = re.search(r'name="version" value="(\d+)"', await office.see(path))
    assert version is not None
    refused = await office.send(path, 422, version=version[1], **box, **imap)
    assert "imap_port-wrong" in refused.text
    kept: dict[str, Any] = {**imap, "imap_port": "993", "imap_secret": "p@ss", "imap_folder": "Answers"}
    await office.send(path, version=version[1], **box, **kept)
    assert list(await office.shop.execute(select)) == [("imap.shop.example", 993, "Answers", False)]
    await office.shop.execute("update mailbox set imap_host = '127.0.0.1', imap_port = 9, imap_security = 'none'")
    await office.see(path)
    tried = await office.send(f"{path}/try", 200)
    assert "Incoming mail cannot be read." in tried.text
    assert "When it was last read, the server said:" in await office.see(path)
    version = re.search(r'name="version" value="(\d+)"', await office.see(path))
    assert version is not None
    await office.send(path, version=version[1], **box, imap_host="", imap_port="993", imap_security="tls")
    assert list(await office.shop.execute(select)) == [(None, None, "INBOX", True)]


async def test_result_says_what_it_brought_and_gives_no_number_without_anybody_held_back(office: Office) -> None:
    parties = await office.shop.customers(60)
    await give_cards(office.shop, parties)
    today = datetime.now(UTC).date()
    drawn, alone = [
        (await office.shop.mailing(*parties, control_percent=percent, name=name)).id
        for percent, name in ((40, "Drawn"), (0, "Alone"))
    ]
    await send_mailings_once(office.shop.service)
    held_back = await office.shop.execute("select party_id from mailing_recipient where state = 'control'")
    await buy(office.shop, [(one, today, 4_000 + one) for one in parties])
    await buy(office.shop, [(one[0], today + timedelta(days=1), -3_000) for one in held_back])
    page = await office.see(f"/mailings/{drawn}/result?days=7")
    assert "The letter made a difference" in page
    assert re.search(r'More per head</dt><dd class="figure">\+(29|30)\.\d\d<', page)
    assert "Nobody was held back to compare." in await office.see(f"/mailings/{alone}/result")
    taken = (await office.http.get(f"/mailings/{drawn}/result/csv?days=7")).text.splitlines()
    assert [line.split(",")[0] for line in taken[1:]] == ["all", "held back"]
    refused = await office.http.get(f"/mailings/{drawn}/result?days=400")
    assert refused.status_code == 422


async def test_act_that_the_state_no_longer_allows_says_that_it_changed(office: Office) -> None:
    mailing = await office.shop.mailing(*await office.shop.customers(1))
    await office.see(f"/mailings/{mailing.id}")
    await office.send(f"/mailings/{mailing.id}/cancel")
    late = await office.send(f"/mailings/{mailing.id}/pause", 409)
    assert "Changed meanwhile" in late.text
