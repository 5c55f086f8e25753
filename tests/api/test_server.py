"""The server process ends at once and in good order, whoever looks on."""

import asyncio
from pathlib import Path

import httpx
import pytest

from api.auth.tokens import create_token
from api.state import Service
from tests.conftest import ACT
from tests.faults.shop import Program, free_port, wait_until_up


@pytest.mark.parametrize("pages", [0, 3])
async def test_server_ends_what_open_pages_follow_and_itself(
    service: Service, database_url: str, tmp_path: Path, pages: int
) -> None:
    """Nothing is cut off, waited for, or written down as a fault."""
    token = await service.database.run(create_token, role="admin", act=ACT)
    port, log = free_port(), tmp_path / "server.log"
    server = Program(database_url, "serve", "--port", str(port), log=log)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as http:
        await wait_until_up(http)
        followed = [asyncio.Event() for _ in range(pages)]
        streams = [asyncio.create_task(follow(http, begun)) for begun in followed]
        await asyncio.gather(*(begun.wait() for begun in followed))
        await asyncio.to_thread(server.end)
        assert [b"retry" in await stream for stream in streams] == [True] * pages
    said = log.read_text()
    assert [word for word in ("Traceback", "graceful", "Cancel") if word in said] == []


async def follow(http: httpx.AsyncClient, begun: asyncio.Event) -> bytes:
    """Follow what changes until the server ends the stream, and give all that it told."""
    told = b""
    async with http.stream("GET", "/v1/live", params={"of": "task"}) as answer:
        async for piece in answer.aiter_bytes():
            told += piece
            if b"data:" in told:
                begun.set()
    return told
