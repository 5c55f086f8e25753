"""What was done to a card, by whom, with old and new values; and acts that meet on one card."""

import asyncio

import pytest

from tests.api.rest.shop import Shop, new_uid, refusal
from tests.factories import make_person


async def test_history_lists_acts_with_old_and_new_values_newest_first(shop: Shop) -> None:
    """PAP-16: linking and unlinking is in it; PAP-19: so are block and unblock."""
    card = await shop.make_credit_card()
    party = await make_person(shop.caller.service.database, "Anna")
    for change in ({"discount_percent": "7.5"}, {"credit_limit": "30.00", "holder_id": party}, {"holder_id": None}):
        await shop.admin.patch(f"/v1/cards/{card.id}", json=change)
    await shop.act(card, "block", reason="lost")
    await shop.sell(card=card.ref)

    acts = (await shop.admin.get(f"/v1/cards/{card.id}/history")).json()["acts"]

    assert [(act["act"], act["data"]["old"], act["data"]["new"]) for act in acts] == [
        ("card.blocked", "active", "blocked"),
        ("card.changed", {"holder_id": party}, {"holder_id": None}),
        (
            "card.changed",
            {"own_credit_limit": None, "holder_id": None},
            {"own_credit_limit": "30.00", "holder_id": party},
        ),
        ("card.changed", {"own_percent": None}, {"own_percent": "7.50"}),
    ]
    assert {act["actor"].split(":")[0] for act in acts} == {"token"}


async def test_first_use_stands_in_the_history(shop: Shop) -> None:
    card = await shop.make_card(activation="first_use", term="P1M")
    await shop.sell(card=card.ref, business_date="2026-11-22")

    acts = (await shop.admin.get(f"/v1/cards/{card.id}/history")).json()["acts"]

    assert [(act["act"], act["actor"], act["data"]) for act in acts] == [
        (
            "card.first_use",
            "service",
            {
                "old": {"state": "issued", "activated_on": None, "own_expires_on": None},
                "new": {"activated_on": "2026-11-22", "own_expires_on": "2026-12-21"},
            },
        )
    ]


async def test_history_is_read_page_by_page(shop: Shop) -> None:
    card = await shop.make_card()
    for percent in range(1, 46):
        await shop.admin.patch(f"/v1/cards/{card.id}", json={"discount_percent": str(percent)})

    seen: list[str] = []
    after = ""
    while after is not None:
        page = (await shop.admin.get(f"/v1/cards/{card.id}/history{after and f'?after={after}'}")).json()
        seen += [act["data"]["new"]["own_percent"] for act in page["acts"]]
        after = page["next"]

    assert seen == [f"{percent}.00" for percent in range(45, 0, -1)]


async def test_place_that_no_page_gave_is_refused(shop: Shop) -> None:
    card = await shop.make_card()

    for after in ("yesterday", "1", "9" * 40 + ".1", "1.x"):
        assert refusal(await shop.admin.get(f"/v1/cards/{card.id}/history?after={after}"))[0] == 400
    assert refusal(await shop.admin.get("/v1/cards/999999999/history")) == (404, "card_unknown")


async def test_acts_at_once_on_one_card_lose_none(shop: Shop) -> None:
    card = await shop.make_credit_card()
    url = f"/v1/cards/{card.id}"

    answers = await asyncio.gather(
        shop.admin.patch(url, json={"discount_percent": "7"}),
        shop.admin.patch(url, json={"credit_limit": "30.00"}),
        shop.admin.patch(url, json={"expires_on": "2099-01-01"}),
        shop.act(card, "block", reason="lost"),
    )

    found = await shop.look_up(card)
    assert {answer.status_code for answer in answers} == {200}
    assert (found["discount_percent"], found["credit_limit"], found["expires_on"], found["status"]) == (
        "7.00", "30.00", "2099-01-01", "blocked",
    )  # fmt: skip
    acts = (await shop.admin.get(f"{url}/history")).json()["acts"]
    assert len([act for act in acts if act["act"] in {"card.changed", "card.blocked"}]) == 4


