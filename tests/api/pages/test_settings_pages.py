"""Users, tills, tokens, one's own account and the first page over HTTP: what is refused, and who sees which button."""

from collections.abc import Mapping
from typing import get_args

import httpx
import pytest
from sqlalchemy import text

from api.auth.model import UserRole
from api.auth.rights import may
from api.auth.tokens import create_token
from api.pages.home_blocks import BLOCKS, ORDERS, blocks_of
from loyalty.cards.model import SeriesSettings
from loyalty.cards.series import put_series
from tests.api.people import PASSWORD, add_person, csrf_token_of, sign_in
from tests.conftest import ACT, Caller


async def enter(caller: Caller, role: UserRole) -> httpx.AsyncClient:
    """Sign in as a new person of a role."""
    await add_person(caller.service.database, login=role, role=role)
    await sign_in(caller.http, login=role)
    return caller.http


async def send(http: httpx.AsyncClient, path: str, fields: Mapping[str, str]) -> httpx.Response:
    """Send a form as a page of the session would."""
    return await http.post(path, data={"csrf": csrf_token_of(await http.get("/account")), **fields})


async def test_user_whom_somebody_else_changed_is_shown_as_it_is_now(caller: Caller) -> None:
    http = await enter(caller, "admin")
    user_id = await add_person(caller.service.database, login="greta", role="sales")
    path = f"/settings/users/{user_id}"
    first = await send(http, path, {"version": "1", "name": "Greta Berg", "role": "sales", "extension": "204"})
    stale = await send(http, path, {"version": "1", "name": "Greta Holm", "role": "sales", "extension": ""})
    assert (first.status_code, stale.status_code) == (303, 422)
    assert "Now: Greta Berg" in stale.text
    assert "Now: 204" in stale.text
    assert 'value="Greta Holm"' in stale.text
    assert 'name="version" value="2"' in stale.text
    assert (await send(http, path, {"version": "2", "name": "Greta Holm", "role": "sales"})).status_code == 303


async def test_department_and_hours_of_a_day_are_set_on_the_page(caller: Caller) -> None:
    """PAP-39: the norm that planned time is held against."""
    http = await enter(caller, "admin")
    user_id = await add_person(caller.service.database, login="greta", role="sales")
    path, known = f"/settings/users/{user_id}", {"name": "Greta Berg", "role": "sales"}
    first = await send(
        http, path, known | {"version": "1", "department": "service", "daily_minutes": "6:30", "email": "g@example.com"}
    )
    page = (await http.get(path)).text
    wrong = await send(http, path, known | {"version": "2", "daily_minutes": "25:00"})
    unread = await send(http, path, known | {"version": "2", "daily_minutes": "much"})
    load = (await http.get("/workload?department=service")).text
    assert (first.status_code, wrong.status_code, unread.status_code) == (303, 422, 422)
    assert '<option value="service" selected>' in page
    assert 'value="6:30"' in page
    assert 'type="email" value="g@example.com"' in page
    assert "1,440 minutes" in wrong.text
    assert '<td class="num">32:30</td>' in load


async def test_last_administrator_is_told_so_on_the_page(caller: Caller) -> None:
    http = await enter(caller, "admin")
    answer = await send(http, "/settings/users/1/disable", {})
    assert answer.status_code == 422
    assert "This is the last administrator" in answer.text
    assert (await http.get("/account")).status_code == 200


async def test_new_password_stands_in_no_address_and_opens_the_door(caller: Caller) -> None:
    http = await enter(caller, "admin")
    user_id = await add_person(caller.service.database, login="greta", role="sales")
    asked = await http.get(f"/settings/users/{user_id}/password")
    assert asked.status_code == 200
    shown = await send(http, f"/settings/users/{user_id}/password", {})
    password = shown.text.split("<output>")[1].split("</output>")[0]
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    await sign_in(http, login="greta", password=password)
    assert (await http.get("/account")).status_code == 200


async def test_shop_takes_a_time_zone_that_exists_and_no_other(caller: Caller) -> None:
    http = await enter(caller, "director")
    await send(http, "/settings/tills/codes", {"store": "0007", "till": "3"})
    path = "/settings/tills/store?code=0007"
    wrong = await send(http, path, {"name": "Mill Lane", "timezone": "Europe/Nowhere"})
    right = await send(http, path, {"name": "Mill Lane", "timezone": "Europe/London"})
    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "This is no time zone" in wrong.text
    assert "Shop Mill Lane" in (await http.get(path)).text
    query = text("select data->'new'->>'timezone' from activity where act = 'store.changed'")
    async with caller.service.database.connection() as connection:
        assert list((await connection.execute(query)).scalars()) == ["Europe/London"]


