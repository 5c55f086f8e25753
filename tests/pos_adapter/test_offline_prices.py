"""Prices without the server are those with it, to the byte; `python -m benchmarks.offline_prices` does the same at length."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any  # JSON bodies are free in their values

import httpx
import pytest

from api.settings import Settings
from api.state import Service
from benchmarks.invented import invent_receipts
from benchmarks.offline_prices import compared, fill_shop
from tests.pos_adapter.running import Till
from tests.pos_adapter.shop import Shop, know_snapshot, running_shop

RECEIPTS = 200
REASONS = {"card_percent", "quotation", "receipt_rule", "manual", "rounding"}
REFUSALS = {None, "blocked", "closed", "expired", "outside_hours"}


@pytest.fixture
async def shop(settings: Settings, database_url: str, service: Service) -> AsyncIterator[Shop]:
    async with running_shop(settings, database_url, service) as shop:
        yield shop


async def price_all(till: Till, asked: list[dict[str, Any]]) -> list[httpx.Response]:
    async with till.client() as program:
        return [await program.post("/v1/receipts/calculate", json=body) for body in asked]


async def test_invented_receipts_cost_the_same_without_the_server(shop: Shop, tmp_path: Path, rng: Random) -> None:
    now = datetime.now(UTC)
    with shop.admin_client() as http:
        numbers = await asyncio.to_thread(fill_shop, http, rng, today=now.date())
    asked = list(islice(invent_receipts(rng, numbers, store="0007", till="3", around=now), RECEIPTS))
    with shop.till(tmp_path) as till:
        await know_snapshot(till)
        online = await price_all(till, asked)
        shop.stop()
        offline = await price_all(till, asked)
    assert [compared(answer.content) for answer in offline] == [compared(answer.content) for answer in online]
    assert {answer.json()["mode"] for answer in offline} == {"offline"}
    lines = [line for answer in online for line in answer.json()["lines"]]
    assert {applied["reason"] for line in lines for applied in line["applied"]} == REASONS
    assert {answer.json()["card"]["refusal"] for answer in online if answer.json()["card"]} >= REFUSALS
