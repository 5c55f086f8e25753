"""Series and price lists: what is left out takes its default, the same again changes nothing, wrong settings are named."""

from typing import Any  # JSON bodies are free in their values

import pytest

from tests.api.rest.shop import Shop, make_line, new_code, refusal

WRONG_SERIES: list[tuple[dict[str, Any], str]] = [
    ({"name": None}, "name"),
    ({"name": ""}, "name"),
    ({"name": 1}, "name"),
    ({"kind": None}, "kind"),
    ({"kind": "gift"}, "kind"),
    ({"number_template": 290}, "number_template"),
    ({"discount_percent": 10}, "discount_percent"),
    ({"discount_percent": "100.01"}, "discount_percent"),
    ({"discount_percent": "-100.01"}, "discount_percent"),
    ({"discount_percent": "1e1"}, "discount_percent"),
    ({"discount_percent": "4.35001"}, "discount_percent"),
    ({"price_lists": "wholesale"}, "price_lists"),
    ({"price_lists": [1]}, "price_lists[0]"),
    ({"price_list_choice": "best"}, "price_list_choice"),
    ({"percent_without_quotation": "no"}, "percent_without_quotation"),
    ({"dearer_quotations": 0}, "dearer_quotations"),
    ({"credit_limit": 100}, "credit_limit"),
    ({"credit_limit": "-1.00"}, "credit_limit"),
    ({"credit_limit": "1.001"}, "credit_limit"),
    ({"allow_other_payment": "true"}, "allow_other_payment"),
    ({"return_policy": "none"}, "return_policy"),
    ({"manual_with_percent": 1}, "manual_with_percent"),
    ({"valid_from": "01.01.2026"}, "valid_from"),
    ({"valid_until": "2026-13-01"}, "valid_until"),
    ({"hours": "09:00-12:00"}, "hours"),
    ({"hours": {"from": "09:00:00"}}, "hours.to"),
    ({"hours": {"from": "9 am", "to": "12:00:00"}}, "hours.from"),
    ({"hours": {"from": "09:00:00Z", "to": "12:00:00"}}, "hours.from"),
    ({"hours": {"from": "09:00:00", "to": "12:00:00.5"}}, "hours.to"),
    ({"activation": "automatic"}, "activation"),
    ({"term": 30}, "term"),
    ({"total_rounding": {"step": "0.00", "mode": "down"}}, "total_rounding.step"),
    ({"total_rounding": {"step": "1.00", "mode": "away"}}, "total_rounding.mode"),
    ({"total_rounding": {"step": "1.00"}}, "total_rounding.mode"),
    ({"points": {}}, "points"),
    ({"percent": "10"}, "percent"),
]
REFUSED_SERIES: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "bonus", "points": {"lifetime": "1Y"}}, "setting_refused", "points.lifetime"),
    ({"price_lists": ["nowhere"]}, "price_list_unknown", "price_lists"),
    ({"valid_from": "2026-02-01", "valid_until": "2026-01-31"}, "setting_refused", "valid_until"),
    ({"term": "a month"}, "setting_refused", "term"),
    ({"term": "P0D"}, "setting_refused", "term"),
    ({"number_template": "no counter"}, "template_invalid", "number_template"),
    ({"number_template": "%03[1..1200]"}, "range_exceeds_width", "number_template"),
    ({"number_template": "%03[9..1]"}, "template_invalid", "number_template"),
    ({"number_template": "(29%05"}, "template_invalid", "number_template"),
    ({"number_template": "411111%09!"}, "payment_range", "number_template"),
]
WRONG_LIST: list[tuple[dict[str, Any], str]] = [
    ({"name": None}, "name"),
    ({"quotations": None}, "quotations"),
    ({"quotations": {"TEA": "8.00"}}, "quotations"),
    ({"quotations": [{"sku": "TEA"}]}, "quotations[0].price"),
    ({"quotations": [{"sku": "TEA", "price": 8}]}, "quotations[0].price"),
    ({"quotations": [{"sku": "TEA", "price": "-8.00"}]}, "quotations[0].price"),
    ({"quotations": [{"sku": "TEA", "price": "8.00001"}]}, "quotations[0].price"),
    ({"quotations": [{"sku": "TEA", "price": "8"}, {"sku": "TEA", "price": "9"}]}, "quotations[1].sku"),
    ({"rank": "1"}, "rank"),
    ({"weekdays": [0]}, "weekdays[0]"),
    ({"weekdays": [1, 8]}, "weekdays[1]"),
    ({"weekdays": ["mon"]}, "weekdays[0]"),
    ({"hours": {"from": "09:00:00+02:00", "to": "12:00:00"}}, "hours.from"),
    ({"valid_from": "soon"}, "valid_from"),
    ({"price": "1"}, "price"),
]


