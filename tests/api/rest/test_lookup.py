"""Looking a card up: by its number, by what a wedge reader typed, by its holder's phone."""

from random import Random

import pytest

from tests.api.rest.shop import Shop, new_code, refusal
from tests.factories import make_person

SHAPE = {
    "number", "masked", "card_id", "series", "kind", "status", "usable", "refusal", "discount_percent", "price_lists",
    "turnover", "purchases", "balance", "credit_limit", "available", "points", "expires_on", "holder", "replaced_by",
    "messages",
}  # fmt: skip


async def _make_holder(shop: Shop, name: str, phone: str) -> int:
    return await make_person(shop.caller.service.database, name, phone=phone)


async def test_lookup_tells_all_that_a_till_may_know(shop: Shop) -> None:
    price_list = await shop.put_list(TEA="8.00")
    card = await shop.make_card(
        kind="credit", discount_percent="7.5", credit_limit="30", valid_until="2099-12-31", price_lists=[price_list]
    )
    await shop.top_up(card, "5.00")

    found = await shop.look_up(card)

    assert set(found) == SHAPE
    assert found == {
        "number": card.number, "masked": f"··· {card.number[-4:]}", "card_id": card.id,
        "series": {"code": card.series, "name": card.series}, "kind": "credit", "status": "active", "usable": True,
        "refusal": None, "discount_percent": "7.50", "price_lists": [price_list], "turnover": "0.00", "purchases": 0,
        "balance": "5.00", "credit_limit": "30.00", "available": "35.00", "points": "0", "expires_on": "2099-12-31",
        "holder": None, "replaced_by": None, "messages": [],
    }  # fmt: skip


async def test_till_is_not_told_the_cards_identifier(shop: Shop) -> None:
    card = await shop.make_card()
    till = await shop.caller.as_role("till", store="0007", till="3")

    found = (await till.post("/v1/cards/lookup", json={"number": card.number})).json()

    assert found["number"] == card.number
    assert "card_id" not in found


@pytest.mark.parametrize("body", [{}, {"number": None}, {"number": "1", "raw": "1"}, {"raw": "1", "phone": "1"}])
async def test_lookup_takes_exactly_one_way(shop: Shop, body: dict[str, object]) -> None:
    assert refusal(await shop.admin.post("/v1/cards/lookup", json=body)) == (400, "invalid_body")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"number": 2900000000018}, "number"),
        ({"number": ""}, "number"),
        ({"number": "1" * 201}, "number"),
        ({"raw": ""}, "raw"),
        ({"raw": "1" * 1001}, "raw"),
        ({"phone": ["1"]}, "phone"),
        ({"card": "1"}, "card"),
        ({"number": "a\0"}, "number"),
    ],
)
async def test_bad_lookup_names_its_field(shop: Shop, body: dict[str, object], field: str) -> None:
    answer = await shop.admin.post("/v1/cards/lookup", json=body)

    assert (refusal(answer), answer.json()["errors"][0]["field"]) == ((400, "invalid_body"), field)


@pytest.mark.parametrize("way", ["number", "raw", "phone"])
async def test_card_that_nobody_knows_is_unknown(shop: Shop, way: str) -> None:
    answer = await shop.admin.post("/v1/cards/lookup", json={way: "0299999"})

    assert refusal(answer) == (404, "card_unknown")
    assert "0299999" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"number": "4111111111111111"},
        {"raw": "4111111111111111"},
        {"raw": "%B4111111111111111^DOE/JANE^30121010000000?;4111111111111111=30121010000000?"},
        {"raw": ";4111111111111112=30121010000000?"},
    ],
)
async def test_bank_card_is_refused_and_never_repeated(shop: Shop, body: dict[str, str]) -> None:
    answer = await shop.admin.post("/v1/cards/lookup", json=body)

    assert refusal(answer) == (422, "payment_card_refused")
    assert "41111111" not in answer.text


async def test_phone_is_no_bank_card_whatever_its_digits(shop: Shop) -> None:
    assert refusal(await shop.admin.post("/v1/cards/lookup", json={"phone": "380501112226"})) == (404, "card_unknown")


async def test_upc_a_and_the_same_with_a_leading_zero_are_one_number(shop: Shop) -> None:
    short = await shop.make_card(number="042100005264", number_template=None)
    long = await shop.make_card(number="0012345678905", number_template=None)

    for asked, card in (("0042100005264", short), ("042100005264", short), ("012345678905", long)):
        found = await shop.admin.post("/v1/cards/lookup", json={"number": asked})
        assert found.json()["card_id"] == card.id, asked
    assert refusal(await shop.admin.post("/v1/cards/lookup", json={"number": "042100005265"})) == (404, "card_unknown")


@pytest.mark.parametrize(
    "typed",
    [
        "{}",
        "{}\r\n",
        "\x02{}\x03",
        "]E0{}",
        "]C1{}",
        ";{}?",
        ";{}=991210100000?",
        "%B{}^DOE/JANE^9912101?",
        "%{}?;{}?",
        "+{}?",
    ],
)
async def test_what_a_wedge_reader_typed_leads_to_the_card(shop: Shop, typed: str) -> None:
    card = await shop.make_card(number_template=f"29{Random(new_code()).randrange(10**5):05}%05^")

    found = await shop.admin.post("/v1/cards/lookup", json={"raw": typed.replace("{}", card.number)})

    assert (found.status_code, found.json().get("card_id")) == (200, card.id)


async def test_of_two_tracks_the_one_with_an_own_prefix_counts(shop: Shop) -> None:
    card = await shop.make_card(number_template=f"29{Random(new_code()).randrange(10**5):05}%05^")

    found = await shop.admin.post("/v1/cards/lookup", json={"raw": f"%ABCDEF?;{card.number}?"})

    assert found.json()["card_id"] == card.id


async def test_holder_is_found_by_phone_in_any_form(shop: Shop) -> None:
    """PAP-16: the card shows its holder."""
    holder = await _make_holder(shop, "Anna Petrova", "+359888123456")
    card = await shop.make_card()
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": holder})

    for phone in ("+359 888 123-456", "0888123456", "888 123 456"):
        found = (await shop.admin.post("/v1/cards/lookup", json={"phone": phone})).json()
        assert (found["card_id"], found["holder"]) == (card.id, {"name": "Anna Petrova"})


async def test_several_cards_under_one_phone_are_ambiguous_until_one_is_left(shop: Shop) -> None:
    holder = await _make_holder(shop, "Ivan Ivanov", "+359888777001")
    cards = [await shop.make_card() for _ in range(2)]
    for card in cards:
        await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": holder})

    both = await shop.admin.post("/v1/cards/lookup", json={"phone": "0888777001"})
    await shop.act(cards[0], "block", reason="lost")
    one = await shop.admin.post("/v1/cards/lookup", json={"phone": "0888777001"})

    assert refusal(both) == (409, "phone_ambiguous")
    assert one.json()["card_id"] == cards[1].id


async def test_settings_of_a_series_reach_its_cards_at_once(shop: Shop) -> None:
    """PAP-17: settings of the series apply to its cards."""
    card = await shop.make_card(discount_percent="5")
    assert (await shop.look_up(card))["discount_percent"] == "5.00"

    await shop.put_series(card.series, discount_percent="6")

    assert (await shop.look_up(card))["discount_percent"] == "6.00"
