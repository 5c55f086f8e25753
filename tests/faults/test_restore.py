"""A server that is lost and restored from a backup: tills send again, and nothing is lost or doubled."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any  # JSON bodies are free in their values
from uuid import uuid4

import asyncpg
import httpx
import pytest

from api.auth.tokens import create_token
from api.state import Service
from database.embedded import Server, database_dsn
from tests.conftest import ACT, _execute, run_command
from tests.factories import make_line, make_receipt, make_return
from tests.faults.shop import Program, count_differences, free_port, wait_until_up
from tests.pos_adapter.running import Till, running_till

SERIES = {"name": "Gold", "kind": "discount", "number_template": "290%09[1..500000]^"}
DRAIN_SECONDS = 60
CONTENT = """
select r.uid::text || ' ' || to_jsonb(r) - '{id,received_at,offline}'::text[] || ' ' ||
    (select jsonb_agg(to_jsonb(l) - 'receipt_id' order by line) from receipt_line l where l.receipt_id = r.id)
from receipt r order by 1
"""
"""All receipts with their lines, but for what the server itself numbers and times; what comes again is offline."""
TURNOVER = """
select c.card_id::text from card c where c.turnover <>
    (select coalesce(sum(case r.kind when 'return' then -r.total else r.total end), 0) from receipt r where r.card_id = c.card_id)
"""
"""Cards whose turnover is not that of their receipts."""


@pytest.fixture
async def empty_database(postgres: Server) -> AsyncIterator[str]:
    """Give the address of a database without any tables, of which tests know that it is ours."""
    name = f"test_{secrets.token_hex(6)}"
    await _execute(postgres, f"create database {name}")
    yield database_dsn(postgres, name)
    await _execute(postgres, f"drop database {name} with (force)")


async def test_nothing_is_lost_or_doubled_when_the_server_is_restored(
    service: Service, database_url: str, empty_database: str, tallycard: list[str], tmp_path: Path
) -> None:
    """I2: receipts that tills issued are those on the server, each once and alike, though it forgot a part of them."""
    run = service.database.run
    tokens = [await run(create_token, role="admin", act=ACT)]
    tokens.append(await run(create_token, role="till", store="0007", till="3", act=ACT))
    port, file = free_port(), tmp_path / "shop.backup"
    server = Program(database_url, "serve", "--port", str(port), log=tmp_path / "server.log")
    async with _admin(port, tokens[0]) as admin:
        await wait_until_up(admin)
        assert (await admin.put("/v1/series/GOLD", json=SERIES)).is_success
        made = await admin.post("/v1/series/GOLD/cards", json={"count": 2})
        cards = [{"number": card["number"]} for card in made.json()["cards"]]
        with running_till(tmp_path, f"http://127.0.0.1:{port}", token=tokens[1]) as till:
            sold = await _sell(till, cards)
            assert run_command([*tallycard, "backup", str(file)], TALLYCARD_DATABASE_URL=database_url).returncode == 0
            sold += await _sell(till, cards, of=sold[0])
            server.end()
            before = await _list(database_url, CONTENT)
            sold += await _sell(till, cards)
            restored = run_command([*tallycard, "restore", str(file)], TALLYCARD_DATABASE_URL=empty_database)
            assert (restored.returncode, "ledgers agree" in restored.stdout) == (0, True), restored.stderr
            server = Program(empty_database, "serve", "--port", str(port), log=tmp_path / "server.log")
            await wait_until_up(admin)
            await asyncio.to_thread(till.wait_for, "server_restored")
            await _drain(till)
        server.end()
    after = await _list(empty_database, CONTENT)
    assert set(before) <= set(after)
    assert sorted(line.partition(" ")[0] for line in after) == sorted(sold)
    assert await _list(empty_database, "select uid::text from receipt_key order by 1") == sorted(sold)
    differences = await count_differences(empty_database) | {"turnover": len(await _list(empty_database, TURNOVER))}
    assert not {name: found for name, found in differences.items() if found}
    assert "rejected" not in till.output


def _admin(port: int, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, trust_env=False)


async def _sell(till: Till, cards: list[dict[str, Any]], *, of: str | None = None) -> list[str]:
    """Sell to both cards and to nobody, once by way of a suspended receipt; with a sale, take it back."""
    sales = [make_receipt(make_line(price="7.00"), card=card, shift=1, number=str(uuid4())) for card in [*cards, None]]
    suspended = make_receipt(card=cards[0], shift=1, number=str(uuid4()))
    async with till.client() as program:
        for body in [*sales, suspended | {"status": "suspended"}, suspended]:
            assert (await program.post("/v1/receipts", json=body)).is_success
        sent = [*sales, suspended]
        if of is not None:
            sent.append(make_return({"receipt_uid": of}, make_line(price="7.00", original_line=1), card=cards[0]))
            assert (await program.post("/v1/receipts", json=sent[-1])).is_success
    return [str(body["receipt_uid"]) for body in sent]


async def _drain(till: Till) -> None:
    async with till.client() as program, asyncio.timeout(DRAIN_SECONDS):
        while True:
            if not (await program.get("/v1/health")).json()["journal"]["queued"]:
                return
            await asyncio.sleep(0.1)


async def _list(dsn: str, query: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()
