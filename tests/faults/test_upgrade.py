"""A server is upgraded while tills sell on: their queues drain into the new schema, and no log tells of anybody."""

import asyncio
import hashlib
import json
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from database.embedded import Server, database_dsn
from database.migrate import list_revisions, migrate
from tests.conftest import _execute, run_command
from tests.factories import make_line, make_receipt
from tests.faults.shop import Program, count_differences, free_port
from tests.pos_adapter.running import Till, running_till

QUEUED = 150
DRAIN_SECONDS = 120
TOKEN = "tc_" + "a" * 43
CARD = "2900000017"
CASHIER, NAME, PHONE = "Zinaida-17", "Genoveva Hristova", "+359888123456"
SHOP = f"""
insert into installation (currency, places, timezone) values ('EUR', 2, 'Europe/Sofia');
insert into store (code, name, timezone) values ('0007', 'Mill Lane', 'Europe/Sofia');
insert into till (store_code, code) values ('0007', '3');
insert into access_token (hash, role, store_code, till_code)
    values (decode('{hashlib.sha256(TOKEN.encode()).hexdigest()}', 'hex'), 'till', '0007', '3');
insert into series (code, version, definition)
    values ('GOLD', 1, '{{"name": "Gold", "kind": "discount", "number_template": "290%09^", "discount_percent": "10.00"}}');
insert into card (card_id, number, series_id, state) values (1, '{CARD}', 1, 'active');
insert into card_number (number, card_id) values ('{CARD}', 1);
"""
"""A shop as the schema before had it."""


@pytest.fixture
async def older(postgres: Server) -> str:
    """Give the address of a database with the schema of the version before."""
    name = f"test_{uuid4().hex[:12]}"
    await _execute(postgres, f"create database {name}")
    url = database_dsn(postgres, name)
    await migrate(url, revision=list_revisions()[-2])
    connection = await asyncpg.connect(url)
    await connection.execute(SHOP)
    await connection.close()
    return url


async def test_full_queue_drains_into_the_upgraded_server(older: str, tallycard: list[str], tmp_path: Path) -> None:
    """I2, I10, I14: every receipt arrives once by itself, and no line of a log holds a person or a card."""
    port, log = free_port(), tmp_path / "server.log"
    sold = [_receipt() for _ in range(QUEUED)]
    with running_till(tmp_path, f"http://127.0.0.1:{port}", token=TOKEN) as till:
        async with till.client() as program:
            answer = await program.post("/v1/receipts/batch", json={"receipts": sold})
            states = {one["state"] for one in answer.json()["results"]}
            assert (states, (await _journal(till))["queued"]) == ({"queued"}, QUEUED)
            migrated = run_command([*tallycard, "migrate"], TALLYCARD_DATABASE_URL=older)
            assert migrated.stdout.splitlines() == ["migrated"], migrated.stderr
            server = Program(older, "serve", "--port", str(port), log=log, TALLYCARD_LOG_LEVEL="debug")
            await _drain(till)
            for path, wrong in _wrong_requests():
                assert (await program.post(path, json=wrong)).is_client_error
        server.end()
        assert "rejected" not in till.output
    assert await _list_uids(older) == sorted(str(one["receipt_uid"]) for one in sold)
    assert not {name: found for name, found in (await count_differences(older)).items() if found}
    told = log.read_text() + till.output
    assert [
        secret for secret in (CARD, "4111111111111111", CASHIER, NAME, PHONE, TOKEN, till.token) if secret in told
    ] == []
    assert [line for line in log.read_text().splitlines() if line.startswith("{") and not json.loads(line)] == []


def _receipt() -> dict[str, object]:
    card = {"number": CARD, "entry": "scanned"}
    return make_receipt(make_line(price="1.00", name=NAME), card=card, cashier=CASHIER, number=str(uuid4()))


def _wrong_requests() -> list[tuple[str, dict[str, object]]]:
    """List requests that are refused for what they hold."""
    wrong = _receipt()
    return [
        ("/v1/cards/lookup", {"phone": PHONE}),
        ("/v1/cards/lookup", {"number": "4111111111111111"}),
        ("/v1/cards/lookup", {"number": CARD, NAME: PHONE}),
        ("/v1/receipts", wrong | {"total": "9.99"}),
        ("/v1/receipts", wrong | {"cashier": "x" * 500 + NAME}),
    ]


async def _journal(till: Till) -> dict[str, int]:
    async with till.client() as program:
        journal: dict[str, int] = (await program.get("/v1/health")).json()["journal"]
    return journal


async def _drain(till: Till) -> None:
    async with asyncio.timeout(DRAIN_SECONDS):
        while True:
            if (await _journal(till))["queued"] == 0:
                return
            await asyncio.sleep(0.2)


async def _list_uids(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch("select uid::text from receipt order by 1")]
    finally:
        await connection.close()
