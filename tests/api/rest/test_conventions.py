"""The conventions of the till API, sentence by sentence: decimals, times, defaults and problems."""

import json
from typing import Any  # JSON bodies are free in their values

import pytest
from httpx import AsyncClient

from tests.api.rest.shop import Shop, make_calculation, make_line, make_receipt, new_code, new_uid, refusal

NULLABLE_LINE = ("discount", "name", "group", "original_line", "no_discount", "gift", "fixed_price", "top_up")
NULLABLE_CAPS = ("min_price", "max_discount_percent", "manual_discount_percent")
NULLABLE_RECEIPT = ("status", "till_instance", "seq", "priced_at", "offline", "card", "calculation_id", "original")
NULLABLE_SERIES = (
    "number_template discount_percent price_lists price_list_choice percent_without_quotation dearer_quotations "
    "credit_limit allow_other_payment return_policy manual_with_percent valid_from valid_until hours activation term "
    "total_rounding points"
).split()


async def test_answer_is_json_in_utf_8(shop: Shop) -> None:
    code = new_code()

    answer = await shop.admin.put(f"/v1/series/{code}", json={"name": "Клуб ☕", "kind": "discount"})

    assert answer.headers["content-type"] == "application/json"
    assert "Клуб ☕".encode() in answer.content


async def test_receipt_of_1_100_lines_is_taken(shop: Shop) -> None:
    lines = [make_line(number, price="1.00", name="Бяло сирене, краве, 400 г") for number in range(1, 1_101)]

    answer = await shop.post(make_receipt(*lines, total="1100.00"))

    assert (answer.status_code, answer.json()["state"]) == (201, "posted")


@pytest.mark.parametrize(("size", "status"), [(4 * 1024 * 1024, 400), (4 * 1024 * 1024 + 1, 413), (5_000_000, 413)])
async def test_body_of_more_than_4_mib_is_refused(shop: Shop, size: int, status: int) -> None:
    body = json.dumps(make_receipt() | {"cashier": ""}).encode()

    answer = await shop.admin.post(
        "/v1/receipts", content=body.replace(b'"cashier": ""', b'"cashier": "%s"' % (b"x" * (size - len(body))))
    )

    assert answer.status_code == status
    assert refusal(answer)[1] == ("invalid_body" if status == 400 else "body_too_large")


@pytest.mark.parametrize("name", NULLABLE_LINE + NULLABLE_CAPS)
async def test_null_in_a_posted_line_is_as_if_it_were_absent(shop: Shop, name: str) -> None:
    receipt = make_receipt(make_line())
    await shop.post(receipt)

    again = await shop.post(receipt | {"lines": [make_line() | {name: None}]})

    assert (again.status_code, again.json()["flags"]) == (200, [])


@pytest.mark.parametrize("name", NULLABLE_RECEIPT)
async def test_null_in_a_receipt_is_as_if_it_were_absent(shop: Shop, name: str) -> None:
    receipt = make_receipt()

    first = await shop.post(receipt | {name: None})
    again = await shop.post(receipt)

    assert (first.status_code, again.status_code) == (201, 200)


@pytest.mark.parametrize("name", NULLABLE_SERIES)
async def test_null_in_a_series_is_as_if_it_were_absent(shop: Shop, name: str) -> None:
    code, body = new_code(), {"name": "Plain", "kind": "discount"}

    first = await shop.admin.put(f"/v1/series/{code}", json=body)
    again = await shop.admin.put(f"/v1/series/{code}", json=body | {name: None})

    assert (first.status_code, again.status_code, again.json()["version"]) == (201, 200, 1)


@pytest.mark.parametrize("name", ["rank", "valid_from", "valid_until", "weekdays", "hours"])
async def test_null_in_a_price_list_is_as_if_it_were_absent(shop: Shop, name: str) -> None:
    answer = await shop.admin.put(f"/v1/price-lists/{new_code()}", json={"name": "P", "quotations": [], name: None})

    assert answer.json()["rank"] == 0


@pytest.mark.parametrize("name", ["status", "party_id", "card", "lines", "parent_uid", "version"])
async def test_null_in_a_document_is_as_if_it_were_absent(shop: Shop, name: str) -> None:
    url, body = f"/v1/documents/{new_uid()}", {"kind": "sale", "number": "1", "date": "2026-11-22", "total": "1.00"}

    first = await shop.admin.put(url, json=body)
    again = await shop.admin.put(url, json=body | {name: None})

    assert (first.json(), again.status_code) == (again.json(), 200)


