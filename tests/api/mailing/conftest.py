"""A shop with a mailbox at a real mail server that does what it is told, and with customers who want its offers."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from msgspec import structs
from sqlalchemy import text

from api.settings import Settings
from api.state import Service, running_service
from crm.mailboxes.model import MailboxDetails, Secrets
from crm.mailboxes.service import make_mailbox
from crm.mailings import service as mailings
from crm.mailings.model import Audience, Mailing, MailingDetails, Variant
from crm.mailings.service import Office
from loyalty.money import Scale
from tests.conftest import ACT

KEY = "a key of the tests, long enough"
OFFER = 2
OFFICE = Office("Europe/Sofia", Scale(2), ACT.at)


class Sink:
    """A mail server's mailbox; `answers` are what it says to the next messages, 250 behind them."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.bytes: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.counts: Counter[str] = Counter()
        self.answers: list[str] = []
        self.connections = 0
        self.on_letter: Callable[[str], object] = len

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd calls it so
        """Take a letter, refuse it, cut the connection behind it or say nothing."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer == "hang":
            await asyncio.Event().wait()
        if answer.startswith(("250", "cut")):
            assert isinstance(envelope.content, bytes)
            self.counts[envelope.rcpt_tos[0]] += 1
            self.bytes.append(envelope.content)
            self.recipients.append(envelope.rcpt_tos)
            letter = message_from_bytes(envelope.content, policy=default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
            self.on_letter(envelope.rcpt_tos[0])
        if answer == "cut":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer


@asynccontextmanager
async def serving(sink: Sink) -> AsyncIterator[int]:
    """Run a mail server for a sink; gives its port."""

    def serve() -> SMTP:
        sink.connections += 1
        return SMTP(sink)

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class Shop:
    """A service with a mailbox, and what tests ask of it."""

    def __init__(self, service: Service, sink: Sink, port: int, mailbox_id: int) -> None:
        self.service = service
        self.sink = sink
        self.port = port
        self.mailbox_id = mailbox_id

    async def execute(self, statement: str, **values: object) -> Any:
        """Execute a statement and give its rows, none where it has none."""
        async with self.service.database.connection() as connection:
            result = await connection.execute(text(statement), values)
            return result.all() if result.returns_rows else []

    async def customers(self, count: int, *, consent: bool = True) -> list[int]:
        """Make customers Anna 1, Anna 2 ... with an address each, who want offers."""
        rows = await self.execute(
            "with made as (insert into party (kind, name, legal_status_id, created_at, changed_at)"
            " select 'person', 'Anna ' || n, (select id from directory_entry where code = 'natural_person'), now(), now()"
            " from generate_series(1, :count) n returning id),"
            " reached as (insert into party_contact (party_id, position, kind, value, canonical)"
            " select id, 1, 'email', 'anna' || id || '@example.com', 'anna' || id || '@example.com' from made),"
            " agreed as (insert into subscription (party_id, kind_id, state, changed_at)"
            " select id, 2, 'subscribed', now() from made where :consent) select id from made order by id",
            count=count,
            consent=consent,
        )
        return [row[0] for row in rows]

    async def group(self, *parties: int) -> int:
        """Make a group of parties."""
        rows = await self.execute(
            "with made as (insert into directory_entry (directory, code, names, position)"
            " values ('group', 'group_' || (select count(*) from directory_entry), '{\"en\": \"Regulars\"}', 99)"
            " returning id), put as (insert into party_group (group_id, party_id)"
            " select made.id, party from made, unnest(cast(:parties as bigint[])) party) select id from made",
            parties=list(parties),
        )
        return int(rows[0][0])

    async def segment(self, name: str) -> int:
        """Make a segment of parties whose names begin so."""
        tree = {"is": "filter", "field": "name", "operator": "begins", "operands": [name]}
        rows = await self.execute(
            "insert into segment (name, definition, created_at, changed_at) values"
            " (:name, cast(:tree as jsonb), now(), now()) returning id",
            name=name,
            tree=json.dumps(tree),
        )
        return int(rows[0][0])

    async def mailing(self, *parties: int, begin: bool = True, **more: Any) -> Mailing:
        """Make a mailing to parties, and begin it."""
        run = self.service.database.run
        variant = Variant(subject="{{ first_name }}, beans", html="<p>{{ salutation }}, beans at 15.90.</p>")
        given: dict[str, Any] = {"name": "Coffee week", "kind_id": OFFER, "mailbox_id": self.mailbox_id}
        given |= {"audience": Audience(parties=parties), "variants": (variant,)}
        details = MailingDetails(**given | more)
        made = await run(mailings.make_mailing, details, author_id=None, act=ACT)
        if not begin:
            return made
        return await run(mailings.begin, made.id, OFFICE, seen=made.version, can_link=True, act=ACT)

    async def prepare(self, mailing_id: int) -> None:
        """Choose the recipients of a mailing."""
        while await self.service.database.run(mailings.prepare, mailing_id, OFFICE, act=ACT):
            continue

    async def suppress(self, address: str) -> None:
        """Let an address get nothing more."""
        hashed = sha256(address.lower().encode()).digest()
        await self.execute("insert into suppression values (:hash, 'by_hand', now(), 'test')", hash=hashed)

    async def state(self, mailing_id: int) -> str:
        """Tell the state of a mailing."""
        return (await self.service.database.run(mailings.load_mailing, mailing_id)).state

    async def recipients(self, mailing_id: int) -> list[tuple[str, int, int, str | None]]:
        """Tell state, tries, doubts and reason of each recipient."""
        rows = await self.execute(
            "select state, tries, doubts, reason from mailing_recipient where mailing_id = :id order by id",
            id=mailing_id,
        )
        return [tuple(row) for row in rows]


@pytest.fixture
async def shop(settings: Settings, database_url: str) -> AsyncIterator[Shop]:
    """Give a shop with a mailbox of two connections at a sink."""
    sink = Sink()
    mailing = structs.replace(settings, mail_key=KEY, public_url="https://shop.example")
    async with serving(sink) as port, running_service(mailing, database_url) as service:
        details = MailboxDetails(
            name="Offers", address="offers@shop.example", from_name="Mill Lane", smtp_host="127.0.0.1",
            smtp_port=port, smtp_security="none", connections=2,
        )  # fmt: skip
        box = await service.database.run(make_mailbox, details, Secrets(), key=KEY, act=ACT)
        yield Shop(service, sink, port, box.id)
