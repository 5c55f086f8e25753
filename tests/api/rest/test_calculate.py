"""Calculations: an open receipt is priced with reasons, and nothing is changed by it."""

from uuid import UUID

from tests.api.rest.shop import Shop, make_calculation, make_line, make_receipt, new_uid, refusal


async def test_priced_receipt_has_the_shape_of_the_contract(shop: Shop) -> None:
    """PAP-14: a card grants a percent discount, rounded by the stated rule."""
    card = await shop.make_card(discount_percent="10")

    priced = await shop.calculate(make_line(price="12.90", quantity="0.756", name="Cheese", group="12"), card=card)

    assert UUID(priced.pop("calculation_id")).version == 4
    assert priced.pop("expires_at") > "2026"
    assert priced == {
        "mode": "online",
        "card": {"masked": f"··· {card.number[-4:]}", "applied": True, "refusal": None},
        "lines": [
            {
                "line": 1, "gross": "9.75", "discount": "0.98", "net": "8.77", "unit_price": "11.60",
                "applied": [{"reason": "card_percent", "source": card.series, "percent": "10.00", "amount": "0.98"}],
                "passed_over": [],
            }
        ],
        "gross": "9.75", "discount": "0.98", "total": "8.77", "available_credit": None, "payments": [],
        "messages": [], "warnings": [],
    }  # fmt: skip


async def test_receipt_without_a_card_is_priced_at_its_prices(shop: Shop) -> None:
    priced = await shop.calculate(make_line(1), make_line(2, quantity="-1"), make_line(3, quantity="0"))

    assert (priced["card"], priced["gross"], priced["discount"], priced["total"]) == (None, "0.00", "0.00", "0.00")


async def test_unknown_card_is_refused(shop: Shop) -> None:
    body = make_calculation(make_line(), card={"number": "2999999999994"})

    answer = await shop.admin.post("/v1/receipts/calculate", json=body)

    assert refusal(answer) == (404, "card_unknown")
    assert answer.json()["errors"][0]["field"] == "card.number"
    assert "2999999999994" not in answer.text


async def test_calculation_changes_nothing(shop: Shop) -> None:
    card = await shop.make_credit_card("50.00")
    tables = "select (select count(*) from receipt_key), (select count(*) from ledger), (select count(*) from activity)"
    before, figures = (await shop.sql(tables))[0], await shop.figures(card)
    uid = new_uid()

    priced = [await shop.calculate(make_line(), card=card, receipt_uid=uid) for _ in range(2)]

    assert (await shop.sql(tables))[0] == before
    assert await shop.figures(card) == figures
    assert priced[0]["lines"] == priced[1]["lines"]


async def test_calculation_makes_no_till(shop: Shop) -> None:
    await shop.calculate(make_line(), store="Nowhere", till="1")

    assert await shop.sql("select from store where code = 'Nowhere'") == []


async def test_credit_card_shows_what_may_be_spent(shop: Shop) -> None:
    card = await shop.make_credit_card("50.00", credit_limit="20.00")

    priced = await shop.calculate(make_line(), card=card)

    assert priced["available_credit"] == "70.00"


async def test_quotation_beats_the_percent_and_the_rest_falls_back(shop: Shop) -> None:
    """PAP-15: wholesale prices; goods without such a price fall back to retail."""
    wholesale = await shop.put_list(TEA="8.00")
    card = await shop.make_card(discount_percent="10", price_lists=[wholesale])
    lines = [make_line(1) | {"sku": "TEA"}, make_line(2) | {"sku": "RICE"}]

    retail = await shop.calculate(*lines, card=card)
    await shop.put_series(card.series, discount_percent="10", price_lists=[wholesale], percent_without_quotation=True)
    percent = await shop.calculate(*lines, card=card)

    assert [line["net"] for line in retail["lines"]] == ["8.00", "10.00"]
    assert retail["lines"][0]["applied"] == [
        {"reason": "quotation", "source": wholesale, "percent": None, "amount": "2.00"}
    ]
    assert retail["lines"][0]["passed_over"] == [{"reason": "quotation", "source": card.series}]
    assert retail["lines"][1]["passed_over"] == [{"reason": "no_quotation", "source": card.series}]
    assert [line["net"] for line in percent["lines"]] == ["8.00", "9.00"]


async def test_prices_go_by_the_moment_in_the_stores_time_zone(shop: Shop) -> None:
    code = await shop.put_list(TEA="8.00")
    body = {
        "name": code,
        "weekdays": [5],
        "hours": {"from": "22:00:00", "to": "02:00:00"},
        "quotations": [{"sku": "TEA", "price": "8.00"}],
    }
    await shop.admin.put(f"/v1/price-lists/{code}", json=body)
    card = await shop.make_card(price_lists=[code])
    moments = {
        "2026-11-20T23:10:00+02:00": "8.00",
        "2026-11-20T23:30:00Z": "8.00",
        "2026-11-21T02:00:00+02:00": "8.00",
        "2026-11-21T02:00:01+02:00": "10.00",
        "2026-11-21T22:30:00+02:00": "10.00",
        "2026-11-20T21:59:59+02:00": "10.00",
    }

    for moment, total in moments.items():
        priced = await shop.calculate(make_line() | {"sku": "TEA"}, card=card, at=moment)
        assert (moment, priced["total"]) == (moment, total)


