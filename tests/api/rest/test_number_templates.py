"""The template linter over the API: it says what putting the series would refuse, and what goods collide."""

from typing import Any  # JSON bodies are free in their values

import pytest

from tests.api.rest.shop import Shop, make_line, new_code, refusal

URL = "/v1/number-templates/check"


async def test_template_is_judged_before_it_is_used(shop: Shop) -> None:
    """PAP-23: capacity, numbers, shares of slips and guessability in one answer."""
    answer = await shop.admin.post(URL, json={"template": "NA29%05[1..500]^"})

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "first": "NA29000012", "last": "NA29005000", "capacity": 500, "left": 500,
            "single_digit": {"percent": "100.00", "caught": 27_000, "all": 27_000},
            "swapped": answer.json()["swapped"],
            "one_in_now": None, "one_in_full": 2_000, "findings": [],
        },
    )  # fmt: skip


async def test_numbers_that_a_series_has_made_are_not_left(shop: Shop) -> None:
    series = await shop.put_series(number_template="NB%04")
    await shop.admin.post(f"/v1/series/{series}/cards", json={"count": 30})

    wider = (await shop.admin.post(URL, json={"template": "NB%04[1..5000]", "series": series})).json()
    other = (await shop.admin.post(URL, json={"template": "NB%05", "series": series})).json()

    assert (wider["left"], wider["one_in_now"]) == (4_970, 333)
    assert (other["left"], other["one_in_now"]) == (99_999, None)


async def test_number_of_an_article_is_refused_by_check_and_series_alike(shop: Shop) -> None:
    """PAP-23: goods of price lists and goods that were sold."""
    quoted: dict[str, Any] = {"2780000000016": "1.00"}
    await shop.put_list(**quoted)
    await shop.sell(make_line() | {"sku": "2770000000017"})

    for template, number in (("278%09^", "2780000000016"), ("277%09^", "2770000000017")):
        found = (await shop.admin.post(URL, json={"template": template})).json()["findings"]
        body = {"name": "x", "kind": "discount", "number_template": template}
        put = await shop.admin.put(f"/v1/series/{new_code()}", json=body)

        assert [(finding["severity"], finding["code"], finding["number"]) for finding in found] == [
            ("refused", "goods_collide", number)
        ]
        assert refusal(put) == (422, "goods_collide")
        assert number in put.json()["detail"]


@pytest.mark.parametrize(
    ("pattern", "code"), [("no counter", "template_invalid"), ("%02[1..200]", "range_exceeds_width")]
)
async def test_template_that_cannot_be_read_is_refused(shop: Shop, pattern: str, code: str) -> None:
    assert refusal(await shop.admin.post(URL, json={"template": pattern})) == (422, code)
