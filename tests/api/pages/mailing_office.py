"""The office of a shop at a browser: mailings are written on their pages, and a mail server takes what goes out."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any  # fields of forms are free in their values

import httpx
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


@asynccontextmanager
async def opened_office(database_url: str) -> AsyncIterator[Office]:
    """Open the office of a shop whose mailbox was made on its page."""
    sink = Sink()
    settings = load_settings({"TALLYCARD_CURRENCY": "EUR", "TALLYCARD_TIMEZONE": "Europe/Sofia"})
    settings = structs.replace(settings, mail_key=KEY, public_url="https://shop.example")
    async with serving(sink) as port, calling(settings, database_url) as caller:
        await add_person(caller.service.database, role="admin")
        await sign_in(caller.http)
        office = Office(caller.http, Shop(caller.service, sink, port, 1))
        await make_mailbox(office, "Offers", connections="2")
        yield office


async def make_mailbox(office: Office, name: str, **more: str) -> None:
    """Make a mailbox at the mail server on its page."""
    await office.see("/settings/mailboxes/new")
    server: dict[str, Any] = {"smtp_host": "127.0.0.1", "smtp_port": str(office.shop.port), "smtp_security": "none"}
    named = {"name": name, "address": f"{name.lower()}@shop.example", "from_name": "Mill Lane"}
    await office.send(
        "/settings/mailboxes/new", **named | server | {"connections": "1", "messages_per_connection": "100"} | more
    )


async def draft(office: Office) -> int:
    """Make a draft."""
    await office.see("/mailings/new")
    made = await office.send("/mailings/new", name="Coffee week", kind_id=str(OFFER))
    return int(made.headers["location"].split("/")[2])


async def write(office: Office, *parties: int, letter: dict[str, str], **said: str) -> int:
    """Write a mailing of one variant to parties step by step; `said` is what the first step says."""
    mailing = await draft(office)
    setup: dict[str, Any] = {
        "name": "Coffee week",
        "kind_id": str(OFFER),
        "mailbox_id": "1",
        "priority": "2",
        "go": "message",
    }
    await office.step(mailing, "setup", **setup | said)
    text: dict[str, Any] = {"share": "100", "subject": "Beans", "html": "<p>Beans.</p>", "text": "", "go": "recipients"}
    await office.step(mailing, "message", **text | letter)
    chosen = [str(one) for one in parties]
    await office.step(mailing, "recipients", parties=chosen, control_percent="0", go="check")
    return mailing


async def begin(office: Office, mailing: int) -> None:
    """Press the button that sends a mailing."""
    version = re.search(r'name="version" value="(\d+)"', await office.see(f"/mailings/{mailing}/check"))
    assert version is not None
    await office.send(f"/mailings/{mailing}/begin", version=version[1])


async def send(office: Office, *mailings: int) -> None:
    """Begin mailings and let the worker send all that is due."""
    for mailing in mailings:
        await begin(office, mailing)
    await send_mailings_once(office.shop.service)
