from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar

from pos_adapter.app import Till, make_app
from pos_adapter.config import TillConfig
from pos_adapter.destination import Answer, JournalState
from pos_adapter.event_stream import EventStream
from pos_adapter.link import Link
from pos_adapter.readers import Readers
from tests.pos_adapter.running import serving

TOKEN = "a-token-of-the-till"
SECRET = "what no caller may see"


class Broken:
    """A destination with a defect."""

    async def lookup(self, body: bytes) -> Answer:
        """Fail with a text that holds what was sent."""
        raise ValueError(SECRET + body.decode())

    calculate = post = post_batch = lookup

    async def load_receipt(self, receipt_uid: UUID) -> Answer:
        """Fail."""
        raise ValueError(SECRET + str(receipt_uid))

    async def void(self, receipt_uid: UUID, body: bytes) -> Answer:
        """Fail."""
        raise ValueError(SECRET + str(receipt_uid) + body.decode())

    def journal(self) -> JournalState:
        """Fail."""
        raise ValueError(SECRET)


@asynccontextmanager
async def nothing_beside(_: Litestar) -> AsyncIterator[None]:
    yield


def now() -> datetime:
    return datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)


@pytest.fixture
def broken_till() -> Iterator[str]:
    stream = EventStream(lambda: 0)
    config = TillConfig(
        server="http://127.0.0.1:1",
        store="0007",
        till="3",
        token_file=Path("server.token"),
        local_token_file=Path("local.token"),
        port=0,
        own_prefixes=(),
        origins=(),
        readers=(),
    )
    till = Till(
        config=config,
        token=TOKEN,
        destination=Broken(),
        stream=stream,
        link=Link(stream.publish, now=now, new_uid=uuid4),
        readers=Readers((), stream.publish, now=now, new_uid=uuid4),
    )
    with serving(make_app(till, nothing_beside)) as url:
        yield url


async def test_defect_is_told_without_its_text_and_logged_by_its_kind(
    broken_till: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with httpx.AsyncClient(base_url=broken_till, headers={"Authorization": f"Bearer {TOKEN}"}) as program:
        answers = [
            await program.post("/v1/cards/lookup", json={"number": "2900000000018"}),
            await program.get(f"/v1/receipts/{uuid4()}"),
            await program.get("/v1/health"),
        ]
    written = "".join(capfd.readouterr())
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(500, "internal_error")] * 3
    assert SECRET not in "".join(answer.text for answer in answers) + written
    assert "ValueError" in written
    assert "Traceback" not in written
