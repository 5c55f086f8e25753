"""Returns of series that price what is left of a sale anew."""

from decimal import Decimal
from typing import Any  # JSON bodies are free in their values

from tests.api.rest.shop import Shop, ShopCard, make_line, make_return


async def _sell_ten(shop: Shop, **settings: Any) -> tuple[ShopCard, dict[str, Any]]:
    """Sell ten goods of 10.00 at 10 % from 100.00 on."""
    card = await shop.make_card(**({"return_policy": "reprice"} | settings))
    body = {"receipt": [{"from": "100.00", "percent": "10"}]}
    answer = await shop.admin.put(f"/v1/series/{card.series}/rules", json=body)
    assert answer.status_code == 201, answer.text
    line = make_line(quantity="10", net="90.00", discount="10.00")
    return card, await shop.sell(line, card=card.ref)


def _back(sale: dict[str, Any], quantity: int, net: str) -> dict[str, Any]:
    discount = str(Decimal(quantity * 10) - Decimal(net))
    return make_return(sale, make_line(quantity=str(quantity), net=net, discount=discount))


async def test_first_return_pays_for_the_percent_that_is_lost_and_all_together_give_all_back(shop: Shop) -> None:
    card, sale = await _sell_ten(shop)
    flags = []
    for quantity, net in ((1, "0.00"), (4, "40.00"), (5, "50.00")):
        answer = await shop.post(_back(sale, quantity, net))
        assert answer.status_code == 201, answer.text
        flags.append(answer.json()["flags"])

    assert flags == [[], [], []]
    assert (await shop.figures(card))[:2] == ("0.00", 0)


async def test_refund_in_proportion_is_not_what_is_due(shop: Shop) -> None:
    _, sale = await _sell_ten(shop)

    answer = await shop.post(_back(sale, 1, "9.00"))

    assert answer.json()["flags"] == ["refund_mismatch"]


async def test_rest_is_priced_by_the_rules_of_the_sale(shop: Shop) -> None:
    card, sale = await _sell_ten(shop)
    await shop.admin.put(f"/v1/series/{card.series}/rules", json={"receipt": [{"percent": "50"}]})

    assert (await shop.post(_back(sale, 5, "40.00"))).json()["flags"] == []


async def test_sale_that_the_till_priced_of_itself_is_given_back_in_proportion(shop: Shop) -> None:
    card, _ = await _sell_ten(shop)
    sale = await shop.sell(make_line(quantity="10", net="80.00", discount="20.00"), card=card.ref)

    assert (await shop.post(_back(sale, 5, "40.00"))).json()["flags"] == []
