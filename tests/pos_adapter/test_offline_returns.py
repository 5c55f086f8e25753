"""What is given back for a sale while the server is away: what the server would say, where the till has the sale."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import httpx
import pytest

from api.settings import Settings
from api.state import Service
from tests.factories import make_calculation, make_line, make_receipt, make_return
from tests.pos_adapter.shop import Shop, know_snapshot, running_shop

COMPARED = ("card", "lines", "gross", "discount", "total", "payments")
LINES = (
    make_line(1, price="12.90", quantity="3", discount="3.87", net="34.83"),
    make_line(2, price="3.33", quantity="1.5", discount="0.50", net="4.50"),
)
MIXED = [{"kind": "bank_card", "amount": "30.00"}, {"kind": "cash", "amount": "9.33"}]


@pytest.fixture
async def shop(settings: Settings, database_url: str, service: Service) -> AsyncIterator[Shop]:
    async with running_shop(settings, database_url, service) as shop:
        yield shop


def sale_of(**more: Any) -> dict[str, Any]:
    return make_receipt(*LINES, total="39.33", payments=MIXED, **more)


def asked_of(sale: dict[str, Any], quantity: str = "1", *, by_number: bool = False, **more: Any) -> dict[str, Any]:
    parts = ("store", "till", "shift", "number") if by_number else ("receipt_uid",)
    lines = [
        make_line(1, price="12.90", quantity=quantity, sku="SKU1", original_line=1),
        make_line(2, price="3.33", quantity="0.5", sku="SKU2"),
    ]
    return make_calculation(*lines, kind="return", original={part: sale[part] for part in parts}, **more)


def told(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {part: answer.json()[part] for part in COMPARED}


async def test_return_is_priced_offline_as_online_however_the_sale_is_named(shop: Shop, tmp_path: Path) -> None:
    [card] = await shop.make_cards("GOLD", discount_percent="10.00")
    shown: dict[str, Any] = {"card": {"number": card["number"]}}
    sale = sale_of(**shown)
    part = make_return(sale, make_line(1, price="12.90", discount="1.29", net="11.61"), total="11.61")
    voided = make_return(sale, make_line(1, price="12.90", discount="1.29", net="11.61"), total="11.61")
    asked = [asked_of(sale), asked_of(sale, by_number=True), asked_of(sale, **shown), asked_of(sale, "2")]
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        async with till.events() as events, till.client() as program:
            for receipt in (sale, part, voided):
                assert (await program.post("/v1/receipts", json=receipt)).status_code == 201
            voiding = {"void_uid": str(uuid4()), "reason": "wrong"}
            assert (await program.post(f"/v1/receipts/{voided['receipt_uid']}/void", json=voiding)).is_success
            while (await events.next("receipt-state"))[1]["state"] != "voided":
                pass
            online = [await program.post("/v1/receipts/calculate", json=body) for body in asked]
            shop.stop()
            offline = [await program.post("/v1/receipts/calculate", json=body) for body in asked]
    assert [told(answer) for answer in offline] == [told(answer) for answer in online]
    assert [share["kind"] for share in told(offline[0])["payments"]] == ["bank_card", "cash"]
    assert {answer.json()["mode"] for answer in offline} == {"offline"}
    assert offline[0].json()["messages"][0]["code"] == "offline"


async def test_no_more_is_given_back_offline_than_the_till_knows_to_be_left(shop: Shop, tmp_path: Path) -> None:
    sale, voided = sale_of(), sale_of()
    part = make_return(sale, make_line(1, price="12.90", quantity="2", discount="2.58", net="23.22"), total="23.22")
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        shop.stop()
        async with till.client() as program:
            for receipt in (sale, voided, part):
                assert (await program.post("/v1/receipts", json=receipt)).status_code == 202
            voiding = {"void_uid": str(uuid4()), "reason": "wrong"}
            await program.post(f"/v1/receipts/{voided['receipt_uid']}/void", json=voiding)
            left = await program.post("/v1/receipts/calculate", json=asked_of(sale))
            refused = [
                await program.post("/v1/receipts/calculate", json=body)
                for body in (asked_of(sale, "2"), asked_of(voided), asked_of(part))
            ]
    assert told(left)["total"] == "13.11"
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [
        (422, "nothing_left"), (422, "nothing_left"), (503, "server_unreachable"),
    ]  # fmt: skip
    assert refused[0].json()["errors"][0]["field"] == "lines[0]"


async def test_sale_that_the_till_cannot_judge_is_left_to_the_server(shop: Shop, tmp_path: Path) -> None:
    [card] = await shop.make_cards("ANEW", discount_percent="10.00", return_policy="reprice")
    sales = [sale_of(), sale_of(card={"number": card["number"]}), sale_of(card={"number": "2904999999994"})]
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        shop.stop()
        async with till.client() as program:
            for sale in sales[1:]:
                assert (await program.post("/v1/receipts", json=sale)).status_code == 202
            answers = [await program.post("/v1/receipts/calculate", json=asked_of(sale)) for sale in sales]
            texts = (await program.get("/v1/texts")).json()["texts"]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "server_unreachable")] * 3
    assert "printed receipt" in answers[0].json()["detail"]
    assert any(text["code"] == "server_unreachable" and "printed receipt" in text["cashier"] for text in texts)
