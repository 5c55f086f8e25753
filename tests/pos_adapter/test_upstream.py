import asyncio
from pathlib import Path
from uuid import uuid4

from tests.factories import make_calculation, make_line
from tests.pos_adapter.running import Server, Till, black_hole, closed_port, running_server, running_till

QUESTIONS = [
    ("/v1/cards/lookup", {"number": "2900000000018"}),
    ("/v1/receipts/calculate", make_calculation(make_line())),
]


async def ask_everything(till: Till) -> list[tuple[int, str, bool]]:
    """Give status, code and whether there is a time to come again, for what only the server knows yet."""
    async with till.client() as program:
        answers = await asyncio.gather(*(program.post(path, json=body) for path, body in QUESTIONS))
    return [(answer.status_code, answer.json()["code"], bool(answer.headers["Retry-After"])) for answer in answers]


async def test_server_that_never_answers_is_503_without_a_snapshot(tmp_path: Path) -> None:
    with black_hole() as address, running_till(tmp_path, address) as till:
        assert await ask_everything(till) == [(503, "server_unreachable", True)] * 2
        async with till.client() as program:
            assert (await program.get("/v1/health")).json()["status"] == "offline"


async def test_server_that_is_not_there_is_503_without_a_snapshot(tmp_path: Path) -> None:
    with running_till(tmp_path, closed_port()) as till:
        assert await ask_everything(till) == [(503, "server_unreachable", True)] * 2


async def test_nothing_is_held_without_the_server(tmp_path: Path) -> None:
    body = {
        "hold_uid": str(uuid4()),
        "card": {"number": "2900000000018"},
        "amount": "5.00",
        "receipt_uid": str(uuid4()),
    }
    with running_till(tmp_path, closed_port()) as till:
        async with till.client() as program:
            held = await program.post("/v1/holds", json=body)
            released = await program.delete(f"/v1/holds/{body['hold_uid']}")
    assert (held.status_code, held.json()["code"]) == (503, "offline_credit_refused")
    assert (released.status_code, released.json()["code"]) == (503, "server_unreachable")
    assert held.headers["Retry-After"]
    assert released.headers["Retry-After"]


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
