"""Users and access tokens over the API: made, changed, closed, and their secrets told once."""

import httpx
from sqlalchemy import text

from api.auth.sessions import COOKIE
from tests.api.people import sign_in
from tests.api.rest.shop import Shop, new_code, refusal


async def make_user(shop: Shop, **more: object) -> tuple[dict[str, object], str]:
    body = {"login": new_code("u"), "name": "Greta Holm", "role": "sales"} | more
    answer = await shop.admin.post("/v1/users", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["user"], str(answer.json()["password"])


async def enters(shop: Shop, login: object, password: str) -> bool:
    async with httpx.AsyncClient(transport=shop.admin._transport, base_url=shop.admin.base_url) as http:
        await sign_in(http, login=str(login), password=password)
        return COOKIE in http.cookies


async def test_user_is_made_with_a_password_that_opens_the_door(shop: Shop) -> None:
    user, password = await make_user(shop, extension="204")
    assert (user["role"], user["extension"], user["state"], user["version"]) == ("sales", "204", "active", 1)
    assert await enters(shop, user["login"], password)
    again = await shop.admin.post("/v1/users", json={"login": user["login"], "name": "x", "role": "sales"})
    assert refusal(again) == (422, "user_refused")
    assert again.json()["errors"][0]["field"] == "login"


async def test_change_of_a_user_needs_the_version_that_was_seen(shop: Shop) -> None:
    user, _ = await make_user(shop)
    url = f"/v1/users/{user['user_id']}"
    change = {"version": 1, "name": "Greta Berg", "role": "marketing"}
    assert (await shop.admin.patch(url, json=change)).json()["version"] == 2
    assert refusal(await shop.admin.patch(url, json=change)) == (409, "user_changed")
    assert (await shop.admin.get(url)).json()["name"] == "Greta Berg"
    assert (await shop.admin.patch(url, json={"version": 2, "name": "G", "role": "till"})).status_code == 400


async def test_department_and_hours_stay_as_they_are_where_nothing_is_said_of_them(shop: Shop) -> None:
    user, _ = await make_user(shop)
    url, names = f"/v1/users/{user['user_id']}", {"name": "Greta Berg", "role": "marketing"}
    said = await shop.admin.patch(url, json=names | {"version": 1, "department": "service", "daily_minutes": 240})
    silent = await shop.admin.patch(url, json=names | {"version": 2, "extension": "204"})
    none = await shop.admin.patch(url, json=names | {"version": 3, "department": None})
    unknown = await shop.admin.patch(url, json=names | {"version": 4, "department": "nowhere"})
    for answer in (said, silent):
        assert (answer.json()["department"], answer.json()["daily_minutes"]) == ("service", 240)
    assert (none.json()["department"], none.json()["daily_minutes"]) == (None, 240)
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["field"] == "department"


async def test_address_for_notices_is_set_by_the_administrator_and_stands_in_no_journal(shop: Shop) -> None:
    """PS-06."""
    user, _ = await make_user(shop)
    url, names = f"/v1/users/{user['user_id']}", {"name": "Greta Berg", "role": "marketing"}
    said = await shop.admin.patch(url, json=names | {"version": 1, "email": "greta@Example.com"})
    silent = await shop.admin.patch(url, json=names | {"version": 2, "extension": "204"})
    wrong = await shop.admin.patch(url, json=names | {"version": 3, "email": "greta@"})
    none = await shop.admin.patch(url, json=names | {"version": 3, "email": None})

    assert [answer.json()["email"] for answer in (said, silent, none)] == ["greta@example.com"] * 2 + [None]
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "email")
    async with shop.caller.service.database.connection() as connection:
        journal = str((await connection.execute(text("select array_agg(data) from activity"))).scalar_one())
    assert "'email'" in journal
    assert "greta@" not in journal


async def test_disabled_user_stays_out_until_enabled(shop: Shop) -> None:
    user, password = await make_user(shop)
    url = f"/v1/users/{user['user_id']}"
    assert (await shop.admin.post(f"{url}/disable")).json()["state"] == "disabled"
    assert not await enters(shop, user["login"], password)
    assert (await shop.admin.post(f"{url}/enable")).json()["state"] == "active"
    assert await enters(shop, user["login"], password)


async def test_new_password_takes_the_place_of_the_old_one(shop: Shop) -> None:
    user, old = await make_user(shop)
    new = (await shop.admin.post(f"/v1/users/{user['user_id']}/password")).json()["password"]
    assert not await enters(shop, user["login"], old)
    assert await enters(shop, user["login"], new)


async def test_locked_user_is_unlocked_over_the_api(shop: Shop) -> None:
    user, password = await make_user(shop)
    for _ in range(5):
        await enters(shop, user["login"], "wrong")
    assert not await enters(shop, user["login"], password)
    assert (await shop.admin.post(f"/v1/users/{user['user_id']}/unlock")).json()["state"] == "active"
    assert await enters(shop, user["login"], password)


async def test_user_of_no_such_identifier_is_404(shop: Shop) -> None:
    for number in (999_999, 2**63, 2**70):
        assert refusal(await shop.admin.get(f"/v1/users/{number}")) == (404, "user_unknown")
        assert refusal(await shop.admin.post(f"/v1/users/{number}/disable")) == (404, "user_unknown")


async def test_users_are_listed_the_newest_first(shop: Shop) -> None:
    first, second = [(await make_user(shop))[0] for _ in range(2)]
    listed = (await shop.admin.get("/v1/users")).json()["users"]
    assert [user["login"] for user in listed[:2]] == [second["login"], first["login"]]
    assert "password" not in str(listed)
    behind = (await shop.admin.get("/v1/users", params={"after": str(second["user_id"])})).json()["users"]
    assert behind[0]["login"] == first["login"]


async def test_token_is_told_once_and_ended_by_its_number(shop: Shop) -> None:
    made = (await shop.admin.post("/v1/tokens", json={"role": "clerk"})).json()["token"]
    listed = (await shop.admin.get("/v1/tokens")).json()["tokens"]
    assert (listed[0]["role"], listed[0]["revoked_at"]) == ("clerk", None)
    assert made not in str(listed)
    bearer = {"Authorization": f"Bearer {made}"}
    url = f"/v1/tokens/{listed[0]['token_id']}"
    assert (await shop.admin.delete(url)).status_code == 204
    assert refusal(await shop.admin.delete(url)) == (404, "token_unknown")
    assert (await shop.caller.http.get("/v1/cards", headers=bearer)).status_code == 401


async def test_token_of_a_till_names_its_till(shop: Shop) -> None:
    assert refusal(await shop.admin.post("/v1/tokens", json={"role": "till"})) == (422, "token_refused")
    made = await shop.admin.post("/v1/tokens", json={"role": "till", "store": "0007", "till": new_code("T")})
    assert made.status_code == 201


async def test_code_that_was_ended_gives_no_token(shop: Shop) -> None:
    opened = (await shop.admin.post("/v1/enrolments", json={"store": "0007", "till": new_code("T")})).json()
    url = f"/v1/enrolments/{opened['enrolment_id']}"
    assert (await shop.admin.delete(url)).status_code == 204
    redeemed = await shop.caller.http.post("/v1/enrolments/redeem", json={"code": opened["code"]})
    assert refusal(redeemed) == (422, "enrolment_refused")
    assert refusal(await shop.admin.delete(url)) == (404, "token_unknown")
