from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from structlog.testing import capture_logs

from pos_adapter.app import Till, make_app
from pos_adapter.cards import Cards
from pos_adapter.config import load_config
from pos_adapter.event_stream import EventStream
from pos_adapter.exchange import Answer
from pos_adapter.journal.model import JournalState
from pos_adapter.link import Link
from pos_adapter.protocol import Lookup
from pos_adapter.readers import Readers
from pos_adapter.receipts import Receipts
from pos_adapter.snapshot.shelf import open_shelf
from pos_adapter.wording import Wording
from tests.pos_adapter.running import serving

TOKEN = "a-token-of-the-till"
SECRET = "what no caller may see"


class Broken:
    """Parts of a till with a defect, whose text holds what was sent."""

    async def look_up(self, body: bytes, _: Lookup) -> Answer:
        """Fail."""
        raise ValueError(SECRET + body.decode())

    async def load_receipt(self, receipt_uid: UUID) -> Answer:
        """Fail."""
        raise ValueError(SECRET + str(receipt_uid))

    async def state(self) -> JournalState:
        """Fail."""
        raise ValueError(SECRET)


@asynccontextmanager
async def nothing_beside(_: Litestar) -> AsyncIterator[None]:
    yield


def now() -> datetime:
    return datetime(2026, 11, 22, 10, 15, 2, tzinfo=UTC)


@pytest.fixture
def broken_till(tmp_path: Path) -> Iterator[str]:
    stream = EventStream(lambda: 0)
    file = tmp_path / "till.toml"
    file.write_text('server = "http://127.0.0.1:1"\nstore = "0007"\ntill = "3"\ntoken_file = "server.token"\n')
    shelf = open_shelf(tmp_path / "snapshot.db", b"k", most_age=timedelta(days=1), clock=lambda: 0, now=now)
    till = Till(
        config=load_config(file),
        token=TOKEN,
        receipts=cast("Receipts", Broken()),
        cards=cast("Cards", Broken()),
        shelf=shelf,
        wording=Wording("en"),
        stream=stream,
        link=Link(stream.publish, now=now, new_uid=uuid4),
        readers=Readers((), stream.publish, now=now, new_uid=uuid4),
    )
    with serving(make_app(till, nothing_beside)) as url:
        yield url
    shelf.close()


async def test_defect_is_told_without_its_text_and_logged_by_its_kind(broken_till: str) -> None:
    program = httpx.AsyncClient(base_url=broken_till, headers={"Authorization": f"Bearer {TOKEN}"})
    with capture_logs() as entries:
        answers = [
            await program.post("/v1/cards/lookup", json={"number": "2900000000018"}),
            await program.get(f"/v1/receipts/{uuid4()}"),
            await program.get("/v1/health"),
        ]
    await program.aclose()
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(500, "internal_error")] * 3
    assert SECRET not in "".join(answer.text for answer in answers) + str(entries)
    assert {(entry["event"], entry.get("kind")) for entry in entries} == {("defect", "ValueError")}
    assert not any("exc_info" in entry for entry in entries)
