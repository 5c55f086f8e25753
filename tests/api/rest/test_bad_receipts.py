"""Receipts and calculations that cannot be taken: each is answered 400 with the path of the field, and none is kept."""

from copy import deepcopy
from typing import Any  # JSON bodies are free in their values

import msgspec
import pytest

from tests.api.rest.shop import Shop, make_calculation, make_line, make_receipt, new_uid, refusal

ABSENT = object()
NESTED = b"[" * 100_000 + b"]" * 100_000

# Where, what is put there, and the path that the problem names if it is not the place itself.
BAD_LINE: list[tuple[str, object, str | None]] = [
    ("lines[0].line", "1", None),
    ("lines[0].line", 0, None),
    ("lines[0].line", 1.0, None),
    ("lines[0].line", ABSENT, None),
    ("lines[0].sku", 1001, None),
    ("lines[0].sku", "", None),
    ("lines[0].sku", "x" * 201, None),
    ("lines[0].sku", None, None),
    ("lines[0].sku", "a\0b", None),
    ("lines[0].quantity", 1, None),
    ("lines[0].quantity", "1.0000001", None),
    ("lines[0].quantity", "1e0", None),
    ("lines[0].quantity", "1000000001", None),
    ("lines[0].price", 12.9, None),
    ("lines[0].price", "12.90001", None),
    ("lines[0].price", "-0.01", None),
    ("lines[0].price", "1e5", None),
    ("lines[0].price", "1_0", None),
    ("lines[0].price", "12,90", None),
    ("lines[0].price", " 12.90", None),
    ("lines[0].price", "+12.90", None),
    ("lines[0].price", "12.", None),
    ("lines[0].price", ".9", None),
    ("lines[0].price", "NaN", None),
    ("lines[0].price", "Infinity", None),
    ("lines[0].price", "١٢", None),
    ("lines[0].price", "", None),
    ("lines[0].price", "9" * 40, None),
    ("lines[0].min_price", "free", None),
    ("lines[0].max_discount_percent", "100.0001", None),
    ("lines[0].max_discount_percent", "-1", None),
    ("lines[0].manual_discount_percent", "101", None),
    ("lines[0].manual_discount_percent", 5, None),
    ("lines[0].no_discount", "true", None),
    ("lines[0].gift", 1, None),
    ("lines[0].original_line", 0, None),
    ("lines[0].colour", "red", None),
    ("lines[0]", "a line", None),
    ("lines[1].line", 1, None),
    ("lines", [], None),
    ("lines", {}, None),
    ("lines", ABSENT, None),
    ("lines", None, None),
    ("receipt_uid", "57", None),
    ("receipt_uid", ABSENT, None),
    ("receipt_uid", 57, None),
    ("store", 7, None),
    ("store", "", None),
    ("till", ["3"], None),
    ("till", None, None),
    ("kind", "gift", None),
    ("kind", "Sale", None),
    ("card", "2900000000018", None),
    ("card", {}, "card.number"),
    ("card.number", 2900000000018, None),
    ("card.name", "Anna", None),
    ("original", {"receipt_uid": "4b1d1f9e-28e6-4d0e-b9a7-6d93e9e9b1f5"}, None),
    ("loyalty", True, None),
    ("Store", "0007", None),
]
BAD_RECEIPT: list[tuple[str, object, str | None]] = [
    ("lines[0].net", 12.9, None),
    ("lines[0].net", "12.901", None),
    ("lines[0].net", ABSENT, None),
    ("lines[0].discount", 0, None),
    ("lines[0].discount", "0.001", None),
    ("kind", ABSENT, None),
    ("shift", "118", None),
    ("shift", -1, None),
    ("shift", 2**31, None),
    ("shift", 118.0, None),
    ("shift", True, None),
    ("number", 57, None),
    ("number", "", None),
    ("number", ABSENT, None),
    ("business_date", "22.11.2026", None),
    ("business_date", "2026-02-29", None),
    ("business_date", 20261122, None),
    ("closed_at", "2026-11-22T10:15:02", None),
    ("closed_at", "2026-11-22", None),
    ("closed_at", 1795349702, None),
    ("closed_at", "2026-11-22T25:00:00Z", None),
    ("priced_at", "2026-11-22T10:15:02", None),
    ("cashier", 5, None),
    ("cashier", ABSENT, None),
    ("status", "posted", None),
    ("seq", "1", None),
    ("seq", -1, None),
    ("seq", 2**63, None),
    ("seq", 10**30, None),
    ("till_instance", "", None),
    ("offline", "yes", None),
    ("offline", 0, None),
    ("card.entry", "typed", None),
    ("total", 12.9, None),
    ("total", "12.901", None),
    ("total", "1" + "0" * 15, None),
    ("total", ABSENT, None),
    ("payments", ABSENT, None),
    ("payments", None, None),
    ("payments[0].kind", "cheque", None),
    ("payments[0].amount", 12.9, None),
    ("payments[0].amount", ABSENT, None),
    ("payments[0].card", {"number": "2900000000018"}, None),
    ("payments[0].kind", "card", "payments[0].card"),
    ("payments[0].kind", "points", "payments[0].card"),
    ("payments[0].hold_uid", "57", None),
    ("payments[0].currency", "EUR", None),
    ("calculation_id", 57, None),
]
BAD_ORIGINAL: list[tuple[object, str]] = [
    ({}, "original"),
    ({"receipt_uid": None}, "original"),
    ({"store": "0007", "till": "3", "shift": 118}, "original"),
    ({"store": "0007", "till": "3", "shift": "118", "number": "57"}, "original.shift"),
    ({"receipt_uid": "4b1d1f9e-28e6-4d0e-b9a7-6d93e9e9b1f5", "number": "57"}, "original"),
    ({"receipt_uid": "57"}, "original.receipt_uid"),
    ("57", "original"),
]
# The body, and the field that is named where its name is met before the fault is.
BAD_TEXT: list[tuple[bytes, str]] = [
    (b"", ""),
    (b"null", ""),
    (b"[]", ""),
    (b'"receipt"', ""),
    (b"{", ""),
    (b'{"shift": NaN}', "shift"),
    (b'{"shift": Infinity}', "shift"),
    (b"\xef\xbb\xbf{}", ""),
    (b'{"store": "\xff"}', "store"),
    (b"\xff\xfe{\x00}\x00", ""),
    (b'{"lines": %s}' % NESTED, "lines"),
    (b'{"store": "\\ud800"}', "store"),
    (b'{"store": "\\ud83d rest"}', "store"),
    (b'{"store": "\\udc00"}', "store"),
    (b"{'store': '7'}", ""),
    (b'{"store": "7",}', "store"),
]


