"""Runs of a series' tables through the API: previewed, done once, and described by their job."""

from datetime import UTC, datetime
from typing import Any  # JSON bodies are free in their values

import pytest

from api.jobs.working import do_queued_jobs
from database.activity import Act
from loyalty.accounts.verify import verify_ledgers
from loyalty.tiers.late import look_for_late
from tests.api.rest.shop import Shop, ShopCard, make_line, new_code, refusal

OCTOBER = {"business_date": "2026-10-10", "closed_at": "2026-10-10T12:00:00+03:00"}
GIVEN = [{"from": "100.00", "percent": "1.5"}]
UP = [{"from": "0.00", "to": "100.00", "set": "3"}, {"from": "100.00", "set": "4.35"}]


async def put_rules(shop: Shop, code: str, **rules: Any) -> None:
    answer = await shop.admin.put(f"/v1/series/{code}/rules", json=rules)
    assert answer.status_code in {200, 201}, answer.text


async def run(shop: Shop, code: str, period: str, **more: Any) -> dict[str, Any]:
    """Ask for a run, let a worker do it, and give the job's result."""
    answer = await shop.admin.post(f"/v1/series/{code}/rule-runs", json={"period": period, **more})
    assert answer.status_code == 202, answer.text
    await do_queued_jobs(shop.caller.service, is_stopped=lambda: False)
    job = (await shop.admin.get(f"/v1/jobs/{answer.json()['job_id']}")).json()
    assert job["state"] == "done", job
    result: dict[str, Any] = job["result"]
    return result


async def buy(shop: Shop, card: ShopCard, amount: str, **more: Any) -> dict[str, Any]:
    return await shop.sell(make_line(price=amount), card=card.ref, **(OCTOBER | more))


async def percent_of(shop: Shop, card: ShopCard) -> str:
    return str((await shop.look_up(card))["discount_percent"])


async def test_run_re_rates_cards_once_and_a_preview_changes_nothing(shop: Shop) -> None:
    """PAP-25, PAP-20: thresholds over October's turnover, previewed, applied, and not applied twice."""
    code = await shop.put_series(discount_percent="1.00")
    low, high = await shop.make_card(code), await shop.make_card(code)
    await put_rules(shop, code, turnover={"period": "month", "entries": UP})
    await buy(shop, low, "99.99")
    await buy(shop, high, "100.00")
    await buy(shop, low, "500.00", business_date="2026-11-01", closed_at="2026-11-01T12:00:00+02:00")

    preview = (await run(shop, code, "2026-10", preview=True))["turnover"]
    assert (preview["changed"], preview["repeated"], preview["run_id"]) == (2, False, None)
    assert await percent_of(shop, high) == "1.00"

    done = (await run(shop, code, "2026-10"))["turnover"]
    assert done | {"run_id": None} == preview
    assert done["tiers"] == [
        {"series": code, "discount_percent": "1.00", "before": 2, "after": 0},
        {"series": code, "discount_percent": "3.00", "before": 0, "after": 1},
        {"series": code, "discount_percent": "4.35", "before": 0, "after": 1},
    ]
    assert [card["masked"][-4:] for card in done["first"]] == [low.number[-4:], high.number[-4:]]
    assert (await percent_of(shop, low), await percent_of(shop, high)) == ("3.00", "4.35")

    await shop.admin.patch(f"/v1/cards/{low.id}", json={"discount_percent": None})
    again = (await run(shop, code, "2026-10"))["turnover"]
    assert (again["repeated"], again["changed"]) == (True, 0)
    assert await percent_of(shop, low) == "1.00"


async def test_run_keeps_what_each_changed_card_had_and_stands_in_the_journal(shop: Shop) -> None:
    code = await shop.put_series()
    card = await shop.make_card(code)
    await put_rules(shop, code, turnover={"period": "month", "entries": UP})

    done = (await run(shop, code, "previous"))["turnover"]

    query = "select own_percent, cause from card_setting_past where card_id = $1"
    assert [tuple(row) for row in await shop.sql(query, card.id)] == [(None, f"rule_run:{done['run_id']}")]
    acts = await shop.sql("select data from activity where act = 'rule.run' and record = $1", f"series:{code}")
    assert len(acts) == 1


