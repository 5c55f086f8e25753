"""Mass changes of cards: previewed, done as a job in portions, and taken back."""

from datetime import datetime, timedelta
from typing import Any  # JSON bodies are free in their values
from zoneinfo import ZoneInfo

import pytest

from api.jobs.working import do_queued_jobs
from tests.api.rest.shop import Shop, ShopCard, refusal

TODAY = datetime.now(ZoneInfo("Europe/Sofia")).date()


async def _make_cards(shop: Shop, count: int, **settings: Any) -> list[ShopCard]:
    series = await shop.put_series(**settings)
    made = (await shop.admin.post(f"/v1/series/{series}/cards", json={"count": count})).json()["cards"]
    return [ShopCard(card["card_id"], card["number"], series) for card in made]


async def _do(shop: Shop, job_id: int) -> dict[str, Any]:
    """Let the worker do what waits; gives the job's result."""
    await do_queued_jobs(shop.caller.service, is_stopped=lambda: False)
    job: dict[str, Any] = (await shop.admin.get(f"/v1/jobs/{job_id}")).json()
    assert job["state"] == "done", job
    result: dict[str, Any] = job["result"]
    return result


async def _change(shop: Shop, which: dict[str, Any], **change: Any) -> tuple[int, dict[str, Any]]:
    answer = await shop.admin.post("/v1/card-changes", json={"filter": which, "change": change})
    assert answer.status_code == 202, answer.text
    job_id: int = answer.json()["job_id"]
    return job_id, await _do(shop, job_id)


async def _preview(shop: Shop, which: dict[str, Any], **change: Any) -> dict[str, Any]:
    answer = await shop.admin.post("/v1/card-changes", json={"filter": which, "change": change, "preview": True})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def _statuses(shop: Shop, cards: list[ShopCard]) -> list[str]:
    return [(await shop.look_up(card))["status"] for card in cards]


async def test_preview_tells_what_would_change_and_who_refuses_and_changes_nothing(shop: Shop) -> None:
    """PAP-19."""
    cards = await _make_cards(shop, 25)
    await shop.act(cards[0], "close")
    await shop.act(cards[1], "block", reason="lost")

    told = await _preview(shop, {"series": cards[0].series}, act="block", reason="stolen box")

    assert (told["matched"], told["looked_at"], told["would_change"], len(told["changed"])) == (25, 25, 23, 20)
    assert [(one["code"], one["count"]) for one in told["refused"]] == [("transition_refused", 1)]
    assert "closed" in told["refused"][0]["detail"]
    assert cards[5].number not in str(told)
    assert await _statuses(shop, cards[2:5]) == ["active"] * 3


async def test_change_is_done_in_portions_with_a_row_in_each_cards_journal(shop: Shop) -> None:
    """PAP-17: cards are changed by series; PAP-19: with user and time."""
    cards = await _make_cards(shop, 95)

    _, result = await _change(shop, {"series": cards[0].series}, act="block", reason="stolen box")

    assert (result["changed"], result["unchanged"], result["refused"]) == (95, 0, {})
    rows = await shop.sql(
        "select act, actor, data->>'reason' as reason from activity where card_id = any($1::bigint[])",
        [card.id for card in cards],
    )
    assert len(rows) == 95
    assert {(row["act"], row["reason"], row["actor"].split(":")[0]) for row in rows} == {
        ("card.blocked", "stolen box", "token")
    }


async def test_stopped_change_goes_on_where_it_was(shop: Shop) -> None:
    cards = await _make_cards(shop, 95)
    body = {"filter": {"series": cards[0].series}, "change": {"discount_percent": "5"}}
    job_id = (await shop.admin.post("/v1/card-changes", json=body)).json()["job_id"]
    looks = iter([False, False])

    await do_queued_jobs(shop.caller.service, is_stopped=lambda: next(looks, True))
    halfway = (await shop.admin.get(f"/v1/jobs/{job_id}")).json()
    result = await _do(shop, job_id)

    assert (halfway["state"], halfway["done"], halfway["total"]) == ("queued", 50, 95)
    assert (result["changed"], result["unchanged"]) == (95, 0)