async def test_series_is_made_once_and_replaced_after(shop: Shop) -> None:
    code, body = new_code(), {"name": "Gold", "kind": "discount", "discount_percent": "10.00"}
    url = f"/v1/series/{code}"

    answers = [
        await shop.admin.put(url, json=each) for each in (body, body | {"discount_percent": "10"}, body | {"name": "G"})
    ]

    assert [(answer.status_code, answer.json()["version"]) for answer in answers] == [(201, 1), (200, 1), (200, 2)]
    assert (await shop.admin.get(url)).json()["name"] == "G"


async def test_what_is_left_out_takes_its_default(shop: Shop) -> None:
    card = await shop.make_card(discount_percent="10", valid_until="2099-01-01")
    assert (await shop.look_up(card))["discount_percent"] == "10.00"

    await shop.put_series(card.series)

    found = await shop.look_up(card)
    assert (found["discount_percent"], found["expires_on"]) == ("0.00", None)


@pytest.mark.parametrize(("change", "field"), WRONG_SERIES)
async def test_wrong_setting_of_a_series_is_named(shop: Shop, change: dict[str, Any], field: str) -> None:
    code = new_code()

    answer = await shop.admin.put(f"/v1/series/{code}", json={"name": "Gold", "kind": "discount"} | change)

    assert (refusal(answer), answer.json()["errors"][0]["field"]) == ((400, "invalid_body"), field)
    assert refusal(await shop.admin.get(f"/v1/series/{code}")) == (404, "series_unknown")


@pytest.mark.parametrize(("change", "code", "field"), REFUSED_SERIES)
async def test_setting_that_cannot_be_is_refused(shop: Shop, change: dict[str, Any], code: str, field: str) -> None:
    answer = await shop.admin.put(f"/v1/series/{new_code()}", json={"name": "Gold", "kind": "discount"} | change)

    assert (refusal(answer), answer.json()["errors"][0]["field"]) == ((422, code), field)


@pytest.mark.parametrize("code", ["%00", "a%0Ab", "x" * 65, "4111111111111111"])
async def test_code_that_cannot_be_is_refused(shop: Shop, code: str) -> None:
    for url in (f"/v1/series/{code}", f"/v1/price-lists/{code}"):
        answer = await shop.admin.put(
            url, json={"name": "x", "kind": "discount"} if "series" in url else {"name": "x", "quotations": []}
        )
        assert answer.status_code in {400, 422}
        assert answer.json()["errors"][0]["field"] == "code"


async def test_series_with_cards_keeps_its_kind(shop: Shop) -> None:
    card = await shop.make_card()

    answer = await shop.admin.put(f"/v1/series/{card.series}", json={"name": "x", "kind": "credit"})

    assert refusal(answer) == (409, "series_kind_fixed")