async def test_card_outside_its_hours_says_so(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="10", hours={"from": "09:00:00", "to": "12:00:00"})
    moments = {
        "2026-11-22T08:59:59+02:00": "outside_hours",
        "2026-11-22T09:00:00+02:00": None,
        "2026-11-22T12:00:00+02:00": None,
        "2026-11-22T12:00:01+02:00": "outside_hours",
    }

    for moment, refused in moments.items():
        priced = await shop.calculate(make_line(), card=card, at=moment)
        assert (moment, priced["card"]["refusal"], priced["card"]["applied"]) == (moment, refused, refused is None)


async def test_last_day_of_a_card_belongs_to_it_in_the_stores_time_zone(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="10", valid_until="2026-11-22")
    moments = {
        "2026-11-22T23:59:59+02:00": None,
        "2026-11-22T21:59:59Z": None,
        "2026-11-23T00:00:00+02:00": "expired",
        "2026-11-22T22:00:00Z": "expired",
    }

    for moment, refused in moments.items():
        priced = await shop.calculate(make_line(), card=card, at=moment)
        assert (moment, priced["card"]["refusal"]) == (moment, refused)


async def test_marked_lines_take_nothing_and_say_why(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="10")
    marks = ["no_discount", "gift", "fixed_price", "top_up"]
    lines = [make_line(number) | {mark: True} for number, mark in enumerate(marks, 1)]

    priced = await shop.calculate(*lines, make_line(5), make_line(6, quantity="-1"), card=card)

    assert [line["discount"] for line in priced["lines"]] == ["0.00"] * 4 + ["1.00", "0.00"]
    assert [line["passed_over"] for line in priced["lines"]] == [
        *[[{"reason": mark, "source": card.series}] for mark in marks],
        [],
        [{"reason": "given_back", "source": card.series}],
    ]


async def test_total_is_rounded_on_one_line_with_a_reason_of_its_own(shop: Shop) -> None:
    card = await shop.make_card(total_rounding={"step": "1.00", "mode": "down"})

    priced = await shop.calculate(make_line(1, price="10.40", quantity="2"), make_line(2, price="5.30"), card=card)

    assert (priced["discount"], priced["total"]) == ("0.10", "26.00")
    assert priced["lines"][1]["applied"] == [
        {"reason": "rounding", "source": card.series, "percent": None, "amount": "0.10"}
    ]


async def test_manual_discount_shuts_the_percent_out_unless_the_series_lets_it_in(shop: Shop) -> None:
    apart = await shop.make_card(discount_percent="10")
    together = await shop.make_card(discount_percent="10", manual_with_percent=True)
    line = make_line(price="1558.80", manual_discount_percent="10")

    alone, both = await shop.calculate(line, card=apart), await shop.calculate(line, card=together)

    assert (alone["total"], both["total"]) == ("1402.92", "1262.63")
    assert alone["lines"][0]["passed_over"] == [{"reason": "already_discounted", "source": apart.series}]
    assert [applied["amount"] for applied in both["lines"][0]["applied"]] == ["155.88", "140.29"]


async def test_manual_discount_needs_no_card(shop: Shop) -> None:
    priced = await shop.calculate(make_line(manual_discount_percent="5"))

    assert (priced["total"], priced["lines"][0]["applied"][0]["reason"]) == ("9.50", "manual")


async def test_caps_cut_the_discount_and_move_it_nowhere(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="20")
    lines = [make_line(1, min_price="9.50"), make_line(2, max_discount_percent="5"), make_line(3)]

    priced = await shop.calculate(*lines, card=card)

    assert [line["net"] for line in priced["lines"]] == ["9.50", "9.50", "8.00"]
    assert [line["passed_over"] for line in priced["lines"]] == [
        [{"reason": "minimum_price", "source": card.series}],
        [{"reason": "maximum_discount", "source": card.series}],
        [],
    ]


async def test_what_was_calculated_is_posted_without_a_flag(shop: Shop) -> None:
    lists = [await shop.put_list(rank=1, SKU1="9.00"), await shop.put_list(rank=2, SKU1="9.50")]
    card = await shop.make_card(
        discount_percent="7.25", price_lists=lists, percent_without_quotation=True,
        total_rounding={"step": "0.05", "mode": "nearest"},
    )  # fmt: skip
    lines = [
        make_line(1),
        make_line(2, price="3.333", quantity="1.5"),
        make_line(3, gift=True),
        make_line(4, min_price="9.99"),
    ]
    priced = await shop.calculate(*lines, card=card)
    sold = [
        line | {"net": mine["net"], "discount": mine["discount"]}
        for line, mine in zip(lines, priced["lines"], strict=True)
    ]

    answer = await shop.admin.post("/v1/receipts", json=make_receipt(*sold, total=priced["total"], card=card.ref))

    assert (answer.status_code, answer.json()["flags"]) == (201, [])
