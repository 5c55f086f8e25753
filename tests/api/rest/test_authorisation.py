"""Who may call what: tokens, roles, and a till that posts for itself only."""

import pytest

from tests.api.rest.shop import Shop, make_calculation, make_line, make_receipt, new_code, refusal

UID = "6a0ff192-7854-4aa3-bb90-8d8d033b9a34"
BACK_OFFICE: list[tuple[str, str, object]] = [
    ("PUT", "/v1/series/S", {"name": "x", "kind": "discount"}),
    ("GET", "/v1/series/S", None),
    ("PUT", "/v1/price-lists/L", {"name": "x", "quotations": []}),
    ("POST", "/v1/series/S/cards", {"count": 1}),
    ("POST", "/v1/number-templates/check", {"template": "29%010^"}),
    ("GET", "/v1/jobs", None),
    ("GET", "/v1/jobs/1", None),
    ("POST", "/v1/jobs/1/cancel", None),
    ("GET", "/v1/cards", None),
    ("PATCH", "/v1/cards/1", {}),
    ("POST", "/v1/cards/1/top-up", {"amount": "1.00"}),
    ("POST", "/v1/cards/1/adjust", {}),
    ("GET", "/v1/cards/1/ledger", None),
    ("PUT", f"/v1/documents/{UID}", {}),
    ("DELETE", f"/v1/documents/{UID}", None),
]
SALE_PATH: list[tuple[str, str, object]] = [
    ("POST", "/v1/cards/lookup", {"number": "1"}),
    ("POST", "/v1/receipts/calculate", {}),
    ("POST", "/v1/receipts", {}),
    ("POST", "/v1/receipts/batch", {"receipts": []}),
    ("GET", f"/v1/receipts/{UID}", None),
    ("POST", f"/v1/receipts/{UID}/void", {}),
]


@pytest.mark.parametrize(("method", "url", "body"), BACK_OFFICE + SALE_PATH)
async def test_nobody_calls_without_a_token(shop: Shop, method: str, url: str, body: object) -> None:
    for headers in ({}, {"Authorization": "Bearer tc_nothing"}, {"Authorization": "Basic YTpi"}):
        answer = await shop.caller.http.request(method, url, json=body, headers=headers)

        assert (refusal(answer), answer.headers["WWW-Authenticate"]) == ((401, "not_signed_in"), "Bearer")


@pytest.mark.parametrize(("method", "url", "body"), BACK_OFFICE)
async def test_back_office_is_closed_to_tills(shop: Shop, method: str, url: str, body: object) -> None:
    till = await shop.caller.as_role("till", store="0007", till="3")

    assert refusal(await till.request(method, url, json=body)) == (403, "not_allowed")


@pytest.mark.parametrize(("store", "till"), [("0007", "4"), ("0008", "3"), ("0007 ", "3")])
async def test_till_posts_and_prices_for_itself_only(shop: Shop, store: str, till: str) -> None:
    caller = await shop.caller.as_role("till", store="0007", till="3")
    receipt, priced = make_receipt(store=store, till=till), make_calculation(make_line(), store=store, till=till)

    assert refusal(await caller.post("/v1/receipts", json=receipt)) == (403, "not_allowed")
    assert refusal(await caller.post("/v1/receipts/calculate", json=priced)) == (403, "not_allowed")
    assert (await caller.post("/v1/receipts", json=make_receipt())).status_code == 201


async def test_till_reads_its_own_receipts_only(shop: Shop) -> None:
    caller = await shop.caller.as_role("till", store="0007", till="3")
    own, other = await shop.sell(), await shop.sell(till="4")

    assert (await caller.get(f"/v1/receipts/{own['receipt_uid']}")).status_code == 200
    assert refusal(await caller.get(f"/v1/receipts/{other['receipt_uid']}")) == (403, "not_allowed")


async def test_clerk_works_in_the_back_office_and_posts_for_no_till(shop: Shop) -> None:
    clerk, code = await shop.caller.as_role("clerk"), new_code()
    store = new_code("store")

    assert (await clerk.put(f"/v1/series/{code}", json={"name": "x", "kind": "discount"})).status_code == 201
    assert refusal(await clerk.post("/v1/receipts", json=make_receipt(store=store))) == (403, "not_allowed")
    assert refusal(await clerk.post("/v1/receipts/batch", json={"receipts": []})) == (403, "not_allowed")
    assert await shop.sql("select from store where code = $1", store) == []


async def test_token_is_kept_hashed(shop: Shop) -> None:
    client = await shop.caller.as_role("clerk")
    token = client.headers["Authorization"].removeprefix("Bearer ").encode()

    rows = await shop.sql("select hash from access_token")

    assert all(token not in row["hash"] and len(row["hash"]) == 32 for row in rows)


async def test_store_that_an_administrator_first_names_gets_the_installations_time_zone(shop: Shop) -> None:
    store = new_code("store")
    await shop.sell(store=store, till="9")

    rows = await shop.sql(
        "select s.timezone, t.code from store s join till t on t.store_code = s.code where s.code = $1", store
    )

    assert [tuple(row) for row in rows] == [("Europe/Sofia", "9")]