async def test_limits_at_once_leave_the_last_one_and_a_whole_trail(shop: Shop) -> None:
    card = await shop.make_credit_card()
    limits = [f"{limit}.00" for limit in range(1, 11)]

    await asyncio.gather(*[shop.admin.patch(f"/v1/cards/{card.id}", json={"credit_limit": limit}) for limit in limits])

    trail = await shop.sql(
        "select data->'old'->>'own_credit_limit' as old, data->'new'->>'own_credit_limit' as new from activity"
        " where card_id = $1 and act = 'card.changed' order by id",
        card.id,
    )
    assert [row["old"] for row in trail[1:]] == [row["new"] for row in trail[:-1]]
    assert (await shop.look_up(card))["credit_limit"] == f"{int(trail[-1]['new']) // 100}.00"


async def test_card_moves_to_a_series_of_its_kind_and_keeps_its_own_values(shop: Shop) -> None:
    """PAP-17: settings of the series apply to its cards."""
    gold = await shop.put_series(kind="credit", discount_percent="10", credit_limit="50.00")
    card = await shop.make_card(kind="credit", discount_percent="3")
    own = await shop.make_card(card.series)
    await shop.admin.patch(f"/v1/cards/{own.id}", json={"discount_percent": "4", "credit_limit": "9.00"})

    answers = [await shop.admin.patch(f"/v1/cards/{one.id}", json={"series": gold}) for one in (card, own)]

    figures = [(answer.json()["discount_percent"], answer.json()["credit_limit"]) for answer in answers]
    assert figures == [("10.00", "50.00"), ("4.00", "9.00")]
    acts = (await shop.admin.get(f"/v1/cards/{card.id}/history")).json()["acts"]
    assert (acts[0]["data"]["old"]["series"], acts[0]["data"]["new"]["series"]) == (card.series, gold)
    past = await shop.sql("select count(*) as kept from card_setting_past where card_id = $1", card.id)
    assert past[0]["kept"] == 1


async def test_card_stays_in_series_of_its_kind(shop: Shop) -> None:
    card, credit = await shop.make_card(), await shop.put_series(kind="credit")

    other_kind = await shop.admin.patch(f"/v1/cards/{card.id}", json={"series": credit})
    nowhere = await shop.admin.patch(f"/v1/cards/{card.id}", json={"series": "NOWHERE"})

    assert (refusal(other_kind), refusal(nowhere)) == ((422, "setting_refused"), (404, "series_unknown"))


@pytest.mark.parametrize("card_id", [999_999_999, 2**63, 10**40])
async def test_card_that_is_not_there_is_unknown_to_the_acts_of_days_and_places(shop: Shop, card_id: int) -> None:
    other = await shop.make_card()
    nobody = other._replace(id=card_id)

    answers = [
        await shop.act(nobody, "freeze", **{"from": "2099-01-01", "until": "2099-01-02"}),
        await shop.act(nobody, "unfreeze"),
        await shop.act(nobody, "replace", by=other.ref, operation_uid=new_uid()),
        await shop.admin.get(f"/v1/cards/{card_id}/history"),
    ]

    assert {refusal(answer) for answer in answers} == {(404, "card_unknown")}


async def test_activation_tells_the_term_that_it_began(shop: Shop) -> None:
    card = await shop.make_card(activation="manual", term="P1M")
    await shop.act(card, "activate")

    acts = (await shop.admin.get(f"/v1/cards/{card.id}/history")).json()["acts"]

    began = {
        "activated_on": acts[1]["data"]["new"]["activated_on"],
        "own_expires_on": (await shop.look_up(card))["expires_on"],
    }
    assert [(act["act"], act["data"]["new"]) for act in acts] == [("card.active", "active"), ("card.changed", began)]
