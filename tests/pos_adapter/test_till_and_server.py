from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from api.app import make_app
from api.auth.model import TokenRole
from api.auth.tokens import create_token
from api.settings import Settings
from api.state import Service
from devices.simulator import SimulatedReader
from tests.conftest import ACT
from tests.factories import make_calculation, make_line, make_receipt
from tests.pos_adapter.running import Till, running_till, serving

SERIES = {"name": "Gold", "kind": "discount", "number_template": "290%09[1..500000]^", "discount_percent": "10.00"}


async def token(service: Service, role: TokenRole, **place: str) -> str:
    return await service.database.run(create_token, role=role, **place, act=ACT)


@pytest.fixture
def shop_scanner() -> Iterator[SimulatedReader]:
    with SimulatedReader(baud_rate=0) as reader:
        yield reader


@pytest.fixture
async def shop_till(
    settings: Settings, database_url: str, service: Service, shop_scanner: SimulatedReader, tmp_path: Path
) -> AsyncIterator[Till]:
    """Give a till at the service itself, on a fresh database."""
    own = await token(service, "till", store="0007", till="3")
    readers = {"scanner": (shop_scanner.port, "scanner-cr")}
    with (
        serving(make_app(settings, database_url)) as server,
        running_till(tmp_path, server, readers=readers, token=own) as till,
    ):
        yield till


@pytest.fixture
async def card(settings: Settings, database_url: str, service: Service) -> str:
    """Give the number of a new card."""
    headers = {"Authorization": f"Bearer {await token(service, 'admin')}"}
    with serving(make_app(settings, database_url)) as server:
        async with httpx.AsyncClient(base_url=server, headers=headers) as admin:
            assert (await admin.put("/v1/series/GOLD", json=SERIES)).is_success
            made = await admin.post("/v1/series/GOLD/cards", json={"count": 1})
    return str(made.json()["cards"][0]["number"])


async def test_scanned_card_is_priced_posted_and_voided_through_the_till(
    shop_till: Till, shop_scanner: SimulatedReader, card: str
) -> None:
    async with shop_till.events() as events, shop_till.client() as program:
        shop_scanner.scan(card)
        shown = (await events.next("card-read"))[1]["card"]
        looked_up = (await program.post("/v1/cards/lookup", json={"number": shown["number"]})).json()
        priced = await program.post("/v1/receipts/calculate", json=make_calculation(make_line(), card={"number": card}))
        sold = make_receipt(make_line(discount="1.00", net="9.00"), card={"number": card, "entry": "scanned"})
        posted, again = [await program.post("/v1/receipts", json=sold) for _ in range(2)]
        voiding = {"void_uid": str(uuid4()), "reason": "wrong till"}
        voided = await program.post(f"/v1/receipts/{sold['receipt_uid']}/void", json=voiding)
        states = [(await events.next("receipt-state"))[1]["state"] for _ in range(2)]
    assert (looked_up["masked"], looked_up["usable"]) == (shown["masked"], True)
    assert (priced.json()["total"], priced.json()["mode"]) == ("9.00", "online")
    assert (posted.status_code, again.status_code, voided.status_code) == (201, 200, 200)
    assert posted.json() == again.json()
    assert (posted.json()["card"]["turnover"], states) == ("9.00", ["posted", "voided"])
    assert card not in shop_till.output


async def test_wrong_body_is_answered_alike_by_till_and_server(shop_till: Till, service: Service) -> None:
    wrong = make_receipt(make_line() | {"price": 5})
    async with shop_till.client() as program:
        at_the_till = await program.post("/v1/receipts", json=wrong)
        server = shop_till.server
        headers = {"Authorization": f"Bearer {await token(service, 'admin')}"}
        at_the_server = await program.post(f"{server}/v1/receipts", json=wrong, headers=headers)
    assert (at_the_till.status_code, at_the_till.content) == (400, at_the_server.content)


async def test_till_is_refused_what_is_another_tills(shop_till: Till) -> None:
    async with shop_till.client() as program:
        answer = await program.post("/v1/receipts", json=make_receipt(till="4"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