async def test_move_takes_the_card_to_the_other_series_with_its_percent_and_limit(shop: Shop) -> None:
    other = await shop.put_series(kind="credit", discount_percent="7.00", credit_limit="50.00")
    code = await shop.put_series(kind="credit")
    card = await shop.make_card(code)
    await put_rules(shop, code, turnover={"period": "month", "entries": [{"move_to": other}]})

    await run(shop, code, "previous")

    found = await shop.look_up(card)
    assert (found["series"]["code"], found["discount_percent"], found["available"]) == (other, "7.00", "50.00")


@pytest.mark.parametrize(
    ("rules", "period"),
    [
        ({}, "previous"),
        ({"turnover": {"period": "month", "entries": UP}}, "2026-Q4"),
        ({"turnover": {"period": "quarter", "entries": UP}}, "2026-10"),
        ({"turnover": {"period": "month", "entries": UP}}, "last month"),
    ],
)
async def test_run_without_a_table_for_the_period_is_refused(shop: Shop, rules: dict[str, Any], period: str) -> None:
    code = await shop.put_series()
    await put_rules(shop, code, **rules)

    answer = await shop.admin.post(f"/v1/series/{code}/rule-runs", json={"period": period})

    assert refusal(answer) == (422, "setting_refused")
    assert answer.json()["errors"][0]["field"] == "period"


async def test_run_of_an_unknown_series_is_not_found(shop: Shop) -> None:
    answer = await shop.admin.post(f"/v1/series/{new_code('NONE')}/rule-runs", json={"period": "previous"})
    assert refusal(answer) == (404, "series_unknown")


async def test_bonus_gives_money_by_the_turnover_of_a_period_once(shop: Shop) -> None:
    code = await shop.put_series(kind="credit")
    cards = [await shop.make_card(code) for _ in range(3)]
    entries = [{"from": "100.00", "to": "200.00", "percent": "1.5"}, {"from": "200.00", "amount": "5.00"}]
    await put_rules(shop, code, bonus={"period": "month", "entries": entries})
    for card, amount in zip(cards, ("99.99", "133.00", "200.00"), strict=True):
        await buy(shop, card, amount)

    foreseen = (await run(shop, code, "2026-10", preview=True))["bonus"]
    done = (await run(shop, code, "2026-10"))["bonus"]
    again = (await run(shop, code, "2026-10"))["bonus"]

    assert (foreseen["cards"], foreseen["amount"], foreseen["run_id"]) == (2, "7.00", None)
    assert (done["cards"], done["amount"], done["unit"]) == (2, "7.00", "money")
    assert again["repeated"] is True
    assert [(await shop.look_up(card))["balance"] for card in cards] == ["0.00", "2.00", "5.00"]
    assert (await shop.caller.service.database.run(verify_ledgers)).differences == []


async def test_history_of_a_card_tells_what_each_run_made_of_it(shop: Shop) -> None:
    """PAP-25: old and new values, though a run writes one row into the journal for all its cards."""
    low, high = await shop.put_series(discount_percent="1.00"), await shop.put_series()
    card = await shop.make_card(low)
    entries = [{"from": "100.00", "move_to": high}, {"from": "0.00", "to": "100.00", "set": "3"}]
    await put_rules(shop, low, turnover={"period": "month", "entries": entries})
    await buy(shop, card, "99.99")
    await run(shop, low, "2026-10")
    await shop.admin.patch(f"/v1/cards/{card.id}", json={"discount_percent": "9.00"})
    await buy(shop, card, "500.00", business_date="2026-11-10", closed_at="2026-11-10T12:00:00+02:00")
    await run(shop, low, "2026-11")

    acts = (await shop.admin.get(f"/v1/cards/{card.id}/history")).json()["acts"]

    assert [act["act"] for act in acts] == ["card.rated", "card.changed", "card.rated"]
    assert {(act["data"]["cause"].partition(":")[0], act["actor"] != "") for act in acts[::2]} == {("rule_run", True)}
    assert [(act["data"]["old"], act["data"]["new"]) for act in acts[::2]] == [
        ({"own_percent": "9.00", "series": low}, {"own_percent": "9.00", "series": high}),
        ({"own_percent": None, "series": low}, {"own_percent": "3.00", "series": low}),
    ]


async def test_run_of_both_tables_tells_its_progress_in_cards(shop: Shop) -> None:
    code = await shop.put_series(kind="credit")
    cards = [await shop.make_card(code) for _ in range(3)]
    await put_rules(
        shop, code, turnover={"period": "month", "entries": UP}, bonus={"period": "month", "entries": GIVEN}
    )
    await buy(shop, cards[0], "133.00")
    asked = await shop.admin.post(f"/v1/series/{code}/rule-runs", json={"period": "2026-10"})

    await do_queued_jobs(shop.caller.service, is_stopped=lambda: False)

    job = (await shop.admin.get(f"/v1/jobs/{asked.json()['job_id']}")).json()
    assert (job["state"], job["done"], job["total"]) == ("done", 3 + 1, 3 + 1)
    assert (job["result"]["turnover"]["cards"], job["result"]["bonus"]["cards"]) == (3, 1)


