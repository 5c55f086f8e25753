import asyncio
import json
from pathlib import Path

import pytest

from tests.factories import make_calculation, make_line, make_receipt
from tests.pos_adapter.running import Server, Till, black_hole, closed_port, running_server, running_till

BODIES = [
    ("/v1/cards/lookup", {"number": "2900000000018"}),
    ("/v1/receipts/calculate", make_calculation(make_line())),
    ("/v1/receipts", make_receipt()),
]


async def ask_everything(till: Till) -> list[tuple[int, str, bool]]:
    """Give status, code and whether there is a time to come again, for every call of the sale path."""
    async with till.client() as program:
        answers = await asyncio.gather(*(program.post(path, json=body) for path, body in BODIES))
    return [(answer.status_code, answer.json()["code"], bool(answer.headers["Retry-After"])) for answer in answers]


async def test_server_that_never_answers_is_503_within_the_limit(tmp_path: Path) -> None:
    with black_hole() as address, running_till(tmp_path, address) as till:
        assert await ask_everything(till) == [(503, "server_unreachable", True)] * 3
        async with till.client() as program:
            assert (await program.get("/v1/health")).json()["status"] == "offline"


async def test_server_that_is_not_there_is_503(tmp_path: Path) -> None:
    with running_till(tmp_path, closed_port()) as till:
        assert await ask_everything(till) == [(503, "server_unreachable", True)] * 3


async def test_link_is_told_when_the_server_goes(tmp_path: Path) -> None:
    with running_server() as server, running_till(tmp_path, server.url) as till:
        async with till.events() as events, till.client() as program:
            server.stop()
            answer = await program.post("/v1/receipts/calculate", json=make_calculation(make_line()))
            name, event = await events.next()
    assert (answer.status_code, name, event["state"]) == (503, "link-state", "offline")


async def test_link_is_told_when_the_server_comes_without_anyone_asking(tmp_path: Path) -> None:
    with running_server() as server:
        server.stop()
        with running_till(tmp_path, server.url) as till:
            async with till.events() as events:
                server.start()
                name, event = await events.next()
    assert (name, event["state"]) == ("link-state", "online")


async def test_problem_of_the_server_with_a_time_to_come_again_keeps_it(till: Till, server: Server) -> None:
    server.answers["/v1/receipts/calculate"] = 503, b'{"code":"database_unavailable"}'
    async with till.client() as program:
        answer = await program.post("/v1/receipts/calculate", json=make_calculation(make_line()))
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["Retry-After"] == "7"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", json.dumps({"state": 1}).encode()])
async def test_answer_that_is_not_understood_is_passed_on_all_the_same(till: Till, server: Server, body: bytes) -> None:
    server.answers["/v1/receipts"] = 200, body
    async with till.client() as program:
        answer = await program.post("/v1/receipts", json=make_receipt())
    assert (answer.status_code, answer.content) == (200, body)
