"""Payment cards are refused anywhere in a body and nothing of them is kept; own numbers stand in no error and no log."""

import json
import logging
from typing import Any  # JSON bodies are free in their values

import pytest

from tests.api.rest.shop import (
    Shop,
    make_calculation,
    make_line,
    make_receipt,
    make_return,
    new_code,
    new_uid,
    paid_by,
    refusal,
)

BANK = "4111111111111111"
SPELLINGS = [
    BANK,
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    f"Visa {BANK}, paid",
    f"%B{BANK}^DOE/JANE^30121010000000?",
    ";4111111111111112=30121010000000?",
    "3530111333300000",
    "5555555555554444",
]


def _bodies(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    receipt, uid = make_receipt(), new_uid()
    line = make_line(name=text)
    card = {"number": text}
    return [
        ("POST", "/v1/cards/lookup", {"number": text}),
        ("POST", "/v1/cards/lookup", {"raw": text}),
        ("POST", "/v1/receipts/calculate", make_calculation(line)),
        ("POST", "/v1/receipts/calculate", make_calculation(make_line(), card=card)),
        ("POST", "/v1/receipts", make_receipt(line)),
        ("POST", "/v1/receipts", make_receipt(make_line() | {"sku": text})),
        ("POST", "/v1/receipts", receipt | {"cashier": text}),
        ("POST", "/v1/receipts", receipt | {"number": text}),
        ("POST", "/v1/receipts", receipt | {"card": card}),
        ("POST", "/v1/receipts", receipt | {"payments": [{"kind": "card", "amount": "10.00", "card": card}]}),
        ("POST", "/v1/receipts", receipt | {"calculation_id": text}),
        ("POST", f"/v1/receipts/{uid}/void", {"void_uid": uid, "reason": text}),
        ("PUT", f"/v1/documents/{uid}", {"kind": "sale", "number": text, "date": "2026-11-22", "total": "1.00"}),
        ("PUT", f"/v1/series/{new_code()}", {"name": text, "kind": "discount"}),
        ("PUT", f"/v1/price-lists/{new_code()}", {"name": "x", "quotations": [{"sku": text, "price": "1"}]}),
        ("POST", "/v1/cards/1/block", {"reason": text}),
        ("POST", "/v1/cards/1/adjust", {"ledger": "money", "amount": "1", "reason": text, "operation_uid": uid}),
    ]


async def _kept(shop: Shop, pattern: str) -> list[str]:
    """Name the tables in which a text is found, in any column."""
    tables = await shop.sql("select tablename from pg_tables where schemaname = 'public'")
    found = []
    for row in tables:
        name = row["tablename"]
        if await shop.sql(f'select from "{name}" t where t::text like $1 limit 1', pattern):
            found.append(name)
    return found


@pytest.mark.parametrize("text", SPELLINGS)
async def test_payment_card_is_refused_anywhere_in_a_body_and_nothing_is_kept(shop: Shop, text: str) -> None:
    for method, url, body in _bodies(text):
        answer = await shop.admin.request(method, url, json=body)

        assert (url, body, refusal(answer)) == (url, body, (422, "payment_card_refused"))
        assert "1111" not in answer.text

    assert await _kept(shop, f"%{text[4:12]}%") == []


async def test_escaped_digits_hide_no_payment_card(shop: Shop) -> None:
    body = json.dumps(make_receipt(cashier="CASHIER")).replace("CASHIER", "\\u0034" + BANK[1:])

    answer = await shop.admin.post("/v1/receipts", content=body.encode())

    assert refusal(answer) == (422, "payment_card_refused")
    assert await _kept(shop, f"%{BANK}%") == []


async def test_search_for_kept_numbers_finds_what_is_kept(shop: Shop) -> None:
    mark = new_code("KEPT")
    await shop.sell(make_line(name=mark))

    assert await _kept(shop, f"%{mark}%")


async def test_goods_codes_are_no_payment_cards(shop: Shop) -> None:
    for code in ("4000006000000", "3017620422003", "036000291452"):
        answer = await shop.post(make_receipt(make_line() | {"sku": code}))

        assert answer.status_code == 201, code


async def test_own_number_stands_in_no_error_and_no_log(
    shop: Shop, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    card = await shop.make_credit_card(number=f"SECRET{new_uid()}")
    blocked = await shop.make_credit_card(number=f"SECRET{new_uid()}")
    await shop.act(blocked, "block", reason="lost")
    sale = await shop.sell(card=card.ref)
    late = "2099-01-01T00:00:00Z"
    bodies = [
        make_receipt(payments=paid_by(card, "10.00")),
        make_receipt(payments=paid_by(blocked, "10.00"), closed_at=late),
        make_receipt(make_line(top_up=True), card=blocked.ref, closed_at=late),
        sale | {"card": blocked.ref},
        make_return(sale, make_line(price="20.00"), make_line(2), total="20.00", card=card.ref),
        make_receipt(card=card.ref | {"entry": "typed"}),
        make_receipt(card={card.number: 1}),
        make_receipt() | {card.number: 1},
    ]

    answers = [await shop.post(body) for body in bodies]
    answers.append(await shop.admin.post(f"/v1/series/{card.series}/cards", json={"number": card.number}))
    answers.append(await shop.admin.post("/v1/cards/lookup", json={"number": card.number + "x"}))
    answers.append(
        await shop.admin.put(
            f"/v1/documents/{new_uid()}",
            json={
                "kind": "sale",
                "card": {"number": card.number + "x"},
                "number": "1",
                "date": "2026-11-22",
                "total": "1",
            },
        )
    )

    assert all(answer.status_code >= 400 for answer in answers)
    told = "".join(answer.text for answer in answers) + "".join(capfd.readouterr()) + caplog.text
    assert "SECRET" not in told


async def test_activity_journal_holds_no_number(shop: Shop) -> None:
    card = await shop.make_credit_card("50.00", number=f"SECRET{new_uid()}")
    sale = await shop.sell(card=card.ref, payments=paid_by(card, "10.00"))
    await shop.void(sale)
    await shop.act(card, "block", reason="lost")
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"discount_percent": "1"})
    await shop.admin.put(
        f"/v1/documents/{new_uid()}",
        json={"kind": "sale", "card": card.ref, "number": "1", "date": "2026-11-22", "total": "1"},
    )

    rows = await shop.sql("select from activity a where a::text like '%SECRET%'")

    assert rows == []
