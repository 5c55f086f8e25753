"""The worked cases of numbers through the API: series are put with the templates, and cards are made of them."""

from typing import Any  # the cases are free in their shapes

from api.jobs.working import do_queued_jobs
from tests.api.rest.shop import Shop, new_code, refusal
from tests.golden.cases import CASES

MADE = "select number from card join series s on s.id = series_id where s.code = $1 order by card_id"


async def make_cards(shop: Shop, code: str, count: int) -> list[str]:
    """Make more cards of a series than one call answers with, by a job; gives all its numbers in their order."""
    answer = await shop.admin.post(f"/v1/series/{code}/cards", json={"count": count})
    assert answer.status_code == 202, answer.text
    await do_queued_jobs(shop.caller.service, is_stopped=lambda: False)
    return [row["number"] for row in await shop.sql(MADE, code)]


async def check(shop: Shop, template: str) -> dict[str, Any]:
    """Ask what the check of templates says."""
    answer = await shop.admin.post("/v1/number-templates/check", json={"template": template})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_cards_have_the_numbers_of_a_template_with_letters_and_a_range(shop: Shop) -> None:
    """PAP-23."""
    case = CASES["P36"]
    code = await shop.put_series(number_template=case["given"]["templates"][0])

    made = await make_cards(shop, code, 400)

    assert (len(made), [made[0], made[-1]]) == (400, case["expect"]["ranges"][0])


async def test_check_tells_the_ends_of_every_template(shop: Shop) -> None:
    case = CASES["P36"]
    told = [await check(shop, template) for template in case["given"]["templates"]]

    assert [[one["first"], one["last"]] for one in told] == case["expect"]["ranges"]


async def test_digit_covers_the_bracketed_part_of_each_card(shop: Shop) -> None:
    """PAP-23."""
    case = CASES["B01"]
    expected = case["expect"]

    code = await shop.put_series(number_template=case["given"]["template"])

    answer = await shop.admin.post(f"/v1/series/{code}/cards", json={"count": expected["count"]})

    made = [card["number"] for card in answer.json()["cards"]]
    assert (len(made), made[0], made[-1]) == (expected["count"], expected["first"], expected["last"])


async def test_one_card_and_many_have_the_same_number_for_the_same_counter(shop: Shop) -> None:
    """PAP-23."""
    case = CASES["B02"]
    template = case["given"]["template"]

    card = await shop.make_card(number_template=template)
    many = await make_cards(shop, card.series, 499)

    told = await check(shop, template)
    assert [card.number, many[0], many[-1]] == [case["expect"]["number"], told["first"], told["last"]]
    assert len(set(many)) == told["capacity"] == 500


async def test_range_wider_than_its_digits_makes_no_series(shop: Shop) -> None:
    case = CASES["B05"]
    body = {"name": "Wide", "kind": "discount", "number_template": case["given"]["template"]}

    refused = await shop.admin.put(f"/v1/series/{new_code()}", json=body)

    assert f"refused:{refusal(refused)[1]}" == case["expect"]["ours"]
    assert [error["field"] for error in refused.json()["errors"]] == ["number_template"]
