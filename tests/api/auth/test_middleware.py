"""Who calls and whether they may, as a browser and a program meet it over HTTP."""

import httpx
import pytest
from sqlalchemy import text

from api.auth.middleware import is_from_other_site
from api.auth.sessions import COOKIE
from api.auth.tokens import revoke_token
from tests.api.people import PASSWORD, add_person, csrf_token, sign_in, statements
from tests.conftest import ACT, Caller

LOOKUP = {"number": "2900000000018"}


@pytest.fixture
async def browser(caller: Caller) -> httpx.AsyncClient:
    """Give a client in which a clerk is signed in."""
    await add_person(caller.service.database)
    await sign_in(caller.http)
    return caller.http


async def test_call_that_shows_nothing_is_refused(caller: Caller) -> None:
    answer = await caller.http.get("/v1/cards")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_page_sends_who_is_not_signed_in_to_sign_in_and_back(caller: Caller) -> None:
    answer = await caller.http.get("/cards?state=blocked")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fcards%3Fstate%3Dblocked")


async def test_part_of_a_page_is_not_filled_with_the_sign_in_form(caller: Caller) -> None:
    answer = await caller.http.get("/cards", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["hx-redirect"] == "/sign-in?next=%2Fcards"


async def test_revoked_token_is_refused(caller: Caller) -> None:
    clerk = await caller.as_role("clerk")
    await caller.service.database.run(revoke_token, 1, act=ACT)
    assert (await clerk.get("/v1/cards")).status_code == 401


async def test_token_of_another_role_is_refused(caller: Caller) -> None:
    till = await caller.as_role("till", store="0007", till="3")
    answer = await till.get("/v1/cards")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_pages_are_for_people_and_not_for_programs(caller: Caller) -> None:
    admin = await caller.as_role("admin")
    assert (await admin.get("/cards")).status_code == 403


@pytest.mark.parametrize("shown", ["Bearer tc_wrong", "Basic bm9yYTp4", "Bearer", ""])
async def test_bearer_counts_alone_even_beside_a_session(browser: httpx.AsyncClient, shown: str) -> None:
    assert (await browser.get("/cards")).status_code == 200
    assert (await browser.get("/cards", headers={"Authorization": shown})).status_code == 303


async def test_planted_session_id_is_not_kept(caller: Caller) -> None:
    await add_person(caller.service.database)
    caller.http.cookies.set(COOKIE, "planted", domain="tallycard.test")
    assert (await caller.http.get("/cards")).status_code == 303
    answer = await sign_in(caller.http)
    assert (answer.status_code, answer.headers["location"]) == (303, "/cards")
    assert "planted" not in answer.headers["set-cookie"]
    async with caller.service.database.connection() as connection:
        assert (await connection.execute(text("select count(*) from app_session"))).scalar_one() == 1


async def test_signing_in_again_ends_the_session_before(browser: httpx.AsyncClient) -> None:
    before = browser.cookies[COOKIE]
    await sign_in(browser)
    assert browser.cookies[COOKIE] != before
    assert (await browser.get("/cards")).status_code == 200
    browser.cookies.clear()
    browser.cookies.set(COOKIE, before, domain="tallycard.test")
    assert (await browser.get("/cards")).status_code == 303


async def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(caller: Caller) -> None:
    await add_person(caller.service.database)
    cookie = (await sign_in(caller.http)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    async with httpx.AsyncClient(transport=caller.http._transport, base_url="https://tallycard.test") as https:
        assert "secure" in (await sign_in(https)).headers["set-cookie"].lower()


async def test_change_without_a_csrf_token_is_refused(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/sign-out")
    assert answer.status_code == 403
    assert "out of date" in answer.text
    assert (await browser.get("/cards")).status_code == 200


async def test_change_with_another_csrf_token_is_refused(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/sign-out", data={"csrf": "A" * 88})).status_code == 403


async def test_change_with_the_csrf_token_of_a_page_is_done(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/sign-out", data={"csrf": await csrf_token(browser)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert (await browser.get("/cards")).status_code == 303


async def test_call_of_the_api_from_a_page_shows_the_token_in_a_header(browser: httpx.AsyncClient) -> None:
    token = await csrf_token(browser)
    assert (await browser.post("/v1/cards/lookup", json=LOOKUP)).json()["code"] == "forged_request"
    answer = await browser.post("/v1/cards/lookup", json=LOOKUP, headers={"X-CSRF-Token": token})
    assert answer.json()["code"] == "card_unknown"


@pytest.mark.parametrize(
    "header", [{"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
async def test_sign_in_from_another_site_is_refused(caller: Caller, header: dict[str, str]) -> None:
    await add_person(caller.service.database)
    answer = await caller.http.post("/sign-in", data={"login": "nora", "password": PASSWORD}, headers=header)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "is_other"),
    [
        ([], False),
        ([(b"origin", b"http://shop:8470"), (b"host", b"shop:8470")], False),
        ([(b"origin", b"http://shop:8471"), (b"host", b"shop:8470")], True),
        ([(b"sec-fetch-site", b"same-origin"), (b"origin", b"https://proxy"), (b"host", b"inside")], False),
        ([(b"sec-fetch-site", b"none")], False),
        ([(b"sec-fetch-site", b"same-site")], True),
    ],
)
def test_other_site_is_known_by_what_the_browser_says(headers: list[tuple[bytes, bytes]], *, is_other: bool) -> None:
    assert is_from_other_site({"headers": headers}) is is_other  # type: ignore[typeddict-item] # it reads no more


async def test_public_route_looks_nobody_up(browser: httpx.AsyncClient, caller: Caller) -> None:
    await caller.service.has_people()  # is remembered from the first time on
    with statements(caller.service.database) as asked:
        assert (await browser.get("/sign-in")).status_code == 200
    assert asked == []


@pytest.mark.parametrize("where", ["//evil.test", "https://evil.test/", "/\\evil.test", "cards", "/a\nb", ""])
async def test_signing_in_leads_to_no_other_site(caller: Caller, where: str) -> None:
    await add_person(caller.service.database)
    answer = await caller.http.post("/sign-in", data={"login": "nora", "password": PASSWORD, "next": where})
    assert answer.headers["location"] == "/"