def _spoiled(body: dict[str, Any], place: str, value: object) -> dict[str, Any]:
    """Put a value at a place such as `lines[0].price` of a copy of a body, or take it away."""
    body = deepcopy(body)
    *way, name = place.replace("[", ".").replace("]", "").split(".")
    target: Any = body  # Any: an object or a list of the body
    for step in way:
        target = target[int(step)] if step.isdigit() else target[step]
    key = int(name) if name.isdigit() else name
    if value is ABSENT:
        del target[key]
    else:
        target[key] = value
    return body


def _receipt() -> dict[str, Any]:
    return make_receipt(make_line(1), make_line(2), total="20.00", card={"number": "2900000000018"})


@pytest.mark.parametrize(("place", "value", "path"), BAD_LINE + BAD_RECEIPT)
async def test_bad_field_of_a_receipt_is_named(shop: Shop, place: str, value: object, path: str | None) -> None:
    body = _spoiled(_receipt(), place, value)

    answer = await shop.admin.post("/v1/receipts", content=msgspec.json.encode(body))

    assert refusal(answer) == (400, "invalid_body")
    assert [error["field"] for error in answer.json()["errors"]] == [path or place]
    kept = await shop.admin.get(f"/v1/receipts/{body.get('receipt_uid', new_uid())}")
    assert kept.status_code == 404


@pytest.mark.parametrize(("place", "value", "path"), BAD_LINE)
async def test_bad_field_of_a_calculation_is_named(shop: Shop, place: str, value: object, path: str | None) -> None:
    lines = [make_line(1), make_line(2)]
    body = _spoiled(make_calculation(*lines, card={"number": "2900000000018"}), place, value)

    answer = await shop.admin.post("/v1/receipts/calculate", content=msgspec.json.encode(body))

    assert refusal(answer) == (400, "invalid_body")
    assert [error["field"] for error in answer.json()["errors"]] == [path or place]


@pytest.mark.parametrize(("original", "path"), BAD_ORIGINAL)
async def test_bad_original_is_named(shop: Shop, original: object, path: str) -> None:
    posted = await shop.admin.post("/v1/receipts", json=make_receipt(kind="return", original=original))
    priced = await shop.admin.post(
        "/v1/receipts/calculate", json=make_calculation(make_line(), kind="return", original=original)
    )

    for answer in (posted, priced):
        assert refusal(answer) == (400, "invalid_body")
        assert answer.json()["errors"][0]["field"] == path


@pytest.mark.parametrize(("body", "path"), BAD_TEXT, ids=[str(body[:24]) for body, _ in BAD_TEXT])
@pytest.mark.parametrize("route", ["", "/calculate", "/batch"])
async def test_body_that_is_no_json_text_is_refused(shop: Shop, route: str, body: bytes, path: str) -> None:
    answer = await shop.admin.post(f"/v1/receipts{route}", content=body)

    assert refusal(answer) == (400, "invalid_body")
    assert answer.json()["errors"][0]["field"] in {path, "", f"{path}[0]"}


async def test_reason_never_repeats_what_was_sent(shop: Shop) -> None:
    number = "2900000000018"
    spoiled = [
        (f"x{number}", 1),
        ("kind", number),
        ("total", number + "x"),
        ("closed_at", number),
        ("receipt_uid", number),
    ]

    for place, value in spoiled:
        answer = await shop.post(_spoiled(_receipt(), place, value))

        assert refusal(answer)[0] == 400
        assert number not in answer.text


async def test_content_type_does_not_matter(shop: Shop) -> None:
    body = msgspec.json.encode(_spoiled(_receipt(), "card", None))

    answer = await shop.admin.post("/v1/receipts", content=body, headers={"Content-Type": "text/plain"})

    assert answer.status_code == 201


async def test_key_that_no_index_can_hold_is_refused(shop: Shop) -> None:
    def distinct(start: int) -> str:
        return "".join(chr(start + place * 61 % 9973) for place in range(200))

    parts = {
        name: distinct(0x20000 + 100 * place) for place, name in enumerate(("store", "till", "till_instance", "number"))
    }

    answer = await shop.post(make_receipt(**parts))

    assert refusal(answer) == (400, "invalid_body")
    assert answer.json()["errors"][0]["field"] == "number"
