"""Making, listing and changing cards, and money put on them by hand."""

import asyncio
from typing import Any  # JSON bodies are free in their values

import pytest
from httpx import AsyncClient

from tests.api.rest.shop import Shop, make_line, new_code, new_uid, paid_by, refusal
from tests.factories import make_person


async def test_cards_are_made_from_the_template_and_a_second_call_goes_on(shop: Shop) -> None:
    """PAP-23: all numbers differ, a rerun continues."""
    series = await shop.put_series(number_template="L01(290%09[1..6])^")

    first = await shop.admin.post(f"/v1/series/{series}/cards", json={"count": 4})
    second = await shop.admin.post(f"/v1/series/{series}/cards", json={"count": 2})
    third = await shop.admin.post(f"/v1/series/{series}/cards", json={"count": 1})

    numbers = [card["number"] for answer in (first, second) for card in answer.json()["cards"]]
    assert (first.status_code, numbers[0], numbers[-1], len(set(numbers))) == (
        201,
        "L012900000000018",
        "L012900000000063",
        6,
    )
    assert refusal(third) == (422, "template_exhausted")


async def test_exhausted_template_makes_no_card_at_all(shop: Shop) -> None:
    series = await shop.put_series(number_template=f"{new_code('X')}%03[1..5]")

    answer = await shop.admin.post(f"/v1/series/{series}/cards", json={"count": 6})

    assert refusal(answer) == (422, "template_exhausted")
    assert (await shop.admin.get(f"/v1/cards?series={series}")).json()["cards"] == []


async def test_numbers_that_exist_are_passed_over(shop: Shop) -> None:
    head = new_code("CARD")
    series = await shop.put_series(number_template=f"{head}%04[1..12]")
    taken = [f"{head}{counter:04}" for counter in (2, 5, 9)]
    for number in taken:
        await shop.make_card(series, number=number)

    runs = await asyncio.gather(
        *[shop.admin.post(f"/v1/series/{series}/cards", json={"count": count}) for count in (4, 5)]
    )

    made = [card["number"] for run in runs for card in run.json()["cards"]]
    assert sorted(made + taken) == [f"{head}{counter:04}" for counter in range(1, 13)]


async def test_changed_template_begins_at_its_own_first_number(shop: Shop) -> None:
    old, new = new_code("A"), new_code("B")
    series = await shop.put_series(number_template=f"{old}%04")
    await shop.make_card(series)
    await shop.put_series(series, number_template=f"{new}%02[1..1]")

    card = await shop.make_card(series)

    assert card.number == f"{new}01"


async def test_widened_range_goes_on_after_the_last_number(shop: Shop) -> None:
    head = new_code("W")
    series = await shop.put_series(number_template=f"{head}%04[1..1]")
    await shop.make_card(series)
    await shop.put_series(series, number_template=f"{head}%04[1..2]")

    assert (await shop.make_card(series)).number == f"{head}0002"


async def test_one_of_fifty_parallel_cards_of_a_number_is_made(shop: Shop) -> None:
    """PAP-18: a second card with the same number is refused by a database constraint."""
    series, number = await shop.put_series(), new_code("ONE")

    answers = await asyncio.gather(
        *[shop.admin.post(f"/v1/series/{series}/cards", json={"number": number}) for _ in range(50)]
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"card_number_taken"}
    assert number not in "".join(answer.text for answer in answers if answer.status_code == 409)


async def test_number_is_taken_in_every_series_and_every_spelling(shop: Shop) -> None:
    await shop.make_card(number="012000161155")

    for number in ("012000161155", "0012000161155"):
        answer = await shop.admin.post(f"/v1/series/{await shop.put_series()}/cards", json={"number": number})
        assert refusal(answer) == (409, "card_number_taken")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"count": 0}, (400, "invalid_body")),
        ({"count": "1"}, (400, "invalid_body")),
        ({"count": 1.5}, (400, "invalid_body")),
        ({"count": 1, "number": "A1"}, (400, "invalid_body")),
        ({"number": ""}, (400, "invalid_body")),
        ({"number": 2900000000018}, (400, "invalid_body")),
        ({"number": "A\0"}, (400, "invalid_body")),
        ({"series": "A"}, (400, "invalid_body")),
        ({"number": "5555555555554444"}, (422, "payment_card_refused")),
    ],
)
async def test_card_that_cannot_be_made_is_refused(shop: Shop, body: dict[str, Any], expected: tuple[int, str]) -> None:
    series = await shop.put_series()

    answer = await shop.admin.post(f"/v1/series/{series}/cards", json=body)

    assert refusal(answer) == expected


