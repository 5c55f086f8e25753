"""Pages of mail: the inbox by threads, messages with frames and files, drafts, answers, whose a message is."""

import re
from base64 import b64decode
from email.message import EmailMessage
from html import unescape

import httpx
import pytest

from tests.api.people import add_person, csrf_token, send, sign_in
from tests.conftest import Caller
from tests.crm.mail.post import add_mailbox, come, letter
from tests.crm.merging.people import add_party

NEW, WRITE = "/mail/new", "/mail/write"
PICTURE = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR42mP8z8BQz0BFwDiqEAAZ9AMB6y1XyQAAAABJRU5ErkJggg=="
)
HOSTILE = (
    '<script>alert(1)</script><img src="https://track.example/x.gif" onerror="alert(2)" alt="logo">'
    '<img src="cid:seal"><a href="javascript:alert(3)">here</a><form action="https://evil.example"><input></form>'
    '<iframe src="https://evil.example"></iframe><style>@import url(https://evil.example)</style>'
    '<p style="background:url(https://track.example/y.gif);color:red">Prices</p><meta http-equiv="refresh" content="0">'
)


def with_html(html: str = HOSTILE) -> bytes:
    """Write a message of the mill in HTML with a picture within and a file beside it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Mill <office@mill.example>", "shop@shop.example", "Prices"
    message.set_content("The new prices.")
    message.add_alternative(html, subtype="html")
    parts = message.get_payload()
    assert isinstance(parts, list)
    parts[1].add_related(PICTURE, "image", "png", cid="<seal>")  # type: ignore[union-attr] # parts of such a message are messages
    message.add_attachment(b"<script>alert(4)</script>", maintype="text", subtype="html", filename="a.html")
    return message.as_bytes()


@pytest.fixture
async def desk(caller: Caller) -> httpx.AsyncClient:
    """Give a director who is signed in; Anna is party 1, the mill and its Boris share an address, mailbox 1 is the shop's.

    Anna asked, 1, and asked on, 2; the mill sent prices, 3.
    """
    database = caller.service.database
    await add_person(database, login="boss", role="director")
    await add_party(database, "Anna Marsh", emails=["anna@example.com"])
    await add_party(database, "Lantern Mill", kind="organisation", emails=["office@mill.example"])
    await add_party(database, "Boris", emails=["office@mill.example"])
    await add_mailbox(database)
    await come(database, 1, letter(Message_ID="<a@x>"), letter("Re: Beans", In_Reply_To="<a@x>"), with_html())
    await sign_in(caller.http, login="boss")
    return caller.http


async def submit(http: httpx.AsyncClient, page: str, to: str, fields: dict[str, str]) -> httpx.Response:
    """Open the page of a form and send it filled, with what the page hid in it."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', (await http.get(page)).text)
    return await http.post(to, data={**{name: unescape(value) for name, value in hidden}, **fields})