@pytest.mark.parametrize("name", ["kind", "original", "cashier", "card"])
async def test_null_in_a_calculation_is_as_if_it_were_absent(shop: Shop, name: str) -> None:
    answer = await shop.admin.post("/v1/receipts/calculate", json=make_calculation(make_line(), **{name: None}))

    assert (answer.status_code, answer.json()["total"]) == (200, "10.00")


@pytest.mark.parametrize("price", ["10", "10.0", "10.00", "10.0000", "10.000000000000", "0010.00"])
async def test_decimals_compare_as_numbers(shop: Shop, price: str) -> None:
    receipt = make_receipt(make_line(price="10.00"))
    await shop.post(receipt)

    again = await shop.post(receipt | {"lines": [make_line(price=price, net="10.00", quantity="1.000")], "total": "10"})

    assert again.status_code == 200


async def test_unit_price_may_have_4_decimals(shop: Shop) -> None:
    priced = await shop.calculate(make_line(price="0.0333", quantity="3"))

    assert priced["lines"][0] | {"applied": []} == {
        "line": 1, "gross": "0.10", "discount": "0.00", "net": "0.10", "unit_price": "0.03",
        "applied": [], "passed_over": [],
    }  # fmt: skip


async def test_percents_are_exact_and_have_at_least_two_decimals(shop: Shop) -> None:
    exact = await shop.make_card(discount_percent="4.355")
    round_one = await shop.make_card(discount_percent="7")

    shown = [(await shop.look_up(card))["discount_percent"] for card in (exact, round_one)]

    assert shown == ["4.355", "7.00"]


async def test_business_date_without_a_partition_is_taken(shop: Shop) -> None:
    for day in ("0001-01-01", "1899-12-31", "2071-06-30", "9999-12-31"):
        answer = await shop.post(make_receipt(business_date=day))

        assert answer.status_code == 201, day


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("2026-11-22T10:15:02", "must have an offset from UTC"),
        ("0001-01-01T00:00:00+14:00", "is out of range"),
        ("9999-12-31T23:59:59-12:00", "is out of range"),
        ("0001-01-01T00:00:00Z", "is out of range"),
        ("9999-12-31T23:59:59Z", "is out of range"),
    ],
)
async def test_moment_that_no_time_zone_can_show_is_refused(shop: Shop, moment: str, reason: str) -> None:
    for field in ("closed_at", "priced_at"):
        answer = await shop.post(make_receipt(**{field: moment}))
        assert (answer.status_code, answer.json().get("errors")) == (400, [{"field": field, "reason": reason}])

    answer = await shop.admin.post("/v1/receipts/calculate", json=make_calculation(make_line(), at=moment))
    assert (answer.status_code, answer.json().get("errors")) == (400, [{"field": "at", "reason": reason}])


async def test_problem_has_a_stable_code_and_names_the_field(shop: Shop) -> None:
    answer = await shop.post(make_receipt(make_line(price="ten")))

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "title": "The body of the request is not as it should be",
        "status": 400,
        "code": "invalid_body",
        "detail": 'lines[0].price: must be a decimal string such as "12.90"',
        "errors": [{"field": "lines[0].price", "reason": 'must be a decimal string such as "12.90"'}],
    }


async def test_refusal_is_never_remembered(shop: Shop) -> None:
    receipt = make_receipt(make_line(price="10.00"))

    misshapen = await shop.post(receipt | {"shift": "118"})
    unbalanced = await shop.post(receipt | {"total": "9.00"})
    right = await shop.post(receipt)

    assert [answer.status_code for answer in (misshapen, unbalanced, right)] == [400, 422, 201]


async def test_shape_is_checked_before_identity_and_identity_before_content(shop: Shop) -> None:
    receipt = await shop.sell(make_line(price="10.00"))
    changed = receipt | {"total": "9.00"}

    assert refusal(await shop.post(changed | {"shift": "118"})) == (400, "invalid_body")
    assert refusal(await shop.post(changed)) == (409, "receipt_conflict")
    assert refusal(await shop.post(changed | {"receipt_uid": new_uid(), "number": "new"})) == (
        422,
        "receipt_unbalanced",
    )


async def test_health_needs_no_token(shop: Shop) -> None:
    answer = await shop.caller.http.get("/v1/health")

    health: dict[str, Any] = answer.json()
    assert (answer.status_code, health["status"], health["api_level"]) == (200, "ok", 1)


async def test_route_that_does_not_exist_is_a_problem_too(admin: AsyncClient) -> None:
    assert refusal(await admin.get("/v1/nothing")) == (404, "not_found")
    assert refusal(await admin.delete("/v1/receipts")) == (405, "method_not_allowed")
