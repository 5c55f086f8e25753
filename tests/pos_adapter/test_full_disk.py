"""A till whose disk is full: it says so, keeps what it has, sells on what needs no disk, and goes on when there is room."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import httpx
import pytest

from api.settings import Settings
from api.state import Service
from tests.factories import make_calculation, make_line, make_receipt
from tests.pos_adapter.full import nothing_can_be_written
from tests.pos_adapter.shop import Shop, know_snapshot, running_shop

CREDIT = '[offline_credit]\nper_receipt = "20.00"\nper_card = "20.00"\nper_till = "20.00"\n'


@pytest.fixture
async def shop(settings: Settings, database_url: str, service: Service) -> AsyncIterator[Shop]:
    async with running_shop(settings, database_url, service) as shop:
        yield shop


def hold_of(number: str, amount: str = "5.00") -> dict[str, Any]:
    return {"hold_uid": str(uuid4()), "card": {"number": number}, "amount": amount, "receipt_uid": str(uuid4())}


def said(answer: httpx.Response) -> tuple[int, str, bool]:
    return answer.status_code, answer.json()["code"], "retry-after" in answer.headers


async def test_full_disk_refuses_what_has_to_be_kept_and_answers_the_rest(shop: Shop, tmp_path: Path) -> None:
    """I3, I15."""
    [gold] = await shop.make_cards("GOLD", discount_percent="10.00")
    [purse] = await shop.make_cards("PURSE", kind="credit", credit_limit="50.00")
    receipt, calculation = make_receipt(), make_calculation(make_line(), card={"number": gold["number"]})
    online, offline = hold_of(purse["number"]), hold_of(purse["number"])
    with shop.till(tmp_path, CREDIT) as till:
        await know_snapshot(till)
        async with till.client() as program:
            with nothing_can_be_written(till.process.pid):
                held = await program.post("/v1/holds", json=online)
                refused = [await program.post("/v1/receipts", json=receipt)]
                shop.stop()
                refused.append(await program.post("/v1/receipts", json=receipt))
                refused.append(await program.post("/v1/holds", json=offline))
                priced = await program.post("/v1/receipts/calculate", json=calculation)
                health = await program.get("/v1/health")
            granted = await program.post("/v1/holds", json=offline)
            with nothing_can_be_written(till.process.pid):
                refused.append(await program.delete(f"/v1/holds/{offline['hold_uid']}"))
            released = await program.delete(f"/v1/holds/{offline['hold_uid']}")
            kept = await program.post("/v1/receipts", json=receipt)
    assert [said(answer) for answer in refused] == [(503, "journal_unavailable", True)] * 4
    assert (held.status_code, priced.status_code, priced.json()["total"]) == (201, 200, "9.00")
    assert health.json()["journal"] == {"queued": 0, "oldest_at": None, "rejected": 0}
    assert (granted.status_code, released.status_code, kept.status_code) == (201, 200, 202)


async def test_hold_of_the_server_is_told_though_an_old_grant_cannot_be_ended(shop: Shop, tmp_path: Path) -> None:
    [purse] = await shop.make_cards("PURSE", kind="credit", credit_limit="50.00")
    with shop.till(tmp_path, CREDIT) as till:
        till.stop()
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as journal:
        journal.execute(
            "insert into grant_offline (hold_uid, card, receipt_uid, amount, available, granted_at, expires_at)"
            " values ('old', x'00', 'old', 1, 0, '2026-01-01T00:00:00+00:00', '2026-01-01T00:15:00+00:00')"
        )
    with shop.till(tmp_path, CREDIT) as till, nothing_can_be_written(till.process.pid):
        async with till.client() as program:
            held = await program.post("/v1/holds", json=hold_of(purse["number"]))
    assert held.status_code == 201