async def test_cards_of_a_series_that_is_not_there_are_refused(shop: Shop) -> None:
    assert refusal(await shop.admin.post("/v1/series/NOWHERE/cards", json={"count": 1})) == (404, "series_unknown")


async def test_series_without_a_template_wants_the_number(shop: Shop) -> None:
    series = await shop.put_series(number_template=None)

    assert refusal(await shop.admin.post(f"/v1/series/{series}/cards", json={"count": 1})) == (422, "setting_refused")
    assert (await shop.make_card(series, number=new_code("GIVEN"))).number.startswith("GIVEN")


async def test_cards_are_listed_by_series_state_and_holder_page_by_page(shop: Shop) -> None:
    """PAP-17: cards are listed and filtered by series."""
    series = await shop.put_series(discount_percent="3")
    made = await shop.admin.post(f"/v1/series/{series}/cards", json={"count": 60})
    ids = [card["card_id"] for card in made.json()["cards"]]
    await shop.admin.post(f"/v1/cards/{ids[0]}/block", json={"reason": "lost"})

    seen: list[int] = []
    after = ""
    while after is not None:
        page = (await shop.admin.get(f"/v1/cards?series={series}{after and f'&after={after}'}")).json()
        seen += [card["card_id"] for card in page["cards"]]
        after = page["next"]
    blocked = (await shop.admin.get(f"/v1/cards?series={series}&status=blocked")).json()["cards"]

    assert seen == sorted(ids, reverse=True)
    assert [card["card_id"] for card in blocked] == [ids[0]]
    assert set(blocked[0]) == {
        "card_id", "masked", "series", "status", "discount_percent", "turnover", "purchases", "balance", "holder_id",
    }  # fmt: skip
    assert made.json()["cards"][0]["number"] not in str(page)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=gone", "status"),
        ("holder_id=anna", "holder_id"),
        ("holder_id=99999999999999999999", "holder_id"),
        ("after=yesterday", "after"),
        ("after=-1", "after"),
    ],
)
async def test_bad_query_is_named(shop: Shop, query: str, field: str) -> None:
    answer = await shop.admin.get(f"/v1/cards?{query}")

    assert refusal(answer)[0] == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert query.partition("=")[2] not in answer.text


async def test_number_is_never_searched_in_a_url(shop: Shop) -> None:
    card = await shop.make_card()

    by_number = await shop.admin.get(f"/v1/cards?number={card.number}")
    as_id = await shop.admin.get("/v1/cards/2900000000018")

    assert card.number not in by_number.text
    assert refusal(as_id) == (404, "card_unknown")
    assert "2900000000018" not in as_id.text


async def test_own_settings_act_until_they_are_taken_back(shop: Shop) -> None:
    card = await shop.make_credit_card(discount_percent="5", credit_limit="10.00", valid_until="2099-01-01")
    url = f"/v1/cards/{card.id}"

    own = (
        await shop.admin.patch(url, json={"discount_percent": "7.5", "credit_limit": "30", "expires_on": "2098-01-01"})
    ).json()
    kept = (await shop.admin.patch(url, json={"credit_limit": "40.00"})).json()
    back = (
        await shop.admin.patch(url, json={"discount_percent": None, "credit_limit": None, "expires_on": None})
    ).json()

    figures = [(card["discount_percent"], card["credit_limit"], card["expires_on"]) for card in (own, kept, back)]
    assert figures == [
        ("7.50", "30.00", "2098-01-01"),
        ("7.50", "40.00", "2098-01-01"),
        ("5.00", "10.00", "2099-01-01"),
    ]


