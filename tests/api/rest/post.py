"""A shop that writes to its customers, all of it over the API: mailboxes, customers with their consent, mailings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any  # JSON bodies are free in their values

import httpx
from msgspec import structs

from api.mailing.running import send_mailings_once
from api.settings import Settings
from tests.api.mailing.conftest import KEY, OFFER, Sink, serving
from tests.conftest import Caller, calling

TEXT = {"subject": "{{ first_name }}, beans", "html": "<p>{{ salutation }}!</p>"}


class Office:
    """An administrator's client of the API, and a mail server that takes what goes out."""

    def __init__(self, caller: Caller, http: httpx.AsyncClient, sink: Sink, port: int) -> None:
        self.caller = caller
        self.http = http
        self.sink = sink
        self.port = port

    async def post(self, path: str, status: int = 201, **body: Any) -> dict[str, Any]:
        """Send a body and give the answer."""
        answer = await self.http.post(path, json=body)
        assert answer.status_code == status, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Read something."""
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def mailbox(self, name: str, **more: Any) -> int:
        """Make a mailbox at the mail server, with one connection unless more are asked for."""
        address = f"{name.lower()}@shop.example"
        server = {"smtp_host": "127.0.0.1", "smtp_port": self.port, "smtp_security": "none"}
        plain: dict[str, Any] = {"name": name, "address": address, "from_name": f"Mill Lane {name}"}
        made = await self.post("/v1/mailboxes", **plain | server | {"connections": 1} | more)
        return int(made["mailbox_id"])

    async def customer(self, name: str, *, status: str = "natural_person") -> int:
        """Make a party, a person unless a firm is asked for, with an address by its first name, that wants offers."""
        party_id = int((await self.post("/v1/parties", name=name, legal_status=status))["party_id"])
        address = f"{name.partition(' ')[0].lower()}@example.com"
        await self.post(f"/v1/parties/{party_id}/contacts", kind="email", value=address)
        yes = {"state": "subscribed", "wording": "I want to hear of offers."}
        said = await self.http.put(f"/v1/parties/{party_id}/subscriptions/{OFFER}", json=yes)
        assert said.status_code == 200, said.text
        return party_id

    async def join(self, group: str, *parties: int) -> None:
        """Put parties into a group."""
        for party_id in parties:
            version = (await self.get(f"/v1/parties/{party_id}"))["version"]
            body = {"version": version, "groups": [group]}
            assert (await self.http.put(f"/v1/parties/{party_id}/groups", json=body)).status_code == 200

    async def mailing(self, *parties: int, **more: Any) -> str:
        """Make a mailing out of the first mailbox and give its path."""
        body: dict[str, Any] = {"name": "Coffee week", "kind_id": OFFER, "mailbox_id": 1, "variants": [TEXT]}
        made = await self.post("/v1/mailings", **body | {"audience": {"parties": parties}} | more)
        return f"/v1/mailings/{made['mailing_id']}"

    async def begin(self, path: str) -> None:
        """Begin a mailing."""
        await self.post(f"{path}/begin", 200, version=(await self.get(path))["version"])

    async def send(self, *paths: str) -> None:
        """Begin mailings and let the worker send all that is due."""
        for path in paths:
            await self.begin(path)
        await send_mailings_once(self.caller.service)

    async def in_state(self, path: str, state: str | None = None) -> set[str]:
        """Give the addresses of a mailing's recipients in a state."""
        wanted = {} if state is None else {"state": state}
        return {one["address"] for one in (await self.get(f"{path}/recipients", **wanted))["recipients"]}


@asynccontextmanager
async def opened(settings: Settings, url: str) -> AsyncIterator[Office]:
    """Run an office with a mailbox, 1, on a database of the test's own."""
    sink, public = Sink(), structs.replace(settings, mail_key=KEY, public_url="https://shop.example")
    async with serving(sink) as port, calling(public, url) as caller:
        office = Office(caller, await caller.as_role("admin"), sink, port)
        await office.mailbox("Offers")
        yield office
