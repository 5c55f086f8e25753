import os
import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import httpx
import pytest

from api.auth.tokens import create_token
from database.embedded import Server, running
from database.engine import Database
from database.migrate import migrate
from loyalty.installation import ensure_installation
from loyalty.money import Currency
from tests.conftest import ACT
from tests.faults.shop import Program, Senders, count_differences, free_port, wait_until_up

KILLS = int(os.environ.get("TEST_KILLS", "20"))


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def test_no_acknowledged_receipt_is_lost_or_doubled_by_twenty_kills(folder: Path, rng: random.Random) -> None:
    """PAP-22: server, worker and PostgreSQL are killed in the middle of posting; afterwards everything is sent again."""
    with ExitStack() as stack:
        postgres = stack.enter_context(running(folder / "data"))
        token = await _prepare(postgres)
        port = free_port()
        server = Program(postgres.dsn, "serve", "--port", str(port), log=folder / "server.log")
        worker = Program(postgres.dsn, "worker", log=folder / "worker.log")
        stack.callback(worker.end)
        stack.callback(server.end)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as http:
            await wait_until_up(http)
            senders = Senders(http, await _make_cards(http))
            async with senders.posting():
                for victim in _victims(rng):
                    await senders.wait_for_more(20)
                    if victim == "postgres":
                        os.kill(postgres.pid, signal.SIGKILL)
                        postgres = stack.enter_context(running(folder / "data"))
                    else:
                        (server if victim == "server" else worker).kill()
                    await wait_until_up(http)

            acknowledged = set(senders.acknowledged)
            assert not senders.unexpected, (folder / "server.log").read_text()[-4_000:]
            assert await _missing(postgres.dsn, acknowledged) == 0
            again = [await senders.post(receipt) for receipt in senders.sent.values()]

        assert all(again)
        assert await _count(postgres.dsn) == len(senders.sent)
        assert not {name: found for name, found in (await count_differences(postgres.dsn)).items() if found}


def _victims(rng: random.Random) -> list[str]:
    victims = [("server", "postgres", "worker")[place % 3] for place in range(KILLS)]
    rng.shuffle(victims)
    return victims


async def _prepare(postgres: Server) -> str:
    await migrate(postgres.dsn)
    database = Database(postgres.dsn)
    try:
        await database.run(ensure_installation, currency=Currency("EUR", 2), timezone="UTC")
        return await database.run(create_token, role="admin", act=ACT)
    finally:
        await database.close()


async def _make_cards(http: httpx.AsyncClient) -> list[str]:
    series = {"name": "Gold", "kind": "discount", "number_template": "290%09^"}
    assert (await http.put("/v1/series/GOLD", json=series)).is_success
    made = await http.post("/v1/series/GOLD/cards", json={"count": 5})
    return [card["number"] for card in made.json()["cards"]]


async def _missing(dsn: str, uids: set[str]) -> int:
    query = (
        "select count(*) from unnest($1::uuid[]) u(uid) where not exists (select from receipt r where r.uid = u.uid)"
    )
    return await _fetch(dsn, query, list(uids))


async def _count(dsn: str) -> int:
    return await _fetch(dsn, "select count(*) from receipt_key where state = 'posted'")


async def _fetch(dsn: str, query: str, *arguments: object) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval(query, *arguments))
    finally:
        await connection.close()
