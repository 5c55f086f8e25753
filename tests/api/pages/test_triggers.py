"""A mailing that sends itself is set up on the wizard and over the API, let run, paused and gone on with."""

from collections.abc import AsyncIterator

import httpx
import pytest
from msgspec import structs

from api.settings import Settings
from crm.mailboxes.model import MailboxDetails, Secrets
from crm.mailboxes.service import make_mailbox
from tests.api.people import add_person, csrf_token_of, sign_in
from tests.conftest import ACT, calling

KEY = "a key of the tests, long enough"
BOX = MailboxDetails(
    name="Offers", address="offers@shop.example", smtp_host="127.0.0.1", smtp_port=25, smtp_security="none"
)


@pytest.fixture
async def boss(settings: Settings, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Give an administrator's browser where letters can have links, with a mailbox."""
    public = structs.replace(settings, mail_key=KEY, public_url="https://shop.example")
    async with calling(public, database_url) as caller:
        await caller.service.database.run(make_mailbox, BOX, Secrets(), key=KEY, act=ACT)
        await add_person(caller.service.database, login="boss", role="admin")
        await sign_in(caller.http, login="boss")
        yield caller.http


async def send(http: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form as its page does."""
    token = csrf_token_of(await http.get("/account"))
    return await http.post(path, data={"csrf": token, **fields}, follow_redirects=True)


async def test_birthday_letter_is_set_up_on_the_steps_and_let_run(boss: httpx.AsyncClient) -> None:
    await send(boss, "/mailings/new", name="Birthday", kind_id="2")
    setup = {"name": "Birthday", "kind_id": "2", "mailbox_id": "1", "priority": "2"}
    wrong = await send(boss, "/mailings/1/setup", version="1", trigger="birthday", trigger_days="99", **setup)
    assert (wrong.status_code, "from 0 to 60 days" in wrong.text) == (422, True)
    await send(boss, "/mailings/1/setup", version="1", trigger="birthday", trigger_days="3", **setup)
    await send(boss, "/mailings/1/message", version="2", subject="Happy birthday", html="", text="From all of us.")
    check = (await boss.get("/mailings/1/check")).text
    assert "Before a birthday" in check
    assert "Let it run" in check
    page = await send(boss, "/mailings/1/begin", version="3")
    assert "Runs" in page.text
    assert "Go on" in (await send(boss, "/mailings/1/pause")).text
    assert "Runs" in (await send(boss, "/mailings/1/resume")).text


async def test_mailing_that_sends_itself_is_made_over_the_api(admin: httpx.AsyncClient) -> None:
    body = {"name": "Come back", "kind_id": 2, "trigger": {"kind": "absent", "days": 90}}
    made = (await admin.post("/v1/mailings", json=body)).json()
    assert made["details"]["trigger"] == {"kind": "absent", "days": 90}
    refused = await admin.post("/v1/mailings", json={**body, "trigger": {"kind": "absent", "days": 1}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "trigger_days")