async def test_limit_of_a_series_reaches_the_cards_that_inherit_it(shop: Shop) -> None:
    series = await shop.put_series(kind="credit", credit_limit="10.00")
    inherits, own = await shop.make_card(series), await shop.make_card(series)
    await shop.admin.patch(f"/v1/cards/{own.id}", json={"credit_limit": "5.00"})

    await shop.put_series(series, kind="credit", credit_limit="70.00")

    assert [(await shop.look_up(card))["available"] for card in (inherits, own)] == ["70.00", "5.00"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("TA%06", "TA%06[500..600]"),
        ("TB(29%04[1..500])^", "TB29%05[10..20]"),
        ("TC%04", "(TC)%04"),
        ("20%09^", "020%09^"),
        ("TD%03[100..899]^", "TD%04"),
        ("TE%03^", "TE%04[1001..8998]"),
        ("TF%05^", "TF%05!"),
    ],
)
async def test_template_that_makes_a_number_of_another_series_is_refused(shop: Shop, first: str, second: str) -> None:
    await shop.put_series(number_template=first)

    answer = await shop.admin.put(
        f"/v1/series/{new_code()}", json={"name": "x", "kind": "discount", "number_template": second}
    )

    assert answer.status_code == 422
    assert answer.json()["code"] in {"template_collides", "template_invalid"}


async def test_templates_of_neighbouring_ranges_live_side_by_side(shop: Shop) -> None:
    await shop.put_series(number_template="TG%06[1..500]^")

    answer = await shop.admin.put(
        f"/v1/series/{new_code()}", json={"name": "x", "kind": "discount", "number_template": "TG%06[501..900]^"}
    )

    assert answer.status_code == 201


@pytest.mark.parametrize(
    "pattern", ["4%015", "%015", "55%014[1..9]", "34%013", "60%09^", "2%015[221000000000000..221000000000999]"]
)
async def test_template_that_makes_a_payment_card_is_refused(shop: Shop, pattern: str) -> None:
    answer = await shop.admin.put(
        f"/v1/series/{new_code()}", json={"name": "x", "kind": "discount", "number_template": pattern}
    )

    assert refusal(answer) == (422, "payment_range")


@pytest.mark.parametrize(
    "pattern", ["91%010^", "43%010^", "99%014", "CARD4%015", "2%015[100000000000000..199999999999999]"]
)
async def test_template_near_a_payment_range_is_taken(shop: Shop, pattern: str) -> None:
    answer = await shop.admin.put(
        f"/v1/series/{new_code()}", json={"name": "x", "kind": "discount", "number_template": pattern}
    )

    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(("change", "field"), WRONG_LIST)
async def test_wrong_field_of_a_price_list_is_named(shop: Shop, change: dict[str, Any], field: str) -> None:
    body = {"name": "Wholesale", "quotations": [{"sku": "TEA", "price": "8.00"}]} | change

    answer = await shop.admin.put(f"/v1/price-lists/{new_code()}", json=body)

    assert (refusal(answer), answer.json()["errors"][0]["field"]) == ((400, "invalid_body"), field)


async def test_price_list_that_ends_before_it_begins_is_refused(shop: Shop) -> None:
    body = {"name": "x", "quotations": [], "valid_from": "2026-02-01", "valid_until": "2026-01-31"}

    assert refusal(await shop.admin.put(f"/v1/price-lists/{new_code()}", json=body)) == (422, "setting_refused")


async def test_replaced_price_list_prices_at_once(shop: Shop) -> None:
    code = await shop.put_list(TEA="8.00")
    card = await shop.make_card(price_lists=[code])
    line = make_line() | {"sku": "TEA"}
    assert (await shop.calculate(line, card=card))["total"] == "8.00"

    again = await shop.admin.put(
        f"/v1/price-lists/{code}", json={"name": code, "quotations": [{"sku": "TEA", "price": "7.50"}]}
    )

    assert (again.status_code, (await shop.calculate(line, card=card))["total"]) == (200, "7.50")


async def test_every_version_of_a_series_is_kept(shop: Shop) -> None:
    series = await shop.put_series(discount_percent="5")
    await shop.put_series(series, discount_percent="6")

    rows = await shop.sql(
        "select v.version, (v.definition->>'percent')::int as percent from series_version v join series s on s.id = v.series_id "
        "where s.code = $1 order by v.version", series
    )  # fmt: skip

    assert [tuple(row) for row in rows] == [(1, 50000), (2, 60000)]