async def test_who_sets_tills_up_ends_tokens_of_tills_and_no_others(caller: Caller) -> None:
    http, database = await enter(caller, "director"), caller.service.database
    program = await database.run(create_token, role="admin", act=ACT)
    till = await database.run(create_token, role="till", store="0007", till="3", act=ACT)
    for number in (1, 2):
        await send(http, f"/settings/tills/tokens/{number}/end", {"store": "0007"})

    async def status(token: str) -> int:
        bearer = {"Authorization": f"Bearer {token}"}
        return (await caller.http.post("/v1/cards/lookup", json={"number": "1"}, headers=bearer)).status_code

    assert [await status(program), await status(till)] == [404, 401]
    assert (await http.get("/settings/tokens")).status_code == 403


async def test_token_of_a_program_is_shown_once_and_ended(caller: Caller) -> None:
    http = await enter(caller, "admin")
    shown = await send(http, "/settings/tokens", {"role": "clerk"})
    token = shown.text.split("<output>")[1].split("</output>")[0]
    assert token not in (await http.get("/settings/tokens")).text
    assert (await send(http, "/settings/tokens", {"role": "director"})).status_code == 422
    await send(http, "/settings/tokens/1/end", {})
    assert (await caller.http.get("/v1/cards", headers={"Authorization": f"Bearer {token}"})).status_code == 401


async def test_language_of_a_person_writes_dates_and_numbers(caller: Caller) -> None:
    http = await enter(caller, "admin")
    assert "22 Nov 2026" in (await http.get("/settings/audit")).text
    assert (await send(http, "/account/language", {"language": "bg"})).status_code == 303
    assert "22.11.2026" in (await http.get("/settings/audit")).text
    assert (await send(http, "/account/language", {"language": "xx"})).status_code == 422


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"old": "", "new": "a long password", "again": "a long password"}, "old"),
        ({"old": PASSWORD, "new": "a long password", "again": "another one"}, "again"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "new"),
        ({"old": "wrong", "new": "a long password", "again": "a long password"}, "old"),
    ],
)
async def test_own_password_is_refused_beside_its_field_and_not_shown_again(
    caller: Caller, fields: dict[str, str], wrong: str
) -> None:
    answer = await send(await enter(caller, "sales"), "/account/password", fields)
    assert answer.status_code == 422
    assert f'id="{wrong}-wrong"' in answer.text
    assert not any(typed and f'value="{typed}"' in answer.text for typed in fields.values())


def test_first_page_of_no_two_roles_is_the_same() -> None:
    """C77-25."""
    shown = {role: tuple(blocks_of(role)) for role in get_args(UserRole)}
    assert len(set(shown.values())) == len(shown)
    assert shown == dict(ORDERS), "no order names a block that its role may not see"
    assert {name for order in ORDERS.values() for name in order} == set(BLOCKS)


@pytest.mark.parametrize("role", get_args(UserRole))
async def test_navigation_and_buttons_are_those_of_the_role(caller: Caller, role: UserRole) -> None:
    """C77-25: what somebody may not do is not offered."""
    await caller.service.database.run(
        put_series, "GOLD", SeriesSettings("Gold", "discount", "290%09[1..500]^"), act=ACT
    )
    http = await enter(caller, role)
    home = (await http.get("/")).text
    for path, right in (("/cards", "cards.read"), ("/signals", "signals.read"), ("/settings/audit", "audit.read")):
        assert (f'<a href="{path}"' in home) == may(role, right), path  # type: ignore[arg-type] # a right's name
    lists = (await http.get("/price-lists")).text
    assert ("/new-price-list" in lists) == may(role, "prices.edit")
    series = await http.get("/series/GOLD")
    assert (series.status_code == 200) == may(role, "cards.read")
    assert ('id="make"' in series.text) == may(role, "cards.make")
    rules = (await http.get("/series/GOLD/rules")).text
    assert ("Save rules" in rules) == may(role, "prices.edit")