async def test_filter_takes_status_turnover_and_numbers_together(shop: Shop) -> None:
    cards = await _make_cards(shop, 4)
    for card, turns in zip(cards, (1, 2, 3, 3), strict=True):
        for _ in range(turns):
            await shop.sell(card=card.ref)
    await shop.act(cards[3], "block", reason="lost")
    series = {"series": cards[0].series}

    by_turnover = await _preview(shop, series | {"turnover": {"from": "20.00", "to": "30.00"}}, discount_percent="5")
    by_status = await _preview(shop, series | {"status": "active", "turnover": {"from": "20.00"}}, discount_percent="5")
    by_number = await _preview(shop, {"numbers": [cards[0].number, cards[2].number]}, discount_percent="5")

    assert [told["matched"] for told in (by_turnover, by_status, by_number)] == [1, 2, 2]


async def test_settings_series_and_freeze_are_changed_for_many(shop: Shop) -> None:
    cards = await _make_cards(shop, 3, valid_until="2099-06-30")
    other = await shop.put_series(discount_percent="7")
    which = {"series": cards[0].series}

    await _change(shop, which, discount_percent="5.5", expires_on="2099-12-30")
    await _change(shop, which, act="freeze", **{"from": str(TODAY), "until": str(TODAY + timedelta(days=1))})
    frozen = await _preview(shop, which | {"status": "frozen"}, act="unfreeze")
    await _change(shop, which, series=other)

    found = await shop.look_up(cards[1])
    assert frozen["matched"] == 3
    assert (found["discount_percent"], found["expires_on"], found["series"]["code"]) == ("5.50", "2100-01-01", other)


async def test_mass_change_is_taken_back_where_nothing_else_happened_since(shop: Shop) -> None:
    cards = await _make_cards(shop, 4)
    await shop.act(cards[0], "block", reason="lost")
    job_id, done = await _change(shop, {"series": cards[0].series}, act="close", reason="wrong filter")

    answer = await shop.admin.post(f"/v1/card-changes/{job_id}/undo")
    undone = await _do(shop, answer.json()["job_id"])
    again = await _do(shop, (await shop.admin.post(f"/v1/card-changes/{job_id}/undo")).json()["job_id"])

    assert (done["changed"], undone["undone"], again["undone"], again["changed_since"]) == (4, 4, 0, 4)
    assert await _statuses(shop, cards) == ["blocked", "active", "active", "active"]


async def test_card_that_was_changed_since_keeps_what_it_has(shop: Shop) -> None:
    cards = await _make_cards(shop, 2)
    job_id, _ = await _change(shop, {"series": cards[0].series}, discount_percent="9", credit_limit="5.00")
    await shop.admin.patch(f"/v1/cards/{cards[0].id}", json={"discount_percent": "8"})

    undone = await _do(shop, (await shop.admin.post(f"/v1/card-changes/{job_id}/undo")).json()["job_id"])

    found = [await shop.look_up(card) for card in cards]
    assert (undone["undone"], undone["changed_since"]) == (1, 1)
    assert [(one["discount_percent"], one["credit_limit"]) for one in found] == [("8.00", "5.00"), ("0.00", "0.00")]


async def test_undo_of_what_is_no_mass_change_is_refused(shop: Shop) -> None:
    assert refusal(await shop.admin.post("/v1/card-changes/999999999/undo")) == (404, "job_unknown")


@pytest.mark.parametrize(
    ("which", "change", "field"),
    [
        ({}, {"act": "close"}, "filter"),
        ({"status": "active"}, {}, "change"),
        ({"status": "active"}, {"act": "close", "discount_percent": "5"}, "change"),
        ({"status": "active"}, {"act": "block"}, "change.reason"),
        ({"status": "active"}, {"act": "freeze"}, "change.from"),
        ({"status": "active"}, {"act": "close", "from": "2026-01-01"}, "change.from"),
        ({"status": "gone"}, {"act": "close"}, "filter.status"),
        ({"numbers": []}, {"act": "close"}, "filter.numbers"),
        ({"turnover": {"from": "1.234"}}, {"act": "close"}, "filter.turnover.from"),
    ],
)
async def test_change_that_says_too_little_or_too_much_is_refused(
    shop: Shop, which: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    answer = await shop.admin.post("/v1/card-changes", json={"filter": which, "change": change, "preview": True})

    assert refusal(answer)[0] == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_unknown_series_or_number_is_named_by_its_place(shop: Shop) -> None:
    told = [
        await shop.admin.post("/v1/card-changes", json={"filter": which, "change": {"act": "close"}})
        for which in ({"series": "NOWHERE"}, {"numbers": ["NOWHERE"]})
    ]

    assert [refusal(answer) for answer in told] == [(404, "series_unknown"), (404, "card_unknown")]
    assert [answer.json()["errors"][0]["field"] for answer in told] == ["filter.series", "filter.numbers[0]"]