async def test_card_is_linked_relinked_and_unlinked(shop: Shop) -> None:
    """PAP-16: link, relink and unlink; the card shows its holder."""
    card = await shop.make_card()
    holders = [await make_person(shop.caller.service.database, name) for name in ("Anna", "Boris")]

    shown = []
    for holder in (*holders, None):
        await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": holder})
        shown.append((await shop.look_up(card))["holder"])
    listed = (await shop.admin.get(f"/v1/cards?holder_id={holders[1]}")).json()["cards"]

    assert shown == [{"name": "Anna"}, {"name": "Boris"}, None]
    assert listed == []
    assert refusal(await shop.admin.patch(f"/v1/cards/{card.id}", json={"holder_id": 10**12})) == (422, "party_unknown")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"discount_percent": 5}, "discount_percent"),
        ({"discount_percent": "101"}, "discount_percent"),
        ({"credit_limit": "-1"}, "credit_limit"),
        ({"credit_limit": "1.001"}, "credit_limit"),
        ({"expires_on": "never"}, "expires_on"),
        ({"holder_id": 0}, "holder_id"),
        ({"holder_id": "1"}, "holder_id"),
        ({"status": "active"}, "status"),
    ],
)
async def test_bad_change_of_a_card_is_named(shop: Shop, body: dict[str, Any], field: str) -> None:
    card = await shop.make_card()

    answer = await shop.admin.patch(f"/v1/cards/{card.id}", json=body)

    assert (refusal(answer), answer.json()["errors"][0]["field"]) == ((400, "invalid_body"), field)


async def test_lowered_limit_keeps_what_is_owed(shop: Shop) -> None:
    card = await shop.make_credit_card(credit_limit="100.00")
    await shop.sell(make_line(price="80.00"), payments=paid_by(card, "80.00"))

    found = (await shop.admin.patch(f"/v1/cards/{card.id}", json={"credit_limit": "50.00"})).json()

    assert (found["balance"], found["credit_limit"], found["available"]) == ("-80.00", "50.00", "0.00")


async def test_top_up_and_adjustment_are_done_once_per_operation(shop: Shop) -> None:
    """PAP-12."""
    card, uid, other = await shop.make_credit_card(), new_uid(), new_uid()
    acts = [("top-up", {"amount": "50.00", "operation_uid": uid})] * 2
    acts += [("adjust", {"ledger": "turnover", "amount": "-7.00", "reason": "paper", "operation_uid": other})] * 2

    answers = [await shop.act(card, act, **body) for act, body in acts]
    await shop.top_up(card, "1.00")
    late = await shop.act(card, *acts[0][:1], **acts[0][1])

    assert [answer.status_code for answer in answers] == [201, 200, 201, 200]
    assert (late.status_code, late.json()) == (200, {"turnover": "0.00", "balance": "50.00", "points": "0"})
    assert await shop.figures(card) == ("-7.00", 0, "51.00")


async def test_operation_with_other_content_is_a_conflict(shop: Shop) -> None:
    card, uid = await shop.make_credit_card(), new_uid()
    await shop.act(card, "top-up", amount="50.00", operation_uid=uid)

    more = await shop.act(card, "top-up", amount="60.00", operation_uid=uid)
    elsewhere = await shop.act(await shop.make_credit_card(), "top-up", amount="50.00", operation_uid=uid)

    assert refusal(more) == refusal(elsewhere) == (409, "operation_conflict")


@pytest.mark.parametrize(
    ("act", "body", "field"),
    [
        ("top-up", {"amount": "0.00"}, "amount"),
        ("top-up", {"amount": "-1.00"}, "amount"),
        ("top-up", {"amount": 1}, "amount"),
        ("top-up", {"amount": "1.00", "operation_uid": "1"}, "operation_uid"),
        ("top-up", {"amount": "1.00", "operation_uid": None}, "operation_uid"),
        ("top-up", {}, "amount"),
        ("adjust", {"ledger": "bonus", "amount": "1.00", "reason": "x"}, "ledger"),
        ("adjust", {"ledger": "money", "amount": "1.00"}, "reason"),
        ("adjust", {"ledger": "money", "amount": "1e2", "reason": "x"}, "amount"),
        ("block", {}, "reason"),
        ("block", {"reason": 1}, "reason"),
        ("block", {"reason": "x", "until": "2026-01-01"}, "until"),
        ("unblock", {"reason": 1}, "reason"),
        ("close", {"when": "now"}, "when"),
    ],
)
async def test_bad_act_is_named(shop: Shop, act: str, body: dict[str, Any], field: str) -> None:
    card = await shop.make_credit_card()
    uid = {"operation_uid": new_uid()} if act in {"top-up", "adjust"} else {}

    answer = await shop.act(card, act, **{**uid, **body})

    assert (refusal(answer), answer.json()["errors"][0]["field"]) == ((400, "invalid_body"), field)


