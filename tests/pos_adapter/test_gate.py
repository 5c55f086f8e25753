from uuid import uuid4

import httpx
import pytest

from tests.pos_adapter.running import Till

READERS = "/v1/readers"


async def test_program_with_the_token_is_served(till: Till) -> None:
    async with till.client() as program:
        answer = await program.get(READERS)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer wrong", "Basic {token}", "{token}", "Bearer {token}x", "Bearer é"]
)
async def test_wrong_token_is_refused(till: Till, shown: str) -> None:
    headers = [(b"Authorization", shown.format(token=till.token).encode())]
    async with httpx.AsyncClient(base_url=till.url, headers=headers) as stranger:
        answers = [await stranger.get(path) for path in (READERS, "/v1/events", f"/v1/receipts/{uuid4()}")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "unauthorized")] * 3
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"


async def test_missing_token_is_refused(till: Till) -> None:
    async with httpx.AsyncClient(base_url=till.url) as stranger:
        assert (await stranger.get(READERS)).status_code == 401


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8471", "[::1]:8471", "LOCALHOST"])
async def test_request_for_a_name_of_loopback_is_served(till: Till, host: str) -> None:
    async with till.client(Host=host) as program:
        assert (await program.get(READERS)).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[::1", "@"]
)
async def test_request_for_another_host_is_refused_even_with_the_token(till: Till, host: str) -> None:
    async with till.client(Host=host) as program:
        answers = [await program.get(path) for path in (READERS, "/v1/health")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "host_refused")] * 2


async def test_page_that_is_listed_is_served_and_may_read_the_answer(till: Till) -> None:
    async with till.client(Origin="https://till.example") as program:
        answer = await program.get(READERS)
        asked = await program.options(
            "/v1/receipts",
            headers={"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"},
        )
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://till.example"
    assert asked.headers["Access-Control-Allow-Origin"] == "https://till.example"
    assert "authorization" in asked.headers["Access-Control-Allow-Headers"].lower()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://till.example", "https://till.example.evil"])
async def test_other_page_is_refused_even_with_the_token(till: Till, origin: str) -> None:
    async with till.client(Origin=origin) as program:
        answer = await program.get(READERS)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
    assert "Access-Control-Allow-Origin" not in answer.headers