def words(text: str) -> str:
    """Give the text of a page without its markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


async def test_inbox_shows_threads_and_opening_one_reads_it(desk: httpx.AsyncClient) -> None:
    """PS-05."""
    inbox = (await desk.get("/mail")).text
    assert ">Beans</a>" not in inbox
    assert inbox.index("<b>Prices</b>") < inbox.index("<b>Re: Beans</b>")
    assert "3 unread messages" in words((await desk.get("/mail/unread")).text)
    thread = words((await desk.get("/mail/2")).text)
    assert thread.count("Have you any?") == 2
    assert "One unread message" in words((await desk.get("/mail/unread")).text)
    assert "<b>Re: Beans</b>" not in (await desk.get("/mail")).text
    assert "Anna Marsh" in words((await desk.get("/parties/1")).text)


async def test_html_from_outside_stands_in_a_frame_that_runs_and_loads_nothing(desk: httpx.AsyncClient) -> None:
    page = await desk.get("/mail/3")
    assert (
        '<iframe class="letter" src="/mail/3/html" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    )
    assert "alert(" not in page.text
    assert page.headers["content-security-policy"].endswith("frame-src 'self'")
    frame = await desk.get("/mail/3/html")
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    body = frame.text.partition("<body>")[2]
    assert "data:image/png;base64," in body
    assert re.findall(r"alert|https?:|javascript:|<form|<iframe|<style|<meta|onerror|url\(", body) == []


async def test_file_from_outside_is_kept_and_never_run(desk: httpx.AsyncClient) -> None:
    page = (await desk.get("/mail/3")).text
    (href,) = set(re.findall(r'href="(/mail/3/files/\d+)"', page))
    assert "seal" not in page, "what the text shows is no file beside it"
    file = await desk.get(href)
    assert file.headers["content-type"].startswith("text/plain")
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    source = await desk.get("/mail/3/source")
    assert source.headers["content-disposition"].startswith("attachment")
    assert source.content == with_html() or b"Prices" in source.content


async def test_whose_a_message_is_is_chosen_among_those_who_have_its_address(desk: httpx.AsyncClient) -> None:
    page = (await desk.get("/mail/3")).text
    assert "2 parties have this address" in words(page)
    assert (await submit(desk, "/mail/3", "/mail/3/party", {"party_id": "#3"})).status_code == 303
    assert 'href="/parties/3"' in (await desk.get("/mail/3")).text
    wrong = await submit(desk, "/mail/3", "/mail/3/party", {"party_id": "Nobody at all"})
    assert wrong.status_code == 422
    assert "There is no such person or organisation" in wrong.text


async def test_message_is_written_saved_and_sent_without_scripts(desk: httpx.AsyncClient) -> None:
    form = {"mailbox_id": "1", "to": "#1 Anna, Boris <boris@example.com>", "subject": "Here", "text": "They came."}
    saved = await submit(desk, NEW, WRITE, form)
    assert saved.status_code == 200
    assert "Saved at" in words(saved.text)
    assert 'value="Anna Marsh &lt;anna@example.com&gt;, Boris &lt;boris@example.com&gt;"' in saved.text
    number = re.findall(r'name="draft" value="(\d+)"', saved.text)[0]
    sent = await submit(desk, f"/mail/{number}/edit", WRITE, form | {"subject": "Here they are", "go": "send"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/mail?folder=sent")
    assert "Waits to go out" in words((await desk.get(f"/mail/{number}")).text)
    assert (await desk.get(f"/mail/{number}/edit")).status_code == 303


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(desk: httpx.AsyncClient) -> None:
    form = {"mailbox_id": "1", "to": "Anna", "subject": "Here", "text": "They came.", "go": "send"}
    refused = await submit(desk, NEW, WRITE, form)
    assert refused.status_code == 422
    assert "Holds what is no e-mail address" in words(refused.text)
    assert "They came." in refused.text
    no_address = await submit(desk, NEW, WRITE, form | {"to": "#99"})
    assert "Names a party that has no e-mail address" in words(no_address.text)
    assert "Here" not in words((await desk.get("/mail?folder=drafts")).text)


async def test_answer_is_begun_with_what_was_said_and_takes_a_file(desk: httpx.AsyncClient) -> None:
    begun = await send(desk, "/mail/1/reply", {})
    page = begun.headers["location"]
    shown = (await desk.get(page)).text
    assert 'value="Re: Beans"' in shown
    assert "&gt; Have you any?" in shown
    root = page.removesuffix("/edit")
    file = {"file": ("list.pdf", b"%PDF-1", "application/pdf")}
    answer = await desk.post(f"{root}/files", data={"csrf": await csrf_token(desk)}, files=file)
    assert answer.status_code == 303
    assert "list.pdf" in (await desk.get(page)).text
    empty = await send(desk, f"{root}/files", {})
    assert empty.status_code == 422
    assert (await send(desk, f"{root}/discard", {})).headers["location"] == "/mail?folder=drafts"


async def test_draft_that_somebody_else_saved_meanwhile_is_not_written_over(desk: httpx.AsyncClient) -> None:
    page = (await send(desk, "/mail/1/reply", {})).headers["location"]
    form = {"mailbox_id": "1", "to": "anna@example.com", "subject": "Re: Beans"}
    await submit(desk, page, WRITE, form | {"text": "Mine"})
    late = await submit(desk, page, WRITE, form | {"text": "Yours", "version": "1"})
    assert late.status_code == 422
    assert "Somebody else changed it meanwhile" in words(late.text)
    assert "Mine" in (await desk.get(page)).text


async def test_ticked_messages_are_put_away_and_taken_up_again(desk: httpx.AsyncClient) -> None:
    await send(desk, "/mail/ticked", {"message": "2", "do": "archive"})
    assert "Re: Beans" not in (await desk.get("/mail")).text
    assert "Re: Beans" in (await desk.get("/mail?folder=archive")).text
    await send(desk, "/mail/ticked", {"message": "2", "do": "restore", "folder": "archive"})
    assert "Re: Beans" in (await desk.get("/mail")).text
    assert (await send(desk, "/mail/ticked", {"do": "archive"})).status_code == 422


async def test_addresses_are_completed_behind_what_is_typed(desk: httpx.AsyncClient) -> None:
    offered = (await desk.get("/mail/addresses", params={"to": "x@y.example, mar"})).text
    assert 'value="x@y.example, Anna Marsh &lt;anna@example.com&gt;"' in offered
    assert "option" not in (await desk.get("/mail/addresses", params={"to": "m"})).text
    assert "Lantern Mill" in (await desk.get("/mail/addresses", params={"cc": "office@mi"})).text