async def test_money_goes_on_usable_credit_cards_only(shop: Shop) -> None:
    discount, blocked = await shop.make_card(), await shop.make_credit_card()
    await shop.act(blocked, "block", reason="lost")

    for card in (discount, blocked):
        answer = await shop.act(card, "top-up", amount="1.00", operation_uid=new_uid())
        assert refusal(answer) == (422, "card_not_usable")


async def test_adjustment_needs_the_money_it_takes(shop: Shop) -> None:
    card = await shop.make_credit_card("5.00")

    answer = await shop.act(card, "adjust", ledger="money", amount="-5.01", reason="x", operation_uid=new_uid())

    assert refusal(answer) == (422, "insufficient_funds")


async def test_states_change_by_the_table_of_transitions(shop: Shop) -> None:
    """PAP-19."""
    card = await shop.make_card()
    assert refusal(await shop.act(card, "unblock")) == (422, "transition_refused")
    assert (await shop.act(card, "activate")).json()["status"] == "active"

    for act, status in (("block", "blocked"), ("block", "blocked"), ("unblock", "active"), ("close", "closed")):
        answer = await shop.act(card, act, **({"reason": "r"} if act == "block" else {}))
        assert (answer.status_code, answer.json()["status"]) == (200, status)

    for act in ("block", "unblock", "activate"):
        assert refusal(await shop.act(card, act, **({"reason": "r"} if act == "block" else {}))) == (
            422,
            "transition_refused",
        )


async def test_acts_that_need_no_reason_need_no_body(shop: Shop) -> None:
    card = await shop.make_card()
    await shop.act(card, "block", reason="lost")

    for act in ("unblock", "activate", "close"):
        assert (await shop.admin.post(f"/v1/cards/{card.id}/{act}")).status_code == 200


@pytest.mark.parametrize("card_id", [0, -1, 10**12, 2**63, 10**40])
async def test_card_that_is_not_there_is_unknown_to_every_act(shop: Shop, card_id: int) -> None:
    url = f"/v1/cards/{card_id}"
    answers = [
        await shop.admin.get(url),
        await shop.admin.patch(url, json={}),
        await shop.admin.get(f"{url}/ledger"),
        await shop.admin.post(f"{url}/block", json={"reason": "x"}),
        await shop.admin.post(f"{url}/top-up", json={"amount": "1.00", "operation_uid": new_uid()}),
    ]

    assert {refusal(answer) for answer in answers} == {(404, "card_unknown")}


async def test_ledger_is_read_page_by_page_newest_first(shop: Shop) -> None:
    card = await shop.make_credit_card()
    for _ in range(45):
        await shop.top_up(card, "1.00")

    seen: list[int] = []
    after = ""
    while after is not None:
        page = (await shop.admin.get(f"/v1/cards/{card.id}/ledger?ledger=money{after and f'&after={after}'}")).json()
        seen += [entry["seq"] for entry in page["entries"]]
        after = page["next"]

    assert seen == list(range(45, 0, -1))
    assert (await shop.admin.get(f"/v1/cards/{card.id}/ledger")).json()["entries"] == []


async def test_card_routes_are_closed_to_tills(shop: Shop) -> None:
    card = await shop.make_card()
    till: AsyncClient = await shop.caller.as_role("till", store="0007", till="3")

    for answer in (
        await till.get(f"/v1/cards/{card.id}"),
        await till.get("/v1/cards"),
        await till.post(f"/v1/cards/{card.id}/close"),
    ):
        assert refusal(answer) == (403, "not_allowed")
