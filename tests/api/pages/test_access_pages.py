"""Second step, sessions and the settings of access on pages, as a browser without scripts meets them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from api.auth.one_time_codes import code_at
from api.auth.sessions import COOKIE
from api.auth.users import MOST_REFUSALS
from api.settings import load_settings
from tests.api.people import PASSWORD, add_person, csrf_token_of, hidden, sign_in
from tests.conftest import Caller, calling

PATH = "/account/second-factor"
_SECRET = re.compile(r"<code>((?:[A-Z2-7]{4} ?){8})</code>")
_CODES = re.compile(r"<li><code>([0-9A-Z-]{29})</code></li>")


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[Caller]:
    """Give the product with a key for secrets, a clerk who is signed in, and an administrator."""
    settings = load_settings({"TALLYCARD_CURRENCY": "EUR", "TALLYCARD_MAIL_KEY": "a key that nobody guesses"})
    async with calling(settings, database_url) as caller:
        await add_person(caller.service.database)
        await add_person(caller.service.database, login="boss", role="admin")
        await sign_in(caller.http)
        yield caller


async def another(caller: Caller, login: str = "boss") -> httpx.AsyncClient:
    """Give another browser in which somebody is signed in."""
    http = httpx.AsyncClient(transport=caller.http._transport, base_url=caller.http.base_url)
    http.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    await sign_in(http, login=login)
    return http


async def send(http: httpx.AsyncClient, path: str, *, page: str = PATH, **fields: str) -> httpx.Response:
    """Send a form with what its page hid in it."""
    return await http.post(path, data={**hidden(await http.get(page)), **fields})


async def set_up(http: httpx.AsyncClient) -> tuple[str, list[str]]:
    """Scan, confirm, and give the secret and the recovery codes; the code of half a minute ago is used up by it."""
    assert (await send(http, f"{PATH}/begin", password=PASSWORD)).headers["location"] == PATH
    page = await http.get(PATH)
    found = _SECRET.search(page.text)
    assert found is not None
    secret = found[1].replace(" ", "")
    code = code_at(secret, datetime.now(UTC) - timedelta(seconds=30))
    shown = await http.post(f"{PATH}/confirm", data={"csrf": csrf_token_of(page), "code": code})
    return secret, _CODES.findall(shown.text)


async def test_person_sets_up_a_second_step_and_signs_in_with_it(house: Caller) -> None:
    secret, codes = await set_up(house.http)
    assert len(codes) == 10
    other = await another(house, "nora")
    answer = await sign_in(other, login="nora")
    assert answer.headers["location"] == "/sign-in/code?next=%2Fcards"
    assert (await other.get("/cards")).headers["location"].startswith("/sign-in?")
    form = await other.get("/sign-in/code?next=%2Fcards")
    assert 'autocomplete="one-time-code"' in form.text
    wrong = await other.post("/sign-in/code", data={**hidden(form), "code": "000000"})
    assert (wrong.status_code, "was used already" in wrong.text) == (422, True)
    right = await other.post("/sign-in/code", data={**hidden(form), "code": code_at(secret, datetime.now(UTC))})
    assert right.headers["location"] == "/cards"
    assert (await other.get("/cards")).status_code == 200


async def test_recovery_code_is_shown_once_and_signs_in(house: Caller) -> None:
    _, codes = await set_up(house.http)
    assert codes[0] not in (await house.http.get(PATH)).text
    other = await another(house, "nora")
    answer = await other.post("/sign-in/code", data={"next": "/", "code": codes[0]})
    assert answer.status_code == 303
    assert "9 are left" in (await other.get(PATH)).text


async def test_code_without_a_password_before_leads_to_signing_in(house: Caller) -> None:
    house.http.cookies.clear()
    answer = await house.http.post("/sign-in/code", data={"code": "123456"})
    assert (answer.status_code, "That took too long" in answer.text) == (422, True)
    cross = await house.http.post("/sign-in/code", data={"code": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403


async def test_setting_up_asks_for_the_password_and_wrong_ones_lock(house: Caller) -> None:
    for _ in range(MOST_REFUSALS):
        answer = await send(house.http, f"{PATH}/begin", password="wrong")
        assert (answer.status_code, "not the present password" in answer.text) == (422, True)
    assert (await send(house.http, f"{PATH}/begin", password=PASSWORD)).status_code == 422
    assert '<svg class="qr"' not in (await house.http.get(PATH)).text


async def test_wrong_code_confirms_nothing_and_the_picture_stays(house: Caller) -> None:
    await send(house.http, f"{PATH}/begin", password=PASSWORD)
    answer = await send(house.http, f"{PATH}/confirm", code="000000")
    assert (answer.status_code, '<svg class="qr"' in answer.text) == (422, True)
    await send(house.http, f"{PATH}/cancel")
    assert '<svg class="qr"' not in (await house.http.get(PATH)).text


async def test_second_step_is_switched_off_for_the_password_alone(house: Caller) -> None:
    await set_up(house.http)
    assert (await send(house.http, f"{PATH}/remove", password="wrong")).status_code == 422
    fresh = await send(house.http, f"{PATH}/codes", password=PASSWORD)
    assert len(_CODES.findall(fresh.text)) == 10
    assert (await send(house.http, f"{PATH}/remove", password=PASSWORD)).headers["location"] == f"{PATH}?done=removed"
    assert (await sign_in(house.http)).headers["location"] == "/cards"


async def test_page_says_what_is_missing_without_a_key(caller: Caller) -> None:
    await add_person(caller.service.database, role="admin")
    await sign_in(caller.http)
    assert "TALLYCARD_MAIL_KEY" in (await caller.http.get(PATH)).text
    answer = await send(caller.http, "/settings/access", page="/settings/access", second_factor="everybody")
    assert (answer.status_code, "TALLYCARD_MAIL_KEY" in answer.text) == (422, True)


async def test_who_must_set_it_up_gets_to_nothing_else_first(house: Caller) -> None:
    boss = await another(house)
    saved = await send(boss, "/settings/access", page="/settings/access", second_factor="everybody")
    assert (saved.status_code, saved.headers["location"]) == (303, "/settings/access?done=saved")
    assert (await boss.get("/settings/users")).headers["location"] == PATH
    assert (await house.http.get("/cards")).headers["location"] == PATH
    part = await house.http.get("/cards", headers={"HX-Request": "true"})
    assert part.headers["hx-redirect"] == PATH
    page = await house.http.get(PATH)
    token = csrf_token_of(page)
    called = await house.http.get("/v1/cards", headers={"X-CSRF-Token": token})
    assert (called.status_code, called.json()["code"]) == (403, "second_factor_wanted")
    assert "hx-get" not in page.text  # a part that is refused would lead here again, without end
    await set_up(house.http)
    assert (await house.http.get("/cards")).status_code == 200
    refused = await send(house.http, f"{PATH}/remove", password=PASSWORD)
    assert (refused.status_code, "is demanded of your account" in refused.text) == (422, True)


async def test_token_of_a_program_is_asked_for_no_second_step(house: Caller) -> None:
    boss = await another(house)
    await send(boss, "/settings/access", page="/settings/access", second_factor="everybody")
    program = await house.as_role("clerk")
    assert (await program.get("/v1/cards")).status_code == 200


async def test_administrator_takes_a_lost_second_step_away(house: Caller) -> None:
    await set_up(house.http)
    boss = await another(house)
    assert "Take second step away" in (await boss.get("/settings/users/1")).text
    url = "/settings/users/1/second-factor"
    assert (await send(boss, url, page=url)).headers["location"] == "/settings/users/1?done=second-factor"
    assert (await sign_in(house.http)).headers["location"] == "/cards"
    async with house.service.database.connection() as connection:
        acts = await connection.execute(text("select actor from activity where act = 'user.second_factor_removed'"))
        assert list(acts.scalars()) == ["user:boss"]


async def test_person_sees_and_ends_their_own_sessions(house: Caller) -> None:
    other = await another(house, "nora")
    page = await house.http.get("/account/sessions")
    assert "Firefox, Linux" in page.text
    ends = re.findall(r'action="(/account/sessions/\d+/end)"', page.text)
    assert len(ends) == 1
    assert (await send(house.http, ends[0], page="/account/sessions")).status_code == 303
    assert (await other.get("/cards")).status_code == 303
    again = await send(house.http, ends[0], page="/account/sessions")
    assert again.status_code == 404
    assert (await house.http.get("/cards")).status_code == 200


async def test_nobody_ends_the_session_of_another(house: Caller) -> None:
    boss = await another(house)
    async with house.service.database.connection() as connection:
        of_boss = (await connection.execute(text("select id from app_session where user_id = 2"))).scalar_one()
    answer = await send(house.http, f"/account/sessions/{of_boss}/end", page="/account/sessions")
    assert answer.status_code == 404
    assert (await boss.get("/cards")).status_code == 200


async def test_all_other_sessions_end_at_once(house: Caller) -> None:
    others = [await another(house, "nora") for _ in range(2)]
    await send(house.http, "/account/sessions/end", page="/account/sessions")
    assert [(await one.get("/cards")).status_code for one in others] == [303, 303]
    assert (await house.http.get("/cards")).status_code == 200


async def test_administrator_ends_the_sessions_of_others(house: Caller) -> None:
    boss = await another(house)
    url = "/settings/users/1/sessions"
    assert "Sessions of nora" in (await boss.get(url)).text
    await send(boss, f"{url}/end", page=url)
    assert (await house.http.get("/cards")).status_code == 303
    async with house.service.database.connection() as connection:
        acts = await connection.execute(text("select record from activity where act = 'user.sessions_ended'"))
        assert list(acts.scalars()) == ["user:1"]


async def test_administrator_sees_whose_lookups_are_stopped_and_allows_them(house: Caller) -> None:
    till = await house.as_role("till", store="0007", till="3")
    answers = [await till.post("/v1/cards/lookup", json={"number": f"guess {number}"}) for number in range(60)]
    assert [answer.status_code for answer in answers] == [404] * 59 + [429]
    boss = await another(house)
    assert "till:0007/3" in (await boss.get("/settings/access")).text
    await send(boss, "/settings/access/allow", page="/settings/access", who="till:0007/3")
    assert "till:0007/3" not in (await boss.get("/settings/access")).text
    assert (await till.post("/v1/cards/lookup", json={"number": "guess"})).status_code == 404


async def test_session_cookie_over_https_is_of_this_host_alone(house: Caller) -> None:
    transport = house.http._transport
    async with httpx.AsyncClient(transport=transport, base_url="https://tallycard.test") as https:
        cookie = (await sign_in(https)).headers["set-cookie"]
        assert cookie.startswith(f"__Host-{COOKIE}=")
        for word in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
            assert word.lower() in cookie.lower()
        assert "domain" not in cookie.lower()
        value = https.cookies[f"__Host-{COOKIE}"]
        assert (await https.get("/cards")).status_code == 200
        https.cookies.clear()
        https.cookies.set(COOKIE, value, domain="tallycard.test")
        assert (await https.get("/cards")).status_code == 303
