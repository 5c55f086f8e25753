"""A shop whose mailbox is a real one: a Dovecot that is read, and a sink that takes what goes out."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any  # rows are free in their values

import pytest
from msgspec import structs

from api.settings import Settings
from api.state import Service, running_service
from crm.mailboxes.model import MailboxDetails, Secrets
from crm.mailboxes.service import make_mailbox
from tests.api.mail.servers import PASSWORD, Imap, dovecot
from tests.api.mailing.conftest import KEY, Sink, serving
from tests.conftest import ACT, in_memory
from tests.crm.merging.people import add_party, fetch

USER = "shop"


class Shop:
    """A service with a mailbox, and what tests ask of it."""

    def __init__(self, service: Service, sink: Sink) -> None:
        self.service = service
        self.sink = sink
        self.mailbox_id = 0

    async def fetch(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Run plain SQL and give its rows."""
        return await fetch(self.service.database, statement, **values)

    async def add_mailbox(self, smtp_port: int, imap: Imap | None = None, *, folder: str = "INBOX", **more: Any) -> int:
        """Make a mailbox of the shop."""
        given: dict[str, Any] = {"name": f"Shop {smtp_port} {folder}", "smtp_port": smtp_port}
        if imap is not None:
            given |= {"imap_host": "127.0.0.1", "imap_port": imap.port, "imap_security": "none", "imap_login": USER}
        details = MailboxDetails(
            **given | {"imap_folder": folder} | more,
            address="shop@shop.example", from_name="Mill Lane", smtp_host="127.0.0.1", smtp_security="none",
        )  # fmt: skip
        secrets = Secrets() if imap is None else Secrets(imap_secret=PASSWORD)
        made = await self.service.database.run(make_mailbox, details, secrets, key=KEY, act=ACT)
        self.mailbox_id = made.id
        return made.id


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that mail servers of other accounts may enter, with a path that is short enough for their sockets."""
    with TemporaryDirectory(dir=in_memory(), ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def imap(folder: Path) -> Iterator[Imap]:
    """Give a Dovecot."""
    with dovecot(folder) as server:
        yield server


@pytest.fixture
async def shop(settings: Settings, database_url: str) -> AsyncIterator[Shop]:
    """Give a shop with Anna, party 1, and a mailbox, 1, whose mail goes into a sink."""
    mailing = structs.replace(settings, mail_key=KEY, public_url="https://shop.example")
    sink = Sink()
    async with serving(sink) as port, running_service(mailing, database_url) as service:
        await add_party(service.database, "Anna Marsh", emails=["anna@example.com"])
        made = Shop(service, sink)
        await made.add_mailbox(port)
        yield made