async def test_bonus_without_a_period_tops_up_and_takes_nothing_from_who_has_more(shop: Shop) -> None:
    code = await shop.put_series(kind="credit")
    poor, rich = await shop.make_card(code), await shop.make_card(code)
    await shop.top_up(poor, "3.00")
    await shop.top_up(rich, "30.00")
    await put_rules(shop, code, bonus={"period": None, "entries": [{"from": "0.00", "amount": "10.00"}]})

    await run(shop, code, "current")

    assert [(await shop.look_up(card))["balance"] for card in (poor, rich)] == ["10.00", "30.00"]


async def test_bonus_of_a_bonus_series_is_whole_points(shop: Shop) -> None:
    points = {"per_money": "0", "lifetime": "P1Y"}
    code = await shop.put_series(kind="bonus", points=points)
    card = await shop.make_card(code)
    await put_rules(shop, code, bonus={"period": "month", "entries": [{"from": "0.00", "percent": "10"}]})
    await buy(shop, card, "59.99")

    await run(shop, code, "2026-10")

    assert (await shop.look_up(card))["points"] == "5"
    assert (await shop.caller.service.database.run(verify_ledgers)).differences == []


async def test_listed_runs_say_what_they_did_and_what_came_late(shop: Shop) -> None:
    """PAP-25: a late document changes nothing and names its card."""
    code = await shop.put_series()
    card = await shop.make_card(code)
    await put_rules(shop, code, turnover={"period": "month", "entries": UP})
    done = (await run(shop, code, "2026-10"))["turnover"]
    await buy(shop, card, "100.00")
    service = shop.caller.service
    await service.database.run(look_for_late, act=Act("service", datetime.now(UTC)))

    (listed,) = (await shop.admin.get(f"/v1/series/{code}/rule-runs")).json()["runs"]

    assert (listed["run_id"], listed["table"], listed["period"]) == (done["run_id"], "turnover", "2026-10")
    assert listed["result"] == {"turnover": done}
    assert [(late["card_id"], late["discount_percent"], late["due_percent"]) for late in listed["late"]] == [
        (card.id, "3.00", "4.35")
    ]
    assert refusal(await shop.admin.get(f"/v1/series/{new_code('NONE')}/rule-runs")) == (404, "series_unknown")


async def test_rehearsal_tells_what_a_table_would_have_made_and_changes_nothing(shop: Shop) -> None:
    code = await shop.put_series()
    card = await shop.make_card(code)
    await buy(shop, card, "100.00")
    body = {"turnover": {"period": "month", "entries": UP}, "from": "2026-10-01", "until": "2026-10-31"}

    answer = await shop.admin.post(f"/v1/series/{code}/rehearsals", json=body)
    assert answer.status_code == 202, answer.text
    await do_queued_jobs(shop.caller.service, is_stopped=lambda: False)
    job = (await shop.admin.get(f"/v1/jobs/{answer.json()['job_id']}")).json()

    assert job["state"] == "done", job
    assert job["result"]["tiers"] == [
        {"series": code, "discount_percent": "0.00", "before": 1, "after": 0},
        {"series": code, "discount_percent": "4.35", "before": 0, "after": 1},
    ]
    assert job["result"]["stores"] == [{"store": "0007", "receipts": 1, "discount": "0.00", "rehearsed": "0.00"}]
    assert await percent_of(shop, card) == "0.00"


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"until": "2026-09-30"}, 400, "until"),
        ({"until": "2026-10-30"}, 422, "until"),
        ({"turnover": {"period": "month", "entries": [{"to": "5.00", "set": "1"}]}}, 422, "turnover.entries[0].to"),
        ({"turnover": None}, 400, "turnover"),
    ],
)
async def test_rehearsal_that_makes_no_sense_is_refused(
    shop: Shop, change: dict[str, Any], status: int, field: str
) -> None:
    code = await shop.put_series()
    body = {"turnover": {"period": "month", "entries": UP}, "from": "2026-10-01", "until": "2026-10-31"} | change

    answer = await shop.admin.post(f"/v1/series/{code}/rehearsals", json=body)

    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["field"] == field
