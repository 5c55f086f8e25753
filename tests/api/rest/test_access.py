"""Sessions, second factors and their demand over the API, for administrators alone."""

from sqlalchemy import text

from api.auth.one_time_codes import code_at
from api.auth.second_factor import begin_factor, confirm_factor, find_begun, find_factor
from api.auth.sessions import find_session, open_session
from api.state import read_clock
from database.activity import Act
from tests.api.rest.shop import Shop, new_code, refusal


async def make_user(shop: Shop) -> int:
    body = {"login": new_code("u"), "name": "Greta Holm", "role": "sales"}
    return int((await shop.admin.post("/v1/users", json=body)).json()["user"]["user_id"])


async def test_administrator_sees_and_ends_sessions(shop: Shop) -> None:
    user_id, run, now = await make_user(shop), shop.caller.service.database.run, read_clock()
    cookies = [await run(open_session, user_id, device="Firefox, Linux", now=now) for _ in range(3)]
    url = f"/v1/users/{user_id}/sessions"
    listed = (await shop.admin.get(url)).json()["sessions"]
    assert [one["device"] for one in listed] == ["Firefox, Linux"] * 3

    newest = listed[0]["session_id"]
    assert (await shop.admin.delete(f"{url}/{newest}")).status_code == 204
    assert refusal(await shop.admin.delete(f"{url}/{newest}")) == (404, "session_unknown")
    assert refusal(await shop.admin.delete(f"{url}/{2**63}")) == (404, "session_unknown")
    assert await run(find_session, cookies[2], now=now) is None
    assert await run(find_session, cookies[0], now=now) is not None
    assert (await shop.admin.delete(url)).status_code == 204
    assert (await shop.admin.get(url)).json() == {"sessions": []}
    assert refusal(await shop.admin.get(f"/v1/users/{2**63}/sessions")) == (404, "user_unknown")


async def test_administrator_takes_a_second_factor_away(shop: Shop) -> None:
    user_id, run, now = await make_user(shop), shop.caller.service.database.run, read_clock()
    key = "a key that nobody guesses"
    await run(begin_factor, user_id, key=key, now=now)
    secret = await run(find_begun, user_id, key=key)
    assert secret is not None
    await run(confirm_factor, user_id, code_at(secret, now), key=key, session=b"", act=Act("user:u", now))
    assert (await shop.admin.get(f"/v1/users/{user_id}")).json()["has_second_factor"] is True

    for _ in range(2):
        assert (await shop.admin.delete(f"/v1/users/{user_id}/second-factor")).status_code == 204

    assert (await shop.admin.get(f"/v1/users/{user_id}")).json()["has_second_factor"] is False
    assert await run(find_factor, user_id) is None
    async with shop.caller.service.database.connection() as connection:
        query = text("select count(*) from activity where act = 'user.second_factor_removed' and record = :record")
        assert (await connection.execute(query, {"record": f"user:{user_id}"})).scalar_one() == 1


async def test_policy_is_read_and_not_changed_to_what_nobody_could_fulfil(shop: Shop) -> None:
    policy = (await shop.admin.get("/v1/access-policy")).json()
    assert policy["second_factor"] == "nobody"
    wanted = {"second_factor": "everybody", "version": policy["version"]}
    refused = await shop.admin.put("/v1/access-policy", json=wanted)  # this installation has no key for secrets
    assert refusal(refused) == (422, "second_factor_refused")
    assert refused.json()["errors"][0]["field"] == "second_factor"
    same = await shop.admin.put("/v1/access-policy", json=policy)
    assert same.json() == policy
    stale = await shop.admin.put("/v1/access-policy", json=policy | {"version": policy["version"] + 1})
    assert refusal(stale) == (409, "policy_changed")


async def test_till_that_guesses_is_told_to_come_again_later(shop: Shop) -> None:
    till = await shop.caller.as_role("till", store="0099", till="1")
    for number in range(59):
        answer = await till.post("/v1/cards/lookup", json={"number": f"guess {number}"})
        assert refusal(answer) == (404, "card_unknown")
    last = await till.post("/v1/cards/lookup", json={"phone": "+359888000111"})
    assert refusal(last) == (429, "too_many_refused_lookups")
    assert 0 < int(last.headers["Retry-After"]) <= 601
    card = await shop.make_card()
    found = await till.post("/v1/cards/lookup", json={"number": card.number})
    assert refusal(found) == (429, "too_many_refused_lookups")
    other = await shop.caller.as_role("till", store="0099", till="2")
    assert (await other.post("/v1/cards/lookup", json={"number": card.number})).status_code == 200
